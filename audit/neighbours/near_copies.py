"""Near copies: rows that agree in all columns but one or a few, numbers within a tolerance.

A pair that differs in one column agrees in at least one of any two columns, and one that differs in r columns in at
least one of any r + 1. So r + 1 sorted columns hold every candidate, and each candidate is compared exactly, leaving it
at the first column too many that differs. With columns of some hundred values that is a hundredth of all pairs.

Binary columns are packed, 64 to a word, and stand among the columns to sort by as one block: pairs with the same block
agree in all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.neighbours.inverted_index import readonly
from synthaudit.audit.neighbours.threads import in_chunks
from synthaudit.audit.records import Records

CHUNK = 256
"""Rows per batch, so that threads share out the work evenly."""

ROUNDING = 1e-6
"""Relative difference of a number that was stored in single precision and read again."""


class CopyTargets(NamedTuple):
    """A batch of rows whose near copies are looked for.

    Attributes:
        values: Columns that are not packed, shape ``(n, c)``.
        slack: By how much each of them may differ, shape ``(n, c)``.
        words: Binary columns, 64 per word, shape ``(n, w)``, uint64.
        keys: The columns to sort by, shape ``(n, r + 1)``.
        widths: By how much those may differ, likewise.
        patients: Whose rows they are, shape ``(n,)``.
    """

    values: np.ndarray
    slack: np.ndarray
    words: np.ndarray
    keys: np.ndarray
    widths: np.ndarray
    patients: np.ndarray


class CopyBase(NamedTuple):
    """The rows that are searched.

    Attributes:
        values: As of the targets, shape ``(m, c)``.
        words: As of the targets, shape ``(m, w)``.
        patients: Whose rows they are, shape ``(m,)``; -1 of a row that is no patient's.
        order: Rows by each key, shape ``(r + 1, m)``.
        keys: The keys in that order, likewise.
    """

    values: np.ndarray
    words: np.ndarray
    patients: np.ndarray
    order: np.ndarray
    keys: np.ndarray


@dataclass(frozen=True, eq=False)
class _Blocks:
    """A table's columns as the kernel compares them.

    Attributes:
        values: Columns that are not binary; missing is a number far outside.
        slack: By how much each value may differ.
        words: Binary columns, packed.
    """

    values: np.ndarray
    slack: np.ndarray
    words: np.ndarray

    @classmethod
    def of(cls, records: Records, tolerances: Mapping[str, float]) -> "_Blocks":
        schema = records.schema
        binary = np.array([schema.columns[at].kind == "binary" for at in schema.codes], dtype=bool)
        packed = np.packbits(records.codes[:, binary] > 0, axis=1)
        packed = np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))
        words = np.ascontiguousarray(packed).view(np.uint64)
        names = [schema.names[at] for at, keep in zip(schema.codes, ~binary, strict=True) if keep]
        names += [schema.names[at] for at in schema.rest]
        values = np.concatenate([records.codes[:, ~binary].astype(np.float64), records.rest], axis=1)
        missing = np.isnan(values)
        values = np.where(missing, -np.finfo(np.float64).max, values)
        number = np.array([schema[name].is_numeric for name in names], dtype=bool)
        allowed = np.array([tolerances.get(name, 0.0) for name in names])
        slack = np.where(number, np.maximum(allowed, ROUNDING * np.abs(values)), 0.0)
        return cls(values, np.where(missing, 0.0, slack), words.reshape(len(records), -1))


def has_near_copy(
    targets: Records, base: Records, tolerances: Mapping[str, float], *, differing: int = 1, strangers: bool = False
) -> np.ndarray:
    """Return which targets have a row in the base that agrees in all columns but a few, shape ``(n,)``, bool.

    Two missing cells agree, a missing one and a value do not.

    Args:
        targets: Rows to look for, n of them.
        base: Rows to search, under the same columns.
        tolerances: Difference up to which numbers agree, by column; 0 for a column that is not named. A relative
            difference of a millionth, as single precision leaves, agrees everywhere.
        differing: Columns that may differ.
        strangers: Whether the base holds patients, and rows of the target's own patient do not count.
    """
    if not len(targets) or not len(base):
        return np.zeros(len(targets), dtype=bool)
    if targets.schema.all_binary:
        return _codes_away(targets, base, differing, strangers=strangers)
    left, right = _Blocks.of(targets, tolerances), _Blocks.of(base, tolerances)
    blocks = _block_numbers(left.words, right.words)
    columns = [np.column_stack([side.values, block]) for side, block in zip((left, right), blocks, strict=True)]
    widths = np.column_stack([left.slack, np.zeros(len(targets))])
    ranked = _most_selective_first(columns[1], widths)
    chosen = ranked[: differing + 1] if len(ranked) > differing else None
    # With no more columns than may differ there is nothing to sort by: a column that is the same everywhere.
    keys = [side[:, chosen] if chosen is not None else np.zeros((len(side), 1)) for side in columns]
    slack = widths[:, chosen] * (1 + 1e-9) if chosen is not None else np.zeros((len(targets), 1))  # ends are rounded
    order = np.argsort(keys[1], axis=0, kind="stable").T
    # Columns that tell most come first, so that most candidates are left early.
    ranked = ranked[ranked < left.values.shape[1]]
    owners = base.patients if strangers else np.full(len(base), -1)
    searched = CopyBase(
        readonly(right.values[:, ranked]),
        readonly(right.words),
        readonly(owners.astype(np.int64)),
        readonly(order),
        readonly(np.take_along_axis(keys[1].T, order, axis=1)),
    )
    own = targets.patients.astype(np.int64) if strangers else np.full(len(targets), -2)
    found = np.zeros(len(targets), dtype=bool)

    def work(start: int, stop: int) -> None:
        rows = slice(start, stop)
        parts = (left.values[rows][:, ranked], left.slack[rows][:, ranked], left.words[rows])
        batch = CopyTargets(*(readonly(part) for part in (*parts, keys[0][rows], slack[rows], own[rows])))
        _search(searched, batch, differing, found[rows])

    in_chunks(len(targets), CHUNK, work)
    return found


def _codes_away(targets: Records, base: Records, differing: int, *, strangers: bool) -> np.ndarray:
    """Return which targets of 0/1 columns have a row of the base at a Hamming distance of ``differing`` or less."""
    own = int(np.unique(base.patients, return_counts=True)[1].max()) if strangers else 0
    near = nearest(targets, base, k=min(own + 1, len(base)), metric="hamming")
    close: np.ndarray = np.less_equal(near.distance, differing)
    if strangers:
        close = np.logical_and(close, base.patients[near.index] != targets.patients[:, None])
    found: np.ndarray = np.any(close, axis=1)
    return found


def _block_numbers(*blocks: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return a number for every row of packed words, the same for equal rows of either table."""
    whole = np.concatenate(blocks)
    if not whole.shape[1]:
        return tuple(np.zeros(len(block)) for block in blocks)
    keys = np.ascontiguousarray(whole).view(np.dtype((np.void, whole.shape[1] * 8))).ravel()
    numbers = np.unique(keys, return_inverse=True)[1].astype(np.float64)
    return tuple(np.split(numbers, [len(blocks[0])]))


def _most_selective_first(values: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """Return the columns' numbers, those in which the fewest pairs of rows agree first."""
    share = [_collisions(column, float(np.median(width))) for column, width in zip(values.T, slack.T, strict=True)]
    return np.argsort(share, kind="stable")


def _collisions(column: np.ndarray, width: float) -> float:
    """Return the share of pairs that agree in a column; only speed depends on it."""
    ordered = np.sort(column)
    some = ordered[:: max(1, len(ordered) // 1000)]
    inside = np.searchsorted(ordered, some + width, side="right") - np.searchsorted(ordered, some - width)
    return float(inside.mean() / len(ordered))


@compiled()
def _search(base: CopyBase, targets: CopyTargets, differing: int, found: np.ndarray) -> None:
    for i in range(found.size):
        for k in range(base.keys.shape[0]):
            keys, key, width = base.keys[k], targets.keys[i, k], targets.widths[i, k]
            for at in range(np.searchsorted(keys, key - width), keys.size):
                if found[i] or keys[at] - key > width:
                    break
                j = base.order[k, at]
                if base.patients[j] != targets.patients[i]:
                    found[i] = _agree(base, targets, differing, i, j)
            if found[i]:
                break


@compiled()
def _agree(base: CopyBase, targets: CopyTargets, differing: int, i: int, j: int) -> bool:
    """Return whether at most ``differing`` columns differ."""
    apart = 0
    for c in range(targets.values.shape[1]):
        if abs(base.values[j, c] - targets.values[i, c]) > targets.slack[i, c]:
            apart += 1
            if apart > differing:
                return False
    for w in range(targets.words.shape[1]):
        different = base.words[j, w] ^ targets.words[i, w]
        while different != 0:
            apart += 1
            if apart > differing:
                return False
            different &= different - np.uint64(1)
    return True
