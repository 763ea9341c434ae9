"""The k nearest rows of each target and the counts within radii, kept up to date as rows go by."""

from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import WITHOUT_NAN, compiled

TILE = 1024
"""Rows compared at once: most tiles hold nothing near, and their minimum says so."""


class TopK(NamedTuple):
    """The nearest rows of a batch of targets so far; written in place.

    Attributes:
        radii: Radii to count within, shape ``(q,)``.
        distance: Distances of the k nearest, ascending, shape ``(n, k)``, all infinite at the start.
        rows: Their numbers in the base, shape ``(n, k)``.
        within: Rows within each radius, shape ``(n, q)``, all 0 at the start.
    """

    radii: np.ndarray
    distance: np.ndarray
    rows: np.ndarray
    within: np.ndarray


@compiled()
def insert(distance: float, row: int, best: np.ndarray, index: np.ndarray) -> None:
    """Place a row among the nearest so far; rows come in ascending order, so a tie stays behind the earlier one."""
    at = best.size - 1
    while at > 0 and best[at - 1] > distance:
        best[at] = best[at - 1]
        index[at] = index[at - 1]
        at -= 1
    best[at] = distance
    index[at] = row


@compiled()
def update_whole(found: TopK, target: int, counts: np.ndarray, total: int, offset: int, own: int) -> None:
    """Take rows ``offset, offset + 1, ...`` at whole-number distances ``total + counts``; leave row ``own`` out."""
    best, index, radii, within = found.distance[target], found.rows[target], found.radii, found.within[target]
    farthest = -1.0
    for r in range(radii.size):
        farthest = max(farthest, radii[r])
    for begin in range(0, counts.size, TILE):
        part = counts[begin : begin + TILE]
        low = part[0]
        for j in range(part.size):
            if part[j] < low:
                low = part[j]
        if total + low < best[-1]:
            for j in range(part.size):
                if total + part[j] < best[-1] and offset + begin + j != own:
                    insert(float(total + part[j]), offset + begin + j, best, index)
        if total + low <= farthest:
            for r in range(radii.size):
                if total + low <= radii[r]:
                    within[r] += _count_whole(part, int(min(np.floor(radii[r]) - total, 2.0**31 - 1)))
                    own_at = own - offset - begin
                    if 0 <= own_at < part.size and total + part[own_at] <= radii[r]:
                        within[r] -= 1


@compiled()
def _count_whole(part: np.ndarray, limit: int) -> int:
    inside = 0
    for j in range(part.size):
        inside += part[j] <= limit
    return inside


@compiled(fastmath=WITHOUT_NAN)
def lowest(near: np.ndarray) -> float:
    """Return the smallest of a tile's approximate distances."""
    low = near[0]
    for j in range(near.size):
        low = near[j] if near[j] < low else low
    return float(low)


@compiled()
def count_below(near: np.ndarray, limit: np.float32) -> int:
    """Return how many of a tile's approximate distances lie below the limit."""
    inside = 0
    for j in range(near.size):
        inside += near[j] < limit
    return inside
