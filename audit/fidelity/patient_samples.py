"""Samples of equal size from several tables, one row per patient."""

import numpy as np

from synthaudit.audit.fidelity.patient_intervals import patient_count
from synthaudit.audit.records import Records
from synthaudit.audit.records.sampling import one_row_per_patient


def equal_samples(*tables: Records, most: int, rng: np.random.Generator) -> tuple[Records, ...]:
    """Return as many rows of every table, one per patient, so that no side has an advantage by its size.

    Args:
        tables: Tables under one schema.
        most: Rows of each sample, at most; fewer where a table has fewer patients.
        rng: Draws the rows, which keep their order.
    """
    size = min(most, *(patient_count(table) for table in tables))
    return tuple(_sample(table, size, rng) for table in tables)


def _sample(table: Records, size: int, rng: np.random.Generator) -> Records:
    return table.take(np.sort(rng.permutation(one_row_per_patient(table, rng))[:size]))
