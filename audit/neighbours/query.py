"""A search for neighbours, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records


@dataclass(frozen=True, eq=False)
class Query:
    """A search with checked arguments.

    Attributes:
        targets: Rows to place, n of them.
        base: Rows to search, m of them, under the same columns.
        metric: One of ``hamming``, ``cosine``, ``jaccard``, ``gower``.
        known: Which columns each target's attacker knows, bool of shape ``(n, p)``; None for all.
        ranges: Ranges of numeric columns, by name.
        radii: Radii to count within, shape ``(q,)``, float64.
        exclude_same_row: Whether base row i is left out for target i.
    """

    targets: Records
    base: Records
    metric: str
    known: np.ndarray | None
    ranges: Mapping[str, float]
    radii: np.ndarray
    exclude_same_row: bool

    def known_to(self, rows: slice) -> np.ndarray | None:
        """Return what the attackers of some targets know; None for all columns."""
        return None if self.known is None else self.known[rows]


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The nearest rows of each target, and their distances.

    Attributes:
        distance: Distances to the k nearest rows, ascending, shape ``(n, k)``, float64.
        index: Rows of the base, shape ``(n, k)``, int64; among equal distances the lower row comes first.
        within: How many base rows lie at most each radius away, shape ``(n, len(radii))``, int64.
    """

    distance: np.ndarray
    index: np.ndarray
    within: np.ndarray
