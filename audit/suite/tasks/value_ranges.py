"""Control: are the synthetic cells where real ones are? What is not cannot be compared, so no attack finds it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.records.written_numbers import decimals_of
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.statistics.unit_change import unit_change
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Row, Section
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate, row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import largest_size
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
)

METHOD = "value ranges"
NAMES = 5
"""Columns named at most in one line."""
MOST = 0.5
"""Share of a column's numbers outside the real range from which the column counts as being in other units."""
SOME = 0.1
"""Share of real numbers with the most decimals from which it is noticed that no synthetic one has as many."""
COUNTED = "a plain count over the whole table"


class ValueRanges(TaskKind):
    """Counts numbers far outside the real range, in other units or with other decimals, and levels nobody has."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release: all rows of a given file, or all that were sampled."""
        if components.plan.controls.enabled:
            for system in components.systems:
                for release in range(components.releases(system)):
                    yield Task("value_ranges", system, release, synthetic=largest_size(components, sizes, system))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Count over all rows of the table, and over the holdout in its place."""
        real = context.real if context.reference is None else Records.concat([context.real, context.reference])
        known = context.holdout if context.reference is None else context.reference
        synthetic = context.synthetic(task.system, task.release).take(slice(0, task.synthetic))
        found = find_odd_cells(synthetic, known, real, context.numeric_scale)
        least = context.plan.small_count
        usual = find_odd_cells(context.holdout, known, real, context.numeric_scale).share("outside", least=least)
        template = replace(row_template(task, context, self.section), method=METHOD)
        return TaskResult.of(task, odd_cell_rows(template, found, usual, small_count=least))

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds: every column of all tables is sorted, and rounded ten times."""
        return OVERHEAD + 2e-6 * sizes.columns * (task.synthetic + sizes.members + sizes.holdout + sizes.reference)

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Only with its release."""
        return rank_of_release(task)


@dataclass(frozen=True)
class OddCells:
    """Cells of a table that no real record resembles.

    Attributes:
        outside: Numbers more than one range (5 % to 95 %) beyond the least and the greatest real value, by column.
        finer: Numbers with more decimals than any real one, by column.
        unseen: Cells with a level that no real record has, by column.
        coarser: Columns in which no number has the most decimals that real ones often have.
        units: Columns in other units, and in which, or with most numbers outside.
        given: Cells that are not missing, by column.
    """

    outside: dict[str, int] = field(default_factory=dict)
    finer: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    coarser: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)

    def cells(self, what: str) -> int:
        """Return in how many cells something could have been found, over all columns."""
        return sum(self.given[name] for name in getattr(self, what))

    def share(self, what: str, *, least: int) -> float:
        """Return in which share of these it was found, columns with fewer than ``least`` such cells left out."""
        counts: dict[str, int] = getattr(self, what)
        return sum(count for count in counts.values() if count >= least) / max(self.cells(what), 1)


def find_odd_cells(table: Records, known: Records, real: Records, scale: NumericScale) -> OddCells:
    """Return the cells of a table that no real record resembles.

    Args:
        table: The table to look through.
        known: Real records that are no members; ranges and units are theirs.
        real: All real records; levels and decimals are theirs, since one patient's show that they exist.
        scale: Quantiles of ``known``.
    """
    found = OddCells()
    for column in table.schema.columns:
        if column.kind == "binary":
            continue
        cells, usual, all_real = (
            values[~np.isnan(values)]
            for values in (rows.column(column.name).astype(np.float64) for rows in (table, known, real))
        )
        found.given[column.name] = len(cells)
        if column.levels:
            found.unseen[column.name] = int((~np.isin(cells, all_real)).sum())
            continue
        found.outside[column.name] = int(scale.outside(column.name, cells).sum())
        other = unit_change(cells, usual)
        if other is not None:
            found.units[column.name] = str(other)
        elif found.outside[column.name] > MOST * len(cells):
            found.units[column.name] = "mostly outside the real range"
        if len(cells) and len(all_real):
            decimals, real_decimals = decimals_of(cells), decimals_of(all_real)
            most = int(real_decimals.max())
            found.finer[column.name] = int((decimals > most).sum())
            if decimals.max() < most and (real_decimals == most).mean() >= SOME:
                found.coarser.append(column.name)
    return found


def odd_cell_rows(template: RowTemplate, found: OddCells, usual: float, *, small_count: int) -> list[Row]:
    """Return the rows of a table: shares over all columns, how many columns differ and which, counts per column.

    Args:
        template: What the rows have in common.
        found: The odd cells.
        usual: Share of other real numbers outside the range.
        small_count: Cells of a column below which their number is not told, nor part of a share.
    """
    rows: list[Row] = []
    for what, chance in (("outside", usual), ("finer", 0.0), ("unseen", 0.0)):
        counts: Mapping[str, int] = getattr(found, what)
        cells = found.cells(what)
        if not cells:
            continue
        share = found.share(what, least=small_count)
        total = Estimate(
            share, share, share, CONFIDENCE, cells, f"{COUNTED}, columns with fewer than {small_count} none"
        )
        rows.append(template.row(f"{what}_share", total, chance=chance))
        for name, count in counts.items():
            if count:
                exact = Estimate(count, count, count, CONFIDENCE, found.given[name], COUNTED)
                number = exact if count >= small_count else NotMeasured(f"fewer than {small_count} cells")
                rows.append(template.row(f"{what}_cells", number, part=name, chance=0.0))
    numbers = len(found.outside)
    if numbers:
        units = [f"{name} ({how})" for name, how in found.units.items()]
        for statistic, columns in (("columns_in_other_units", units), ("coarser_columns", found.coarser)):
            odd = len(columns)
            counted = Estimate(odd, odd, odd, CONFIDENCE, numbers, COUNTED)
            rows.append(template.row(statistic, counted, part=_listed(columns), chance=0.0))
    return rows


def _listed(columns: Sequence[str]) -> str:
    more = [f"{len(columns) - NAMES} more"] if len(columns) > NAMES else []
    return ", ".join([*columns[:NAMES], *more]) or "all"
