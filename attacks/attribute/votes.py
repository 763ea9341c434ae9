"""Donors' votes: their values, row by row, become one guess per cell and its confidence."""

from collections.abc import Iterator

import numpy as np

from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Column, NumericScale, Records

BLOCK = 2_048
"""Targets whose votes are counted at once: 2,048 x 1,071 codes take about 50 MB."""


def vote(donors: Records, index: np.ndarray, counted: np.ndarray | None = None, *, scale: NumericScale) -> Guesses:
    """Return the donors' guess for every cell, shape ``(n, p)``.

    The majority decides for binary and level columns, the rounded mean for counts, the mean for numbers; donors in
    which the value is missing, or a number far outside the real ones, have no vote. A tied vote goes to the value
    whose donors come first. Without any vote the guess is the most frequent or median value among all donors, at
    confidence 0.

    Args:
        donors: The rows that may vote.
        index: Who votes on whom, nearest first, shape ``(n, k)``: rows of ``donors``.
        counted: Whose vote counts, shape ``(n, k)``; None counts all.
        scale: Where numbers of a column usually lie, and how far apart, for the confidence.
    """
    schema = donors.schema
    voting = np.ones(index.shape, dtype=bool) if counted is None else counted
    shape = (len(index), len(schema))
    values = np.empty(shape, donors.codes.dtype if not schema.rest else np.float64)
    confidence = np.empty(shape, np.float32)
    donors = _with_plausible_counts(donors, scale)
    default = _default_codes(donors)
    for rows in _blocks(len(index)):
        block = index[rows], voting[rows]
        values[rows, schema.codes], confidence[rows, schema.codes] = _codes(donors, *block, default)
        for place, at in enumerate(schema.rest):
            column = schema.columns[at]
            everybody = donors.rest[:, place]
            if column.kind in ("continuous", "count"):
                likely = np.where(scale.outside(column.name, everybody), np.nan, everybody)
                votes, deviation = np.where(block[1], likely[block[0]], np.nan), scale.deviation(column.name)
                values[rows, at], confidence[rows, at] = _mean(column, votes, everybody, deviation)
            else:
                votes = np.where(block[1], everybody[block[0]], np.nan)
                values[rows, at], confidence[rows, at] = _mode(column, votes, everybody)
    return Guesses(values, confidence)


def _blocks(rows: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, rows)) for start in range(0, rows, BLOCK))


def _weights(k: int) -> np.ndarray:
    """Return the weight of each vote, first come first: 1 and so little more that only a tie is decided by it."""
    return 1.0 + 0.25 ** np.arange(1, k + 1)


def _binary(donors: Records) -> np.ndarray:
    schema = donors.schema
    return np.array([schema.columns[at].kind == "binary" for at in schema.codes], dtype=bool)


def _with_plausible_counts(donors: Records, scale: NumericScale) -> Records:
    """Return the donors with counts far beyond the real ones cut off at the end of what is plausible."""
    codes = donors.codes
    for place in np.flatnonzero(~_binary(donors)):  # over columns of counts
        _, most = scale.bounds(donors.schema.columns[donors.schema.codes[place]].name)
        wild = codes[:, place] > most
        if wild.any():
            codes = codes.copy()
            codes[wild, place] = int(most)
    return donors if codes is donors.codes else Records(donors.schema, codes, donors.rest, donors.patients)


def _default_codes(donors: Records) -> np.ndarray:
    """Return the majority of each binary code and the rounded mean of each count, shape ``(codes,)``."""
    mean = donors.codes.mean(axis=0)
    default: np.ndarray = np.where(_binary(donors), mean > 0.5, np.rint(mean))
    return default


def _codes(
    donors: Records, index: np.ndarray, voting: np.ndarray, default: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return guesses and confidence for the code columns, each of shape ``(b, codes)``."""
    shape = (len(index), donors.codes.shape[1])
    total, present, leaning = (np.zeros(shape, np.float32) for _ in range(3))
    for rank, weight in enumerate(_weights(index.shape[1])):  # over donors, not over patients
        row = np.where(voting[:, rank, None], donors.codes[index[:, rank]], 0)
        total += row
        present += row > 0
        leaning += np.where(row > 0, weight, -weight) * voting[:, rank, None]
    voters = voting.sum(axis=1)[:, None]
    share = present / np.maximum(voters, 1)
    values = np.where(_binary(donors), leaning > 0, np.rint(total / np.maximum(voters, 1)))
    confidence = np.where(values > 0, share, 1.0 - share)
    return np.where(voters > 0, values, default), np.where(voters > 0, confidence, 0.0)


def _mode(column: Column, votes: np.ndarray, everybody: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the most voted level and its share of the votes, each of shape ``(b,)``; votes ``(b, k)``, NaN is none."""
    levels = max(len(column.levels), 2)
    given = ~np.isnan(votes)
    rows, ranks = np.nonzero(given)
    cell = rows * levels + votes[given].astype(np.intp)
    tally = np.bincount(cell, weights=_weights(votes.shape[1])[ranks], minlength=len(votes) * levels)
    count = np.bincount(cell, minlength=len(votes) * levels)
    best = tally.reshape(-1, levels).argmax(axis=1)
    share = count.reshape(-1, levels)[np.arange(len(votes)), best] / np.maximum(given.sum(axis=1), 1)
    default = np.bincount(everybody[~np.isnan(everybody)].astype(np.intp), minlength=levels).argmax()
    return np.where(given.any(axis=1), best, default), share


def _mean(column: Column, votes: np.ndarray, everybody: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the donors' mean and how little they disagree, each of shape ``(b,)``; votes ``(b, k)``, NaN is none.

    The confidence is ``scale / (scale + spread)`` with the real column's deviation as scale: 1 if all agree.
    """
    given = ~np.isnan(votes)
    voters = np.maximum(given.sum(axis=1), 1)
    mean = np.where(given, votes, 0.0).sum(axis=1) / voters
    spread = np.sqrt(np.where(given, (votes - mean[:, None]) ** 2, 0.0).sum(axis=1) / voters)
    seen = everybody[~np.isnan(everybody)]
    default = float(np.median(seen)) if seen.size else 0.0
    voted = given.any(axis=1)
    guess = np.where(voted, mean, default)
    confidence = scale / (scale + spread)
    whole = column.integer or column.kind == "count"
    return np.rint(guess) if whole else guess, np.where(voted, confidence, 0.0)
