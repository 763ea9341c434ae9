"""Which rows are word for word the same, within a table and across tables."""

import numpy as np

from synthaudit.audit.records.table import Records


def row_numbers(*tables: Records) -> tuple[np.ndarray, ...]:
    """Return a number for every row of each table, shapes ``(n,)``; two rows have the same one if all cells are equal.

    Numbers run from 0 and are shared by the tables. Two missing cells are equal, and so are 0.0 and -0.0. Rows are
    compared as packed bytes: 135 bytes per row of 1,071 codes.

    Raises:
        ValueError: The schemas differ.

    >>> first, second = row_numbers(Records.binary(["a", "b"], [[0, 1], [1, 1]]), Records.binary(["a", "b"], [[1, 1]]))
    >>> first.tolist(), second.tolist()
    ([0, 1], [1])
    """
    rows = Records.concat(tables)
    codes = rows.codes
    if codes.dtype == np.uint8 and codes.max(initial=0) <= 1:
        codes = np.packbits(codes, axis=1)
    rest = rows.rest + 0.0  # -0.0 becomes 0.0
    rest[np.isnan(rest)] = np.nan  # one bit pattern for every NaN
    blocks = [np.ascontiguousarray(block).view(np.uint8).reshape(len(rows), -1) for block in (codes, rest)]
    packed = np.ascontiguousarray(np.hstack(blocks))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    numbers: np.ndarray = np.unique(keys, return_inverse=True)[1]
    return tuple(np.split(numbers, np.cumsum([len(table) for table in tables[:-1]])))


def distinct_rows(records: Records) -> int:
    """Return how many different rows there are."""
    return len(np.unique(row_numbers(records)[0]))


def distinct_share(records: Records) -> float:
    """Return the share of distinct rows, in (0, 1], 0.0 for an empty table; a collapsed generator repeats itself.

    >>> distinct_share(Records.binary(["a"], [[0], [1], [1], [1]]))
    0.5
    """
    return distinct_rows(records) / len(records) if len(records) else 0.0
