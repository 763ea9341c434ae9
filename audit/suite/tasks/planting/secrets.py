"""Planted leaks of single columns: a secret stands beside the true quasi-identifiers, all else is a stranger's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthaudit.attacks.attacker_scale import nearest_on_attacker_scale
from synthaudit.attacks.attribute.record_linkage import LinkedCells, best_row_without
from synthaudit.attacks.attribute.record_linkage.cells import close_reach
from synthaudit.attacks.attribute.votes import vote
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import distinct_share
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.suite.tasks.planting.leaks import Ladder, leaking_blocks
from synthaudit.audit.suite.tasks.planting.plantable_secrets import PlantableSecrets
from synthaudit.audit.suite.tasks.planting.trials import Trials
from synthaudit.audit.suite.tasks.rows import CONFIDENCE
from synthaudit.audit.suite.tasks.secret_rows import SecretOutcome, right_guesses
from synthaudit.audit.suite.tasks.secrets import DONORS

LADDER = Ladder(0.1, 10, (1, 2, 3, 5, 10))
"""Up to all members; of a code's sensitivity, of those who carry it."""

COLUMNS = 3
"""Columns that take turns as the secret: those in which a leak stands out most."""

KIND = "attribute"

IDENTIFIED = 0.5
"""Share of different rows of quasi-identifiers from which a secret is planted beside them; else in whole rows."""

Guess = Callable[[Records | None], np.ndarray]
"""Guesses the secret of every target from the table and some planted rows, shape ``(n,)``."""


def plant_secrets(
    secrets: PlantableSecrets,
    targets: Records,
    members: Records,
    knowledge: Knowledge,
    known: np.ndarray,
    trials: Trials,
    seeds: Sequence[int],
) -> None:
    """Add how much better a secret is guessed of members than of holdout patients at each strength.

    Args:
        secrets: What can be planted.
        targets: Rows of both sides.
        members: Rows of all members.
        knowledge: What the attacker holds.
        known: The quasi-identifiers, shape ``(p,)``, bool.
        trials: Where the measurements go.
        seeds: One per repeat.
    """
    by_known = bool(secrets.quasi_identifiers.any()) and _identify(targets, known)
    usable = secrets.quasi_identifiers == by_known
    chosen = np.flatnonzero(usable)[:COLUMNS]
    if secrets.sensitivity[chosen].any() or not secrets.precise[chosen].all():
        chosen = chosen[:1]  # strengths and statistics would differ from repeat to repeat
    for turn, at in enumerate(chosen):
        column, own = int(secrets.position[at]), seeds[turn :: len(chosen)]
        name, whole = targets.schema.names[column], targets.schema.names
        names = [*(whole[place] for place in np.flatnonzero(known)), name] if by_known else list(whole)
        guess = (
            _from_known(targets, knowledge, names) if by_known else _from_others(targets, knowledge, secrets, column)
        )
        leaked = members.take(members.column(name) > 0) if secrets.sensitivity[at] else members
        patients = len(np.unique(leaked.patients))
        size, counts = LADDER.size(patients), LADDER.strengths(patients)
        sides = leaked.select(names), knowledge.synthetic.select(names)
        blocks = leaking_blocks("verbatim", *sides, LADDER, np.random.default_rng(seeds[0]))
        judge = _Judge.of(targets, members, knowledge, secrets, int(at))
        unplanted = judge.leakage(guess(None))
        statistic = "secret_leakage" if secrets.precise[at] else "imprecise_secret_leakage"
        for order in LADDER.orders(len(blocks), own):
            trials.add_estimate(KIND, statistic, "all", 0, unplanted)
            for count in counts:
                rows = Records.concat([blocks[block] for block in order[: count // size]])
                trials.add_estimate(KIND, statistic, "all", count, judge.leakage(guess(rows)))


def _identify(targets: Records, known: np.ndarray) -> bool:
    """Whether most patients are alone with their quasi-identifiers; others cannot be looked up by them."""
    names = [targets.schema.names[place] for place in np.flatnonzero(known)]
    return bool(names) and distinct_share(targets.select(names)) >= IDENTIFIED


@dataclass(frozen=True, eq=False)
class _Judge:
    """Judges guesses of one column as the search for the worst column does.

    Attributes:
        column: Position of the column.
        truth: Its true values, shape ``(n,)``.
        to_guess: Whether a target's value has to be guessed, likewise.
        owner: Whose row each is, likewise.
        is_member: Which patients are members.
        reach: How far a right number may be off.
        confidence: Corrected for all columns.
    """

    column: int
    truth: np.ndarray
    to_guess: np.ndarray
    owner: np.ndarray
    is_member: np.ndarray
    reach: float
    confidence: float

    @classmethod
    def of(
        cls, targets: Records, members: Records, knowledge: Knowledge, secrets: PlantableSecrets, at: int
    ) -> "_Judge":
        column = int(secrets.position[at])
        truth = targets.column(targets.schema.names[column]).astype(np.float64)
        to_guess = (truth > 0).astype(np.float64) if secrets.sensitivity[at] else np.ones(len(truth))
        patients, owner = np.unique(targets.patients, return_inverse=True)
        reach = close_reach(knowledge.real if knowledge.real is not None else targets)[column]
        is_member = np.isin(patients, members.patients)
        return cls(column, truth, to_guess, owner, is_member, float(reach), 1 - (1 - CONFIDENCE) / secrets.numbers)

    def leakage(self, guess: np.ndarray) -> Estimate:
        right = right_guesses(self.truth, guess, self.reach) * self.to_guess
        size = len(self.is_member)
        counts = [np.bincount(self.owner, weights=part, minlength=size) for part in (right, self.to_guess)]
        outcome = SecretOutcome(self.column, "", "", counts[0], counts[1], None)
        return replace(outcome.leakage(self.is_member, self.confidence), confidence=CONFIDENCE)


def _from_known(targets: Records, knowledge: Knowledge, names: Sequence[str]) -> Guess:
    """Return guesses from the nearest rows on the quasi-identifiers; the secret is the last of the names."""
    ours, donors = targets.select(names), knowledge.synthetic.select(names)
    mask = np.broadcast_to(np.arange(len(names)) < len(names) - 1, (len(ours), len(names)))
    base = nearest_on_attacker_scale(ours, donors, knowledge, k=DONORS, known=mask)
    secret = donors.select(names[-1:])

    def guess(planted: Records | None) -> np.ndarray:
        distance, index, rows = base.distance, base.index, secret
        if planted is not None:
            new = nearest_on_attacker_scale(ours, planted, knowledge, k=DONORS, known=mask)
            distance = np.concatenate([distance, new.distance], axis=1)
            index = np.concatenate([index, new.index + len(donors)], axis=1)
            order = np.argsort(distance, axis=1, kind="stable")[:, :DONORS]
            distance, index = (np.take_along_axis(part, order, axis=1) for part in (distance, index))
            rows = Records.concat([secret, planted.select(names[-1:])])
        counted = distance <= distance[:, :1] + 1e-9
        values: np.ndarray = vote(rows, index, counted=counted, scale=knowledge.units).values[:, 0].astype(np.float64)
        return values

    return guess


def _from_others(targets: Records, knowledge: Knowledge, secrets: PlantableSecrets, column: int) -> Guess:
    """Return guesses from the row that agrees best on all other columns."""
    cells = LinkedCells.of(targets, knowledge.real if knowledge.real is not None else targets)
    score, value = best_row_without(cells, secrets.shared, knowledge.synthetic, column)

    def guess(planted: Records | None) -> np.ndarray:
        if planted is None:
            return value
        new, other = best_row_without(cells, secrets.shared, planted, column)
        return np.where(new > score + 1e-4, other, value)

    return guess
