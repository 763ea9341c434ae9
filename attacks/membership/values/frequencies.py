"""How frequent exact values are among the attacker's reference records."""

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.cell_values import cell_values, counts_of


def reference_frequencies(reference: Records, column: str, values: np.ndarray) -> np.ndarray:
    """Return the frequency of each value, ``(c + 1/2) / (r + (d + 1) / 2)``, in (0, 1), shape of ``values``.

    c counts the r reference rows with the value, and d their different values: half a row is added to each, and to one
    more that stands for any other.
    """
    counts, distinct = counts_of(values, cell_values(reference, column))
    frequencies: np.ndarray = (counts + 0.5) / (len(reference) + (distinct + 1) / 2)
    return frequencies
