"""The figures of fidelity that a result holds: columns with their bars, maps, squares of a plane, distances."""

from collections.abc import Mapping
from dataclasses import dataclass

from synthaudit.audit.suite.result import Series
from synthaudit.reports.view.result_view import ResultView

SIDES = ("members", "holdout", "synthetic")
PREFIX = "column: "

Values = Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class ColumnView:
    """One column: how far synthetic rows, and the holdout, are from the members, each with its interval.

    Attributes:
        name: The column.
        distance: Total variation of the synthetic rows from the members: value, low, high.
        yardstick: The same of the holdout.
        bars: What each bar holds, and its shares with intervals: members, holdout, synthetic, three numbers each.
            A 0/1 column has one bar, the share of ones.
    """

    name: str
    distance: tuple[float, float, float]
    yardstick: tuple[float, float, float]
    bars: Values

    @property
    def is_binary(self) -> bool:
        """Whether it is a column of zeros and ones."""
        return list(self.bars) == [self.name]


def fidelity_series(view: ResultView, method: str, name: str, system: str) -> Series | None:
    """Return a figure's numbers of one system."""
    for one in view.result.series:
        if (one.section, one.method, one.name, one.system) == ("fidelity", method, name, system):
            return one
    return None


def column_views(view: ResultView, system: str) -> tuple[ColumnView, ...]:
    """Return the columns that may be shown of a system, those that differ most first."""
    own = {one.name: one.values for one in view.result.series if one.section == "fidelity" and one.system == system}
    columns = []
    for name, (value, low, high, *yardstick) in own.get("column distances", {}).items():
        rates = own.get("binary columns", {})
        bars = {name: rates[name]} if name in rates else own.get(f"{PREFIX}{name}", {})
        if bars:
            columns.append(ColumnView(name, (value, low, high), (yardstick[0], yardstick[1], yardstick[2]), bars))
    return tuple(columns)


def square(values: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Return the numbers of a square map by row, the highest first."""
    side = round(len(values) ** 0.5)
    rows = [values[at * side : (at + 1) * side] for at in range(side)]
    return tuple(reversed(rows))
