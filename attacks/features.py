"""Patients' rows as numbers for learners, on scales that the attacker's own rows fix."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from audit.records import Records, Schema

FAR = 8.0
"""Standard deviations at which a value is cut off: one wild cell must not decide a linear score."""


@dataclass(frozen=True, eq=False)
class Features:
    """How rows become numbers: codes as 0/1, counts as log(1 + x), numbers standardised, categories one column a level.

    A missing number becomes 0 (the mean) and a 1 in a column of its own; a missing category all zeros.

    Attributes:
        schema: The columns that are encoded.
        mean: What a column of ``rest`` is centred at, shape ``(len(schema.rest),)``.
        scale: What it is divided by, same shape, above 0.
        top: What a code's log(1 + x) is divided by, shape ``(len(schema.codes),)``; log 2 for a binary column.
    """

    schema: Schema
    mean: np.ndarray
    scale: np.ndarray
    top: np.ndarray

    @classmethod
    def of(cls, *held: Records) -> "Features":
        """Return the encoding that fits the rows an attacker holds; never pass targets."""
        schema = held[0].schema
        mean, scale = np.zeros(len(schema.rest)), np.ones(len(schema.rest))
        for place in range(len(schema.rest)):
            seen = np.concatenate([records.rest[:, place] for records in held])
            seen = seen[np.isfinite(seen)]
            if seen.size:
                mean[place], spread = seen.mean(), seen.std()
                scale[place] = spread if spread > 0 else 1.0
        top = np.ones(len(schema.codes))
        for records in held:
            top = np.maximum(top, records.codes.max(axis=0, initial=0))
        return cls(schema, mean, scale, np.log1p(top))

    def sparse(self, records: Records) -> sp.csr_matrix:
        """Return the encoded rows, shape ``(n, d)``, float32, in compressed rows: 8 bytes a non-zero cell."""
        codes = sp.csr_matrix(records.codes, dtype=np.float32)
        codes.data = (np.log1p(codes.data) / self.top[codes.indices]).astype(np.float32)
        return sp.hstack([codes, sp.csr_matrix(self._rest(records))], format="csr", dtype=np.float32)

    def dense(self, records: Records) -> np.ndarray:
        """Return the encoded rows, shape ``(n, d)``, float32: 4 bytes a cell, so for blocks or narrow tables."""
        codes = (np.log1p(records.codes, dtype=np.float32) / self.top).astype(np.float32)
        return np.concatenate([codes, self._rest(records)], axis=1)

    def _rest(self, records: Records) -> np.ndarray:
        parts = [np.empty((len(records), 0), np.float32)]
        for place, at in enumerate(self.schema.rest):
            column, values = self.schema.columns[at], records.rest[:, place]
            absent = np.isnan(values)
            if column.kind == "categorical":
                parts.append((values[:, None] == np.arange(len(column.levels))).astype(np.float32))
                continue
            number = np.clip((values - self.mean[place]) / self.scale[place], -FAR, FAR)
            parts.append(np.where(absent, 0.0, number).astype(np.float32)[:, None])
            if column.missing:
                parts.append(absent.astype(np.float32)[:, None])
        return np.concatenate(parts, axis=1)
