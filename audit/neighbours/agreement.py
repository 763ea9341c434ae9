"""The row of a table that agrees with each target in the weightiest cells: an inverted index of values with weights."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import WITHOUT_NAN, compiled
from synthaudit.audit.neighbours.threads import in_chunks
from synthaudit.audit.records import Records
from synthaudit.audit.records.cell_values import cell_values, places_of

Weigh = Callable[[str, np.ndarray], np.ndarray]
"""Given a column's name and some of its values, returns what agreeing on each is worth."""
BLOCK = 8_192
"""Base rows whose sums stand in the processor's second cache while a target's values go by."""
TARGETS_PER_CALL = 256
"""Targets that one thread places at a time."""
DENSE = 1 / 16
"""Share of the base rows from which a value's rows are kept as a mask, which is added without looking rows up."""


class ValueIndex(NamedTuple):
    """The base: which rows hold each value that some target holds.

    Attributes:
        begin: What a row's sum starts from, shape ``(m,)``, float64.
        starts: Where the rows of a value begin in ``rows``, shape ``(blocks, values + 1)``.
        rows: Rows within their block, by block and value.
        slot: Place of a value in ``masks``, shape ``(values,)``; -1 for those in ``rows`` alone.
        masks: 1 where a row holds the value, shape ``(blocks, slots, BLOCK)``, int8.
    """

    begin: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    slot: np.ndarray
    masks: np.ndarray


class WeightedValues(NamedTuple):
    """The targets' values that some base row holds.

    Attributes:
        ends: Where a target's values end, from 0, shape ``(n + 1,)``.
        values: Numbers of values in the index, by target.
        weights: What agreeing on each is worth, float64.
    """

    ends: np.ndarray
    values: np.ndarray
    weights: np.ndarray


class Entries:
    """Pairs of a row and a value's number, gathered column by column."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.values: list[np.ndarray] = []
        self.weights: list[np.ndarray] = []

    def add(self, rows: np.ndarray, values: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Gather the pairs of one column."""
        self.rows.append(rows.astype(np.int32))
        self.values.append(values.astype(np.int32))
        if weights is not None:
            self.weights.append(weights)


def weighted_agreement(targets: Records, base: Records, weigh: Weigh) -> np.ndarray:
    """Return ``max_s sum_j 1[x_j = s_j] w_j(x_j)`` over the rows s of ``base``, shape ``(n,)``, float64.

    Which cells are equal says ``cell_values``: missing equals missing. Exact up to rounding in float64, and no answer
    depends on threads or on the other targets. A value u that most rows hold (a code's 0, say) is not looked up:
    ``[x = u][s = u] = [x = u] - [s != u] + [x != u][s != u]``. The first term is a constant of the target, the second
    one of the row, and the third falls on the rows that hold another value: for a 0/1 code agreement on zeros costs
    nothing beyond agreement on ones, which then weighs ``w(0) + w(1)``.

    Args:
        targets: Rows to place, n of them.
        base: Rows to search, m of them, under the same columns.
        weigh: Weights by column and value; finite.

    Raises:
        ValueError: The base is empty or has other columns.
    """
    if not len(base) or targets.columns != base.columns:
        raise ValueError("expected base rows under the columns of the targets")
    constant, begin = np.zeros(len(targets)), np.zeros(len(base))
    ours, theirs, numbers = Entries(), Entries(), 0
    for name in base.columns:
        x, s = cell_values(targets, name), cell_values(base, name)
        held, count = _two_values(s)
        if held is None:
            held, count = np.unique(s, return_counts=True)
        usual = held[count.argmax()] if 2 * count.max() > len(s) else None
        place, numbers_of_x = places_of(s, held), places_of(x, held)
        worth = np.asarray(weigh(name, held), np.float64)
        find = np.flatnonzero(numbers_of_x >= 0)
        keep = np.arange(len(s))
        if usual is not None:
            ordinary = float(worth[held == usual][0])
            constant += ordinary * (x == usual)
            begin -= ordinary * (s != usual)
            find, keep = find[x[find] != usual], np.flatnonzero(s != usual)
            other = np.flatnonzero(x != usual)
            if len(held) == 2:
                # One list serves both terms; a target with a third value meets the second term alone.
                ours.add(
                    other, np.full(len(other), numbers + int((held != usual).argmax())), np.full(len(other), ordinary)
                )
            elif len(held) > 2:
                ours.add(other, np.full(len(other), numbers + len(held)), np.full(len(other), ordinary))
                theirs.add(keep, np.full(len(keep), numbers + len(held)))
        ours.add(find, numbers + numbers_of_x[find], worth[numbers_of_x[find]])
        theirs.add(keep, numbers + place[keep])
        numbers += len(held) + 1
    index = _index(begin, theirs, numbers)
    values = _by_target(ours, len(targets))
    best = np.full(len(targets), -np.inf)
    in_chunks(len(targets), TARGETS_PER_CALL, lambda start, stop: _place(index, values, start, stop, best))
    return best + constant


def _two_values(cells: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """Return 0 and 1 and their counts if these are the values of a column, without sorting it; else None."""
    ones = int((cells == 1).sum())
    zeros = int((cells == 0).sum())
    if ones + zeros != len(cells) or not ones or not zeros:
        return None, np.empty(0, np.int64)
    return np.array([0, 1], np.float32), np.array([zeros, ones])


def _index(begin: np.ndarray, entries: Entries, numbers: int) -> ValueIndex:
    """Return the base's index."""
    rows, values = np.concatenate(entries.rows), np.concatenate(entries.values)
    blocks = -(-len(begin) // BLOCK)
    key = (rows // BLOCK).astype(np.int64) * numbers + values
    order = np.argsort(key, kind="stable")
    starts = np.zeros(blocks * numbers + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=blocks * numbers), out=starts[1:])
    ends = np.lib.stride_tricks.sliding_window_view(starts, numbers + 1)[::numbers]
    dense = np.flatnonzero(np.bincount(values, minlength=numbers) > DENSE * len(begin))
    slot = np.full(numbers, -1, np.int64)
    slot[dense] = np.arange(len(dense))
    masks = np.zeros((blocks, len(dense), BLOCK), np.int8)
    masked = np.flatnonzero(slot[values] >= 0)
    masks[rows[masked] // BLOCK, slot[values[masked]], rows[masked] % BLOCK] = 1
    return ValueIndex(begin, np.ascontiguousarray(ends), (rows % BLOCK)[order], slot, masks)


def _by_target(entries: Entries, targets: int) -> WeightedValues:
    """Return the targets' values, by target and, within one, in the order of the columns."""
    rows, values, weights = (np.concatenate(part) for part in (entries.rows, entries.values, entries.weights))
    order = np.argsort(rows, kind="stable")
    ends = np.zeros(targets + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=targets), out=ends[1:])
    return WeightedValues(ends, values[order], weights[order])


@compiled()
def _place(index: ValueIndex, targets: WeightedValues, start: int, stop: int, best: np.ndarray) -> None:
    room = np.empty(min(BLOCK, index.begin.size))
    for block in range(index.starts.shape[0]):
        offset = block * BLOCK
        sums = room[: min(BLOCK, index.begin.size - offset)]
        for i in range(start, stop):
            for j in range(sums.size):
                sums[j] = index.begin[offset + j]
            for e in range(targets.ends[i], targets.ends[i + 1]):
                value, weight = targets.values[e], targets.weights[e]
                if index.slot[value] >= 0:
                    mask = index.masks[block, index.slot[value]]
                    for j in range(sums.size):
                        sums[j] += weight * mask[j]
                else:
                    for at in range(index.starts[block, value], index.starts[block, value + 1]):
                        sums[index.rows[at]] += weight
            best[i] = max(best[i], _highest(sums))


@compiled(fastmath=WITHOUT_NAN)
def _highest(sums: np.ndarray) -> float:
    top = sums[0]
    for j in range(sums.size):
        top = max(top, sums[j])
    return float(top)
