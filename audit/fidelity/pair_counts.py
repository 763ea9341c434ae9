"""Co-occurrence of binary features: in how many rows both of two hold, for all pairs, and how two tables differ."""

from __future__ import annotations

import numpy as np
import scipy

from synthaudit.audit.kernels import FUSED, compiled


def count_pairs(features: scipy.sparse.csr_matrix, rows: np.ndarray) -> np.ndarray:
    """Return in how many of the chosen rows both features are 1, shape ``(e, e)``, int32.

    Only ``[i, j]`` with i <= j is filled; ``[i, i]`` is how often feature i is 1.

    Args:
        features: Shape ``(n, e)``, ones with sorted indices.
        rows: Positions of rows.
    """
    counts = np.zeros((features.shape[1], features.shape[1]), dtype=np.int32)
    _count(features.indptr, features.indices, rows, counts)
    return counts


@compiled(fastmath=FUSED, error_model="numpy")
def _count(indptr: np.ndarray, indices: np.ndarray, rows: np.ndarray, counts: np.ndarray) -> None:
    for row in rows:
        end = indptr[row + 1]
        for first in range(indptr[row], end):
            own = counts[indices[first]]
            for second in range(first, end):
                own[indices[second]] += 1


@compiled(fastmath=FUSED, error_model="numpy")
def sums_over_pairs(left: np.ndarray, right: np.ndarray, left_rows: int, right_rows: int, sums: np.ndarray) -> None:
    """Write sums over all pairs of two different features into ``sums``, shape ``(7,)``.

    First that of |a - b| for the rates of pairs in either table, then, for their phi coefficients (0 where a feature is
    constant), those of |a - b|, a, b, a a, b b and a b.

    Args:
        left: Counts as from ``count_pairs``.
        right: The same of the other table.
        left_rows: Rows counted, 1 or more.
        right_rows: The same of the other table.
        sums: Written to.
    """
    width = left.shape[0]
    rate_a, rate_b = np.empty(width), np.empty(width)
    scale_a, scale_b = np.zeros(width), np.zeros(width)
    for i in range(width):
        rate_a[i], rate_b[i] = left[i, i] / left_rows, right[i, i] / right_rows
        spread_a, spread_b = rate_a[i] * (1 - rate_a[i]), rate_b[i] * (1 - rate_b[i])
        if spread_a > 1e-12:
            scale_a[i] = 1 / np.sqrt(spread_a)
        if spread_b > 1e-12:
            scale_b[i] = 1 / np.sqrt(spread_b)
    sums[:] = 0.0
    for i in range(width):
        off = error = total_a = total_b = square_a = square_b = product = 0.0
        for j in range(i + 1, width):
            a, b = left[i, j] / left_rows, right[i, j] / right_rows
            off += abs(a - b)
            a = (a - rate_a[i] * rate_a[j]) * scale_a[i] * scale_a[j]
            b = (b - rate_b[i] * rate_b[j]) * scale_b[i] * scale_b[j]
            error += abs(a - b)
            total_a += a
            total_b += b
            square_a += a * a
            square_b += b * b
            product += a * b
        sums[0] += off
        sums[1] += error
        sums[2] += total_a
        sums[3] += total_b
        sums[4] += square_a
        sums[5] += square_b
        sums[6] += product
