"""Attribute inference by nearest donors: the synthetic rows most like the patient fill in what is unknown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from attacks.held import DISTANCES, Distance, near
from audit.errors import check_choice, check_positive
from audit.knowledge import Knowledge, Need
from audit.protocols import Guesses
from audit.records import Column, Records

BLOCK = 2_048
"""Targets whose votes are counted at once: 2,048 x 1,071 codes take under 20 MB."""


@dataclass(frozen=True)
class Donors:
    """The k synthetic rows nearest on the known columns vote on the rest (Choi et al., medGAN, 2017, section 4.4).

    Threat model: synthetic rows, and some columns of the target, which may differ from target to target. Guess: the
    majority of the donors for binary and level columns, their rounded mean for counts, their mean for numbers;
    donors in which the value is missing have no vote. A tied vote goes to the value whose donors are nearer, and
    equally near rows are taken in a random order, so the place of a row in the synthetic file decides nothing.
    Confidence: the share of the votes for the guess; for numbers, how little the donors disagree.

    Attributes:
        k: How many donors vote; one was the strongest in the paper.
        metric: The distance on the known columns; ``auto`` by the schema.
    """

    title: ClassVar[str] = "Nearest donors"
    question: ClassVar[str] = (
        "Can somebody who knows part of a patient's record read the rest off the most similar synthetic records?"
    )
    source: ClassVar[str] = "Choi et al., medGAN, MLHC 2017, section 4.4"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})

    k: int = 1
    metric: Distance = "auto"

    def __post_init__(self) -> None:
        check_choice(DISTANCES, metric=self.metric)
        check_positive(k=self.k)

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        """Guess every cell where ``known`` (shape ``(n, p)``) is false, from the donors' values."""
        # The kernel breaks ties by row number: shuffled rows make that a fair draw, the same for any batch of targets.
        donors = knowledge.synthetic.take(rng.permutation(len(knowledge.synthetic)))
        found = near(targets, donors, knowledge, k=self.k, metric=self.metric, known=known)
        schema = targets.schema
        values = np.empty((len(targets), len(schema)), donors.codes.dtype if not schema.rest else np.float64)
        confidence = np.empty((len(targets), len(schema)), np.float32)
        weights = vote_weights(found.index.shape[1])
        for rows in _blocks(len(targets)):
            index = found.index[rows]
            values[rows, schema.codes], confidence[rows, schema.codes] = _codes(donors, index, weights)
            for place, at in enumerate(schema.rest):
                votes = donors.rest[index, place]
                fallback = donors.rest[:, place]
                judge = _mean if schema.columns[at].kind in ("continuous", "count") else _mode
                values[rows, at], confidence[rows, at] = judge(schema.columns[at], votes, weights, fallback)
        return Guesses(values, confidence)


def vote_weights(k: int) -> np.ndarray:
    """Return the weight of each donor's vote, nearest first, shape ``(k,)``: about 1 each, so ties go to the nearer.

    All surplus together is less than half a vote, so it never overturns a majority.
    """
    return 1.0 + 0.25 ** np.arange(1, k + 1)


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, rows)) for start in range(0, rows, BLOCK))


def _codes(donors: Records, index: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return guesses and confidence for the code columns, each of shape ``(b, codes)``."""
    schema = donors.schema
    binary = np.array([schema.columns[at].kind == "binary" for at in schema.codes], dtype=bool)
    shape = (len(index), len(binary))
    total, present, leaning = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for rank, weight in enumerate(weights):  # over donors, not over patients
        row = donors.codes[index[:, rank]]
        total += row
        present += row > 0
        leaning += np.where(row > 0, weight, -weight)
    values = np.where(binary, leaning > 0, np.rint(total / len(weights)))
    share = present / len(weights)
    return values, np.where(values > 0, share, 1.0 - share)


def _mode(
    column: Column, votes: np.ndarray, weights: np.ndarray, fallback: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the most voted level and its share of the votes, each of shape ``(b,)``; votes ``(b, k)``."""
    levels = max(len(column.levels), 2)
    tally, count = np.zeros((len(votes), levels)), np.zeros((len(votes), levels))
    given = ~np.isnan(votes)
    rows = np.broadcast_to(np.arange(len(votes))[:, None], votes.shape)[given]
    chosen = votes[given].astype(np.intp)
    np.add.at(tally, (rows, chosen), np.broadcast_to(weights, votes.shape)[given])
    np.add.at(count, (rows, chosen), 1.0)
    best = tally.argmax(axis=1)
    share = count[np.arange(len(votes)), best] / np.maximum(given.sum(axis=1), 1)
    seen = fallback[~np.isnan(fallback)].astype(np.intp)
    usual = np.bincount(seen, minlength=levels).argmax()
    voted = given.any(axis=1)
    return np.where(voted, best, usual), np.where(voted, share, 0.0)


def _mean(
    column: Column, votes: np.ndarray, weights: np.ndarray, fallback: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the donors' mean and how little they disagree, each of shape ``(b,)``; votes ``(b, k)``."""
    del weights  # a mean has no ties
    given = ~np.isnan(votes)
    number = np.maximum(given.sum(axis=1), 1)
    filled = np.where(given, votes, 0.0)
    mean = filled.sum(axis=1) / number
    spread = np.sqrt(np.where(given, (votes - mean[:, None]) ** 2, 0.0).sum(axis=1) / number)
    seen = fallback[~np.isnan(fallback)]
    usual, scale = (seen.mean(), seen.std()) if seen.size else (0.0, 0.0)
    voted = given.any(axis=1)
    guess = np.where(voted, mean, usual)
    guess = np.rint(guess) if column.integer or column.kind == "count" else guess
    confidence = scale / (scale + spread) if scale > 0 else np.ones(len(votes))
    return guess, np.where(voted, confidence, 0.0)
