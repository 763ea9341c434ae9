"""Tests of two samples for one distribution, by counts in classes and by ranges."""

import numpy as np

LEAST_EXPECTED = 5
"""Cases expected of each side in a class, below which classes are pooled: the chi-square test needs as many."""


def chi_square_p(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the p-value of the chi-square test between two samples of classes; None where all are of one class.

    Args:
        first: The class of each case of one side, whole numbers, shape ``(n,)``.
        second: Those of the other, shape ``(m,)``.

    >>> chi_square_p(np.repeat([0, 1], [50, 50]), np.repeat([0, 1], [50, 50]))
    1.0
    """
    from scipy.stats import chi2

    if not len(first) or not len(second):
        return None
    _, number = np.unique(np.concatenate([first, second]), return_inverse=True)
    counts = np.stack([np.bincount(part, minlength=number.max() + 1) for part in np.split(number, [len(first)])])
    smaller = min(len(first), len(second)) / (len(first) + len(second))
    rare = counts.sum(axis=0) * smaller < LEAST_EXPECTED
    counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    counts = counts[:, counts.sum(axis=0) * smaller >= LEAST_EXPECTED]
    if counts.shape[1] < 2 or not counts.sum(axis=1).all():
        return None
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.shape[1] - 1))


def greatest_gap(first: np.ndarray, second: np.ndarray, factor: float = 1.0) -> float:
    """Return the greatest distance between two distribution functions, the first one's values divided by a factor.

    Args:
        first: Sorted values, shape ``(n,)``, n > 0.
        second: Sorted values, shape ``(m,)``, m > 0.
        factor: Above 0.

    >>> first, second = np.array([1.0, 2.0]), np.array([2.0, 4.0])
    >>> greatest_gap(first, second), greatest_gap(first, second, factor=0.5)
    (0.5, 0.0)
    """
    scaled = first / factor
    grid = np.concatenate([scaled, second])
    shares = (np.searchsorted(side, grid, side="right") / len(side) for side in (scaled, second))
    return float(np.abs(np.subtract(*shares)).max())


def smirnov_p(gap: float, first: int, second: int) -> float:
    """Return the two-sided p-value of Kolmogorov and Smirnov's test, large where values are tied.

    Args:
        gap: The greatest distance between the two distribution functions.
        first: Cases of one side.
        second: Cases of the other.
    """
    from scipy.stats import kstwobign

    return float(kstwobign.sf(gap * np.sqrt(first * second / (first + second))))
