"""Whose id stands in the id column of a synthetic table: ids that a vendor left there name patients outright."""

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.left_out import counts_rows


def published_ids(everyone: np.ndarray, table: Records) -> np.ndarray:
    """Return which patients' ids a synthetic table has, as places in ``everyone``.

    Rows that are merely numbered name nobody, though patients may be numbered too.

    Args:
        everyone: Distinct raw ids of all patients, in the order of their numbers.
        table: A synthetic table as it was read; where it has no id column, its ids are no text.

    >>> rows = Records.binary(["a"], [[1], [0]], np.array(["p7", "p9"]))
    >>> published_ids(np.array(["p1", "p7"]), rows).tolist()
    [1]
    """
    if everyone.dtype.kind != "U" or table.patients.dtype.kind != "U" or counts_rows(np.unique(table.patients)):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.isin(everyone, table.patients))
