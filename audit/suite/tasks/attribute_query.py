"""What an attacker of attributes is asked: the cells it knows of each target, those it guesses, and who was right."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Records
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.known_columns import known_mask, mask_targets
from synthaudit.audit.suite.context.task import Task, seed_of
from synthaudit.audit.suite.tasks.attribute_metrics import AttributeGuesses

TOLERANCE = 0.1
"""A guessed number counts as right within this share of its column's middle 90 %."""


@dataclass(frozen=True, eq=False)
class AttributeQuery:
    """All targets, members first; what the attacker knows of each, and which cells it is asked for."""

    targets: Records
    known: np.ndarray
    secret: np.ndarray

    @classmethod
    def of(cls, task: Task, context: AuditContext) -> "AttributeQuery":
        """Return what a cell asks."""
        both = Records.concat([context.targets.members, context.targets.holdout])
        rng = np.random.default_rng(seed_of(context.plan.seed, "known columns", task.known))
        known = known_mask(both, context.real, task.columns, task.known, context.secret, rng=rng)
        return cls(both, known, ~known & context.secret if context.secret.any() else ~known)


def run_attack(
    task: Task, context: AuditContext, asked: AttributeQuery, knowledge: Knowledge, name: str
) -> tuple[AttributeGuesses, AttributeGuesses]:
    """Let the attacker guess the unknown cells of all targets, and return what it said of members and of holdout.

    Both sides stand in one shuffled list and meet one attacker with one random stream: whatever it makes of ties, it
    makes of them alike on both sides, so that a difference between the sides can only come from the synthetic rows.
    """
    attack, both = context.components.attribute[task.method], asked.targets
    order = np.random.default_rng(seed_of(context.plan.seed, "order of targets")).permutation(len(both))
    wrong = np.random.default_rng(seed_of(context.plan.seed, "noise", task.columns, task.known))
    seen = mask_targets(both, asked.known, noise=task.noise, rng=wrong)
    rng = np.random.default_rng(seed_of(context.plan.seed, task.label, name))
    guesses = attack.guess(seen.take(order), asked.known[order], knowledge, rng=rng)
    back = np.argsort(order)
    values, confidence, first = guesses.values[back], guesses.confidence[back], len(context.targets.members)
    members, holdout = (
        AttributeGuesses(both.take(side), asked.secret[side], Guesses(values[side], confidence[side]))
        for side in (slice(0, first), slice(first, None))
    )
    return members, holdout


def imputation_baseline(
    task: Task, context: AuditContext, asked: AttributeQuery, reference: Records | None
) -> AttributeGuesses | None:
    """Let the same attacker guess holdout patients with real strangers in place of synthetic rows.

    That is what imputation alone achieves. The strangers are the reference records; where there are none, each half
    of the holdout targets is guessed from the other half. None where that leaves nobody.
    """
    if reference is not None and len(reference):
        held = Knowledge(synthetic=reference.take(slice(0, task.synthetic)), reference=reference)
        return run_attack(task, context, asked, held, "baseline")[1]
    holdout = context.targets.holdout
    patients = np.unique(holdout.patients)
    if len(patients) < 2:
        return None
    rng = np.random.default_rng(seed_of(context.plan.seed, "halves of the holdout"))
    first = rng.permutation(len(patients)) % 2 == 0
    rows = rng.permutation(len(holdout))
    by_half = []
    for half in (~first, first):  # first the guesses about the first half, made from the second
        donors = holdout.take(rows[np.isin(holdout.patients[rows], patients[half])][: task.synthetic])
        by_half.append(run_attack(task, context, asked, Knowledge(synthetic=donors), "baseline")[1])
    one, other = by_half
    chosen = np.isin(holdout.patients, patients[first])[:, None]
    values = np.where(chosen, one.guesses.values, other.guesses.values)
    confidence = np.where(chosen, one.guesses.confidence, other.guesses.confidence)
    return AttributeGuesses(one.targets, one.secret, Guesses(values, confidence))


def tolerance(real: Records) -> np.ndarray:
    """Return how far a guessed number may be off and still count as right, shape ``(p,)``; 0 for levels."""
    spread = np.zeros(len(real.schema))
    for position in real.schema.rest:
        column = real.schema.columns[position]
        values = real.column(column.name)
        values = values[~np.isnan(values)]
        if column.is_numeric and len(values):
            low, high = np.quantile(values, [0.05, 0.95])
            spread[position] = TOLERANCE * (high - low)
    return spread
