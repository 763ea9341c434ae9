"""Rows as numbers for learners, on scales that real records fix."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.records import NumericScale, Records, Schema

if TYPE_CHECKING:
    import scipy.sparse as sp

CLIP = 8.0
"""Standard deviations at which a value is cut off: one wild cell must not decide a linear score."""


@dataclass(frozen=True, eq=False)
class FeatureEncoder:
    """How rows become numbers: codes 0/1, counts log(1 + x), numbers standardised, one column per category.

    Numbers are centred at the mean of the middle nine tenths of real values and divided by the standard deviation of a
    normal distribution with the same 5 % and 95 % quantiles. Counts are divided by such a deviation and not centred, so
    that a code that is absent stays 0. A missing value becomes 0 (for a number, the centre) and a 1 in a column of its
    own, after those of its column.

    Attributes:
        schema: The columns that are encoded.
        centre: What a column of ``rest`` is centred at, shape ``(len(schema.rest),)``.
        scale: What it is divided by, same shape, above 0.
        code_scale: What a code's log(1 + x) is divided by, shape ``(len(schema.codes),)``; log 2 for a binary column.
    """

    schema: Schema
    centre: np.ndarray
    scale: np.ndarray
    code_scale: np.ndarray

    @classmethod
    def fit(cls, schema: Schema, scale: NumericScale) -> "FeatureEncoder":
        """Return the encoding of these columns on a scale of real records."""
        rest = [schema.columns[at] for at in schema.rest]
        centre = np.array([0.0 if x.kind == "categorical" else scale.centre(x.name) for x in rest])
        width = np.array([1.0 if x.kind == "categorical" else scale.deviation(x.name) for x in rest])
        code_scale = np.full(len(schema.codes), np.log(2.0))
        for place, at in enumerate(schema.codes):
            if schema.columns[at].kind == "count":
                code_scale[place] = scale.deviation(schema.columns[at].name, np.log1p)
        return cls(schema, centre, width, code_scale)

    def sparse(self, records: Records) -> "sp.csr_matrix":
        """Return the encoded rows, shape ``(n, d)``, float32, in compressed rows: 8 bytes per non-zero cell."""
        import scipy.sparse as sp  # a fifth of a second, which `synthaudit list` need not wait for

        codes = sp.csr_matrix(records.codes, dtype=np.float32)
        codes.data = np.minimum(np.log1p(codes.data) / self.code_scale[codes.indices], CLIP).astype(np.float32)
        return sp.hstack([codes, sp.csr_matrix(self._rest(records))], format="csr", dtype=np.float32)

    def dense(self, records: Records) -> np.ndarray:
        """Return the encoded rows, shape ``(n, d)``, float32: 4 bytes per cell, so for blocks or narrow tables."""
        codes = np.minimum(np.log1p(records.codes, dtype=np.float32) / self.code_scale, CLIP).astype(np.float32)
        return np.concatenate([codes, self._rest(records)], axis=1)

    @cached_property
    def owner(self) -> np.ndarray:
        """Which column of the table each encoded column belongs to, shape ``(d,)``."""
        owner = list(self.schema.codes)
        for at in self.schema.rest:
            column = self.schema.columns[at]
            owner += [at] * ((len(column.levels) if column.kind == "categorical" else 1) + column.missing)
        return np.array(owner, np.intp)

    @cached_property
    def indicator(self) -> np.ndarray:
        """Which encoded columns are 0 or 1, shape ``(d,)``; the others are numbers."""
        binary = [self.schema.columns[at].kind == "binary" for at in self.schema.codes]
        for at in self.schema.rest:
            column = self.schema.columns[at]
            binary += [True] * len(column.levels) if column.kind == "categorical" else [False]
            binary += [True] * column.missing
        return np.array(binary, bool)

    def decode(self, expected: np.ndarray, explained: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the stored values that expected encodings stand for and their confidence, each of shape ``(n, p)``.

        Args:
            expected: Expected encoded columns, shape ``(n, d)``; of an indicator, a probability.
            explained: Confidence in the expectations of numbers, same shape, in [0, 1].
        """
        values = np.empty((len(expected), len(self.schema)))
        confidence = np.empty(values.shape)
        codes = len(self.schema.codes)
        binary = self.indicator[:codes]
        chance = np.clip(expected[:, :codes], 0.0, 1.0)
        counts = np.rint(np.expm1(np.clip(expected[:, :codes], 0.0, CLIP) * self.code_scale))
        values[:, self.schema.codes] = np.where(binary, chance > 0.5, counts)
        confidence[:, self.schema.codes] = np.where(binary, np.maximum(chance, 1.0 - chance), explained[:, :codes])
        for place, at in enumerate(self.schema.rest):
            column = self.schema.columns[at]
            first = np.flatnonzero(self.owner == at)[0]
            if column.kind == "categorical":
                level = expected[:, first : first + len(column.levels)]
                values[:, at], confidence[:, at] = level.argmax(axis=1), level.max(axis=1)
                continue
            number = expected[:, first] * self.scale[place] + self.centre[place]
            if column.kind in ("ordinal", "binary"):
                number = np.clip(number, 0, max(len(column.levels), 2) - 1)
            whole = column.integer or column.kind != "continuous"
            values[:, at], confidence[:, at] = np.rint(number) if whole else number, explained[:, first]
        return values, np.clip(confidence, 0.0, 1.0)

    def _rest(self, records: Records) -> np.ndarray:
        parts = [np.empty((len(records), 0), np.float32)]
        for place, at in enumerate(self.schema.rest):
            column, values = self.schema.columns[at], records.rest[:, place]
            absent = np.isnan(values)
            if column.kind == "categorical":
                parts.append((values[:, None] == np.arange(len(column.levels))).astype(np.float32))
            else:
                number = np.clip((values - self.centre[place]) / self.scale[place], -CLIP, CLIP)
                parts.append(np.where(absent, 0.0, number).astype(np.float32)[:, None])
            if column.missing:
                parts.append(absent.astype(np.float32)[:, None])
        return np.concatenate(parts, axis=1)
