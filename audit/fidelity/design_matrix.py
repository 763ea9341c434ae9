"""The design matrix of a model: columns of any kind as numbers, scaled by the standard deviations of a training table.

The attackers' ``FeatureEncoder`` takes logarithms of counts and cuts outliers off; here counts stay linear, as in the
metrics' papers. ``BinaryFeatures`` keeps no size at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.records import Records, Schema


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """An encoding of rows that a training table has fixed.

    The first features are the integer block: binary columns as they are, counts divided by their standard deviation
    (their mean goes into a model's free intercept). Then come the others: a number or an ordinal position with mean 0
    and deviation 1, one 0/1 feature a category, and a 0/1 feature for missing where that may be. A missing number is
    the mean, a missing category none.

    Attributes:
        schema: The columns.
        spread: Divisor of every column of the integer block, shape ``(len(schema.codes),)``.
        centre: Mean of every column of the other block, shape ``(len(schema.rest),)``; 0 for categories.
        width: Deviation of the same, 1 for categories and constant columns.
    """

    schema: Schema
    spread: np.ndarray
    centre: np.ndarray
    width: np.ndarray

    @classmethod
    def of(cls, train: Records) -> DesignMatrix:
        """Learn the scale from the table that a model is trained on."""
        schema = train.schema
        count = np.array([schema.columns[position].kind == "count" for position in schema.codes], dtype=bool)
        spread = np.ones(len(schema.codes))
        spread[count] = _deviation(train.codes[:, count].astype(np.float64))
        scaled = np.array([schema.columns[p].kind not in ("categorical", "binary") for p in schema.rest], dtype=bool)
        centre, width = np.zeros(len(schema.rest)), np.ones(len(schema.rest))
        values = np.ma.masked_invalid(train.rest[:, scaled])
        centre[scaled] = values.mean(axis=0).filled(0.0) if scaled.any() and len(train) else 0.0
        width[scaled] = _deviation(np.where(np.isnan(train.rest), centre, train.rest)[:, scaled])
        return cls(schema, spread, centre, width)

    def matrix(self, records: Records) -> scipy.sparse.csr_matrix:
        """Return the features of every row, shape ``(n, d)``, float32."""
        codes = scipy.sparse.csr_matrix(records.codes).astype(np.float32)
        codes.data /= self.spread.astype(np.float32)[codes.indices]
        blocks = [codes]
        for at, position in enumerate(self.schema.rest):
            column, values = self.schema.columns[position], records.rest[:, at : at + 1]
            absent = np.isnan(values)
            if column.kind == "categorical":
                block = (values == np.arange(len(column.levels))).astype(np.float32)
            else:
                block = np.where(absent, 0.0, (values - self.centre[at]) / self.width[at]).astype(np.float32)
            if column.missing:
                block = np.hstack([block, absent.astype(np.float32)])
            blocks.append(scipy.sparse.csr_matrix(block))
        return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)


def _deviation(values: np.ndarray) -> np.ndarray:
    """Return standard deviations of columns, 1 for a constant one, shape ``(p,)``."""
    if not len(values):
        return np.ones(values.shape[1])
    deviation = values.std(axis=0)
    return np.where(deviation > 0, deviation, 1.0)
