"""The one-run audit: many canaries, each inserted by a coin of its own, one training, and who was in.

Under (epsilon, delta)-DP of that training nobody guesses the coins better than its claim allows (Steinke, Nasr &
Jagielski, 2023). Coins compare a canary present with absent, so epsilon is that for adding or removing one; where a
coin chooses one of two, it is that for replacing one. Each canary's law, the attacks and the confidence are fixed
before any coin is tossed. The claim compared with is that of this very training, whose size differs a little.

The audit runs twice: under the public schema, and with vocabulary, levels and bounds taken from the training data, as
most published code does. What the second gives away beyond the first is the metadata leak; a claim about the training
does not cover it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from audit.records import Records
from audit.statistics import NotMeasured
from audit.statistics.roc import auc_difference
from audit.statistics.selected import one_training
from audit.suite.cells import Cell, seed_of
from audit.suite.grade import Label
from audit.suite.job import Job, use_one_thread
from audit.suite.mechanism.claim import held_against, promised
from audit.suite.mechanism.domain import Domain
from audit.suite.mechanism.law import Canaries, draw, fitted_into, in_words
from audit.suite.mechanism.options import MechanismPlan
from audit.suite.mechanism.pairs import relabelled
from audit.suite.mechanism.scores import black_box, white_box, with_domain
from audit.suite.result import Knows, Row

PUBLIC, FROM_DATA = "domain public", "domain from data"


@dataclass(frozen=True, eq=False)
class Coins:
    """Canaries and what their coins said.

    Attributes:
        canaries: All made-up records; in pairs, slot j holds records 2j and 2j + 1.
        inserted: Which records are in, shape ``(records,)``, bool.
        said: What each coin said, shape ``(m,)``: the record is in, or the first of the two is.
        paired: Whether a coin chooses between two.
    """

    canaries: Canaries
    inserted: np.ndarray
    said: np.ndarray
    paired: bool

    @classmethod
    def toss(cls, plan: MechanismPlan, like: Records, *, patients: int, rng: np.random.Generator) -> "Coins":
        """Draw canaries and toss a coin for each."""
        paired = plan.insertion == "pairs"
        size = 2 * plan.canaries if paired else plan.canaries
        made = draw(like, size, own_columns=plan.own_columns, law=plan.law, patients=patients, rng=rng)
        said = rng.random(plan.canaries) < 0.5
        inserted = np.stack([said, ~said], axis=1).ravel() if paired else said
        return cls(made, inserted, said, paired)

    def seen(self, scores: dict[str, np.ndarray]) -> np.ndarray:
        """Return what attackers say of each coin, shape ``(attacks, m)``: scores, or differences in pairs."""
        table = np.stack(list(scores.values()))
        return table[:, ::2] - table[:, 1::2] if self.paired else table


def audit_canaries(cell: Cell, job: Job) -> list[Row]:
    """Train with canaries under each domain and bound epsilon; all in this cell, since domains are compared."""
    plan, recipe = job.plan.mechanism, job.bench.recipes[cell.subject]
    if not job.bench.is_control(cell.subject):
        use_one_thread()
    like = job.reference if job.reference is not None else job.holdout
    rng = np.random.default_rng(seed_of(job.plan.seed, "canaries"))
    patients = int(max(side.patients.max() for side in (job.members, job.holdout, like))) + 1
    coins = Coins.toss(plan, like, patients=patients, rng=rng)
    schema = coins.canaries.rows.schema
    trained = Records.concat([fitted_into(job.members, schema), coins.canaries.rows.take(coins.inserted)])
    trained = trained.take(rng.permutation(len(trained)))  # a row's place says nothing
    held = fitted_into(job.reference, schema) if job.reference is not None else None
    rows, first = [], {}
    for name in (PUBLIC, FROM_DATA) if plan.domain else (PUBLIC,):
        domain = Domain(schema, schema) if name == PUBLIC else Domain.of(trained)
        fitted = recipe.fit(domain.narrowed(trained), seed=_seed(job, cell, "fit"), device=job.device)
        claim = promised(
            fitted.training.ledger,
            adjacency="replace one" if coins.paired else "add or remove one",
            delta=plan.delta,
            note=f"canaries: {in_words(plan.law, plan.own_columns)}",
        )
        label = _label(cell, coins, 0 if held is None else len(held))
        by_access = {} if fitted.training.problem else _scores(fitted, coins, domain, held, cell, job)
        for access in ("black box", "white box"):
            here, part = relabelled(label, access), f"{access}, {name}"
            scores = by_access.get(access)
            if not scores:
                why = fitted.training.problem or "the generator's weights say nothing of a record"
                rows += held_against(here, NotMeasured(why), claim, part=part, judged=name == PUBLIC)
                continue
            found = one_training(
                coins.seen(scores),
                coins.said,
                delta=claim.guarantee.delta,
                claim=claim.mu if claim.mu is not None else claim.guarantee.claimed,
                paired=coins.paired,
                gaussian=claim.mu is not None,
                significance=plan.significance,
                seed=_seed(job, cell, part),
            )
            rows += held_against(here, found, claim, part=part, judged=name == PUBLIC)
            if access == "black box":
                first[name] = next(iter(scores.values()))
    if len(first) == 2:
        after, before = (first[name] for name in (FROM_DATA, PUBLIC))
        gone = coins.inserted
        leak = auc_difference(after[gone], after[~gone], before[gone], before[~gone])
        rows.append(relabelled(label, "black box").row("metadata_leak", leak, part="black box", chance=0.0))
    return rows


def _scores(
    fitted: Any, coins: Coins, domain: Domain, held: Records | None, cell: Cell, job: Job
) -> dict[str, dict[str, np.ndarray]]:
    """Return what attackers say of all canaries, by access; white box includes what the synthetic rows say."""
    targets = coins.canaries.rows
    synthetic = domain.lifted(fitted.sample(cell.synthetic, seed=_seed(job, cell, "sample")))
    rng = np.random.default_rng(_seed(job, cell, "attacks"))
    read = black_box(job.bench.canary_attacks, targets, coins.canaries.own, synthetic, held, rng=rng)
    outside = domain.outside(targets)
    alone = (coins.canaries.own >= 0) & (outside == 0) & (domain.seen != domain.public)
    weights = white_box(
        fitted, domain.narrowed(targets), domain.narrowed(coins.canaries.twins), coins.canaries.features
    )
    found = {"black box": with_domain(read, outside, alone)}
    return {**found, "white box": with_domain(weights, outside, alone)} if weights else found


def _label(cell: Cell, coins: Coins, reference: int) -> Label:
    inside = int(coins.inserted.sum())
    knows = Knows(access="synthetic rows only", synthetic_rows=cell.synthetic, reference_rows=reference)
    outside = len(coins.inserted) - inside
    return Label(cell.label, "privacy", cell.subject, None, "canaries", knows, inside, outside, "mechanism")


def _seed(job: Job, cell: Cell, what: str) -> int:
    return seed_of(job.plan.seed, "canaries", cell.subject, what)
