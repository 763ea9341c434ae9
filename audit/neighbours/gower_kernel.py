"""Gower distances of targets to blocks of the base: approximate in float32, exact where a row may be near.

One vector element stands for one base row, and four columns are added per pass.
"""

from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.accumulate import accumulate
from synthaudit.audit.neighbours.inverted_index import CodeIndex
from synthaudit.audit.neighbours.target_updates import Updates
from synthaudit.audit.neighbours.top_k import TILE, TopK, count_below, insert, lowest


class BaseValues(NamedTuple):
    """Values of the c columns of the base that are not binary.

    Attributes:
        exact: The values as they are, NaN for missing, shape ``(m, c)``, float64.
        ranges: Range of each column, shape ``(c,)``; 0 where any difference counts 1.
    """

    exact: np.ndarray
    ranges: np.ndarray


class GowerBase(NamedTuple):
    """The base of a mixed table, encoded.

    Attributes:
        codes: Its binary columns.
        values: Its other columns.
        scaled: Their values in units of the range, from the column's low end, shape ``(c, m)``, float32.
        typical: Median scaled value of each column, which most rows share in a table of rare counts, shape ``(c,)``.
        from_typical: Distance of each row from the typical values, summed over columns, shape ``(m,)``, float32.
    """

    codes: CodeIndex
    values: BaseValues
    scaled: np.ndarray
    typical: np.ndarray
    from_typical: np.ndarray


class GowerTargets(NamedTuple):
    """A batch of targets, encoded.

    Attributes:
        updates: What its binary columns do to the accumulators.
        exact: Its other values, shape ``(n, c)``, float64.
        scaled: The same in units of the range, float32.
        visited: Columns an approximate distance must look at, all targets after one another.
        visited_ends: Where a target's end in ``visited``, shape ``(n + 1,)``, starting at 0.
        from_typical: Whether a target's approximate distances start from the base's ``from_typical``, shape ``(n,)``;
            then it visits only the columns where it is not typical itself, which are few in a wide table of counts.
        known: Columns each target's attacker knows, all targets after one another.
        known_ends: Where a target's end in ``known``, shape ``(n + 1,)``, starting at 0.
        known_count: Columns each target's attacker knows, binary ones too, at least 1, shape ``(n,)``, float64.
        error: Error of an approximate distance, at most, shape ``(n,)``.
    """

    updates: Updates
    exact: np.ndarray
    scaled: np.ndarray
    visited: np.ndarray
    visited_ends: np.ndarray
    from_typical: np.ndarray
    known: np.ndarray
    known_ends: np.ndarray
    known_count: np.ndarray
    error: np.ndarray


class GowerTile(NamedTuple):
    """One target and a tile of base rows.

    Attributes:
        mismatches: Mismatches in the binary columns, less ``total``.
        total: What the mismatches start from.
        offset: First row of the tile.
        own: Place of the row that is the target itself, outside the tile if there is none.
        exact: The target's values, shape ``(c,)``.
        visited: Columns that an approximate distance must look at.
        known: Columns that the target's attacker knows.
        known_count: Their number, binary ones too, at least 1.
        error: Error of an approximate distance, at most.
    """

    mismatches: np.ndarray
    total: int
    offset: int
    own: int
    exact: np.ndarray
    visited: np.ndarray
    known: np.ndarray
    known_count: float
    error: float


@compiled()
def search_gower(base: GowerBase, targets: GowerTargets, own: int, found: TopK) -> None:
    """Compare every base row with every target by Gower's distance.

    Args:
        base: The base.
        targets: The targets.
        own: Base row that is the first target itself and is left out, the second's follows; negative if none.
        found: Receives the nearest rows.
    """
    index = base.codes
    size = index.masks.shape[2]
    room = np.empty(size, index.row_sums.dtype)
    space = np.empty(TILE, np.float32)
    for block in range(index.starts.shape[0]):
        offset = block * size
        counts = room[: min(size, index.row_sums.size - offset)]
        for i in range(targets.known_count.size):
            accumulate(counts, block, i, index, targets.updates)
            known = targets.known[targets.known_ends[i] : targets.known_ends[i + 1]]
            visited = targets.visited[targets.visited_ends[i] : targets.visited_ends[i + 1]]
            for begin in range(0, counts.size, TILE):
                start, part = offset + begin, counts[begin : begin + TILE]
                near = space[: part.size]
                tile = GowerTile(
                    part,
                    targets.updates.total[i],
                    start,
                    own + i - start if own >= 0 else -1,
                    targets.exact[i],
                    visited,
                    known,
                    targets.known_count[i],
                    targets.error[i],
                )
                for j in range(near.size):
                    near[j] = np.float32(tile.total + part[j])
                if targets.from_typical[i]:
                    for j in range(near.size):
                        near[j] += base.from_typical[start + j]
                    _add_atypical(tile, near, base.scaled, targets.scaled[i], base.typical)
                else:
                    _add_columns(tile, near, base.scaled, targets.scaled[i])
                scale = np.float32(1 / tile.known_count)
                for j in range(near.size):
                    near[j] *= scale
                if 0 <= tile.own < near.size:
                    near[tile.own] = np.inf
                _update(tile, near, base.values, found, i)


@compiled()
def _add_atypical(
    tile: GowerTile, near: np.ndarray, scaled: np.ndarray, target: np.ndarray, typical: np.ndarray
) -> None:
    """Turn distances from the typical values into those from the target, in the columns where it is not typical."""
    one = np.float32(1)
    for c in tile.visited:
        x, u, y = target[c], typical[c], scaled[c, tile.offset : tile.offset + near.size]
        for j in range(near.size):
            near[j] += min(abs(x - y[j]), one) - min(abs(u - y[j]), one)


@compiled()
def _add_columns(tile: GowerTile, near: np.ndarray, scaled: np.ndarray, target: np.ndarray) -> None:
    """Add the clipped differences of the visited columns."""
    one, columns = np.float32(1), tile.visited
    start, stop = tile.offset, tile.offset + near.size
    fours = columns.size - columns.size % 4
    for h in range(0, fours, 4):
        c0, c1, c2, c3 = columns[h], columns[h + 1], columns[h + 2], columns[h + 3]
        x0, x1, x2, x3 = target[c0], target[c1], target[c2], target[c3]
        y0, y1, y2, y3 = scaled[c0, start:stop], scaled[c1, start:stop], scaled[c2, start:stop], scaled[c3, start:stop]
        for j in range(near.size):
            near[j] += (min(abs(x0 - y0[j]), one) + min(abs(x1 - y1[j]), one)) + (
                min(abs(x2 - y2[j]), one) + min(abs(x3 - y3[j]), one)
            )
    for h in range(fours, columns.size):
        x, y = target[columns[h]], scaled[columns[h], start:stop]
        for j in range(near.size):
            near[j] += min(abs(x - y[j]), one)


@compiled()
def _update(tile: GowerTile, near: np.ndarray, values: BaseValues, found: TopK, target: int) -> None:
    """Compute exact distances where a row may be near, and take those that are."""
    best, radii, within, error = found.distance[target], found.radii, found.within[target], tile.error
    low = lowest(near)
    if low < best[-1] + error:
        for j in range(near.size):
            if near[j] < best[-1] + error and j != tile.own:
                distance = _exact_sum(tile, j, values) / tile.known_count
                if distance < best[-1]:
                    insert(distance, tile.offset + j, best, found.rows[target])
    for r in range(radii.size):
        if low <= radii[r] + error:
            limit = np.float32(radii[r] - error)
            within[r] += count_below(near, limit)
            for j in range(near.size):
                if limit <= near[j] <= radii[r] + error and j != tile.own:
                    within[r] += _exact_sum(tile, j, values) / tile.known_count <= radii[r]


@compiled()
def _exact_sum(tile: GowerTile, place: int, values: BaseValues) -> float:
    """Return the exact distance of one pair, summed over columns: each once, in order, in float64."""
    row = values.exact[tile.offset + place]
    total = np.float64(tile.total + tile.mismatches[place])
    for c in tile.known:
        x, y = tile.exact[c], row[c]
        if np.isnan(x) or np.isnan(y):
            total += np.isnan(x) != np.isnan(y)
        elif x != y:
            apart = abs(x - y)
            # Not |x - y| / range first: the range may be 0.
            total += apart / values.ranges[c] if apart < values.ranges[c] else 1.0
    return total
