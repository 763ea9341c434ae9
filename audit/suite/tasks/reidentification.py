"""Re-identification: an attack that points at single patients, members and as many holdout patients."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import InsufficientKnowledge, Need
from synthaudit.audit.protocols import SinglingAttack
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.suite.attacker.attacker_knowledge import attacker_knowledge
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.reidentification_rows import grade_predicates, grade_reidentification
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import is_part, rank_of_size, synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
    workload,
)


class Reidentification(TaskKind):
    """One attack on one synthetic table; its attempts on holdout patients say what succeeds without a leak."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    by_size: ClassVar[bool] = True
    section: ClassVar[Section] = "reidentification"
    statistic: ClassVar[str | None] = "residual_risk"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per release, size and attack; a given table is attacked as a whole only."""
        for system in components.systems:
            for release in range(components.releases(system)):
                for rows in synthetic_sizes(components, sizes, system):
                    if is_part(sizes, system, rows):
                        continue
                    for key, attack in components.reidentification.items():
                        reference = sizes.reference if Need.REFERENCE in attack.needs else 0
                        yield Task("reidentification", system, release, key, rows, reference)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Let the attacker try as many members as holdout patients, with one random stream for both sides."""
        attack, knowledge = context.components.reidentification[task.method], attacker_knowledge(task, context)
        template = row_template(task, context, self.section)
        missing = knowledge.lacks(attack.needs)
        if missing is not None:
            return TaskResult.of(task, [template.row("residual_risk", NotMeasured(missing), chance=0.0)])
        seed = seed_of(context.plan.seed, task.label)
        sides = equally_many(context.targets.members, context.targets.holdout, np.random.default_rng(seed))
        rngs = [np.random.default_rng(seed) for _ in sides]  # the same stream for both
        try:
            if isinstance(attack, SinglingAttack):
                # The predicates do not depend on the patients: they are made once, for both sides.
                described = attack.describe(Records.concat(list(sides)), knowledge, rng=rngs[0])
                patients = np.unique(np.concatenate([side.patients for side in sides]))
                parts = [described[np.isin(patients, side.patients)] for side in sides]
                rows = grade_predicates(template, *parts, wanted=attack.max_attempts, seed=seed)
            else:
                attempts = [attack.attempt(side, knowledge, rng=rng) for side, rng in zip(sides, rngs, strict=True)]
                rows = grade_reidentification(template, *attempts)
        except InsufficientKnowledge as reason:
            rows = [template.row("residual_risk", NotMeasured(str(reason)), chance=0.0)]
        return TaskResult.of(task, rows)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the attack."""
        return OVERHEAD + components.reidentification[task.method].cost(workload(task, components, sizes))

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Other sizes than that of the members can be spared, then later releases."""
        candidates = synthetic_sizes(components, sizes, task.system)
        return rank_of_size(task, candidates, sizes) or rank_of_release(task)


def equally_many(members: Records, holdout: Records, rng: np.random.Generator) -> tuple[Records, Records]:
    """Return both sides with the same number of patients, drawn from the larger one."""
    patients = [np.unique(side.patients) for side in (members, holdout)]
    size = min(map(len, patients))
    chosen = [rng.choice(side, size=size, replace=False) for side in patients]
    return members.take(np.isin(members.patients, chosen[0])), holdout.take(np.isin(holdout.patients, chosen[1]))
