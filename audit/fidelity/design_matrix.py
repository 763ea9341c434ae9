"""The design matrix of a model: columns of any kind as numbers, scaled by the deviations of real records.

The attackers' ``FeatureEncoder`` takes logarithms of counts; here counts stay linear, as in the metrics' papers.
``BinaryFeatures`` keeps no size at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.records import NumericScale, Records, Schema

CLIP = 8.0
"""Deviations at which a number is cut off: a sentinel, or a value in other units, must not be all that a model sees."""


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """An encoding of rows on a scale that neither of the compared tables sets.

    The first features are the integer block: binary columns as they are, counts divided by their standard deviation
    (their mean goes into a model's free intercept). Then come the others: a number or an ordinal position with centre 0
    and deviation 1 among real records, one 0/1 feature per category, and a 0/1 feature for missing where that may be.
    A missing number is the centre, a missing category none.

    Attributes:
        schema: The columns.
        spread: Divisor of every column of the integer block, shape ``(len(schema.codes),)``.
        centre: Middle of every column of the other block, shape ``(len(schema.rest),)``; 0 for categories.
        width: Deviation of the same, 1 for categories and constant columns.
    """

    schema: Schema
    spread: np.ndarray
    centre: np.ndarray
    width: np.ndarray

    @classmethod
    def of(cls, schema: Schema, scale: NumericScale) -> DesignMatrix:
        """Return the encoding of these columns on a scale of real records."""
        codes, rest = ([schema.columns[at] for at in block] for block in (schema.codes, schema.rest))
        spread = np.array([scale.deviation(x.name) if x.kind == "count" else 1.0 for x in codes])
        as_is = [x.kind in ("categorical", "binary") for x in rest]
        centre = np.array([0.0 if kept else scale.centre(x.name) for x, kept in zip(rest, as_is, strict=True)])
        width = np.array([1.0 if kept else scale.deviation(x.name) for x, kept in zip(rest, as_is, strict=True)])
        return cls(schema, spread, centre, width)

    def matrix(self, records: Records) -> scipy.sparse.csr_matrix:
        """Return the features of every row, shape ``(n, d)``, float32."""
        codes = scipy.sparse.csr_matrix(records.codes).astype(np.float32)
        codes.data = np.minimum(codes.data / self.spread.astype(np.float32)[codes.indices], np.float32(CLIP))
        blocks = [codes]
        for at, position in enumerate(self.schema.rest):
            column, values = self.schema.columns[position], records.rest[:, at : at + 1]
            absent = np.isnan(values)
            if column.kind == "categorical":
                block = (values == np.arange(len(column.levels))).astype(np.float32)
            else:
                scaled = np.clip(values, *(self.centre[at] + side * self.width[at] for side in (-CLIP, CLIP)))
                block = np.where(absent, 0.0, (scaled - self.centre[at]) / self.width[at]).astype(np.float32)
            if column.missing:
                block = np.hstack([block, absent.astype(np.float32)])
            blocks.append(scipy.sparse.csr_matrix(block))
        return scipy.sparse.hstack(blocks, format="csr", dtype=np.float32)
