"""Curves with their intervals, beside what chance would give."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.figures.canvas import CHANCE, INK, PAPER, Sheet, Style, count_axis, draw, handle, legend, percent_axis, shorten


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
    bounds: tuple[float, float] | None = None


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
    """Return small multiples of curves on one vertical scale, the level of chance drawn in each."""
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)

    def paint(sheet: Sheet) -> None:
        axes = sheet.panels(rows, columns, sharey=True, sharex=True)
        seen: dict[str, Style] = {}
        for at, panel in zip(axes, panels, strict=False):
            drawn = sorted(panel.lines, key=lambda line: not line.style.control)
            for line in drawn:
                trace(sheet, at, line)
            seen.update({line.label: line.style for line in panel.lines})
            if panel.chance is not None:
                at.axhline(panel.chance, color=CHANCE, linewidth=0.9, linestyle=(0, (1, 1)), zorder=1.5)
            at.set_title(shorten(panel.title, 100 // columns - 4))
            where = [number for line in panel.lines for number in line.x]
            if log:
                count_axis(at, where)
            if x_share:
                percent_axis(at.xaxis)
            if share:
                percent_axis(at.yaxis)
        for at in axes[len(panels) :]:
            at.set_visible(False)
        axes[0].set_ylim(*limits)
        sheet.figure.supxlabel(x, fontsize=7.5, color=INK)
        axes[0].set_ylabel(y, color=INK)
        handles = [handle(style) for style in seen.values()]
        labels = list(seen)
        if any(panel.chance is not None for panel in panels):
            handles.append(handle(Style(CHANCE, "", (0, (1, 1))), linewidth=0.9))
            labels.append(chance)
        legend(sheet, handles, labels)

    return draw(id, paint, height=0.75 + 1.95 * rows)


def trace(sheet: Sheet, axes: object, line: Line) -> None:
    """Draw one curve: band, line, single releases, then the marks on top."""
    at = axes
    if not line.style.control:
        at.fill_between(line.x, line.low, line.high, color=line.style.colour, alpha=0.14, linewidth=0)  # type: ignore[attr-defined]
    at.plot(line.x, line.y, **line.style.line)  # type: ignore[attr-defined]
    for place, values in zip(line.x, line.dots, strict=False):
        options = {**line.style.mark, "markersize": 2.2, "alpha": 0.55, "marker": "o"}
        at.plot([place] * len(values), values, **options)  # type: ignore[attr-defined]
    sheet.marks(at, line.x, line.y, {**line.style.mark, "markeredgewidth": 0.5, "markeredgecolor": PAPER}, line.tips)
