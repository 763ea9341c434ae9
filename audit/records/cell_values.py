"""When two cells hold the same value: the one place that decides it."""

import numpy as np

from synthaudit.audit.records.table import Records

MISSING = np.float32(np.inf)
"""What stands for a missing cell: two missing cells hold the same value, and no number is infinite."""
LARGEST = np.finfo(np.float32).max


def cell_values(records: Records, column: str) -> np.ndarray:
    """Return a column's cells in single precision, shape ``(n,)``, float32, missing as infinity; equal means the same.

    Seven digits: a number survives a generator, or a file, that keeps it in single precision. Rounding to decimal
    digits would not do, for a number just beside a rounding boundary may fall to its other side.

    >>> rows = Records.binary(["a"], [[0], [1]])
    >>> cell_values(rows, "a").tolist()
    [0.0, 1.0]
    """
    stored = records.column(column)
    if stored.dtype != np.float64:
        whole: np.ndarray = stored.astype(np.float32)
        return whole
    values: np.ndarray = np.clip(stored, -LARGEST, LARGEST).astype(np.float32) + np.float32(0)  # -0.0 becomes 0.0
    values[np.isnan(stored)] = MISSING
    return values


def places_of(values: np.ndarray, vocabulary: np.ndarray) -> np.ndarray:
    """Return where each value stands in a sorted vocabulary without repeats, -1 if nowhere, same shape, int64.

    >>> places_of(np.array([2.0, 7.0, 1.0]), np.array([1.0, 2.0])).tolist()
    [1, -1, 0]
    """
    if not len(vocabulary):
        return np.full(values.shape, -1, np.int64)
    at = np.minimum(np.searchsorted(vocabulary, values), len(vocabulary) - 1)
    found: np.ndarray = np.where(vocabulary[at] == values, at, -1)
    return found


def counts_of(values: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, int]:
    """Return how many cells hold each value, shape of ``values``, and how many different values the cells hold.

    >>> counts, distinct = counts_of(np.array([2.0, 7.0]), np.array([2.0, 2.0, 1.0]))
    >>> counts.tolist(), distinct
    ([2, 0], 2)
    """
    vocabulary, counts = np.unique(cells, return_counts=True)
    places = places_of(values, vocabulary)
    found: np.ndarray = np.append(counts, 0)[places]
    return found, len(vocabulary)
