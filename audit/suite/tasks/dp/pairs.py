"""The audit of any release: members and strangers in pairs, each a coin that the split has tossed.

Where the audit itself drew the split at random, every way of dealing the targets to the two sides was equally likely.
Pair each target member with a holdout patient at random: given the pairs, which of the two was in is a fair coin of its
own, and no attacker was told. Swapping the two replaces one patient of the training data, so the one-run bound for
pairs (Keinan et al., 2025) holds for every mechanism, attack and release: no canary and no training is needed.

The scores are those that the attacks of the plan gave without knowing sides. Which attack and how many guesses are
chosen on a third of the pairs. Targets chosen as vulnerable or rare were ranked with both sides pooled, which leaves
the coins fair; what a patient's rows are is fixed, so that patients with several rows are replaced as a whole.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import Need
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.statistics.best_attack_bound import EpsilonBound, one_run_bound
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.result import Row, ThreatModel
from synthaudit.audit.suite.tasks.dp.claim import ACCESS, Claim, claim_of, claim_rows
from synthaudit.audit.suite.tasks.dp.dp_task import DPTask
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.audit.suite.tasks.scores import AttackScores, attacks_by_release, read_scores
from synthaudit.audit.suite.tasks.task_kind import OVERHEAD, TaskStage

ASSUMED = "members and holdout were parted by lot, as the plan states; the audit did not draw them"
GIVEN = (
    "members and holdout came as files: pairs are fair coins only if they were parted by lot. If so, say "
    "random_split = true under [dp_audit]"
)
GENERATOR = frozenset({Need.WEIGHTS, Need.SAMPLER})
"""What only somebody who holds the generator itself has."""


class PairAudit(DPTask):
    """Bounds epsilon from the scores that the attacks on a first release left."""

    stage: ClassVar[TaskStage] = TaskStage.SCORES

    def enumerate(self, components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield one task per system whose claim is audited."""
        if not components.plan.dp_audit.member_pairs:
            return
        for system, release, attacks in attacks_by_release(components, tasks):
            if release == 0 and components.claims(system):
                sources = tuple(task.key for task in attacks)
                yield Task("pairs", system, release, synthetic=attacks[0].synthetic, sources=sources)

    def run(self, task: Task, context: AuditContext) -> TaskResult:
        """Bound epsilon by attacks on the synthetic rows, and by all attacks where some hold the generator too."""
        scored = read_scores(task, context)
        ledger = context.ledger(task.system, task.release)
        white = [one for one in scored if context.components.needs(one.row.method) & GENERATOR]
        by_access = {"black box": [one for one in scored if one not in white]}
        by_access |= {"white box": scored} if white else {}
        rows = [
            row for access, chosen in by_access.items() for row in bound_rows(task, context, chosen, ledger, access)
        ]
        return TaskResult.of(task, rows)

    def cost(self, task: Task, components: Components, sizes: TableSizes) -> float:
        """Return seconds of the bounds."""
        return OVERHEAD + 0.3


def bound_rows(
    task: Task, context: AuditContext, scored: list[AttackScores], ledger: Ledger | None, access: str
) -> list[Row]:
    """Return the rows of some attacks' scores together."""
    plan = context.plan.dp_audit
    given = context.plan.data.members is not None
    claim = claim_of(ledger, adjacency="replace one", delta=plan.delta, note=ASSUMED if given else "")
    reference = max((one.row.knowledge.reference_rows for one in scored if one.row.knowledge), default=0)
    size = min(side.shape[0] for side in _on_common_targets(scored)[0]) if scored else 0
    knows = ThreatModel(
        access=ACCESS[access],
        synthetic_rows=task.synthetic,
        reference_rows=reference,
        target_choice=context.plan.targets.choice,
        prior=context.plan.targets.prior,
    )
    label = RowTemplate(task.label, "privacy", task.system, task.release, "pairs", knows, size, size, "mechanism")
    problem = _problem(context, scored, claim)
    if problem is not None:
        return claim_rows(label, NotMeasured(problem), claim, part=access)
    sides = _on_common_targets(scored)
    found = bound_in_pairs(
        sides, claim, significance=plan.significance, seed=seed_of(context.plan.seed, task.label, access)
    )
    return claim_rows(label, found, claim, part=access)


def _on_common_targets(scored: list[AttackScores]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the scores of members and of holdout patients on the targets that no attack left out."""
    tables = [np.stack([one.members for one in scored]), np.stack([one.holdout for one in scored])]
    members, holdout = (table[:, ~np.isnan(table).any(axis=0)] for table in tables)
    return list(zip(members, holdout, strict=True))


def bound_in_pairs(
    sides: list[tuple[np.ndarray, np.ndarray]], claim: Claim, *, significance: float, seed: int
) -> EpsilonBound | NotMeasured:
    """Pair members with strangers at random and bound epsilon by who of each pair scores higher.

    Args:
        sides: Scores of members and of strangers, one pair of arrays an attack, all on the same targets.
        claim: The promise about replacing one.
        significance: Chance of a bound above the truth.
        seed: Draws the pairs and which of the two comes first.
    """
    rng = np.random.default_rng(seed)
    members, strangers = sides[0]
    size = min(len(members), len(strangers))
    ours, theirs = (rng.permutation(len(side))[:size] for side in (members, strangers))
    first = rng.random(size) < 0.5  # whether the first of a pair, as the attacker sees it, is the member
    apart = np.stack([own[ours] - other[theirs] for own, other in sides])
    return one_run_bound(
        np.where(first, apart, -apart),
        first,
        delta=claim.guarantee.delta,
        claim=claim.mu if claim.mu is not None else claim.guarantee.claimed,
        paired=True,
        gaussian=claim.mu is not None,
        significance=significance,
        seed=seed,
    )


def _problem(context: AuditContext, scored: list[AttackScores], claim: Claim) -> str | None:
    if context.plan.data.members is not None and not context.plan.dp_audit.random_split:
        return GIVEN
    if not scored:
        return "no attack was measured"
    several = any(len(np.unique(side.patients)) < len(side) for side in (context.members, context.holdout))
    if claim.claimed and claim.guarantee.unit != "patient" and several:
        return f"the claim protects one {claim.guarantee.unit}, and patients have several rows"
    return None
