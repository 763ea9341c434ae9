"""Every column in turn is the secret: its value in the row that agrees best on all other columns, exactly.

One score per pair serves all secrets: a column's own share is taken off again, and the best row is sought anew.
"""

import numpy as np

from synthaudit.attacks.attribute.record_linkage.cells import (
    ABSENT,
    ROUNDING,
    CellWeights,
    LinkedCells,
    code_block,
    value_block,
)
from synthaudit.attacks.attribute.record_linkage.fellegi_sunter import rows_per_block
from synthaudit.attacks.attribute.record_linkage.kernels import best_without_each
from synthaudit.audit.records import Records

FIRST = 32
"""Best rows in which carriers and non-carriers of every code are sought first; who is not found is sought in full."""


def guess_each_column(cells: LinkedCells, probability: np.ndarray, donors: Records) -> np.ndarray:
    """Return the guess for every cell from all other cells of its target, shape ``(n, p)``; NaN is "missing".

    Args:
        cells: The targets' cells.
        probability: How likely a copied row shares each column, shape ``(p,)``.
        donors: The rows to read values off, in a random order: the first of equally good ones is taken.
    """
    ones, values = code_block(donors, cells.binary), value_block(donors, cells.valued)
    guess = np.empty((len(cells), len(probability)))
    weights, step = cells.weights(probability), rows_per_block(len(donors))
    for start in range(0, len(cells), step):
        rows = slice(start, start + step)
        block, own = cells.take(rows), weights.take(rows)
        score = block.score(own, ones, values)
        guess[rows, cells.binary] = _codes(block, own, score, ones)
        found = np.empty(block.values.shape)
        best_without_each(score, block.values, values, block.reach, own.equal, own.close, own.value_apart, found)
        guess[rows, cells.valued] = np.where(found == ABSENT, np.nan, found)
    return guess


def _codes(cells: LinkedCells, weights: CellWeights, score: np.ndarray, ones: np.ndarray) -> np.ndarray:
    """Return which codes the best row has that is chosen by all other columns, shape ``(n, a)``."""
    most = min(FIRST, score.shape[1])
    top = np.argpartition(-score, most - 1, axis=1)[:, :most]
    best = np.take_along_axis(score, top, axis=1)  # (n, FIRST)
    carried = ones[top] > 0  # (n, FIRST, a)
    limit = best.min(axis=1)[:, None]
    has, target = [], cells.ones > 0
    own = (np.where(target, weights.code_apart, weights.neither), np.where(target, weights.both, weights.code_apart))
    for side in (False, True):
        there = np.where(carried == side, best[:, :, None], -np.inf).max(axis=1)
        has.append(there)
    bounds = [np.where(np.isfinite(there), there, limit) - part for there, part in zip(has, own, strict=True)]
    for present in (0, 1):
        other = np.where(np.isfinite(has[1 - present]), bounds[1 - present], np.inf)
        open_ = ~np.isfinite(has[present]) & (bounds[present] > other)
        for code in np.flatnonzero(open_.any(axis=0)):  # few codes, and of these few targets
            rows, others = np.flatnonzero(open_[:, code]), np.flatnonzero((ones[:, code] > 0) == bool(present))
            full = score[np.ix_(rows, others)].max(axis=1) if len(others) else np.full(len(rows), -np.inf)
            bounds[present][rows, code] = full - own[present][rows, code]
        closed = ~np.isfinite(has[present]) & ~open_
        bounds[present][closed] = -np.inf
    guess: np.ndarray = bounds[1] > bounds[0] + 1e-4
    return guess


def best_row_without(
    cells: LinkedCells, probability: np.ndarray, donors: Records, column: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the score and the value, shapes ``(n,)``, of the row that agrees best on all columns but one.

    Args:
        cells: The targets' cells.
        probability: How likely a copied row shares each column, shape ``(p,)``.
        donors: The rows to read values off.
        column: Position of the column that is guessed.
    """
    ones, values = code_block(donors, cells.binary), value_block(donors, cells.valued)
    is_code = bool((cells.binary == column).any())
    at = int(np.flatnonzero((cells.binary if is_code else cells.valued) == column)[0])
    found = ones[:, at].astype(np.float64) if is_code else values[:, at]
    best, guess = np.empty(len(cells)), np.empty(len(cells))
    weights, step = cells.weights(probability), rows_per_block(len(donors))
    for start in range(0, len(cells), step):
        rows = slice(start, start + step)
        block, own = cells.take(rows), weights.take(rows)
        part = _share_of_code(block, own, ones, at) if is_code else _share_of_value(block, own, values, at)
        score = block.score(own, ones, values) - part
        chosen = score.argmax(axis=1)
        best[rows], guess[rows] = score[np.arange(len(block)), chosen], found[chosen]
    return best, np.where(guess == ABSENT, np.nan, guess)


def _share_of_code(cells: LinkedCells, weights: CellWeights, ones: np.ndarray, at: int) -> np.ndarray:
    """Return what a code adds to every pair's score, shape ``(n, m)``."""
    ours, theirs = cells.ones[:, at, None] > 0, ones[None, :, at] > 0
    same = np.where(ours, weights.both[at], weights.neither[at])
    share: np.ndarray = np.where(ours == theirs, same, weights.code_apart[at])
    return share


def _share_of_value(cells: LinkedCells, weights: CellWeights, values: np.ndarray, at: int) -> np.ndarray:
    """Return what a value adds to every pair's score, shape ``(n, m)``."""
    own = cells.values[:, at, None]
    gap, tiny = np.abs(own - values[None, :, at]), ROUNDING * np.where(own == ABSENT, 0.0, np.abs(own))
    near = np.where(gap <= np.maximum(cells.reach[at], tiny), weights.close[:, at, None], weights.value_apart[at])
    share: np.ndarray = np.where(gap <= tiny, weights.equal[:, at, None], near)
    return share
