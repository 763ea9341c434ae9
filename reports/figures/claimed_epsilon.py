"""Claimed epsilon, its empirical lower bounds, and the largest bound attainable, on one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from synthaudit.reports.figures.axes import shorten
from synthaudit.reports.figures.canvas import Sheet, legend, render_svg
from synthaudit.reports.figures.style import CONTROL_HUES, FAINT, HUES, INK, QUIET
from synthaudit.reports.text.i18n import localize_number

MARKERS: Final = {"black box": "o", "white box": "s", "many trainings": "^", "many trainings, white box": "v"}
ROOM: Final = 3.0  # a claim farther out than so many times the largest bound is named at the edge


@dataclass(frozen=True)
class AuditBar:
    """One audit of one claim.

    Attributes:
        system: The system's title.
        attacker: The kind of attacker, a key of ``MARKERS``.
        legend: The kind in words, for the legend.
        epsilon_claimed: The claimed epsilon; None where nothing finite is.
        epsilon_lower: The empirical lower bound on epsilon.
        max_detectable: The bound of a perfect attack.
        exceeds: Whether the lower bound lies above the claim.
        tooltip: What a pointer reads.
    """

    system: str
    attacker: str
    legend: str
    epsilon_claimed: float | None
    epsilon_lower: float
    max_detectable: float | None
    exceeds: bool
    tooltip: str


def plot_claimed_epsilon(id: str, bars: Sequence[AuditBar], *, x: str, claim: str, maximum: str, beyond: str) -> str:
    """Return one line per audit: a mark at the lower bound, a band on to the largest bound, the claim a diamond."""
    positions: list[float] = []
    middle: dict[str, float] = {}
    height = 0.0
    for system in dict.fromkeys(bar.system for bar in bars):
        own = sum(bar.system == system for bar in bars)
        positions += [height + place for place in range(own)]
        middle[system] = height + (own - 1) / 2
        height += own + 0.9
    largest = max([0.1, *(bar.epsilon_lower for bar in bars), *(bar.max_detectable or 0.0 for bar in bars)])
    near = [
        bar.epsilon_claimed for bar in bars if bar.epsilon_claimed is not None and bar.epsilon_claimed <= ROOM * largest
    ]
    right = max([largest, *near]) * 1.06

    def paint(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, 1)
        axes.grid(visible=False)
        axes.grid(visible=True, axis="x")
        for y, bar in zip(positions, bars, strict=True):
            draw_audit(sheet, axes, y, bar, right=right, beyond=beyond)
        axes.set_yticks(list(middle.values()), [shorten(name, 60) for name in middle])
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(height - 0.4, -0.9)
        axes.set_xlim(-0.015 * right, right)
        axes.set_xlabel(x, color=INK)
        add_legend(sheet, bars, claim, maximum)

    return render_svg(id, paint, height=0.95 + 0.1 * height)


def draw_audit(sheet: Sheet, axes: Any, y: float, bar: AuditBar, *, right: float, beyond: str) -> None:
    """Draw one audit; a claim beyond the axis is named at its end."""
    colour = HUES[1] if bar.exceeds else HUES[0]
    if bar.max_detectable is not None:
        axes.plot([bar.epsilon_lower, bar.max_detectable], [y, y], color=FAINT, linewidth=3, solid_capstyle="butt")
        axes.plot([bar.max_detectable], [y], color=QUIET, marker="|", markersize=7, linestyle="none")
    axes.plot([0, bar.epsilon_lower], [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
    mark = {"color": colour, "marker": MARKERS[bar.attacker], "linestyle": "none", "markersize": 4.6}
    sheet.marks(axes, [bar.epsilon_lower], [y], mark, [bar.tooltip])
    if bar.epsilon_claimed is not None and bar.epsilon_claimed <= right:
        diamond = {"color": INK, "marker": "D", "linestyle": "none", "markersize": 4, "markerfacecolor": "none"}
        axes.plot([bar.epsilon_claimed], [y], **diamond)
    elif bar.epsilon_claimed is not None:
        text = beyond.format_map({"claimed": localize_number(f"{bar.epsilon_claimed:,.4g}")})
        axes.annotate(text, (right, y), ha="right", va="center", fontsize=6, color=CONTROL_HUES[0])


def add_legend(sheet: Sheet, bars: Sequence[AuditBar], claim: str, maximum: str) -> None:
    """Explain the marks."""
    from matplotlib.lines import Line2D

    kinds = dict.fromkeys((bar.attacker, bar.legend) for bar in bars)
    handles = [
        Line2D([], [], color=HUES[0], marker=MARKERS[kind], linestyle="none", markersize=5.5) for kind, _ in kinds
    ]
    labels = [text for _, text in kinds]
    if any(bar.epsilon_claimed is not None for bar in bars):
        handles.append(Line2D([], [], color=INK, marker="D", linestyle="none", markersize=5, markerfacecolor="none"))
        labels.append(claim)
    handles.append(Line2D([], [], color=QUIET, marker="|", linestyle="none", markersize=9))
    legend(sheet, handles, [*labels, maximum])
