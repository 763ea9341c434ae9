"""The yardstick of a fidelity metric: other real patients in place of synthetic rows."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import EVERYBODY, TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.fidelity import measure
from synthaudit.audit.suite.tasks.task_kind import OVERHEAD, TaskKind, TaskStage, workload


class Yardstick(TaskKind):
    """Compares members with other real patients: what a perfect generator would reach at this size."""

    stage: ClassVar[TaskStage] = TaskStage.REAL_DATA
    section: ClassVar[Section] = "fidelity"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per metric."""
        yield from (Task("yardstick", EVERYBODY, method=key) for key in components.metrics)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Compare the members with the reference, or with half of the holdout where there is none."""
        other, test = context.reference, context.holdout
        if other is None:
            patients = np.unique(context.holdout.patients)
            first = np.isin(context.holdout.patients, patients[: len(patients) // 2])
            other, test = context.holdout.take(first), context.holdout.take(~first)
        return measure(task, context, other, test, part="yardstick")

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the metric."""
        return OVERHEAD + components.metrics[task.method].cost(workload(task, components, sizes))
