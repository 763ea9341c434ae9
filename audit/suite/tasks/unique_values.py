"""Unique values: what one patient alone has, such as an account number, and the synthetic table has again."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from synthaudit.audit.files import write_atomically
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.quasi_identifiers import quasi_identifiers
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.planting.keys import UniqueKeys, kept_keys
from synthaudit.audit.suite.tasks.repeated_values import RepeatedValues, find_left_out, find_repeated
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import largest_size
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
)
from synthaudit.audit.suite.tasks.unique_value_rows import grade_unique_values

METHOD = "unique_values"

CELLS_PER_SECOND = 3e6
"""Cells sorted per second."""


class UniqueValues(TaskKind):
    """Looks in a whole synthetic table for every value that one patient alone has."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    section: ClassVar[Section] = "reidentification"
    statistic: ClassVar[str | None] = "excess"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release: all rows of a given file, or all that were sampled."""
        for system in components.systems:
            rows = largest_size(components, sizes, system)
            for release in range(components.releases(system)):
                yield Task("unique_values", system, release, synthetic=rows)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Count the patients of both sides whose value stands there, and list the members among them, restricted."""
        declared = context.plan.secrets
        known = quasi_identifiers(context.real, declared.quasi_identifiers, declared.public)
        found = find_repeated(
            context.members,
            context.holdout,
            context.reference,
            context.synthetic(task.system, task.release),
            together=tuple(name for name, chosen in zip(context.real.columns, known, strict=True) if chosen),
        )
        sides = [np.unique(side.patients) for side in (context.members, context.holdout)]
        others = 0 if context.reference is None else len(np.unique(context.reference.patients))
        rows = context.release(task.system, task.release).rows
        found += find_left_out(context.left_out(task.system), *sides, others=others, rows=rows)
        if named := published_id_values(context, task.system):
            found.append(named)
        _write_repeated(task, context, found)
        UniqueKeys.of(found).save(kept_keys(context, task.key))
        template = replace(row_template(task, context, self.section), method=METHOD)
        members, holdout = (len(side) for side in sides)
        return TaskResult.of(task, grade_unique_values(template, found, members=members, holdout=holdout))

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of one sort per column."""
        rows = sizes.members + sizes.holdout + sizes.reference + task.synthetic
        return OVERHEAD + rows * sizes.columns / CELLS_PER_SECOND

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Only with its release."""
        return rank_of_release(task)


def published_id_values(context: AuditContext, system: str) -> RepeatedValues | None:
    """Return whose id stands in the synthetic table's id column, or None where nobody's does."""
    numbers = context.published_ids(system)
    if not len(numbers):
        return None
    sides = [np.unique(side.patients) for side in (context.members, context.holdout)]
    patients = np.concatenate(sides)
    everybody = np.ones(len(patients), dtype=bool)
    return RepeatedValues("patient id", patients, len(sides[0]), everybody, np.isin(patients, numbers), 0.0)


def _write_repeated(task: Task, context: AuditContext, found: list[RepeatedValues]) -> None:
    """Write ``restricted/repeated-SYSTEM-RELEASE.csv``, mode 0600: members whose unique values stand in the table."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    table.writerow(("pseudonym", "value of", "expected by chance"))
    for one in found:
        for patient in one.patients[: one.members][one.repeated[: one.members]]:
            table.writerow((context.pseudonyms[patient], one.name, f"{one.chance:.2g}"))
    path = context.folder.restricted / f"repeated-{task.system}-{task.release}.csv"
    write_atomically(path, lines.getvalue().encode(), mode=0o600)
