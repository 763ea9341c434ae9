"""Binary features: a table of columns of any kind as zeros and ones, so that every column has rates to compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.records import Records, Schema

CUTS = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, eq=False)
class BinaryFeatures:
    """An encoding by zeros and ones, nothing scaled; unlike ``DesignMatrix``, which keeps the size of numbers.

    A binary or count column gives one feature: the value is above 0. A level of a categorical or ordinal column gives
    one: the value is that level. A continuous column gives five: the value is at most the real 10, 25, 50, 75 or 90 %
    quantile. A column that may be missing gives one more: the value is missing.

    Attributes:
        schema: The columns.
        cuts: The quantiles of every continuous column in ``rest``, in order; empty for the others.
    """

    schema: Schema
    cuts: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, scale: Records) -> BinaryFeatures:
        """Take the quantiles from real records that neither compared table was made from."""
        cuts = []
        for at, position in enumerate(scale.schema.rest):
            values = scale.rest[:, at]
            values = values[~np.isnan(values)]
            numeric = scale.schema.columns[position].is_numeric and scale.schema.columns[position].kind != "binary"
            cuts.append(np.unique(np.quantile(values, CUTS)) if numeric and len(values) else np.empty(0))
        return cls(scale.schema, tuple(cuts))

    @property
    def codes(self) -> int:
        """How many of the features, the first ones, say that a code occurs."""
        return len(self.schema.codes)

    def matrix(self, records: Records) -> scipy.sparse.csr_matrix:
        """Return the features of every row, shape ``(n, e)``, float32 ones."""
        blocks = [_ones(records.codes > 0)]
        for at, position in enumerate(self.schema.rest):
            column, values = self.schema.columns[position], records.rest[:, at : at + 1]
            if column.levels:
                hits = values == np.arange(len(column.levels))
            elif column.kind == "binary":
                hits = values > 0
            else:
                hits = values <= self.cuts[at]
            if column.missing:
                hits = np.hstack([hits, np.isnan(values)])
            blocks.append(_ones(hits))
        return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)


def _ones(mask: np.ndarray) -> scipy.sparse.csr_matrix:
    """Return a bool array as a sparse matrix of float32 ones, three times as fast as scipy does."""
    rows, width = mask.shape
    counts = np.count_nonzero(mask, axis=1)
    columns = np.flatnonzero(mask) - np.repeat(np.arange(rows) * width, counts)
    ends = np.concatenate([[0], np.cumsum(counts)])
    return scipy.sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=mask.shape)
