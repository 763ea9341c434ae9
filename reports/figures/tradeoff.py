"""Likeness to the right, risk upwards: the corner to be in is the lower right."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthaudit.reports.figures.canvas import CHANCE, INK, QUIET, Sheet, Style, draw, handle, legend


@dataclass(frozen=True)
class Spot:
    """One synthetic table: how like the real one, how risky, each with its interval."""

    label: str
    style: Style
    x: float
    x_low: float
    x_high: float
    y: float
    y_low: float
    y_high: float
    size: str
    tip: str


def tradeoff(
    id: str,
    spots: Sequence[Spot],
    *,
    x: str,
    y: str,
    chance: float,
    chance_label: str,
    yardstick: float | None,
    yardstick_label: str,
) -> str:
    """Return one mark a system and synthetic size, joined by system."""

    def paint(sheet: Sheet) -> None:
        (axes,) = sheet.panels(1, 1)
        axes.grid(visible=True, axis="both")
        axes.axhline(chance, color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9)
        if yardstick is not None:
            axes.axvline(yardstick, color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9)
        seen: dict[str, Style] = {}
        for label in dict.fromkeys(spot.label for spot in spots):
            own = [spot for spot in spots if spot.label == label]
            style = own[0].style
            seen[label] = style
            axes.plot([s.x for s in own], [s.y for s in own], **{**style.line, "linewidth": 0.8, "alpha": 0.6})
            for spot in own:
                axes.plot([spot.x, spot.x], [spot.y_low, spot.y_high], color=style.colour, linewidth=1.2, alpha=0.55)
                axes.plot([spot.x_low, spot.x_high], [spot.y, spot.y], color=style.colour, linewidth=1.2, alpha=0.55)
            mark = {**style.mark, "markersize": 6}
            sheet.marks(axes, [s.x for s in own], [s.y for s in own], mark, [s.tip for s in own])
            for spot in {own[0].size: own[0], own[-1].size: own[-1]}.values() if len(own) > 1 else ():
                axes.annotate(
                    spot.size, (spot.x, spot.y), xytext=(5, 4), textcoords="offset points", fontsize=6.5, color=QUIET
                )
        axes.margins(0.12)
        left = axes.get_xlim()[0]
        axes.annotate(
            chance_label,
            (left, chance),
            xytext=(3, -3),
            textcoords="offset points",
            va="top",
            fontsize=6.5,
            color=QUIET,
        )
        if yardstick is not None:
            axes.annotate(
                yardstick_label, (yardstick, 1), xycoords=("data", "axes fraction"), xytext=(-3, -3), ha="right",
                textcoords="offset points", va="top", fontsize=6.5, color=QUIET,
            )  # fmt: skip
        axes.set_xlabel(x, color=INK)
        axes.set_ylabel(y, color=INK)
        legend(sheet, [handle(style, linestyle="none") for style in seen.values()], list(seen))

    return draw(id, paint, height=2.9)
