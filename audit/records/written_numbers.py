"""How numbers are written: their decimals and last digit."""

import numpy as np

MOST_DECIMALS = 8
"""Decimals told apart; numbers with more of them (a unit converted, single precision) count as one more."""


def decimals_of(values: np.ndarray) -> np.ndarray:
    """Return how many decimals each number has, shape ``(n,)``; none may be missing.

    Rounding to d decimals gives back a number read from text with d decimals to the last bit. Numbers too large to
    have any have none.

    >>> decimals_of(np.array([3.0, 0.25, 1 / 3, 1e308])).tolist()
    [0, 2, 9, 0]
    """
    found = np.full(len(values), MOST_DECIMALS + 1, np.int64)
    whole = np.rint(values) == values
    for decimals in range(MOST_DECIMALS, 0, -1):
        with np.errstate(over="ignore", invalid="ignore"):
            found[np.round(values, decimals) == values] = decimals
    found[whole] = 0
    return found


def written_forms(values: np.ndarray) -> np.ndarray:
    """Return a class per number, by its decimals and last digit, shape ``(n,)``; none may be missing."""
    decimals = decimals_of(values)
    with np.errstate(over="ignore", invalid="ignore"):
        digit = np.abs(np.round(values * 10.0**decimals)) % 10
    digit[(decimals > MOST_DECIMALS) | ~np.isfinite(digit)] = 0
    return 10 * decimals + digit.astype(np.int64)
