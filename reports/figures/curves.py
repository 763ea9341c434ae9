"""Curves with their intervals, beside what chance would give."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthaudit.reports import numbers
from synthaudit.reports.figures.canvas import (
    CHANCE,
    INK,
    PAPER,
    Sheet,
    Style,
    count_axis,
    draw,
    grid_of,
    handle,
    headed,
    legend,
    percent_axis,
    shorten,
)
from synthaudit.reports.i18n import say


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        label: Who it is about; entries with the same label share one legend entry.
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
    tips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One set of axes."""

    title: str
    lines: tuple[Line, ...]
    chance: float | None = None


def curves(
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
    low, high = frame(panels, limits)
    where = [number for panel in panels for line in panel.lines for number in line.x]
    rows, columns = grid_of(len(panels))

    def paint(sheet: Sheet) -> None:
        axes = sheet.panels(rows, columns, sharey=True, sharex=True)
        seen: dict[str, Style] = {}
        for at, panel in zip(axes, panels, strict=False):
            off = panel_lines(sheet, at, panel, high, share=share, narrow=columns > 2)
            seen.update({line.label: line.style for line in panel.lines if line not in off})
            if panel.chance is not None:
                at.axhline(panel.chance, color=CHANCE, linewidth=0.9, linestyle=(0, (1, 1)), zorder=1.5)
            headed(at, panel.title, columns)
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

    return draw(id, paint, height=0.72 + (1.7 if rows == 1 else 1.36) * rows)


def panel_lines(sheet: Sheet, axes: Any, panel: Panel, high: float, *, share: bool, narrow: bool) -> list[Line]:
    """Draw a panel's curves and name the controls beyond its scale, which are returned."""
    drawn = sorted(panel.lines, key=lambda line: not line.style.control)
    off = [line for line in drawn if line.style.control and min(line.y) > high]
    for line in drawn:
        if line not in off:
            trace(sheet, axes, line)
    for place, line in enumerate(off):
        low, top = (numbers.value(number, "share" if share else "ratio") for number in (min(line.y), max(line.y)))
        text = say("level_notes.beyond", label=shorten(line.label, 31 if narrow else 40), low=low, high=top)
        text = text.replace(": ", ":\n", 1) if narrow else text
        down = -1 - (17 if narrow else 9) * place
        axes.annotate(
            f"↑ {text}", (1, 1), xycoords="axes fraction", xytext=(-1, down), textcoords="offset points", ha="right",
            va="top", fontsize=6.5, color=line.style.colour, in_layout=False,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        )  # fmt: skip
    return off


def frame(panels: Sequence[Panel], limits: tuple[float | None, float | None]) -> tuple[float, float]:
    """Return the vertical scale: every interval of a system fits, and so does chance."""
    lines = [line for panel in panels for line in panel.lines]
    lines = [line for line in lines if not line.style.control] or lines
    shown = [number for line in lines for number in (*line.low, *line.high, *line.y)]
    shown += [number for line in lines for dots in line.dots for number in dots]
    shown += [panel.chance for panel in panels if panel.chance is not None]
    low, high = min(shown, default=0.0), max(shown, default=1.0)
    pad = max((high - low) * 0.12, 0.005)
    return low - pad if limits[0] is None else limits[0], high + pad if limits[1] is None else limits[1]


def trace(sheet: Sheet, axes: Any, line: Line) -> None:
    """Draw one curve: band, line, single releases, then the marks on top."""
    if not line.style.control:
        axes.fill_between(line.x, line.low, line.high, color=line.style.colour, alpha=0.14, linewidth=0)
    axes.plot(line.x, line.y, **line.style.line)
    for place, values in zip(line.x, line.dots, strict=False):
        options = {**line.style.mark, "markersize": 2.2, "alpha": 0.55, "marker": "o"}
        axes.plot([place] * len(values), values, **options)
    sheet.marks(axes, line.x, line.y, {**line.style.mark, "markeredgewidth": 0.5, "markeredgecolor": PAPER}, line.tips)
