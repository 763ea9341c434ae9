"""Every column cut into cells that share its rows out, sparse because the commonest cell is left to the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.records import Records, Schema

LEVELS = (0.005, 0.02, *(part / 20 for part in range(1, 20)), 0.98, 0.995)
"""Real quantiles at which numbers are cut; closer in the tails, which carry most of a distance in values."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Levels, or for numbers the stretches between real quantiles; one more cell for missing.

    Attributes:
        schema: The columns.
        cuts: Upper ends of every column's cells but the last, in stored values: a level is its position.
        widths: What each cut stands for in the area between two distribution functions, in real standard deviations.
        common: The real table's commonest cell of every column, shape ``(p,)``.
        starts: Where each column's cells begin, shape ``(p,)``; a column has ``len(cuts) + 2`` cells.
    """

    schema: Schema
    cuts: tuple[np.ndarray, ...]
    widths: tuple[np.ndarray, ...]
    common: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, real: Records) -> Cells:
        """Cut the columns where the real table suggests."""
        cuts, widths, common = [], [], []
        for column in real.schema.columns:
            values = real.column(column.name).astype(np.float64)
            seen = values[~np.isnan(values)]
            if column.kind == "binary":
                ends = np.zeros(1)
            elif column.levels:
                ends = np.arange(len(column.levels) - 1.0)
            else:
                ends = np.unique(np.quantile(seen, LEVELS)) if len(seen) else np.zeros(1)
            cuts.append(ends)
            widths.append(_widths(ends, seen, stepped=column.kind != "continuous"))
            common.append(int(np.bincount(_place(values, ends)).argmax()))
        starts = np.cumsum([0, *(len(ends) + 2 for ends in cuts)])[:-1]
        return cls(real.schema, tuple(cuts), tuple(widths), np.array(common), starts)

    @property
    def count(self) -> int:
        """Cells in all."""
        return int(self.starts[-1]) + len(self.cuts[-1]) + 2

    def matrix(self, records: Records) -> scipy.sparse.csr_matrix:
        """Return which cell, other than the commonest, each value lies in, shape ``(n, count)``, float32 ones."""
        rows, cells = [], []
        for at, column in enumerate(self.schema.columns):
            place = _place(records.column(column.name), self.cuts[at])
            row = np.flatnonzero(place != self.common[at])
            rows.append(row.astype(np.int32))
            cells.append((place[row] + self.starts[at]).astype(np.int32))
        row, cell = np.concatenate(rows), np.concatenate(cells)
        return scipy.sparse.csr_matrix((np.ones(len(row), np.float32), (row, cell)), shape=(len(records), self.count))

    def gaps(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return differences of all cells' shares from means of ``matrix``, shape ``(b, count)``."""
        gap: np.ndarray = left - right
        gap[:, self.starts + self.common] = -np.add.reduceat(gap, self.starts, axis=1)
        return gap

    def variation(self, gaps: np.ndarray) -> np.ndarray:
        """Return every column's total variation distance, shape ``(b, p)``."""
        distance: np.ndarray = 0.5 * np.add.reduceat(np.abs(gaps), self.starts, axis=1)
        return distance

    def moved(self, gaps: np.ndarray) -> np.ndarray:
        """Return every column's Wasserstein distance on the cuts, shape ``(b, p)``.

        A missing value counts as the largest seen.
        """
        weights = np.concatenate([np.concatenate([width, [0.0, 0.0]]) for width in self.widths])
        running = np.cumsum(gaps, axis=1)
        before = np.repeat(running[:, self.starts] - gaps[:, self.starts], np.diff([*self.starts, self.count]), axis=1)
        distance: np.ndarray = np.add.reduceat(np.abs(running - before) * weights, self.starts, axis=1)
        return distance


def _place(values: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return each value's cell; a missing value has the last one."""
    place: np.ndarray = np.searchsorted(cuts, values, side="left")
    place[np.isnan(values)] = len(cuts) + 1
    return place


def _widths(cuts: np.ndarray, seen: np.ndarray, *, stepped: bool) -> np.ndarray:
    """Return the stretch of values that each cut stands for, in standard deviations.

    Distribution functions of whole numbers are flat from one value to the next; others are taken as straight between.
    """
    spread = float(seen.std()) if len(seen) else 0.0
    if spread == 0:
        return np.zeros(len(cuts))
    ends = np.concatenate([[min(seen.min(), cuts[0])], cuts, [max(seen.max(), cuts[-1])]])
    stretch: np.ndarray = ends[2:] - ends[1:-1] if stepped else (ends[2:] - ends[:-2]) / 2
    return stretch / spread
