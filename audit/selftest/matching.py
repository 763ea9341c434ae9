"""What an attacker who knows how a table was made looks for: equal rows, agreeing cells, distances; by brute force.

These are written apart from the house's attacks, so that a self-test does not judge an attack by itself.
"""

from collections.abc import Sequence

import numpy as np

from synthaudit.audit.selftest.population import Population

TARGETS, ROWS = 512, 8192
"""Targets and synthetic rows compared at once."""


def found_in(targets: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return which targets stand in a table, cell for cell, shape ``(n,)``, bool; two missing cells are equal."""
    return np.isin(_packed(targets), _packed(table))


def _packed(rows: np.ndarray) -> np.ndarray:
    plain = np.where(np.isnan(rows), np.nan, rows + 0.0)  # one NaN, and no negative zero
    packed: np.ndarray = np.ascontiguousarray(plain).view(np.dtype((np.void, 8 * rows.shape[1]))).ravel()
    return packed


def surprise(people: Population, targets: np.ndarray) -> np.ndarray:
    """Return minus the log of how frequent each cell is among strangers, shape ``(n, p)``."""
    strangers = np.concatenate([people.reference, people.others])
    weights = np.empty(targets.shape)
    for at in range(targets.shape[1]):
        values, counts = np.unique(strangers[:, at], return_counts=True)
        place = np.searchsorted(values, targets[:, at]).clip(max=len(values) - 1)
        same = (values[place] == targets[:, at]) | (np.isnan(values[place]) & np.isnan(targets[:, at]))
        seen = np.where(same, counts[place], 0)
        weights[:, at] = -np.log((seen + 0.5) / (len(strangers) + 1))
    return weights


def best_agreement(people: Population, targets: np.ndarray, table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the largest sum, over rows of a table, of the weights of the cells that agree, shape ``(n,)``."""
    flags = people.flags
    rest = np.setdiff1d(np.arange(targets.shape[1]), flags)
    best = np.full(len(targets), -np.inf)
    for first in range(0, len(targets), TARGETS):
        some, worth = targets[first : first + TARGETS], weights[first : first + TARGETS].astype(np.float32)
        ones = worth[:, flags] * (some[:, flags] == 1)
        zeros = worth[:, flags] - ones
        for start in range(0, len(table), ROWS):
            rows = table[start : start + ROWS]
            on = (rows[:, flags] == 1).astype(np.float32)
            total = ones @ on.T + zeros @ (1 - on).T
            for at in rest:
                a, b = some[:, at, None], rows[None, :, at]
                total += np.where((a == b) | (np.isnan(a) & np.isnan(b)), worth[:, at, None], 0)
            best[first : first + TARGETS] = np.maximum(best[first : first + TARGETS], total.max(axis=1))
    return best


def least_distance(people: Population, targets: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return the mean difference per column from the nearest row: numbers by their spread, others 0 or 1."""
    flags = people.flags
    rest = np.setdiff1d(np.arange(targets.shape[1]), flags)
    least = np.full(len(targets), np.inf)
    for first in range(0, len(targets), TARGETS):
        some = targets[first : first + TARGETS]
        mine = (some[:, flags] == 1).astype(np.float32)
        for start in range(0, len(table), ROWS):
            rows = table[start : start + ROWS]
            on = (rows[:, flags] == 1).astype(np.float32)
            total = mine @ (1 - on).T + (1 - mine) @ on.T
            for at in rest:
                total += _apart(people, at, some[:, at, None], rows[None, :, at])
            least[first : first + TARGETS] = np.minimum(least[first : first + TARGETS], total.min(axis=1))
    mean: np.ndarray = least / targets.shape[1]
    return mean


def _apart(people: Population, at: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    apart = np.abs(a - b) / people.spread[at] if at in people.numbers else (a != b).astype(np.float64)
    one_missing = np.isnan(a) != np.isnan(b)
    return np.where(one_missing, 1.0, np.where(np.isnan(apart) | (np.isnan(a) & np.isnan(b)), 0.0, apart.clip(max=1)))


def reuse(people: Population, targets: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return the sum over columns of the log ratio of a value's frequency in a table and among strangers."""
    strangers = np.concatenate([people.reference, people.others])
    total = np.zeros(len(targets))
    for at in range(targets.shape[1]):
        total += np.log(_frequency(table[:, at], targets[:, at]) / _frequency(strangers[:, at], targets[:, at]))
    return total


def _frequency(column: np.ndarray, values: np.ndarray) -> np.ndarray:
    known, counts = np.unique(column, return_counts=True)
    place = np.searchsorted(known, values).clip(max=len(known) - 1)
    same = (known[place] == values) | (np.isnan(known[place]) & np.isnan(values))
    frequency: np.ndarray = (np.where(same, counts[place], 0) + 0.3) / (len(column) + 0.3)
    return frequency


def guesses(targets: np.ndarray, table: np.ndarray, known: Sequence[int], secret: int) -> np.ndarray:
    """Return the secret of the row that agrees with most of a target's known cells, the first of several."""
    chosen = np.empty(len(targets))
    for first in range(0, len(targets), TARGETS):
        some = targets[first : first + TARGETS]
        total = np.zeros((len(some), len(table)), dtype=np.int32)
        for at in known:
            a, b = some[:, at, None], table[None, :, at]
            total += (a == b) | (np.isnan(a) & np.isnan(b))
        chosen[first : first + TARGETS] = table[total.argmax(axis=1), secret]
    return chosen
