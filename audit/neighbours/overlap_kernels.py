"""Targets against blocks of the base: fill the accumulators, turn them into distances, keep what is near.

Hamming distances are whole numbers and judged as they are. The other metrics are first computed roughly, in float32
with one vector lane a base row; only rows whose rough distance lies within its error of the k-th nearest so far, or
of a radius, are computed exactly, in float64. So the answer is that of the float64 formula for every row.
"""

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.accumulate import fill
from synthaudit.audit.neighbours.inverted_index import CodeIndex
from synthaudit.audit.neighbours.target_updates import Steps
from synthaudit.audit.neighbours.top_k import TILE, count_below, insert, keep_whole, lowest

ROUGH = 2e-6
"""Error of a rough cosine or Jaccard distance, at most: a few roundings of numbers up to 1 in float32."""


@compiled()
def sweep_whole(
    index: CodeIndex,
    steps: Steps,
    own: int,
    radii: np.ndarray,
    best: np.ndarray,
    nearest: np.ndarray,
    within: np.ndarray,
) -> None:
    """Judge every base row by Hamming (L1) distance for every target of ``steps``.

    Args:
        index: The base.
        steps: What ``hamming_steps`` made of the targets.
        own: Base row that is the first target itself and must not be kept, the second's follows; negative if none.
        radii: Radii to count within, shape ``(q,)``.
        best: Receives distances, shape ``(n, k)``, all infinite at the start.
        nearest: Receives base rows, shape ``(n, k)``.
        within: Receives counts, shape ``(n, q)``, all 0 at the start.
    """
    size = index.masks.shape[2]
    room = np.empty(size, index.weight.dtype)
    for block in range(index.starts.shape[0]):
        counts = room[: min(size, index.weight.size - block * size)]
        for i in range(steps.total.size):
            fill(counts, block, i, index, steps)
            row = own + i if own >= 0 else -1
            keep_whole(counts, steps.total[i], block * size, row, best[i], nearest[i], radii, within[i])


@compiled()
def sweep_ratio(
    index: CodeIndex,
    steps: Steps,
    weights: Steps,
    masked: bool,
    cosine: bool,
    own: int,
    radii: np.ndarray,
    best: np.ndarray,
    nearest: np.ndarray,
    within: np.ndarray,
) -> None:
    """As ``sweep_whole``, by cosine or Jaccard distance from shared counts.

    ``weights`` are the base's row sums over the columns each target knows, used where ``masked``.
    """
    size = index.masks.shape[2]
    room = np.empty((2, size), index.weight.dtype)
    near = np.empty(TILE, np.float32)
    for block in range(index.starts.shape[0]):
        offset = block * size
        n = min(size, index.weight.size - offset)
        for i in range(steps.total.size):
            fill(room[0, :n], block, i, index, steps)
            if masked:
                fill(room[1, :n], block, i, index, weights)
            elif i == 0:
                for j in range(n):
                    room[1, j] = index.weight[offset + j]
            for begin in range(0, n, TILE):
                stop = min(begin + TILE, n)
                mine = own + i - offset - begin if own >= 0 else -1
                _keep_ratio(
                    room[0, begin:stop],
                    room[1, begin:stop],
                    steps.total[i],
                    cosine,
                    near[: stop - begin],
                    mine,
                    offset + begin,
                    radii,
                    best[i],
                    nearest[i],
                    within[i],
                )


@compiled()
def _keep_ratio(
    shared: np.ndarray,
    weight: np.ndarray,
    total: int,
    cosine: bool,
    near: np.ndarray,
    mine: int,
    offset: int,
    radii: np.ndarray,
    best: np.ndarray,
    nearest: np.ndarray,
    within: np.ndarray,
) -> None:
    a, one = np.float32(total), np.float32(1)
    if cosine:
        for j in range(near.size):
            g = np.float32(shared[j])
            near[j] = one - np.sqrt(g * g / max(a * np.float32(weight[j]), one))
    else:
        for j in range(near.size):
            union = a + np.float32(weight[j]) - np.float32(shared[j])
            near[j] = (union - np.float32(shared[j])) / max(union, one)
    if 0 <= mine < near.size:
        near[mine] = np.inf
    low = lowest(near)
    if low < best[-1] + ROUGH:
        for j in range(near.size):
            if near[j] < best[-1] + ROUGH:
                exact = _exact_ratio(shared[j], total, weight[j], cosine)
                if exact < best[-1] and j != mine:
                    insert(exact, offset + j, best, nearest)
    for r in range(radii.size):
        limit = np.float32(radii[r] - ROUGH)
        if low <= radii[r] + ROUGH:
            within[r] += count_below(near, limit)
            for j in range(near.size):
                if limit <= near[j] <= radii[r] + ROUGH and j != mine:
                    within[r] += _exact_ratio(shared[j], total, weight[j], cosine) <= radii[r]


@compiled()
def _exact_ratio(shared: int, total: int, weight: int, cosine: bool) -> float:
    # One division of whole numbers: rows whose ratios are equal get the same float, and so a true tie.
    g, a, b = np.float64(shared), np.float64(total), np.float64(weight)
    if cosine:
        return float(1.0 - np.sqrt(g * g / max(a * b, 1.0)))
    return float((a + b - 2 * g) / max(a + b - g, 1.0))
