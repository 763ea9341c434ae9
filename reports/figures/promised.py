"""Epsilon promised, epsilon reached, and the most that could have been shown, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from synthaudit.reports.figures.canvas import CONTROL_HUES, FAINT, HUES, INK, QUIET, Sheet, draw, legend, shorten
from synthaudit.reports.i18n import written

SHAPES: Final = {"black box": "o", "white box": "s", "many trainings": "^", "many trainings, white box": "v"}
ROOM: Final = 3.0  # a claim farther out than so many times what could be shown is named at the edge


@dataclass(frozen=True)
class Attempt:
    """One audit of one claim.

    Attributes:
        group: The system.
        label: The audit.
        shape: Its kind, a key of ``SHAPES``.
        kind: The kind in words, for the legend.
        claimed: The epsilon promised; None where nothing finite is.
        reached: The epsilon that the attack reached.
        ceiling: What a perfect attack would have reached.
        exceeds: Whether more was reached than promised.
        tip: What a pointer reads.
    """

    group: str
    label: str
    shape: str
    kind: str
    claimed: float | None
    reached: float
    ceiling: float | None
    exceeds: bool
    tip: str


def promised(id: str, attempts: Sequence[Attempt], *, x: str, claim: str, ceiling: str, beyond: str) -> str:
    """Return one line an audit: a mark where the attack came to, a band on to its ceiling, the promise a diamond."""
    places, middle, at = [], {}, 0.0
    for group in dict.fromkeys(one.group for one in attempts):
        own = [one for one in attempts if one.group == group]
        places += [at + place for place in range(len(own))]
        middle[group] = at + (len(own) - 1) / 2
        at += len(own) + 0.9
    shown = max([0.1, *(one.reached for one in attempts), *(one.ceiling or 0.0 for one in attempts)])
    near = [one.claimed for one in attempts if one.claimed is not None and one.claimed <= ROOM * shown]
    right = max([shown, *near]) * 1.06

    def paint(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, 1)
        axes.grid(visible=False)
        axes.grid(visible=True, axis="x")
        for place, one in zip(places, attempts, strict=True):
            attempt(sheet, axes, place, one, right, beyond)
        axes.set_yticks(list(middle.values()), [shorten(name, 60) for name in middle])
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(at - 0.4, -0.9)
        axes.set_xlim(-0.015 * right, right)
        axes.set_xlabel(x, color=INK)
        key(sheet, attempts, claim, ceiling)

    return draw(id, paint, height=0.95 + 0.1 * at)


def attempt(sheet: Sheet, axes: Any, place: float, one: Attempt, right: float, beyond: str) -> None:
    """Draw one audit; a promise beyond the axis is named at its end."""
    colour = HUES[1] if one.exceeds else HUES[0]
    if one.ceiling is not None:
        axes.plot([one.reached, one.ceiling], [place, place], color=FAINT, linewidth=3, solid_capstyle="butt")
        axes.plot([one.ceiling], [place], color=QUIET, marker="|", markersize=7, linestyle="none")
    axes.plot([0, one.reached], [place, place], color=colour, linewidth=1.4, solid_capstyle="butt")
    mark = {"color": colour, "marker": SHAPES[one.shape], "linestyle": "none", "markersize": 4.6}
    sheet.marks(axes, [one.reached], [place], mark, [one.tip])
    if one.claimed is not None and one.claimed <= right:
        diamond = {"color": INK, "marker": "D", "linestyle": "none", "markersize": 4, "markerfacecolor": "none"}
        axes.plot([one.claimed], [place], **diamond)
    elif one.claimed is not None:
        text = beyond.format_map({"claimed": written(f"{one.claimed:,.4g}")})
        axes.annotate(text, (right, place), ha="right", va="center", fontsize=6, color=CONTROL_HUES[0])


def key(sheet: Sheet, attempts: Sequence[Attempt], claim: str, ceiling: str) -> None:
    """Say what the marks mean."""
    from matplotlib.lines import Line2D

    kinds = dict.fromkeys((one.shape, one.kind) for one in attempts)
    handles = [
        Line2D([], [], color=HUES[0], marker=SHAPES[shape], linestyle="none", markersize=5.5) for shape, _ in kinds
    ]
    labels = [kind for _, kind in kinds]
    if any(one.claimed is not None for one in attempts):
        handles.append(Line2D([], [], color=INK, marker="D", linestyle="none", markersize=5, markerfacecolor="none"))
        labels.append(claim)
    handles.append(Line2D([], [], color=QUIET, marker="|", linestyle="none", markersize=9))
    legend(sheet, handles, [*labels, ceiling])
