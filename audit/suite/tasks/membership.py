"""Membership inference: one attack on one synthetic table, or on several releases together."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.protocols import ClaimingAttack, MembershipAttack
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.suite.attacker.attacker_knowledge import as_used, attacker_knowledge
from synthaudit.audit.suite.context.audit_context import AuditContext, rng_of
from synthaudit.audit.suite.context.components import BLACK_BOX, Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.targets import ShuffledTargets, Targets
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.plan import rows_of
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.membership_rows import grade_membership
from synthaudit.audit.suite.tasks.rows import per_patient, row_template
from synthaudit.audit.suite.tasks.sampling import sample
from synthaudit.audit.suite.tasks.scores import scores_intact, write_scores
from synthaudit.audit.suite.tasks.synthetic_sizes import is_part, rank_of_size, reference_sizes, synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import (
    OVERHEAD,
    DropRank,
    DropReason,
    MostKnowledge,
    TaskKind,
    TaskStage,
    rank_of_release,
    workload,
)


class MembershipInference(TaskKind):
    """Scores all targets by one attack, grades the scores, and leaves them to the tasks that judge attacks together."""

    stage: ClassVar[TaskStage] = TaskStage.RELEASE
    by_size: ClassVar[bool] = True
    section: ClassVar[Section] = "membership"
    statistic: ClassVar[str | None] = "auc"

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield the attacks on every table, with every knowledge, and on several releases together."""
        for system in components.systems:
            for release in range(components.releases(system)):
                for rows in synthetic_sizes(components, sizes, system):
                    if is_part(sizes, system, rows):
                        yield from _for_the_curves(components, sizes, system, rows)
                        continue
                    for key, attack in components.membership.items():
                        costly = attack.needs & {Need.TRAINER, Need.WEIGHTS}
                        most = sample(components, sizes) if costly else 0
                        base = Task("membership", system, release, key, rows, sample=most)
                        for reference, shifted in _references(components, sizes, attack):
                            for targets in (0, *_fewer_targets(components, sizes, base.sample)):
                                yield replace(base, reference=reference, targets_per_side=targets, shifted=shifted)
                        if release == 0 and system in components.recipes and attack.needs <= BLACK_BOX:
                            most = reference_sizes(components, sizes, attack)[-1]
                            for releases in sorted(set(components.plan.sweep.combined_releases) - {1}):
                                yield replace(base, reference=most, combined_releases=releases)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Let the attack score the targets, and grade it."""
        attack, knowledge = context.components.membership[task.method], attacker_knowledge(task, context)
        template = row_template(task, context, self.section)
        missing = knowledge.lacks(attack.needs)
        if missing is not None:
            return TaskResult.of(task, [template.row("auc", NotMeasured(missing), chance=0.5)])
        targets = context.targets_of(task)
        try:
            members, holdout = score_targets(attack, context, targets, knowledge, rng_of(context, task))
        except InsufficientKnowledge as reason:
            return TaskResult.of(task, [template.row("auc", NotMeasured(str(reason)), chance=0.5)])
        template = replace(template, knowledge=as_used(template.knowledge, knowledge))
        rules = attack.claims() if isinstance(attack, ClaimingAttack) else {}
        rows, series = grade_membership(template, members, holdout, rules, targets.distinctive)
        write_scores(task, context, members, holdout)
        return TaskResult.of(task, rows, series)

    def intact(self, task: Task, context: AuditContext) -> bool:
        """Whether the scores can be read, where there are any."""
        return scores_intact(task, context)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the attack, without those of shadow models, which are shared."""
        return OVERHEAD + components.membership[task.method].cost(workload(task, components, sizes))

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Variants of knowledge can be spared first, then attackers who know less, other sizes and shadow models."""
        both = "same" in components.plan.sweep.reference_population
        if task.targets_per_side or task.combined_releases > 1 or (task.shifted and both):
            return DropRank(DropReason.VARIANT)
        if most.exceeds(task):
            return DropRank(DropReason.LESS_KNOWLEDGE)
        size = rank_of_size(task, synthetic_sizes(components, sizes, task.system), sizes)
        if size is not None:
            return size
        if Need.TRAINER in components.needs(task.method):
            return DropRank(DropReason.SHADOW_MODELS)
        return rank_of_release(task)


def _references(components: Components, sizes: TableSizes, attack: MembershipAttack) -> Iterator[tuple[int, bool]]:
    """Yield how many reference records the attacker holds, and whether they are of a shifted population."""
    counts = reference_sizes(components, sizes, attack)
    swept = Need.TRAINER not in attack.needs and any(counts)
    populations = components.plan.sweep.reference_population if swept else ("same",)
    if "same" in populations:
        yield from ((count, False) for count in counts)
    if "shifted" in populations:
        yield from ((count, True) for count in sorted({min(count, sizes.reference // 2) for count in counts} - {0}))


def _for_the_curves(components: Components, sizes: TableSizes, system: str, rows: int) -> Iterator[Task]:
    """Yield the attacks on a part of a given table: those whose power is measured, with the most reference records."""
    for key in components.power_attacks():
        if components.membership[key].needs <= BLACK_BOX:
            most = reference_sizes(components, sizes, components.membership[key])[-1]
            yield Task("membership", system, 0, key, rows, most)


def _fewer_targets(components: Components, sizes: TableSizes, sampled: int) -> tuple[int, ...]:
    """Return the numbers of targets per side, besides all or those of a sample, at which attacks are repeated."""
    plan = components.plan.targets
    most = min(sampled or plan.members, plan.members, plan.holdout, sizes.members, sizes.holdout)
    wanted = {rows_of(size, sizes.members) for size in components.plan.sweep.targets_per_side}
    return tuple(sorted(targets for targets in wanted if targets < most))


def score_targets(
    attack: MembershipAttack, context: AuditContext, targets: Targets, knowledge: Knowledge, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return one score per target patient, of members and of holdout; the attacker meets both in one shuffled list."""
    shuffled = ShuffledTargets.of(targets, targets.pooled, seed=context.plan.seed)
    scores = np.asarray(attack.score(shuffled.records, knowledge, rng=rng), dtype=np.float64)
    if scores.shape != (len(shuffled.records),) or not np.isfinite(scores).all():
        raise ValueError("expected one finite score per target")
    members, holdout = shuffled.by_side(scores)
    return per_patient(members, targets.members.patients), per_patient(holdout, targets.holdout.patients)
