"""The audit by many trainings on two fixed neighbouring tables, one with a target and one without, by fair coins.

Each training is one trial of its own, so error rates have exact limits and an epsilon follows without any assumption
(Kairouz et al., 2015; METHODS 1.4). The worst case is sought on purpose: few patients, a target with a code that nobody
else has, copies of it. That is legitimate, since a claim holds for every pair of neighbours or it does not hold.

Thresholds and attacks are chosen on a third of the trainings and judged on the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, is_dataclass, replace
from typing import ClassVar

import numpy as np

from synthaudit.audit.ledger import Ledger
from synthaudit.audit.protocols import Fitted, Generator, PrivateGenerator
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.statistics.best_attack_bound import multi_run_bound
from synthaudit.audit.suite.attacker.fit_many import fit_many
from synthaudit.audit.suite.context.audit_context import AuditContext, use_one_thread
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.targets import vulnerability
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import ThreatModel
from synthaudit.audit.suite.tasks.dp.canary_design import draw_canaries, with_more_codes
from synthaudit.audit.suite.tasks.dp.canary_scores import black_box, white_box
from synthaudit.audit.suite.tasks.dp.claim import claim_of, claim_rows, with_access
from synthaudit.audit.suite.tasks.dp.dp_task import DPTask
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.audit.suite.tasks.task_kind import OVERHEAD, DropRank, DropReason, MostKnowledge, TaskStage
from synthaudit.audit.workload import Workload
from synthaudit.generators.dp.options import Privacy

ROWS = 1_000
"""Synthetic rows of each training, at least."""


class TrainingsAudit(DPTask):
    """Trains many times on two neighbouring tables, and bounds epsilon by the trainings that are told apart."""

    stage: ClassVar[TaskStage] = TaskStage.DP_TRAINING

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per generator whose claim is audited."""
        if components.plan.dp_audit.trainings:
            yield from (Task("trainings", system) for system in filter(components.claims, components.recipes))

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Train on both tables and bound epsilon; mu too where the ledger says that the mechanism is Gaussian."""
        plan = context.plan.dp_audit
        recipe = for_patients(context.components.recipes[task.system], plan.patients_per_training)
        if not context.components.is_control(task.system):
            use_one_thread()
        tables = neighbouring_tables(context)
        inside = np.random.default_rng(_seed(context, task, "coins")).permutation(plan.trainings) % 2 == 0
        scores: list[dict[str, dict[str, float]]] = []
        ledger: Ledger | None = None
        for at, fitted in _trained(recipe, tables.larger, inside, task, context):
            scores.append(_scores(fitted, tables, at, task, context))
            ledger = weaker_claim(ledger, fitted.training.ledger)
        claim = claim_of(
            ledger, adjacency="add or remove one", delta=plan.delta, group=plan.target_copies, note=_note(context)
        )
        held = 0 if tables.reference is None else len(tables.reference)
        knows = ThreatModel(access="", synthetic_rows=_rows(context), reference_rows=held)
        sides = int(inside.sum()), int((~inside).sum())
        label = RowTemplate(task.label, "privacy", task.system, None, "trainings", knows, *sides, "mechanism")
        rows = []
        for access in ("black box", "white box"):
            here, table = with_access(label, access), score_matrix([score[access] for score in scores])
            if not len(table):
                rows += claim_rows(here, NotMeasured(_silent(access)), claim, part=access)
                continue
            found = multi_run_bound(
                table[:, inside],
                table[:, ~inside],
                delta=claim.guarantee.delta,
                claim=claim.mu if claim.mu is not None else claim.guarantee.claimed,
                gaussian=claim.mu is not None,
                significance=plan.significance,
                seed=_seed(context, task, access),
            )
            rows += claim_rows(here, found, claim, part=access, mu=claim.mu is not None)
        return TaskResult.of(task, rows)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the trainings."""
        plan = components.plan.dp_audit
        work = Workload(members=plan.patients_per_training + plan.target_copies, columns=sizes.columns + 1)
        return OVERHEAD + plan.trainings * (0.04 + components.recipes[task.system].cost(work))

    def rank(self, task: Task, components: Components, sizes: TableSizes, most: MostKnowledge) -> DropRank | None:
        """Many trainings can be spared; canaries of one training stay."""
        return DropRank(DropReason.MANY_TRAININGS)


def for_patients(recipe: Generator, patients: int) -> Generator:
    """Return a private recipe whose public number of patients, where it states one, is that of the small tables.

    Noise and steps follow from that number, so that the claim is the same at every size; one that is far too large
    would hide the target in batches that hardly ever take it.
    """
    if not (isinstance(recipe, PrivateGenerator) and isinstance(recipe.privacy, Privacy) and is_dataclass(recipe)):
        return recipe
    if recipe.privacy.num_patients is None:
        return recipe
    return replace(recipe, privacy=replace(recipe.privacy, num_patients=patients))


@dataclass(frozen=True, eq=False)
class NeighbouringTables:
    """Two tables that differ in one target, or in its copies.

    Attributes:
        larger: The table with the target; its copies are the last rows.
        without_unique_code: The target without its own code, shape ``(1, p)``.
        unique_code: Which code of the integer block is the target's own, shape ``(1,)``; -1 for none.
        reference: What the attacker holds besides; or None.
    """

    larger: Records
    without_unique_code: Records
    unique_code: np.ndarray
    reference: Records | None

    @property
    def target(self) -> Records:
        """The target, shape ``(1, p)``."""
        return self.larger.take(slice(len(self.larger) - 1, len(self.larger)))


def neighbouring_tables(context: AuditContext) -> NeighbouringTables:
    """Return the tables of the audit: a target, and other patients drawn from the members.

    The patients are drawn once for all systems: the tables are fixed, only trainings vary.
    """
    plan = context.plan.dp_audit
    rng = np.random.default_rng(seed_of(context.plan.seed, "neighbouring tables"))
    people = rng.permutation(np.unique(context.members.patients))
    patients = int(people.max()) + 1
    if plan.target == "vulnerable":
        known = np.unique(context.members.patients)
        chosen = known[int(np.argmax(vulnerability(context.members, context.numeric_scale.ranges)))]
        target = context.members.take(np.flatnonzero(context.members.patients == chosen)[:1])
        others = context.members.take(
            np.isin(context.members.patients, people[people != chosen][: plan.patients_per_training])
        )
        twin, reference, unique_code = target, context.reference, np.array([-1])
    else:
        like = context.reference if context.reference is not None else context.holdout
        made = draw_canaries(like, 1, own_columns=1, law=plan.canary_distribution, patients=patients, rng=rng)
        schema, target, twin, unique_code = made.rows.schema, made.rows, made.without_unique_code, made.unique_code
        others = with_more_codes(
            context.members.take(np.isin(context.members.patients, people[: plan.patients_per_training])), schema
        )
        reference = with_more_codes(context.reference, schema) if context.reference is not None else None
    copies = target.take(np.zeros(plan.target_copies, dtype=int))
    return NeighbouringTables(Records.concat([others, copies]), twin, unique_code, reference)


def weaker_claim(one: Ledger | None, other: Ledger | None) -> Ledger | None:
    """Return the ledger with the larger epsilon, which both trainings keep; none finite is the largest of all."""
    if one is None or other is None:
        return one or other
    if one.epsilon is None or other.epsilon is None:
        return one if one.epsilon is None else other
    return one if one.epsilon >= other.epsilon else other


def score_matrix(scores: list[dict[str, float]]) -> np.ndarray:
    """Return one row an attack that scored any training, shape ``(attacks, K)``.

    A training that its own checks do not trust may be so because of the target: it is lowest of all, never left out.
    """
    names = list(dict.fromkeys(name for one in scores for name in one))
    table = np.full((len(names), len(scores)), np.nan)
    for at, one in enumerate(scores):
        table[:, at] = [one.get(name, np.nan) for name in names]
    lowest = np.array([[np.nanmin(row) - 1.0] for row in table]) if len(names) else np.empty((0, 1))
    return np.where(np.isnan(table), lowest, table)


def _trained(
    recipe: Generator, pool: Records, inside: np.ndarray, task: Task, context: AuditContext
) -> Iterator[tuple[int, Fitted]]:
    """Yield every training with its number."""
    copies = context.plan.dp_audit.target_copies
    inclusion = np.ones((len(inside), len(pool)), dtype=bool)
    inclusion[:, len(pool) - copies :] = inside[:, None]
    seeds = [_seed(context, task, f"training {at}") for at in range(len(inside))]
    yield from enumerate(fit_many(recipe, pool, inclusion, seeds=seeds, device=context.device))


def _scores(
    fitted: Fitted, tables: NeighbouringTables, at: int, task: Task, context: AuditContext
) -> dict[str, dict[str, float]]:
    """Return what attackers say of the target after one training, by access and name."""
    if fitted.training.problem is not None:
        return {"black box": {}, "white box": {}}
    synthetic = fitted.sample(_rows(context), seed=_seed(context, task, f"sample {at}"))
    # One random stream for all trainings: what an attack draws must not tell them apart.
    rng = np.random.default_rng(_seed(context, task, "attacks"))
    read = black_box(
        context.components.canary_attacks,
        tables.target,
        tables.unique_code,
        synthetic,
        tables.reference,
        scale=context.numeric_scale,
        rng=rng,
    )
    weights = white_box(fitted, tables.target, tables.without_unique_code)
    return {
        "black box": {name: float(value[0]) for name, value in read.items()},
        "white box": {name: float(value[0]) for name, value in weights.items()},
    }


def _rows(context: AuditContext) -> int:
    return max(ROWS, context.plan.dp_audit.patients_per_training)


def _note(context: AuditContext) -> str:
    plan = context.plan.dp_audit
    copies = f", {plan.target_copies} copies of it" if plan.target_copies > 1 else ""
    target = (
        "a target with a code of its own" if plan.target == "unique code" else "the most isolated patient as target"
    )
    return f"tables of {plan.patients_per_training:,} patients, {target}{copies}"


def _silent(access: str) -> str:
    if access == "white box":
        return "the generator's weights say nothing of a record"
    return "no training could be attacked: its own checks trusted none, or no attack on synthetic rows could run"


def _seed(context: AuditContext, task: Task, what: str) -> int:
    return seed_of(context.plan.seed, "trainings", task.system, what)
