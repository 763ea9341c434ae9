"""Curves with their intervals, beside what chance would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthaudit.reports.figures.axes import count_axis, panel_grid, percent_axis, set_panel_title, shorten
from synthaudit.reports.figures.canvas import Sheet, handle, legend, render_svg
from synthaudit.reports.figures.style import CHANCE, INK, PAPER, Style
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import t


@dataclass(frozen=True)
class PlottedCurve:
    """One curve.

    Attributes:
        label: The system or attack it is about; entries with the same label share one legend entry.
        x: Where it was measured.
        y: The numbers; None where there is none.
        low: Lower ends of the intervals.
        high: Upper ends.
        dots: Single releases behind each number.
        tips: What a pointer over each mark reads.
    """

    label: str
    style: Style
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    dots: tuple[tuple[float, ...], ...] = ()
    tooltips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One set of axes."""

    title: str
    curves: tuple[PlottedCurve, ...]
    chance: float | None = None


def plot_curves(
    id: str,
    panels: Sequence[Panel],
    *,
    x: str,
    y: str,
    chance: str,
    share: bool = False,
    x_share: bool = False,
    log: bool = True,
    limits: tuple[float | None, float | None] = (None, None),
) -> str:
    """Return small multiples of curves on one vertical scale, the level of chance drawn in each.

    The scale is that of the systems; a control beyond it is named at the edge instead of flattening them.
    """
    low, high = vertical_limits(panels, limits)
    where = [number for panel in panels for curve in panel.curves for number in curve.x]
    rows, columns = panel_grid(len(panels))

    def paint(sheet: Sheet) -> None:
        axes = sheet.panels(rows, columns, sharey=True, sharex=True)
        seen: dict[str, Style] = {}
        for at, panel in zip(axes, panels, strict=False):
            off = draw_panel(sheet, at, panel, high, share=share, narrow=columns > 2)
            seen.update({curve.label: curve.style for curve in panel.curves if curve not in off})
            if panel.chance is not None:
                at.axhline(panel.chance, color=CHANCE, linewidth=0.9, linestyle=(0, (1, 1)), zorder=1.5)
            set_panel_title(at, panel.title, columns)
            if log:
                count_axis(at, where)
            if x_share:
                percent_axis(at.xaxis)
            if share:
                percent_axis(at.yaxis)
        for at in axes[len(panels) :]:
            at.set_visible(False)
        axes[0].set_ylim(low, high)
        sheet.figure.supxlabel(x, fontsize=7.5, color=INK)
        axes[0].set_ylabel(y, color=INK)
        handles = [handle(style) for style in seen.values()]
        labels = list(seen)
        if any(panel.chance is not None for panel in panels):
            handles.append(handle(Style(CHANCE, "", (0, (1, 1))), linewidth=0.9))
            labels.append(chance)
        legend(sheet, handles, labels)

    return render_svg(id, paint, height=0.72 + (1.7 if rows == 1 else 1.36) * rows)


def draw_panel(sheet: Sheet, axes: Any, panel: Panel, high: float, *, share: bool, narrow: bool) -> list[PlottedCurve]:
    """Draw a panel's curves and name the controls beyond its scale, which are returned."""
    drawn = sorted(panel.curves, key=lambda curve: not curve.style.control)
    off = [curve for curve in drawn if curve.style.control and min(curve.y) > high]
    for curve in drawn:
        if curve not in off:
            draw_curve(sheet, axes, curve)
    for place, curve in enumerate(off):
        low, top = (numbers.value(number, "share" if share else "ratio") for number in (min(curve.y), max(curve.y)))
        text = t("level_notes.beyond", label=shorten(curve.label, 31 if narrow else 40), low=low, high=top)
        text = text.replace(": ", ":\n", 1) if narrow else text
        down = -1 - (17 if narrow else 9) * place
        axes.annotate(
            f"↑ {text}", (1, 1), xycoords="axes fraction", xytext=(-1, down), textcoords="offset points", ha="right",
            va="top", fontsize=6.5, color=curve.style.colour, in_layout=False,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip
    return off


def vertical_limits(panels: Sequence[Panel], limits: tuple[float | None, float | None]) -> tuple[float, float]:
    """Return the vertical scale: every interval of a system fits, and so does chance."""
    curves = [curve for panel in panels for curve in panel.curves]
    curves = [curve for curve in curves if not curve.style.control] or curves
    shown = [number for curve in curves for number in (*curve.low, *curve.high, *curve.y)]
    shown += [number for curve in curves for dots in curve.dots for number in dots]
    shown += [panel.chance for panel in panels if panel.chance is not None]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    pad = max((high - low) * 0.12, 0.005)
    return low - pad if limits[0] is None else limits[0], high + pad if limits[1] is None else limits[1]


def draw_curve(sheet: Sheet, axes: Any, curve: PlottedCurve) -> None:
    """Draw one curve: band, line, single releases, then the marks on top."""
    if not curve.style.control:
        axes.fill_between(curve.x, curve.low, curve.high, color=curve.style.colour, alpha=0.14, linewidth=0)
    axes.plot(curve.x, curve.y, **curve.style.line)
    for place, values in zip(curve.x, curve.dots, strict=False):
        options = {**curve.style.mark, "markersize": 2.2, "alpha": 0.55, "marker": "o"}
        axes.plot([place] * len(values), values, **options)
    sheet.marks(
        axes, curve.x, curve.y, {**curve.style.mark, "markeredgewidth": 0.5, "markeredgecolor": PAPER}, curve.tooltips
    )
