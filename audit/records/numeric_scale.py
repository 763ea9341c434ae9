"""Units of numeric columns, from real records that are not under test.

The table under test sets no scale: ten rows of 999999 in every column would put all patients next to each other. Nor do
the targets, whose scores must not depend on each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthaudit.audit.records.schema import Schema
from synthaudit.audit.records.table import Records

PARTS = 120
"""Equal parts between the quantiles kept: halves, thirds, fifths, sixths and twentieths fall on one of them."""
LOW, HIGH = 0.05, 0.95
"""Quantiles between which a column's range lies."""
NORMAL_WIDTH = 3.2897
"""Standard deviations between these quantiles of a normal distribution."""
WIDEST = 10.0
"""Times the distance between the quartiles that a range may be, where these differ: 2.4 for a normal distribution.

Real tables, too, hold sentinels such as -999 for what is missing, and more of them than one value in twenty.
"""


@dataclass(frozen=True, eq=False)
class NumericScale:
    """Quantiles of the numeric columns of real records.

    Attributes:
        schema: The columns of these records.
        quantiles: Quantiles 0, 1/120, ..., 1 of each column with a value, by name; ordinal levels by position.
    """

    schema: Schema
    quantiles: dict[str, np.ndarray]

    @classmethod
    def of(cls, real: Records) -> "NumericScale":
        """Return the scale of real records; one sort per numeric column."""
        quantiles = {}
        for column in real.schema.columns:
            if column.kind == "categorical" or (column.kind == "binary" and column.is_code):
                continue
            values = real.column(column.name).astype(np.float64)
            values = values[np.isfinite(values)]
            if values.size:
                quantiles[column.name] = np.quantile(values, np.linspace(0, 1, PARTS + 1))
        return cls(real.schema, quantiles)

    @cached_property
    def ranges(self) -> dict[str, float]:
        """The range of each number by name, for Gower's distance; any difference counts 1 where it is 0."""
        numeric = [x.name for x in self.schema.columns if x.is_numeric and x.kind != "binary"]
        return {name: self.width(name) for name in numeric}

    def middle(self, name: str, transform: Callable[[np.ndarray], np.ndarray] | None = None) -> float:
        """Return a column's 95 % quantile minus its 5 % quantile, or ten times the quartiles' distance if that is less.

        Args:
            name: The column.
            transform: Increasing function of the values, such as a logarithm.
        """
        if name not in self.quantiles:
            return 0.0
        values = self.quantiles[name] if transform is None else transform(self.quantiles[name])
        inner, quartiles = (
            float(values[round(high * PARTS)] - values[round(low * PARTS)]) for low, high in ((LOW, HIGH), (0.25, 0.75))
        )
        return min(inner, WIDEST * quartiles) if quartiles > 0 else inner

    def width(self, name: str, transform: Callable[[np.ndarray], np.ndarray] | None = None) -> float:
        """Return ``middle``; where that is 0, the greatest value minus the least.

        Where all values are equal it is the width of the declared bounds, 0 without any.

        Args:
            name: The column.
            transform: Increasing function of the values, such as a logarithm.
        """
        if name not in self.quantiles:
            return 0.0
        values = self.quantiles[name] if transform is None else transform(self.quantiles[name])
        inner, whole = self.middle(name, transform), values[-1] - values[0]
        column = self.schema[name]
        if whole > 0 or column.low is None or column.high is None:
            return float(inner if inner > 0 else whole)
        bounds = np.array([column.low, column.high])
        return float(np.ptp(bounds if transform is None else transform(bounds)))

    def deviation(self, name: str, transform: Callable[[np.ndarray], np.ndarray] | None = None) -> float:
        """Return the standard deviation of a normal distribution of this ``width``; 1 where that is 0."""
        return self.width(name, transform) / NORMAL_WIDTH or 1.0

    def bounds(self, name: str) -> tuple[float, float]:
        """Return the ends of what is plausible: one range beyond the least and the greatest of the real values.

        Where all real values are equal, their size takes the place of the range, or 1; without any there is no end.
        """
        if name not in self.quantiles:
            return -np.inf, np.inf
        low, high = map(float, self.quantiles[name][[0, -1]])
        margin = self.width(name) or max(abs(low), abs(high), 1.0)
        return low - margin, high + margin

    def outside(self, name: str, values: np.ndarray) -> np.ndarray:
        """Return which numbers lie beyond these bounds, shape of ``values``, bool; a missing value does not."""
        low, high = self.bounds(name)
        beyond: np.ndarray = (values < low) | (values > high)
        return beyond

    def plausible(self, table: Records) -> np.ndarray:
        """Return which rows hold no number more than one range beyond the real ones, shape ``(n,)``, bool."""
        fits = np.ones(len(table), bool)
        for name in self.ranges:
            if name in table.schema.position:
                fits &= ~self.outside(name, table.column(name).astype(np.float64))
        return fits

    def median_deviation(self, name: str) -> float:
        """Return the median distance of a column's values from their median; 0 without a value."""
        if name not in self.quantiles:
            return 0.0
        values = self.quantiles[name]
        return float(np.median(np.abs(values - values[PARTS // 2])))

    def centre(self, name: str) -> float:
        """Return the mean of a column's middle nine tenths, each within one range of the median; 0 without a value."""
        if name not in self.quantiles:
            return 0.0
        values, width = self.quantiles[name], self.width(name)
        median = values[PARTS // 2]
        kept = values[round(LOW * PARTS) : round(HIGH * PARTS) + 1]
        return float(np.clip(kept, median - width, median + width).mean())

    def cuts(self, name: str, parts: int) -> np.ndarray:
        """Return the distinct interior borders of intervals with equally many of the real values."""
        if name not in self.quantiles:
            return np.empty(0)
        if PARTS % parts == 0:
            return np.unique(self.quantiles[name][:: PARTS // parts][1:-1])
        at = np.linspace(0, 1, parts + 1)[1:-1]
        return np.unique(np.interp(at, np.linspace(0, 1, PARTS + 1), self.quantiles[name]))
