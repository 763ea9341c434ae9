"""Histograms of columns of any kind: which bin each value lies in, sparse because the commonest bin is left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.records import Records, Schema

LEVELS = (0.005, 0.02, *(part / 20 for part in range(1, 20)), 0.98, 0.995)
"""Real quantiles at which numbers are cut; closer in the tails, which carry most of a distance in values."""


@dataclass(frozen=True, eq=False)
class Binning:
    """The bins of every column: its levels, or for numbers the stretches between real quantiles; one more for missing.

    Attributes:
        schema: The columns.
        cuts: Upper ends of every column's bins but the last, in stored values: a level is its position.
        widths: What each cut stands for in the area between two distribution functions, in real standard deviations.
        common: The real table's commonest bin of every column, shape ``(p,)``.
        starts: Where each column's bins begin, shape ``(p,)``; a column has ``len(cuts) + 2`` of them.
    """

    schema: Schema
    cuts: tuple[np.ndarray, ...]
    widths: tuple[np.ndarray, ...]
    common: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, real: Records, scale: Records) -> Binning:
        """Cut the columns at quantiles of ``scale``, real records that neither compared table was made from."""
        cuts, widths, common = [], [], []
        for column in real.schema.columns:
            values, others = (table.column(column.name).astype(np.float64) for table in (real, scale))
            known = others[~np.isnan(others)]
            if column.kind == "binary":
                ends = np.zeros(1)
            elif column.levels:
                ends = np.arange(len(column.levels) - 1.0)
            else:
                ends = np.unique(np.quantile(known, LEVELS)) if len(known) else np.zeros(1)
            cuts.append(ends)
            widths.append(_widths(ends, known, stepped=column.kind != "continuous"))
            common.append(int(np.bincount(_place(values, ends)).argmax()))
        starts = np.cumsum([0, *(len(ends) + 2 for ends in cuts)])[:-1]
        return cls(real.schema, tuple(cuts), tuple(widths), np.array(common), starts)

    @property
    def count(self) -> int:
        """Bins in all."""
        return int(self.starts[-1]) + len(self.cuts[-1]) + 2

    def matrix(self, records: Records) -> scipy.sparse.csr_matrix:
        """Return which bin, other than the commonest, each value lies in, shape ``(n, count)``, float32 ones."""
        rows, bins = [], []
        for at, column in enumerate(self.schema.columns):
            place = _place(records.column(column.name), self.cuts[at])
            row = np.flatnonzero(place != self.common[at])
            rows.append(row.astype(np.int32))
            bins.append((place[row] + self.starts[at]).astype(np.int32))
        row, column_bin = np.concatenate(rows), np.concatenate(bins)
        return scipy.sparse.csr_matrix(
            (np.ones(len(row), np.float32), (row, column_bin)), shape=(len(records), self.count)
        )

    def gaps(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return differences of all bins' shares from means of ``matrix``, shape ``(b, count)``."""
        gap: np.ndarray = left - right
        gap[:, self.starts + self.common] = -np.add.reduceat(gap, self.starts, axis=1)
        return gap

    def total_variation(self, gaps: np.ndarray) -> np.ndarray:
        """Return every column's total variation distance, shape ``(b, p)``."""
        distance: np.ndarray = 0.5 * np.add.reduceat(np.abs(gaps), self.starts, axis=1)
        return distance

    def wasserstein(self, gaps: np.ndarray) -> np.ndarray:
        """Return every column's Wasserstein distance on the cuts, shape ``(b, p)``.

        A missing value counts as the largest value.
        """
        weights = np.concatenate([np.concatenate([width, [0.0, 0.0]]) for width in self.widths])
        running = np.cumsum(gaps, axis=1)
        before = np.repeat(running[:, self.starts] - gaps[:, self.starts], np.diff([*self.starts, self.count]), axis=1)
        distance: np.ndarray = np.add.reduceat(np.abs(running - before) * weights, self.starts, axis=1)
        return distance


def _place(values: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return each value's bin; a missing value has the last one."""
    place: np.ndarray = np.searchsorted(cuts, values, side="left")
    place[np.isnan(values)] = len(cuts) + 1
    return place


def _widths(cuts: np.ndarray, known: np.ndarray, *, stepped: bool) -> np.ndarray:
    """Return the stretch of values that each cut stands for, in standard deviations.

    Distribution functions of whole numbers are flat from one value to the next; others are taken as straight between.
    """
    spread = float(known.std()) if len(known) else 0.0
    if spread == 0:
        return np.zeros(len(cuts))
    ends = np.concatenate([[min(known.min(), cuts[0])], cuts, [max(known.max(), cuts[-1])]])
    stretch: np.ndarray = ends[2:] - ends[1:-1] if stepped else (ends[2:] - ends[:-2]) / 2
    return stretch / spread
