"""Negative control: are the sides written alike? Else attacks on exact values tell them apart, or see nothing.

Members are held against the holdout, since what differs there looks like a leak; and both against the reference, since
an attacker whose records are written otherwise finds no value again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.written_numbers import decimals_of, written_forms
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.homogeneity import chi_square_p, greatest_gap, smirnov_p
from synthaudit.audit.statistics.unit_change import unit_change
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import EVERYBODY, TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, row_template
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage

METHOD = "number format"
REFERENCE = "reference format"
NAMED = 0.01
"""Adjusted p-value up to which a column is named."""
NAMES = 5
"""Columns named at most."""
VISIBLE = 0.1
"""Share of cells written otherwise from which a reference is told apart: other patients may differ a little."""

Tests = dict[tuple[str, str], float]
"""P-values by column and by what was compared."""


class NumberFormat(TaskKind):
    """Compares by side how columns are written: who is stored otherwise is told apart, or missed, without any leak."""

    stage: ClassVar[TaskStage] = TaskStage.REAL_DATA
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task where controls are on."""
        if components.plan.controls.enabled:
            yield Task("number_format", EVERYBODY)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Test all columns, and name those that differ."""
        sides, template = (context.members, context.holdout), row_template(task, context, self.section)
        found = {METHOD: compare_formats(*sides)}
        if context.reference is not None:
            found[REFERENCE] = compare_with_reference(Records.concat(sides), context.reference)
        rows = [
            template.row("adjusted_p", measured, part=_listed(columns) or "all", worse="lower").model_copy(
                update={"method": method} | ({} if method == METHOD else {"id": f"{task.label}/reference"})
            )
            for method, (measured, columns) in found.items()
        ]
        return TaskResult.of(task, rows)

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's controls."""
        return {"controls": components.plan.controls.model_dump(mode="json")}


def _listed(columns: tuple[str, ...]) -> str:
    """Return the first columns by name, and how many more there are."""
    more = [f"{len(columns) - NAMES} more"] if len(columns) > NAMES else []
    return ", ".join([*columns[:NAMES], *more])


def compare_formats(members: Records, holdout: Records) -> tuple[Measurement, tuple[str, ...]]:
    """Return the smallest p-value of all tests after Bonferroni, and the columns whose own is below .01, and in what.

    Per column, with one row per patient: chi-square tests of homogeneity over decimals and last digits, over whether a
    value is missing, over how many patients share a value, and over levels where some differ in spelling only; and
    Smirnov's test where one side seems to be in other units. Sides drawn from one population differ with probability
    p at most, whatever the columns.
    """
    first, second = (_one_row_per_patient(side) for side in (members, holdout))
    tests: Tests = {}
    for column in first.schema.columns:
        if column.kind == "binary" and not column.missing:
            continue
        ours, theirs = (side.column(column.name).astype(np.float64) for side in (first, second))
        missing = chi_square_p(np.isnan(ours).astype(int), np.isnan(theirs).astype(int)) if column.missing else None
        if missing is not None:
            tests[column.name, "missing values"] = missing
        if column.levels:
            _compare_spelling(tests, column.name, column.original_levels, ours, theirs)
        elif column.kind in ("continuous", "count"):
            _compare_numbers(tests, column.name, *(side[~np.isnan(side)] for side in (ours, theirs)))
    return _adjusted(tests, len(first) + len(second))


def compare_with_reference(targets: Records, reference: Records) -> tuple[Measurement, tuple[str, ...]]:
    """Return the same for members and holdout together against the reference.

    The reference may be of another place and time. So only what hides values counts: other decimals in a tenth of the
    numbers or more, as many cells with levels that no reference record has, and other units.
    """
    first, second = (_one_row_per_patient(side) for side in (targets, reference))
    tests: Tests = {}
    for column in first.schema.columns:
        if column.kind == "binary":
            continue
        known = (side.column(column.name).astype(np.float64) for side in (first, second))
        ours, theirs = (side[~np.isnan(side)] for side in known)
        if not len(ours) or not len(theirs):
            continue
        if column.levels:
            unknown = ~np.isin(ours, theirs)
            p = chi_square_p(unknown.astype(int), np.zeros(len(theirs), int))
            if p is not None:
                tests[column.name, "levels"] = p if unknown.mean() >= VISIBLE else 1.0
        elif column.kind in ("continuous", "count"):
            decimals = decimals_of(ours), decimals_of(theirs)
            p = chi_square_p(*decimals)
            if p is not None:
                shares = (np.bincount(side, minlength=10) / len(side) for side in decimals)
                apart = 0.5 * float(np.abs(np.subtract(*shares)).sum())
                tests[column.name, "decimals"] = p if apart >= VISIBLE else 1.0
            _compare_units(tests, column.name, ours, theirs)
    return _adjusted(tests, len(first) + len(second))


def _adjusted(tests: Tests, patients: int) -> tuple[Measurement, tuple[str, ...]]:
    if not tests:
        return NotMeasured("no column has two formats that are common enough to compare"), ()
    adjusted = {key: min(1.0, p * len(tests)) for key, p in tests.items()}
    smallest = min(adjusted.values())
    method = f"{len(tests)} tests of {len({name for name, _ in tests})} columns, Bonferroni"
    found = sorted((p, name, what) for (name, what), p in adjusted.items() if p <= NAMED)
    differing: dict[str, list[str]] = {}
    for _, name, what in found:
        differing.setdefault(name, []).append(what)
    estimate = Estimate(smallest, smallest, smallest, CONFIDENCE, patients, method, smallest)
    return estimate, tuple(f"{name} ({' and '.join(what)})" for name, what in differing.items())


def _one_row_per_patient(records: Records) -> Records:
    return records.take(np.unique(records.patients, return_index=True)[1])


def _compare_numbers(tests: Tests, name: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Add the tests of two sides' numbers."""
    if not len(ours) or not len(theirs):
        return
    forms = chi_square_p(written_forms(ours), written_forms(theirs))
    if forms is not None:
        tests[name, "decimals"] = forms
    _, value, times = np.unique(np.concatenate([ours, theirs]), return_inverse=True, return_counts=True)
    sharing = np.digitize(times[value], (2, 3, 6, 11))  # alone, two, to five, to ten, more patients with the value
    shared = chi_square_p(sharing[: len(ours)], sharing[len(ours) :])
    if shared is not None:
        tests[name, "repeated values"] = shared
    _compare_units(tests, name, ours, theirs)


def _compare_units(tests: Tests, name: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Add Smirnov's test, with a p-value of 1 where nothing looks like other units: so it is too large, if anything."""
    gap = greatest_gap(np.sort(ours), np.sort(theirs))
    other = unit_change(ours, theirs) or unit_change(theirs, ours)
    tests[name, "units"] = smirnov_p(gap, len(ours), len(theirs)) if other is not None else 1.0


def _compare_spelling(tests: Tests, name: str, levels: tuple[str, ...], ours: np.ndarray, theirs: np.ndarray) -> None:
    """Add a test over the levels that are another one but for case, spaces, dots and underscores."""
    plain = ["".join(sign for sign in level.casefold() if sign not in " _.") for level in levels]
    twice = np.array([plain.count(one) > 1 for one in plain])
    if not twice.any():
        return
    variants = (side[np.isin(side, np.flatnonzero(twice))].astype(np.int64) for side in (ours, theirs))
    p = chi_square_p(*variants)
    if p is not None:
        tests[name, "spelling of levels"] = p
