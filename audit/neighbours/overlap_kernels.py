"""Hamming, cosine and Jaccard distances of targets to blocks of the base, from overlap counts.

Hamming distances are whole numbers and compared as they are. The others are first approximated in float32, one vector
element per base row; only rows whose approximate distance lies within its error of the k-th nearest so far, or of a
radius, are computed exactly, in float64. So the answer is that of the float64 formula for every row.
"""

from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.accumulate import accumulate
from synthaudit.audit.neighbours.inverted_index import CodeIndex
from synthaudit.audit.neighbours.target_updates import Updates
from synthaudit.audit.neighbours.top_k import TILE, TopK, count_below, insert, lowest, update_whole

ERROR = 2e-6
"""Error of an approximate cosine or Jaccard distance, at most: a few roundings of numbers up to 1 in float32."""


class OverlapTargets(NamedTuple):
    """A batch of targets whose distances follow from overlap counts and row sums.

    Attributes:
        overlap: Updates after which the accumulator counts the codes shared with a base row.
        sums: Updates after which it is the base row's sum over the columns a target's attacker knows.
        masked: Whether ``sums`` must be computed; else they are the base's own row sums.
        cosine: Whether the distance is cosine; else Jaccard.
    """

    overlap: Updates
    sums: Updates
    masked: bool
    cosine: bool


class Overlaps(NamedTuple):
    """One target and a tile of base rows.

    Attributes:
        shared: Codes that each row shares with the target.
        sums: Row sums.
        total: The target's own sum.
        cosine: Whether the distance is cosine; else Jaccard.
        offset: First row of the tile.
        own: Place of the row that is the target itself, outside the tile if there is none.
    """

    shared: np.ndarray
    sums: np.ndarray
    total: int
    cosine: bool
    offset: int
    own: int


@compiled()
def search_hamming(index: CodeIndex, updates: Updates, own: int, found: TopK) -> None:
    """Compare every base row with every target by Hamming (L1) distance.

    Args:
        index: The base.
        updates: What ``hamming_updates`` made of the targets.
        own: Base row that is the first target itself and is left out, the second's follows; negative if none.
        found: Receives the nearest rows.
    """
    size = index.masks.shape[2]
    room = np.empty(size, index.row_sums.dtype)
    for block in range(index.starts.shape[0]):
        counts = room[: min(size, index.row_sums.size - block * size)]
        for i in range(updates.total.size):
            accumulate(counts, block, i, index, updates)
            update_whole(found, i, counts, updates.total[i], block * size, own + i if own >= 0 else -1)


@compiled()
def search_ratio(index: CodeIndex, targets: OverlapTargets, own: int, found: TopK) -> None:
    """Compare every base row with every target by cosine or Jaccard distance; arguments as in ``search_hamming``."""
    size = index.masks.shape[2]
    room = np.empty((2, size), index.row_sums.dtype)
    near = np.empty(TILE, np.float32)
    for block in range(index.starts.shape[0]):
        offset = block * size
        n = min(size, index.row_sums.size - offset)
        for i in range(targets.overlap.total.size):
            accumulate(room[0, :n], block, i, index, targets.overlap)
            if targets.masked:
                accumulate(room[1, :n], block, i, index, targets.sums)
            elif i == 0:
                for j in range(n):
                    room[1, j] = index.row_sums[offset + j]
            for begin in range(0, n, TILE):
                stop = min(begin + TILE, n)
                tile = Overlaps(
                    room[0, begin:stop],
                    room[1, begin:stop],
                    targets.overlap.total[i],
                    targets.cosine,
                    offset + begin,
                    own + i - offset - begin if own >= 0 else -1,
                )
                _approximate(tile, near[: stop - begin])
                _update_ratio(tile, near[: stop - begin], found, i)


@compiled()
def _approximate(tile: Overlaps, near: np.ndarray) -> None:
    """Write approximate distances in float32; infinite for the target itself."""
    a, one = np.float32(tile.total), np.float32(1)
    if tile.cosine:
        for j in range(near.size):
            g = np.float32(tile.shared[j])
            near[j] = one - np.sqrt(g * g / max(a * np.float32(tile.sums[j]), one))
    else:
        for j in range(near.size):
            union = a + np.float32(tile.sums[j]) - np.float32(tile.shared[j])
            near[j] = (union - np.float32(tile.shared[j])) / max(union, one)
    if 0 <= tile.own < near.size:
        near[tile.own] = np.inf


@compiled()
def _update_ratio(tile: Overlaps, near: np.ndarray, found: TopK, target: int) -> None:
    best, radii, within = found.distance[target], found.radii, found.within[target]
    low = lowest(near)
    if low < best[-1] + ERROR:
        for j in range(near.size):
            if near[j] < best[-1] + ERROR:
                exact = _exact_ratio(tile, j)
                if exact < best[-1] and j != tile.own:
                    insert(exact, tile.offset + j, best, found.rows[target])
    for r in range(radii.size):
        limit = np.float32(radii[r] - ERROR)
        if low <= radii[r] + ERROR:
            within[r] += count_below(near, limit)
            for j in range(near.size):
                if limit <= near[j] <= radii[r] + ERROR and j != tile.own:
                    within[r] += _exact_ratio(tile, j) <= radii[r]


@compiled()
def _exact_ratio(tile: Overlaps, row: int) -> float:
    # One division of whole numbers: rows whose ratios are equal get the same float, and so a true tie.
    g, a, b = np.float64(tile.shared[row]), np.float64(tile.total), np.float64(tile.sums[row])
    if tile.cosine:
        return float(1.0 - np.sqrt(g * g / max(a * b, 1.0)))
    return float((a + b - 2 * g) / max(a + b - g, 1.0))
