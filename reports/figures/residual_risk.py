"""Attacks on single patients: success on members beside holdout patients, and the residual risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synthaudit.reports.figures.axes import percent_axis, shorten
from synthaudit.reports.figures.canvas import Sheet, handle, legend, render_svg
from synthaudit.reports.figures.style import CHANCE, HUES, INK, QUIET, Style

MEMBERS, HOLDOUT, RISK = Style(HUES[1], "o"), Style(QUIET, "s"), Style(HUES[0], "D")
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class AttackRates:
    """One attack on one system: value and interval of each number, None where there is none."""

    label: str
    group: str
    members: Triple | None
    holdout: Triple | None
    risk: Triple | None
    tooltips: tuple[str, str, str]
    text: str


def plot_residual_risk(
    id: str, rows: Sequence[AttackRates], *, rate: str, risk: str, members: str, holdout: str
) -> str:
    """Return success on members and holdout patients on the left, the residual risk on the right."""
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
            draw_interval(sheet, left, row.members, place=place - 0.15, look=MEMBERS, tooltip=row.tooltips[0])
            draw_interval(sheet, left, row.holdout, place=place + 0.15, look=HOLDOUT, tooltip=row.tooltips[1])
            draw_interval(sheet, right, row.risk, place=place, look=RISK, tooltip=row.tooltips[2])
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
            sheet, [handle(look, linestyle="none", markersize=5) for look in (MEMBERS, HOLDOUT, RISK)],
            [members, holdout, risk],
        )  # fmt: skip

    return render_svg(id, paint, height=0.85 + 0.18 * (at + 0.4))


def draw_interval(sheet: Sheet, axes: Any, triple: Triple | None, *, place: float, look: Style, tooltip: str) -> None:
    """Draw a number with its interval, or nothing."""
    if triple is not None:
        value, low, high = triple
        axes.plot([low, high], [place, place], color=look.colour, linewidth=1.4, solid_capstyle="butt")
        sheet.marks(axes, [value], [place], {**look.mark, "markersize": 4.8}, [tooltip])
