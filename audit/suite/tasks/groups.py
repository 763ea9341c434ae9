"""Groups of patients: the membership attacks on a first release, graded on each group."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.patient_groups import LEAST, grade_groups, groups_of
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.scores import attacks_by_release, read_scores
from synthaudit.audit.suite.tasks.task_kind import TaskKind, TaskStage


class PatientGroups(TaskKind):
    """Grades every attack on groups of patients: who is at risk?"""

    stage: ClassVar[TaskStage] = TaskStage.SCORES
    section: ClassVar[Section] = "membership"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per system that is no control: the best informed attack of each kind on its first release."""
        for system, release, attacks in attacks_by_release(components, tasks):
            if release == 0 and not components.is_control(system):
                # Last among an attack's tasks: the most reference records of the population itself.
                best = {task.method: task.key for task in attacks if not task.shifted}
                best = best or {task.method: task.key for task in attacks}
                yield Task("groups", system, release, synthetic=attacks[0].synthetic, sources=tuple(best.values()))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Grade the scores that the attacks left."""
        template, plan = row_template(task, context, self.section), context.plan
        rng = np.random.default_rng(seed_of(plan.seed, "groups"))
        groups = groups_of(context.targets, context.real, small_count=plan.small_count, rng=rng)
        templates, scores = {}, {}
        for one in read_scores(task, context):
            name = one.row.method
            templates[name] = replace(template, method=name, knowledge=one.row.knowledge, task=f"{task.label}/{name}")
            scores[name] = (one.members, one.holdout)
        return TaskResult.of(task, grade_groups(templates, scores, groups, max(plan.small_count, LEAST)))
