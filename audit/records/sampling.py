"""Rows at random, with the patient as the unit."""

import numpy as np

from synthaudit.audit.records.table import Records


def one_row_per_patient(records: Records, rng: np.random.Generator) -> np.ndarray:
    """Return the position of one row of every patient, at random, in the order of patient ids, shape ``(patients,)``.

    Rows of one patient are near each other: neither a distance to the nearest other patient nor a number of independent
    tries may count two of them.
    """
    shuffled = rng.permutation(len(records))
    _, first = np.unique(records.patients[shuffled], return_index=True)
    rows: np.ndarray = shuffled[first]
    return rows
