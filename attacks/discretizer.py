"""Any table as a table of levels: codes and categories as they are, numbers by the interval they fall in."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import NumericScale, Records, Schema

BINS = 6
"""Levels that a numeric column is cut into, at quantiles of real records."""


@dataclass(frozen=True, eq=False)
class Discretizer:
    """How rows become levels: binary and level columns as they are, numbers by the interval they fall in.

    A missing value is a level of its own, the last one of its column.

    Attributes:
        cuts: Interior borders of each numeric column's intervals, by position; other columns have none.
        sizes: Number of levels of each column, shape ``(p,)``.
    """

    cuts: dict[int, np.ndarray]
    sizes: np.ndarray

    @classmethod
    def fit(cls, schema: Schema, scale: NumericScale, bins: int = BINS) -> "Discretizer":
        """Return the levels of these columns, numbers cut into ``bins`` intervals on a scale of real records."""
        cuts, sizes = {}, np.full(len(schema), 2, np.intp)
        for at, column in enumerate(schema.columns):
            if column.kind in ("count", "continuous"):
                cuts[at] = scale.cuts(column.name, bins)
                sizes[at] = len(cuts[at]) + 1
            elif column.levels:
                sizes[at] = len(column.levels)
            sizes[at] += column.missing
        return cls(cuts, sizes)

    def encode(self, records: Records) -> np.ndarray:
        """Return each cell's level, shape ``(n, p)``, uint8 or uint16."""
        schema = records.schema
        level = np.empty((len(records), len(schema)), np.min_scalar_type(int(self.sizes.max())))
        level[:, schema.codes] = records.codes
        for at in set(schema.rest) | set(self.cuts):
            values = records.column(schema.names[at]).astype(np.float64)
            absent = np.isnan(values)
            # Where a number is cut, its level is the interval; otherwise it is a position of a level already.
            interval = (
                np.searchsorted(self.cuts[at], values, side="left") if at in self.cuts else np.where(absent, 0, values)
            )
            level[:, at] = np.where(absent, self.sizes[at] - 1, interval)
        return level

    @property
    def offsets(self) -> np.ndarray:
        """Where each column's levels start in a list of all levels, shape ``(p + 1,)``."""
        return np.concatenate(([0], np.cumsum(self.sizes)))

    def positions(self, records: Records) -> np.ndarray:
        """Return each cell's position in the list of all levels, shape ``(n, p)``, int64."""
        positions: np.ndarray = self.offsets[:-1] + self.encode(records)
        return positions
