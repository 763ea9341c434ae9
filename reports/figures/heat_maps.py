"""Square maps side by side, a stronger colour for a larger number: correlations, and where rows lie on a plane."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from synthaudit.reports.figures.axes import shorten
from synthaudit.reports.figures.style import FAINT, HUES, INK

SIDE: Final = 210  # pixels of a map
APART: Final = 16
LABELS: Final = 96  # pixels for the names of rows


@dataclass(frozen=True)
class HeatMap:
    """One map: its title, the numbers by row from the top, and what a pointer over each reads; None leaves a blank."""

    title: str
    values: tuple[tuple[float | None, ...], ...]
    tooltips: tuple[tuple[str, ...], ...] = ()


def plot_heat_maps(maps: Sequence[HeatMap], *, top: float, rows: Sequence[str] = ()) -> str:
    """Return the maps on one scale: full colour at ``top``; blue is above zero and orange below.

    Args:
        maps: Maps with as many rows and columns.
        top: Number of the strongest colour.
        rows: Names of the rows, beside the first map.
    """
    left = LABELS if rows else 0
    width = left + len(maps) * SIDE + (len(maps) - 1) * APART
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {SIDE + 22}">']
    for place, one in enumerate(maps):
        x = left + place * (SIDE + APART)
        parts.append(f'<text x="{x}" y="12" font-size="11" fill="{INK}">{escape(shorten(one.title, 34))}</text>')
        parts.append(f'<path d="M{x} 20h{SIDE}v{SIDE}h{-SIDE}z" fill="none" stroke="{FAINT}"/>')
        parts += _squares(one, x, top)
    size = SIDE / max(len(rows), 1)
    for at, name in enumerate(rows):
        y = 20 + size * (at + 0.5) + 3
        label = escape(shorten(name, 18))
        parts.append(f'<text x="{left - 6}" y="{y:.1f}" font-size="8" fill="{INK}" text-anchor="end">{label}</text>')
    return "\n".join([*parts, "</svg>"])


def _squares(one: HeatMap, x: float, top: float) -> list[str]:
    size = SIDE / max(len(one.values), 1)
    squares = []
    for row, values in enumerate(one.values):
        for column, value in enumerate(values):
            strength = 0.0 if value is None else round(min(abs(value) / top, 1.0), 2)
            if value is None or not strength:
                continue
            colour = HUES[0] if value > 0 else HUES[1]
            place = f'x="{x + column * size:.1f}" y="{20 + row * size:.1f}" width="{size:.1f}" height="{size:.1f}"'
            title = f"<title>{escape(one.tooltips[row][column])}</title>" if one.tooltips else ""
            squares.append(f'<rect {place} fill="{colour}" fill-opacity="{strength:g}">{title}</rect>')
    return squares
