"""Members beside strangers, and what is left of the difference: the picture of attacks that point at one patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthaudit.reports.figures.canvas import (
    CHANCE,
    HUES,
    INK,
    QUIET,
    Sheet,
    draw,
    handle,
    legend,
    percent_axis,
    shorten,
)
from synthaudit.reports.figures.canvas import Style as Look

MEMBERS, STRANGERS, RISK = Look(HUES[1], "o"), Look(QUIET, "s"), Look(HUES[0], "D")
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Pair:
    """One attack on one system: value and interval of each number, None where there is none."""

    label: str
    group: str
    members: Triple | None
    strangers: Triple | None
    risk: Triple | None
    tips: tuple[str, str, str]
    text: str


def pairs(id: str, rows: Sequence[Pair], *, rate: str, risk: str, members: str, strangers: str) -> str:
    """Return success against members and strangers on the left, the residual risk on the right."""
    places, heads, at = [], {}, 0.0
    for place, row in enumerate(rows):
        if place == 0 or row.group != rows[place - 1].group:
            at += 1.0 if row.group else 0.0
            heads[row.group] = at - 0.8
        places.append(at)
        at += 1.0

    def paint(sheet: Sheet) -> None:
        left, right = sheet.panels(1, 2, sharey=True, gridspec_kw={"width_ratios": (1.25, 1.0)})
        for axes in (left, right):
            axes.grid(visible=False)
            axes.grid(visible=True, axis="x")
            axes.spines["left"].set_visible(False)
            axes.tick_params(axis="y", length=0, labelcolor=INK)
            percent_axis(axes.xaxis)
        right.axvline(0, color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9, zorder=1)
        for place, row in zip(places, rows, strict=True):
            dot(sheet, left, row.members, place - 0.15, MEMBERS, row.tips[0])
            dot(sheet, left, row.strangers, place + 0.15, STRANGERS, row.tips[1])
            dot(sheet, right, row.risk, place, RISK, row.tips[2])
            right.annotate(
                row.text, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=7, color=QUIET
            )
        labels = [*(shorten(row.label, 34) for row in rows), *(shorten(name, 40) for name in heads if name)]
        left.set_yticks([*places, *(place for name, place in heads.items() if name)], labels)
        for label in left.get_yticklabels()[len(rows) :]:
            label.set_fontweight("bold")
        left.set_ylim(at - 0.3, -0.4)
        left.set_xlabel(rate, color=INK)
        right.set_xlabel(risk, color=INK)
        left.margins(x=0.06)
        right.margins(x=0.1)
        legend(
            sheet, [handle(look, linestyle="none", markersize=5) for look in (MEMBERS, STRANGERS, RISK)],
            [members, strangers, risk],
        )  # fmt: skip

    return draw(id, paint, height=0.85 + 0.18 * (at + 0.4))


def dot(sheet: Sheet, axes: Any, triple: Triple | None, place: float, look: Look, tip: str) -> None:
    """Draw a number with its interval, or nothing."""
    if triple is not None:
        value, low, high = triple
        axes.plot([low, high], [place, place], color=look.colour, linewidth=1.4, solid_capstyle="butt")
        sheet.marks(axes, [value], [place], {**look.mark, "markersize": 4.8}, [tip])
