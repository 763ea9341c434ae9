"""Numbers in a column, each with its interval, beside chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from synthaudit.reports.figures.axes import percent_axis, shorten
from synthaudit.reports.figures.canvas import Sheet, render_svg
from synthaudit.reports.figures.style import CHANCE, INK, QUIET, Style


@dataclass(frozen=True)
class Bar:
    """One number with its interval; ``group`` opens a new block where it changes."""

    label: str
    style: Style
    value: float
    low: float
    high: float
    tooltip: str
    text: str = ""
    group: str = ""


def plot_forest(
    id: str,
    bars: Sequence[Bar],
    *,
    x: str,
    chance: float | None,
    chance_label: str,
    limit: float | None = None,
    limit_label: str = "",
    share: bool = False,
) -> str:
    """Return one row per number, with lines for chance and for the limit of the policy."""
    places, at, group = [], 0.0, None
    for bar in bars:
        if bar.group != group:
            group, at = bar.group, at + (1 if bar.group else 0)
        places.append(at)
        at += 1

    names = [wrap_label(bar.label) for bar in bars]
    pitch = 0.25 if any("\n" in name for name in names) else 0.19

    def paint(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, 1)
        axes.grid(visible=False)
        axes.grid(visible=True, axis="x")
        for line, colour, dash in ((chance, CHANCE, (0, (1, 1))), (limit, INK, (0, (5, 2)))):
            if line is not None:
                axes.axvline(line, color=colour, linestyle=dash, linewidth=0.9, zorder=1)
        for place, bar in zip(places, bars, strict=True):
            axes.plot([bar.low, bar.high], [place, place], color=bar.style.colour, linewidth=1.6, solid_capstyle="butt")
            sheet.marks(axes, [bar.value], [place], {**bar.style.mark, "markersize": 5.5}, [bar.tooltip])
            axes.annotate(
                bar.text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7, color=QUIET
            )
        heads = {bar.group: place - 0.8 for place, bar in reversed(list(zip(places, bars, strict=True))) if bar.group}
        labels = [*names, *(shorten(name, 62) for name in heads)]
        axes.set_yticks([*places, *heads.values()], labels)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        for label in axes.get_yticklabels()[len(bars) :]:
            label.set_fontweight("bold")
        axes.spines["left"].set_visible(False)
        axes.set_ylim(at - 0.3, min(places) - (1.4 if bars[0].group else 0.7))
        axes.set_xlabel(x, color=INK)
        axes.margins(x=0.06)
        if share:
            percent_axis(axes.xaxis)
        _label_lines(axes, (chance, chance_label, "right"), (limit, limit_label, "left"))

    return render_svg(id, paint, height=0.62 + pitch * (at + 0.6))


def _label_lines(axes: Any, *lines: tuple[float | None, str, str]) -> None:
    """Name the vertical lines of chance and of the limit above the axes, each on its own side."""
    for line, label, side in lines:
        if line is not None and label:
            axes.annotate(
                label, (line, 1), xycoords=("data", "axes fraction"), xytext=(-3 if side == "right" else 3, 2),
                textcoords="offset points", ha=side, va="bottom", fontsize=6.5, color=QUIET,
            )  # fmt: skip


def wrap_label(label: str, length: int = 62) -> str:
    """Return a label on two lines where one is too short."""
    first, *rest = wrap(label, length)
    return "\n".join([first, *([shorten(" ".join(rest), length)] if rest else [])])
