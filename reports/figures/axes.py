"""Axes: the grid of panels, their titles, and how their ticks are written."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from synthaudit.reports.text.i18n import format_percent, localize_number


def shorten(text: str, length: int = 26) -> str:
    """Return a label that fits; the full name stands in the table under the figure."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def panel_grid(panels: int) -> tuple[int, int]:
    """Return rows and columns for small multiples: one row while it holds."""
    columns = panels if panels <= 4 else 3 if panels <= 6 else 4
    return -(-panels // columns), columns


def set_panel_title(axes: Any, text: str, columns: int) -> None:
    """Give a panel its title, on two lines where one is too short."""
    lines = wrap(text, {1: 100, 2: 50, 3: 31}.get(columns, 24))
    axes.set_title("\n".join([*lines[:1], shorten(" ".join(lines[1:]), 31)] if len(lines) > 1 else lines))


def number_formatter() -> Any:
    """Return what writes an axis of bare numbers, with as many digits as its ticks need."""
    from matplotlib.ticker import ScalarFormatter

    class Ticks(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return localize_number(super().__call__(x, pos).replace("−", "-"))

    return Ticks()


def percent_axis(axis: Any) -> None:
    """Write an axis of shares as percent."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda number, _: format_percent(f"{number * 100:.3g}")))


def count_axis(axes: Any, at: Sequence[float]) -> None:
    """Make the horizontal axis logarithmic with ticks where the audit measured, as far as labels fit."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ordered = sorted(set(at))
    if len(ordered) > 1 and ordered[0] > 0:
        axes.set_xscale("log")
        axes.set_xlim(ordered[0] / (ordered[-1] / ordered[0]) ** 0.06, ordered[-1] * (ordered[-1] / ordered[0]) ** 0.06)
    shown: list[float] = []
    span = (ordered[-1] / ordered[0]) ** 0.11 if len(ordered) > 1 and ordered[0] > 0 else 1.0
    for tick in reversed(ordered):
        if not shown or (tick > 0 and shown[-1] / tick >= span):
            shown.append(tick)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: localize_number(f"{number:,.6g}")))
