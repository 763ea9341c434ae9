"""Planted leaks: what each attack measures on tables that leak on purpose, so that a policy can judge its own power."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from synthaudit.attacks.reidentification.linkability import Linkability
from synthaudit.attacks.reidentification.unique_replay import UniqueReplay
from synthaudit.audit.protocols import ClaimingAttack, RowwiseAttack
from synthaudit.audit.records import Records
from synthaudit.audit.records.storage import read_arrays
from synthaudit.audit.suite.attacker.attacker_knowledge import attacker_knowledge
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.quasi_identifiers import quasi_identifiers
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import Section
from synthaudit.audit.suite.tasks.copies import METHOD as COPIES
from synthaudit.audit.suite.tasks.copies import CopiedPatients, kept_copies, tolerances
from synthaudit.audit.suite.tasks.membership import score_targets
from synthaudit.audit.suite.tasks.planting.copies import plant_copies
from synthaudit.audit.suite.tasks.planting.keys import UniqueKeys, kept_keys, plant_keys
from synthaudit.audit.suite.tasks.planting.membership import FEW, LADDER, AttackedTable, plant_for_attack
from synthaudit.audit.suite.tasks.planting.plantable_secrets import PlantableSecrets, kept_secrets
from synthaudit.audit.suite.tasks.planting.reidentification import plant_for_reidentification
from synthaudit.audit.suite.tasks.planting.secrets import plant_secrets
from synthaudit.audit.suite.tasks.planting.trials import Trials
from synthaudit.audit.suite.tasks.reidentification import equally_many
from synthaudit.audit.suite.tasks.rows import row_template
from synthaudit.audit.suite.tasks.synthetic_sizes import main_size, synthetic_sizes
from synthaudit.audit.suite.tasks.task_kind import OVERHEAD, TaskKind, TaskStage, workload
from synthaudit.audit.suite.tasks.unique_values import METHOD as KEYS

PER_BLOCK = 0.01
"""Seconds in which 4,000 targets meet the rows of a block: encoding them, whatever the rows."""

PER_MEASUREMENT = 0.002
"""Seconds in which their scores are graded."""


class PlantedLeaks(TaskKind):
    """Plants members in a first release, ever more of them, and keeps what each attack then measures."""

    stage: ClassVar[TaskStage] = TaskStage.SCORES
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
            own = [task for task in tasks if task.system == system and not task.release]
            for key in components.power_attacks():
                attacks = [task for task in own if task.method == key and _is_main(task, rows)]
                for source in sorted(attacks, key=lambda task: task.reference)[-1:]:
                    yield _planted(source)
            for source in own:
                if source.kind in ("copies", "secrets", KEYS) or _can_plant(components, source):
                    yield _planted(source)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Plant, repeat by repeat; all attacks meet the same leaks."""
        trials, plan = Trials(), context.plan.controls
        seeds = [seed_of(context.plan.seed, "planted", task.system, repeat) for repeat in range(plan.repeats)]
        if task.method == COPIES:
            self._plant_copies(task, context, trials, seeds)
        elif task.method == KEYS:
            self._plant_keys(task, context, trials, seeds)
        elif task.method in context.components.membership:
            self._plant_for_attack(task, context, trials, seeds)
        elif task.method in context.components.reidentification:
            self._plant_for_tries(task, context, trials, seeds)
        else:
            self._plant_secrets(task, context, trials, seeds)
        template = row_template(task, context, self.section)
        return TaskResult.of(task, (), trials.series(template, task.method))

    def _plant_copies(self, task: Task, context: AuditContext, trials: Trials, seeds: Sequence[int]) -> None:
        path = kept_copies(context, task.sources[0])
        if not path.exists():
            return
        scale = context.holdout if context.reference is None else context.reference
        plant_copies(
            CopiedPatients.load(path),
            (context.members, context.holdout),
            context.synthetic(task.system, task.release),
            tolerances(scale),
            trials,
            seeds,
        )

    def _plant_keys(self, task: Task, context: AuditContext, trials: Trials, seeds: Sequence[int]) -> None:
        path = kept_keys(context, task.sources[0])
        if path.exists():
            sides = [len(np.unique(side.patients)) for side in (context.members, context.holdout)]
            plant_keys(UniqueKeys.load(path), trials, seeds, members=sides[0], holdout=sides[1])

    def _plant_for_attack(self, task: Task, context: AuditContext, trials: Trials, seeds: Sequence[int]) -> None:
        attack, knowledge = context.components.membership[task.method], attacker_knowledge(task, context)
        path = context.folder.restricted / "scores" / f"{task.sources[0]}.npz"
        if knowledge.lacks(attack.needs) is not None or not path.exists():
            return
        unplanted = None
        if is_rowwise(attack):
            kept = read_arrays(path)
            unplanted = kept["members"], kept["holdout"]

        targets = context.targets_of(task)
        claims = attack.claims() if isinstance(attack, ClaimingAttack) else {}

        def score(synthetic: Records, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            return score_targets(attack, context, targets, replace(knowledge, synthetic=synthetic), rng)

        plant_for_attack(AttackedTable(context.members, knowledge.synthetic, score, claims, unplanted), trials, seeds)

    def _plant_for_tries(self, task: Task, context: AuditContext, trials: Trials, seeds: Sequence[int]) -> None:
        seed = seed_of(context.plan.seed, replace(task, kind="reidentification").label)  # the attack's own
        sides = equally_many(context.targets.members, context.targets.holdout, np.random.default_rng(seed))
        attack, knowledge = context.components.reidentification[task.method], attacker_knowledge(task, context)
        plant_for_reidentification(attack, sides, context.members, knowledge, trials, seed=seed, seeds=seeds)

    def _plant_secrets(self, task: Task, context: AuditContext, trials: Trials, seeds: Sequence[int]) -> None:
        path = kept_secrets(context, task.sources[0])
        if not path.exists():
            return
        declared = context.plan.secrets
        known = quasi_identifiers(context.real, declared.quasi_identifiers, declared.public)
        plant_secrets(
            PlantableSecrets.load(path),
            context.targets_of(task).pooled,
            context.members,
            attacker_knowledge(task, context),
            known,
            trials,
            seeds,
        )

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds: planted rows alone are looked at, save by attacks that look at the whole table again."""
        repeats, attack = components.plan.controls.repeats, components.membership.get(task.method)
        if attack is None or is_rowwise(attack):
            return OVERHEAD + 3 * (LADDER.blocks * PER_BLOCK + repeats * len(LADDER.steps) * PER_MEASUREMENT)
        return OVERHEAD + repeats * (1 + len(FEW.steps)) * attack.cost(workload(task, components, sizes))

    def key_parts(self, task: Task, components: Components) -> Mapping[str, Any]:
        """The plan's controls, and what attackers are after."""
        plan = components.plan
        return {"controls": plan.controls.model_dump(mode="json"), "secrets": plan.secrets.model_dump(mode="json")}


def is_rowwise(attack: object) -> bool:
    """Whether a score is the largest over the synthetic rows, each judged alone."""
    return isinstance(attack, RowwiseAttack) and attack.rowwise


def _is_main(task: Task, rows: int) -> bool:
    """Whether a task attacks the table of the main size, with all targets and an attacker of its own population."""
    return (task.kind, task.synthetic, task.targets_per_side, task.shifted, task.combined_releases) == (
        "membership", rows, 0, False, 1,
    )  # fmt: skip


def _can_plant(components: Components, source: Task) -> bool:
    """Whether a task points at single patients in a way that planted rows can be judged by."""
    attack = components.reidentification.get(source.method)
    return source.kind == "reidentification" and isinstance(attack, (Linkability, UniqueReplay))


def _planted(source: Task) -> Task:
    """Return the task that plants leaks for what another one attacks, with the same targets."""
    method = source.method or source.kind
    return Task(
        "planted",
        source.system,
        0,
        method,
        source.synthetic,
        source.reference,
        sample=source.sample,
        sources=(source.key,),
    )
