"""Negative control: are members' numbers written like those of holdout? Else attacks on exact values prove nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import EVERYBODY, TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, row_template
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage

METHOD = "number format"
MOST_DECIMALS = 8
"""Decimals told apart; numbers with more of them (a unit converted, single precision) count as one format."""
LEAST_EXPECTED = 5
"""Patients expected of each side in a format, below which formats are pooled: the chi-square test needs as many."""
NAMED = 0.01
"""Adjusted p-value up to which a column is named."""
NAMES = 5
"""Columns named at most."""


class NumberFormat(TaskKind):
    """Compares decimals and last digits by side: members stored otherwise are told apart without any leak."""

    stage: ClassVar[TaskStage] = TaskStage.REAL_DATA
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task where controls are on."""
        if components.plan.controls.enabled:
            yield Task("number_format", EVERYBODY)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Test all columns of numbers, and name those that differ."""
        measured, columns = compare_formats(context.targets.members, context.targets.holdout)
        template = row_template(task, context, self.section)
        row = template.row("adjusted_p", measured, part=_listed(columns) or "all", worse="lower")
        return TaskResult.of(task, [row.model_copy(update={"method": METHOD})])

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's controls."""
        return {"controls": components.plan.controls.model_dump(mode="json")}


def _listed(columns: tuple[str, ...]) -> str:
    """Return the first columns by name, and how many more there are."""
    more = [f"{len(columns) - NAMES} more"] if len(columns) > NAMES else []
    return ", ".join([*columns[:NAMES], *more])


def compare_formats(members: Records, holdout: Records) -> tuple[Measurement, tuple[str, ...]]:
    """Return the smallest p-value of all columns of numbers after Bonferroni, and the columns whose own is below .01.

    Per column a chi-square test of homogeneity between the sides, over the formats (decimals and last digit) of one row
    per patient. Sides drawn from one population differ with probability p, whatever the columns' formats.
    """
    first, second = (_one_row_per_patient(side) for side in (members, holdout))
    tested: dict[str, float] = {}
    for column in first.schema.columns:
        if column.kind in ("continuous", "count"):
            p = _homogeneity(*(_formats(side.column(column.name)) for side in (first, second)))
            if p is not None:
                tested[column.name] = p
    if not tested:
        return NotMeasured("no column of numbers has two formats that are common enough to compare"), ()
    adjusted = {name: min(1.0, p * len(tested)) for name, p in tested.items()}
    smallest = min(adjusted.values())
    method = f"chi-square tests of {len(tested)} columns of numbers, Bonferroni"
    found = sorted((p, name) for name, p in adjusted.items() if p <= NAMED)
    estimate = Estimate(smallest, smallest, smallest, CONFIDENCE, len(first) + len(second), method, smallest)
    return estimate, tuple(name for _, name in found)


def _one_row_per_patient(records: Records) -> Records:
    return records.take(np.unique(records.patients, return_index=True)[1])


def _formats(values: np.ndarray) -> np.ndarray:
    """Return a number per cell for its decimals and last digit; missing cells are left out.

    Rounding to d decimals gives back a number read from text with d decimals to the last bit.
    """
    known = values[~np.isnan(values)] if values.dtype.kind == "f" else values.astype(np.float64)
    formats = np.full(len(known), 10 * (MOST_DECIMALS + 1), np.int64)
    for decimals in range(MOST_DECIMALS, -1, -1):
        fits = np.round(known, decimals) == known
        digit = np.abs(np.round(known[fits] * 10.0**decimals)) % 10
        formats[fits] = 10 * decimals + digit.astype(np.int64)
    return formats


def _homogeneity(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the p-value of the chi-square test between two samples of formats; None where all are of one format."""
    from scipy.stats import chi2

    if not len(first) or not len(second):
        return None
    _, number = np.unique(np.concatenate([first, second]), return_inverse=True)
    counts = np.stack([np.bincount(part, minlength=number.max() + 1) for part in np.split(number, [len(first)])])
    smaller = min(len(first), len(second)) / (len(first) + len(second))
    rare = counts.sum(axis=0) * smaller < LEAST_EXPECTED
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    counts = counts[:, counts.sum(axis=0) * smaller >= LEAST_EXPECTED]
    if counts.shape[1] < 2 or not counts.sum(axis=1).all():
        return None
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.shape[1] - 1))
