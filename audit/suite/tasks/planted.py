"""Planted leaks: the power of a membership attack, which is the smallest leak that this audit would have seen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.protocols import ClaimingAttack
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.suite.attacker.attacker_knowledge import attacker_knowledge
from synthaudit.audit.suite.context.audit_context import AuditContext, rng_of
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.membership import score_targets
from synthaudit.audit.suite.tasks.planted_leaks import DetectionTest, planted_rows
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.sampling import sample
from synthaudit.audit.suite.tasks.synthetic_sizes import main_size, reference_sizes, synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import OVERHEAD, TaskKind, TaskStage, workload


class PlantedLeaks(TaskKind):
    """Plants members' rows in a first release and counts how often an attack notices."""

    stage: ClassVar[TaskStage] = TaskStage.POWER
    section: ClassVar[Section] = "control"
    statistic: ClassVar[str | None] = "missing"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per system that is no control, and attack whose power is measured."""
        if not components.plan.controls.enabled:
            return
        for system in components.systems:
            if components.is_control(system):
                continue
            rows = main_size(synthetic_sizes(components, sizes, system), sizes, system)
            for key in components.power_attacks():
                most = max(reference_sizes(components, sizes, components.membership[key]))
                yield Task("planted", system, 0, key, rows, most, sample=sample(components, sizes))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Attack the table with more and more members' rows in it."""
        attack, knowledge = context.components.membership[task.method], attacker_knowledge(task, context)
        template = replace(row_template(task, context, self.section), method="planted")
        missing = knowledge.lacks(attack.needs)
        if missing is not None:
            return TaskResult.of(task, [template.row("smallest_leak", NotMeasured(missing), part=task.method)])

        targets = context.targets_of(task)

        def scores(synthetic: Records, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            return score_targets(attack, context, targets, replace(knowledge, synthetic=synthetic), rng)

        rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
        test = DetectionTest(task.method, rules, targets.distinctive, context.plan.controls)
        rows = planted_rows(template, test, knowledge.synthetic, context.members, scores, rng=rng_of(context, task))
        return TaskResult.of(task, rows)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of all attacks; what an attack reads of the real rows is read once."""
        work, plan = workload(task, components, sizes), components.plan.controls
        attempts = 1 + 2 * len(plan.planted_fractions) * plan.repeats
        return OVERHEAD + attempts * (work.pair_seconds + 2e-9 * work.columns * (work.targets + work.synthetic) + 0.01)

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's controls."""
        return {"controls": components.plan.controls.model_dump(mode="json")}
