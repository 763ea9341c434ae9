"""Fidelity to the right, risk upwards: the lower right corner is best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthaudit.reports.figures.canvas import Sheet, handle, legend, render_svg
from synthaudit.reports.figures.style import CHANCE, INK, QUIET, Style


@dataclass(frozen=True)
class TradeoffPoint:
    """One system at one size of the synthetic table: fidelity (x) and risk (y), each with its interval."""

    label: str
    style: Style
    x: float
    x_low: float
    x_high: float
    y: float
    y_low: float
    y_high: float
    size: str
    tooltip: str


def plot_tradeoff(
    id: str,
    points: Sequence[TradeoffPoint],
    *,
    x: str,
    y: str,
    chance: float,
    chance_label: str,
    yardstick: float | None,
    yardstick_label: str,
) -> str:
    """Return one mark per system and synthetic size, joined by system."""

    def paint(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, 1)
        axes.grid(visible=True, axis="both")
        axes.axhline(chance, color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9)
        if yardstick is not None:
            axes.axvline(yardstick, color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9)
        styles: dict[str, Style] = {}
        for label in dict.fromkeys(point.label for point in points):
            own = [point for point in points if point.label == label]
            styles[label] = own[0].style
            draw_system(sheet, axes, own)
        axes.margins(0.12)
        small = {"textcoords": "offset points", "va": "top", "fontsize": 6.5, "color": QUIET}
        axes.annotate(chance_label, (axes.get_xlim()[0], chance), xytext=(3, -3), **small)
        if yardstick is not None:
            place = {"xycoords": ("data", "axes fraction"), "xytext": (-3, -3), "ha": "right"}
            axes.annotate(yardstick_label, (yardstick, 1), **place, **small)
        axes.set_xlabel(x, color=INK)
        axes.set_ylabel(y, color=INK)
        legend(sheet, [handle(style, linestyle="none") for style in styles.values()], list(styles))

    return render_svg(id, paint, height=2.9)


def draw_system(sheet: Sheet, axes: Any, points: Sequence[TradeoffPoint]) -> None:
    """Draw one system's tables, joined by a line; the smallest and the largest are labelled with their size."""
    style = points[0].style
    x, y = [point.x for point in points], [point.y for point in points]
    axes.plot(x, y, **{**style.line, "linewidth": 0.8, "alpha": 0.6})
    for point in points:
        axes.plot([point.x, point.x], [point.y_low, point.y_high], color=style.colour, linewidth=1.2, alpha=0.55)
        axes.plot([point.x_low, point.x_high], [point.y, point.y], color=style.colour, linewidth=1.2, alpha=0.55)
    sheet.marks(axes, x, y, {**style.mark, "markersize": 6}, [point.tooltip for point in points])
    if len(points) > 1:
        for point in {points[0].size: points[0], points[-1].size: points[-1]}.values():
            axes.annotate(
                point.size, (point.x, point.y), xytext=(5, 4), textcoords="offset points", fontsize=6.5, color=QUIET
            )
