"""Columns in other units: numbers whose distribution fits real ones after division by a factor, or not at all."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.statistics.homogeneity import greatest_gap

APART = 0.9
"""Distance between distribution functions from which two columns hardly overlap, whatever the factor."""
UNLIKE = 0.25
"""Distance below which two columns are taken to have one unit."""
FITTING = 0.1
"""Distance, or that of chance, within which a factor explains such a gap; it must leave a quarter of it at most."""
NOISE = 1.36
"""Smirnov's 5 % limit on the distance of two samples of one distribution, times the root of 1/n + 1/m."""
FEWEST = 10
"""Different values a real column must have to have a unit."""

_CONVERSIONS = (
    *(10.0**power for power in range(1, 10)),
    *(2.2046, 2.54, 28.35, 16.0, 12.0, 3.2808),  # pound, inch, ounce, ounces per pound, inches per foot, foot
    *(7.0, 24.0, 30.44, 60.0, 365.25, 1440.0, 3600.0, 8766.0),  # week, day, month, minute or hour, year, ...
    *(18.016, 38.67, 88.42, 88.57, 17.1, 2.8, 6.006, 59.48, 4.184, 7.5006),  # clinical chemistry, energy, pressure
)
FACTORS = (*_CONVERSIONS, *(1 / factor for factor in _CONVERSIONS))
"""Factors between units in use, both ways."""


@dataclass(frozen=True)
class UnitChange:
    """A column in other units.

    Attributes:
        factor: By which the numbers exceed the real ones; None where no usual factor makes them fit.
    """

    factor: float | None

    def __str__(self) -> str:
        if self.factor is None:
            return "hardly overlaps the real values"
        size = max(self.factor, 1 / self.factor)
        number = f"{size:,.0f}" if size >= 100 else f"{size:.3g}"
        return f"about {number} times the real values" if self.factor > 1 else f"about 1/{number} of the real values"


def unit_change(values: np.ndarray, real: np.ndarray) -> UnitChange | None:
    """Return by which factor numbers differ from real ones; None where they are in one unit, as far as can be seen.

    Args:
        values: Numbers of a column, shape ``(n,)``; missing ones do not count.
        real: Real numbers of the same column, shape ``(m,)``.

    >>> days = np.arange(1.0, 101.0)
    >>> str(unit_change(24 * days, days)), unit_change(days + 5, days)
    ('about 24 times the real values', None)
    """
    first, second = (np.sort(side[~np.isnan(side)]) for side in (values, real))
    if not len(first) or len(np.unique(second)) < FEWEST:
        return None
    gap = greatest_gap(first, second)
    if gap < UNLIKE:
        return None
    gaps = [greatest_gap(first, second, factor) for factor in FACTORS]
    noise = NOISE * np.sqrt(1 / len(first) + 1 / len(second))
    if min(gaps) <= min(max(FITTING, noise), gap / 4):
        # A short column cannot tell neighbouring factors apart; of those that fit about as well the first is the usual.
        return UnitChange(next(factor for factor, left in zip(FACTORS, gaps, strict=True) if left <= min(gaps) + noise))
    return UnitChange(None) if gap >= APART else None
