"""Compiled comparisons of values: what no matrix product can count."""

import numpy as np

from synthaudit.audit.kernels import compiled

ROUNDED = 1e-6  # as cells.ROUNDING: numba wants a constant of this module
LANES = 32  # partial sums of a column


@compiled()
def add_values(
    score: np.ndarray,
    targets: np.ndarray,
    columns: np.ndarray,
    reach: np.ndarray,
    equal: np.ndarray,
    close: np.ndarray,
    apart: np.ndarray,
) -> None:
    """Add what each compared value is worth to ``score``, shape ``(n, m)``, in place.

    Columns, shape ``(b, m)``, lie one after another, so that a compiler turns the inner loop into vector instructions.
    """
    for i in range(targets.shape[0]):
        for a in range(targets.shape[1]):
            value, far = targets[i, a], reach[a]
            tiny = 0.0 if value > 1e299 else ROUNDED * abs(value)
            far = max(far, tiny)
            same, near, other = equal[i, a], close[i, a], apart[a]
            for s in range(columns.shape[1]):
                gap = abs(value - columns[a, s])
                score[i, s] += other if gap > far else (near if gap > tiny else same)


@compiled()
def copied_values(
    posterior: np.ndarray,
    targets: np.ndarray,
    columns: np.ndarray,
    reach: np.ndarray,
    equal: np.ndarray,
    close: np.ndarray,
    total: np.ndarray,
) -> None:
    """Add to ``total``, shape ``(b,)``, each column's expected copies: ``equal`` or ``close`` per agreeing pair.

    Sums run in lanes, added up at the end: in vector instructions, and in one order whatever the machine.
    """
    lanes = np.zeros(LANES)
    whole = columns.shape[1] // LANES * LANES
    for i in range(targets.shape[0]):
        for a in range(targets.shape[1]):
            value, far = targets[i, a], reach[a]
            tiny = 0.0 if value > 1e299 else ROUNDED * abs(value)
            far = max(far, tiny)
            same, near = equal[i, a], close[i, a]
            lanes[:] = 0.0
            for start in range(0, whole, LANES):
                for lane in range(LANES):
                    gap = abs(value - columns[a, start + lane])
                    worth = 0.0 if gap > far else (near if gap > tiny else same)
                    lanes[lane] += posterior[i, start + lane] * worth
            for s in range(whole, columns.shape[1]):
                gap = abs(value - columns[a, s])
                worth = 0.0 if gap > far else (near if gap > tiny else same)
                lanes[s - whole] += posterior[i, s] * worth
            total[a] += lanes.sum()


@compiled()
def best_without_each(
    score: np.ndarray,
    targets: np.ndarray,
    rows: np.ndarray,
    reach: np.ndarray,
    equal: np.ndarray,
    close: np.ndarray,
    apart: np.ndarray,
    guess: np.ndarray,
) -> None:
    """Fill ``guess``, shape ``(n, b)``: the value of the row that scores best on all columns but that one.

    Nothing is worth less than a value apart, so a row whose score without that is no better than the best needs no look
    at its value.
    """
    for i in range(targets.shape[0]):
        for a in range(targets.shape[1]):
            value, far = targets[i, a], reach[a]
            tiny = 0.0 if value > 1e299 else ROUNDED * abs(value)
            far = max(far, tiny)
            best, at = -np.inf, 0
            for s in range(rows.shape[0]):
                if score[i, s] - apart[a] <= best + 1e-4:
                    continue
                gap = abs(value - rows[s, a])
                own = apart[a] if gap > far else (close[i, a] if gap > tiny else equal[i, a])
                rest = score[i, s] - own
                if rest > best + 1e-4:
                    best, at = rest, s
            guess[i, a] = rows[at, a]
