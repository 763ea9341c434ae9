"""A fidelity metric on a synthetic table."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.suite.context.audit_context import AuditContext, rng_of, use_one_thread
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import fidelity_sizes, main_size, rank_of_size
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
    workload,
)


class Fidelity(TaskKind):
    """Compares a synthetic table with the members by one metric."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    section: ClassVar[Section] = "fidelity"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release, size and metric."""
        for system in components.systems:
            for release in range(components.releases(system)):
                for rows in fidelity_sizes(components, sizes, system):
                    yield from (Task("fidelity", system, release, key, rows) for key in components.metrics)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Compare the first rows of the synthetic table with the members."""
        synthetic = context.synthetic(task.system, task.release).take(slice(0, task.synthetic))
        sizes = fidelity_sizes(context.components, context.sizes, task.system)
        shown = task.release == 0 and task.synthetic == main_size(sizes, context.sizes, task.system)
        return measure(task, context, synthetic, context.holdout, part="synthetic", figures=shown)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the metric."""
        return OVERHEAD + components.metrics[task.method].cost(workload(task, components, sizes))

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Other sizes than that of the members can be spared, then later releases."""
        candidates = fidelity_sizes(components, sizes, task.system)
        return rank_of_size(task, candidates, sizes) or rank_of_release(task)


def measure(
    task: Task, context: AuditContext, compared: Records, test: Records, *, part: str, figures: bool = False
) -> TaskResult:
    """Return a metric's rows and points on the members and another table.

    Args:
        task: The computation.
        context: The audit.
        compared: The other table.
        test: Real rows that are in neither.
        part: What the other table is: ``synthetic`` or ``yardstick``.
        figures: Whether to keep the metric's further figures; one table of each system is enough.
    """
    use_one_thread()
    result = context.components.metrics[task.method].measure(
        context.members, compared, test, rng=rng_of(context, task), small_count=context.plan.small_count
    )
    better = context.components.metrics[task.method].better
    template = row_template(task, context, "fidelity")
    rows = [
        template.row(name, measured, part=part, worse="lower" if better.get(name) == "higher" else "higher")
        for name, measured in result.statistics.items()
    ]
    points = {name: np.asarray(values) for name, values in result.points.items()}
    series = [template.series(f"points {part}", points)] if points else []
    for name, values in result.figures.items() if figures else ():
        series.append(template.series(name, {key: np.asarray(numbers) for key, numbers in values.items()}))
    return TaskResult.of(task, rows, series)
