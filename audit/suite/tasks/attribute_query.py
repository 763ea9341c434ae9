"""Queries of attribute inference: the known and the secret cells of each target, and the attack run on them."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.known_columns import known_mask, mask_targets
from synthaudit.audit.suite.context.targets import ShuffledTargets
from synthaudit.audit.suite.context.task import Task, seed_of
from synthaudit.audit.suite.tasks.attribute_metrics import AttributeGuesses

TOLERANCE = 0.1
"""A guessed number counts as right within this share of its column's middle 90 %."""


@dataclass(frozen=True, eq=False)
class AttributeQuery:
    """Which cells of each target the attacker knows, and which it has to guess.

    Attributes:
        targets: Rows of all targets, members first, shape ``(n, p)``.
        known: Cells that the attacker knows, shape ``(n, p)``, bool.
        secret: Cells that it has to guess, likewise.
    """

    targets: Records
    known: np.ndarray
    secret: np.ndarray

    @classmethod
    def of(cls, task: Task, context: AuditContext) -> "AttributeQuery":
        """Return the query of a task."""
        both = context.targets_of(task).pooled
        rng = np.random.default_rng(seed_of(context.plan.seed, "known columns", task.known))
        known = known_mask(both, context.real, task.known_choice, task.known, context.secret, rng=rng)
        return cls(both, known, ~known & context.secret if context.secret.any() else ~known)


def run_attack(
    task: Task, context: AuditContext, query: AttributeQuery, knowledge: Knowledge, name: str
) -> tuple[AttributeGuesses, AttributeGuesses]:
    """Let the attack guess the unknown cells of all targets; return its guesses of members and of holdout.

    Both sides stand in one shuffled list and meet one attacker with one random stream.
    """
    wrong = np.random.default_rng(seed_of(context.plan.seed, "noise", task.known_choice, task.known))
    masked = mask_targets(query.targets, query.known, error_rate=task.error_rate, rng=wrong)
    targets = context.targets_of(task)
    shuffled = ShuffledTargets.of(targets, masked, seed=context.plan.seed)
    rng = np.random.default_rng(seed_of(context.plan.seed, task.label, name))
    attack = context.components.attribute[task.method]
    guesses = attack.guess(shuffled.records, query.known[shuffled.order], knowledge, rng=rng)
    values, confidence = shuffled.by_side(guesses.values), shuffled.by_side(guesses.confidence)
    first = len(targets.members)
    members, holdout = (
        AttributeGuesses(query.targets.take(side), query.secret[side], Guesses(values[at], confidence[at]))
        for at, side in enumerate((slice(0, first), slice(first, None)))
    )
    return members, holdout


def imputation_baseline(
    task: Task, context: AuditContext, query: AttributeQuery, reference: Records | None
) -> AttributeGuesses | None:
    """Let the same attacker guess holdout patients with real strangers in place of synthetic rows.

    That is what imputation alone achieves. The strangers are the reference records; where there are none, each half
    of the holdout targets is guessed from the other half. None where that leaves nobody.
    """
    if reference is not None and len(reference):
        donors = reference.take(slice(0, task.synthetic))
        held = Knowledge(synthetic=donors, reference=reference, scale=context.numeric_scale)
        return run_attack(task, context, query, held, "baseline")[1]
    holdout = context.targets_of(task).holdout
    patients = np.unique(holdout.patients)
    if len(patients) < 2:
        return None
    rng = np.random.default_rng(seed_of(context.plan.seed, "halves of the holdout"))
    first = rng.permutation(len(patients)) % 2 == 0
    rows = rng.permutation(len(holdout))
    by_half = []
    for half in (~first, first):  # first the guesses about the first half, made from the second
        donors = holdout.take(rows[np.isin(holdout.patients[rows], patients[half])][: task.synthetic])
        held = Knowledge(synthetic=donors, scale=context.numeric_scale)
        by_half.append(run_attack(task, context, query, held, "baseline")[1])
    one, other = by_half
    chosen = np.isin(holdout.patients, patients[first])[:, None]
    values = np.where(chosen, one.guesses.values, other.guesses.values)
    confidence = np.where(chosen, one.guesses.confidence, other.guesses.confidence)
    return AttributeGuesses(one.targets, one.secret, Guesses(values, confidence))


def tolerance(real: Records) -> np.ndarray:
    """Return how far a guessed number may be off and still count as right, shape ``(p,)``; 0 for levels."""
    scale, spread = NumericScale.of(real), np.zeros(len(real.schema))
    for position in real.schema.rest:
        if real.schema.columns[position].is_numeric:
            spread[position] = TOLERANCE * scale.middle(real.schema.names[position])
    return spread
