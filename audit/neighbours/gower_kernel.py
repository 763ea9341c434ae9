"""The kernel for mixed tables: one vector lane a base row, four columns a pass."""

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.accumulate import fill
from synthaudit.audit.neighbours.inverted_index import CodeIndex
from synthaudit.audit.neighbours.target_updates import Steps
from synthaudit.audit.neighbours.top_k import TILE, count_below, insert, lowest


@compiled()
def sweep_mixed(
    index: CodeIndex,
    steps: Steps,
    base_exact: np.ndarray,
    base_rough: np.ndarray,
    spread: np.ndarray,
    usual: np.ndarray,
    unusual: np.ndarray,
    exact: np.ndarray,
    rough: np.ndarray,
    visits: np.ndarray,
    stops: np.ndarray,
    apart: np.ndarray,
    ends: np.ndarray,
    lanes: np.ndarray,
    share: np.ndarray,
    slack: np.ndarray,
    own: int,
    radii: np.ndarray,
    best: np.ndarray,
    nearest: np.ndarray,
    within: np.ndarray,
) -> None:
    """Judge every base row by Gower's distance for every target; arguments as in ``mixed`` and ``sweep_whole``."""
    size = index.masks.shape[2]
    room = np.empty(size, index.weight.dtype)
    space = np.empty(TILE, np.float32)
    for block in range(index.starts.shape[0]):
        offset = block * size
        counts = room[: min(size, index.weight.size - offset)]
        for i in range(share.size):
            fill(counts, block, i, index, steps)
            held = lanes[ends[i] : ends[i + 1]]
            for begin in range(0, counts.size, TILE):
                part = counts[begin : begin + TILE]
                near = space[: part.size]
                start = offset + begin
                for j in range(near.size):
                    near[j] = np.float32(steps.total[i] + part[j])
                seen = visits[stops[i] : stops[i + 1]]
                if apart[i]:
                    _start_apart(near, base_rough, start, unusual[start : start + part.size], rough[i], usual, seen)
                else:
                    _add_lanes(near, base_rough, start, rough[i], seen)
                scale = np.float32(1 / share[i])
                for j in range(near.size):
                    near[j] *= scale
                mine = own + i - start if own >= 0 else -1
                if 0 <= mine < near.size:
                    near[mine] = np.inf
                low = lowest(near)
                if low < best[i, -1] + slack[i]:
                    for j in range(near.size):
                        if near[j] < best[i, -1] + slack[i] and j != mine:
                            whole = steps.total[i] + part[j]
                            distance = _gower(whole, exact[i], base_exact[start + j], spread, held, share[i])
                            if distance < best[i, -1]:
                                insert(distance, start + j, best[i], nearest[i])
                for r in range(radii.size):
                    if low <= radii[r] + slack[i]:
                        limit = np.float32(radii[r] - slack[i])
                        within[i, r] += count_below(near, limit)
                        for j in range(near.size):
                            if limit <= near[j] <= radii[r] + slack[i] and j != mine:
                                whole = steps.total[i] + part[j]
                                distance = _gower(whole, exact[i], base_exact[start + j], spread, held, share[i])
                                within[i, r] += distance <= radii[r]


@compiled()
def _start_apart(
    near: np.ndarray,
    base: np.ndarray,
    start: int,
    unusual: np.ndarray,
    target: np.ndarray,
    usual: np.ndarray,
    seen: np.ndarray,
) -> None:
    """Add the distance from the usual values, put right in the lanes where the target is unusual itself."""
    one = np.float32(1)
    for j in range(near.size):
        near[j] += unusual[j]
    for c in seen:
        x, u, y = target[c], usual[c], base[c, start : start + near.size]
        for j in range(near.size):
            near[j] += min(abs(x - y[j]), one) - min(abs(u - y[j]), one)


@compiled()
def _add_lanes(near: np.ndarray, base: np.ndarray, start: int, target: np.ndarray, held: np.ndarray) -> None:
    """Add the clipped differences of the lanes held."""
    one = np.float32(1)
    stop = start + near.size
    fours = held.size - held.size % 4
    for h in range(0, fours, 4):
        c0, c1, c2, c3 = held[h], held[h + 1], held[h + 2], held[h + 3]
        x0, x1, x2, x3 = target[c0], target[c1], target[c2], target[c3]
        y0, y1, y2, y3 = base[c0, start:stop], base[c1, start:stop], base[c2, start:stop], base[c3, start:stop]
        for j in range(near.size):
            near[j] += (min(abs(x0 - y0[j]), one) + min(abs(x1 - y1[j]), one)) + (
                min(abs(x2 - y2[j]), one) + min(abs(x3 - y3[j]), one)
            )
    for h in range(fours, held.size):
        x, y = target[held[h]], base[held[h], start:stop]
        for j in range(near.size):
            near[j] += min(abs(x - y[j]), one)


@compiled()
def _gower(
    whole: int, target: np.ndarray, row: np.ndarray, spread: np.ndarray, held: np.ndarray, share: float
) -> float:
    """Return the exact distance of one pair: each column once, in order, in float64."""
    distance = np.float64(whole)
    for c in held:
        x, y = target[c], row[c]
        if np.isnan(x) or np.isnan(y):
            distance += np.isnan(x) != np.isnan(y)
        elif x != y:
            apart = abs(x - y)
            # Not |x - y| / spread first: the range may be 0.
            distance += apart / spread[c] if apart < spread[c] else 1.0
    return distance / share
