"""Rows that belong to one curve, and the row that represents each of its points. Computes nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, Row, Unmeasured


@dataclass(frozen=True)
class CurvePoint:
    """What was measured at one value of what a curve varies.

    Attributes:
        x: The value, such as a number of synthetic rows.
        row: The representative row: the mean over releases where there is one, else the first release.
        releases: Values of the single releases behind it.
    """

    x: float
    row: Row
    releases: tuple[float, ...]

    @property
    def number(self) -> Estimated | Unmeasured:
        """Return the number of the representative row."""
        return self.row.number


def measured_over_releases(rows: Iterable[Row]) -> bool:
    """Return whether every mean over releases was measured, so that the rows can be told at the generator's level."""
    means = [row for row in rows if row.release is None and row.level != "release"]
    return bool(means) and all(isinstance(row.number, Estimated) for row in means)


def curve_points(
    rows: Iterable[Row], x_of: Callable[[Row], float | int | None], *, over_releases: bool | None = None
) -> tuple[CurvePoint, ...]:
    """Return a curve: at each x the mean over releases if every x has one, else the first release.

    One curve never mixes levels: a mean over trainings and a single file are different statements. ``over_releases``
    settles the level for several curves of one figure.
    """
    rows = list(rows)
    over_releases = measured_over_releases(rows) if over_releases is None else over_releases
    means: dict[float, Row] = {}
    singles: dict[float, list[Row]] = {}
    for row in rows:
        x = x_of(row)
        if x is None:
            continue
        if row.release is None:
            means[float(x)] = row
        else:
            singles.setdefault(float(x), []).append(row)
    curve = []
    for x in sorted({*means, *singles}):
        own = singles.get(x, [])
        chosen = means[x] if x in means and (over_releases or not own) else min(own, key=lambda row: row.release or 0)
        values = tuple(row.number.value for row in own if isinstance(row.number, Estimated))
        curve.append(CurvePoint(x, chosen, values if len(own) > 1 else ()))
    return tuple(curve)


def synthetic_rows(row: Row) -> int | None:
    """Return the size of the synthetic table behind a row."""
    return row.knowledge.synthetic_rows if row.knowledge else None


def reference_rows(row: Row) -> int | None:
    """Return how many reference records the attacker held."""
    return row.knowledge.reference_rows if row.knowledge else None


def known_columns(row: Row) -> int | None:
    """Return how many columns the attacker knew."""
    return row.knowledge.known_columns if row.knowledge else None


def at_largest(rows: Iterable[Row], *sizes: Callable[[Row], int | None]) -> list[Row]:
    """Return each system's rows at its largest size, such as its whole synthetic table; of these at the next size's."""
    rows = list(rows)
    for size_of in sizes:
        largest: dict[str, int] = {}
        for row in rows:
            largest[row.system] = max(largest.get(row.system, 0), size_of(row) or 0)
        rows = [row for row in rows if (size_of(row) or 0) == largest[row.system]]
    return rows


def representative(rows: Iterable[Row], *, over_releases: bool | None = None) -> Row | None:
    """Return the row that represents rows that differ in their release only."""
    curve = curve_points(rows, lambda _: 0, over_releases=over_releases)
    return curve[0].row if curve else None


def strongest(rows: Iterable[Row]) -> Row | None:
    """Return the highest value among rows of one statistic, at one level: means over releases where there are any."""
    measured = [row for row in rows if isinstance(row.number, Estimated)]
    means = [row for row in measured if row.release is None]
    return max(
        means or measured, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 0, default=None
    )


def value_and_interval(number: Estimated, max_high: float | None = None) -> tuple[float, float, float]:
    """Return value, low and high for drawing; an open upper end is drawn at ``max_high``."""
    high = number.high if number.high is not None else (max_high if max_high is not None else number.value)
    return number.value, number.low, high
