"""Compiled comparisons of values: what no matrix product can count."""

import numpy as np

from synthaudit.audit.kernels import compiled

ROUNDED = 1e-6  # as cells.ROUNDING: numba wants a constant of this module


@compiled()
def add_values(
    score: np.ndarray,
    targets: np.ndarray,
    rows: np.ndarray,
    reach: np.ndarray,
    equal: np.ndarray,
    close: np.ndarray,
    apart: np.ndarray,
) -> None:
    """Add what each compared value is worth to ``score``, shape ``(n, m)``, in place."""
    for i in range(targets.shape[0]):
        for a in range(targets.shape[1]):
            value, far = targets[i, a], reach[a]
            tiny = 0.0 if value > 1e299 else ROUNDED * abs(value)
            far = max(far, tiny)
            same, near, other = equal[i, a], close[i, a], apart[a]
            for s in range(rows.shape[0]):
                gap = abs(value - rows[s, a])
                score[i, s] += other if gap > far else (near if gap > tiny else same)


@compiled()
def copied_values(
    posterior: np.ndarray,
    targets: np.ndarray,
    rows: np.ndarray,
    reach: np.ndarray,
    equal: np.ndarray,
    close: np.ndarray,
    total: np.ndarray,
) -> None:
    """Add to ``total``, shape ``(b,)``, each column's expected copies: ``equal`` or ``close`` per agreeing pair."""
    for i in range(targets.shape[0]):
        for s in range(rows.shape[0]):
            if posterior[i, s] < 1e-6:
                continue
            for a in range(targets.shape[1]):
                value = targets[i, a]
                tiny = 0.0 if value > 1e299 else ROUNDED * abs(value)
                gap = abs(value - rows[s, a])
                if gap <= tiny:
                    total[a] += posterior[i, s] * equal[i, a]
                elif gap <= reach[a]:
                    total[a] += posterior[i, s] * close[i, a]


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
    """Fill ``guess``, shape ``(n, b)``: the value of the row that scores best on all columns but that one."""
    for i in range(targets.shape[0]):
        for a in range(targets.shape[1]):
            value, far = targets[i, a], reach[a]
            tiny = 0.0 if value > 1e299 else ROUNDED * abs(value)
            far = max(far, tiny)
            best, at = -np.inf, 0
            for s in range(rows.shape[0]):
                gap = abs(value - rows[s, a])
                own = apart[a] if gap > far else (close[i, a] if gap > tiny else equal[i, a])
                rest = score[i, s] - own
                if rest > best + 1e-4:
                    best, at = rest, s
            guess[i, a] = rows[at, a]
