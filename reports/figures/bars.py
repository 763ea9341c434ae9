"""Bars of several groups, one under the other, with their intervals: plain SVG, small enough for a hundred of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from synthaudit.reports.figures.axes import shorten
from synthaudit.reports.figures.style import FAINT, INK, QUIET
from synthaudit.reports.text.i18n import format_percent

WIDTH: Final = 460
LABELS: Final = 120  # pixels for the names of the bars
ROW: Final = 7  # height of a bar
GAP: Final = 8  # between two groups of bars


@dataclass(frozen=True)
class BarSeries:
    """One colour of bars: its name, and each bar's share with its interval."""

    title: str
    colour: str
    shares: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def plot_bars(labels: Sequence[str], series: Sequence[BarSeries]) -> str:
    """Return grouped horizontal bars on one scale of shares that begins at 0, whiskers for the intervals."""
    top = _round_up(max((high for one in series for high in (*one.high, *one.shares)), default=1.0))
    plot = WIDTH - LABELS - 16
    group = ROW * len(series) + GAP
    begin = 26
    height = begin + group * len(labels) + 22
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">']
    parts += _legend(series)
    for tick in (0.0, top / 2, top):
        x = LABELS + plot * tick / top
        parts.append(f'<path d="M{x:.1f} {begin - 4}V{height - 20}" stroke="{FAINT}"/>')
        parts.append(_text(x, height - 6, format_percent(f"{tick * 100:.3g}"), QUIET, "middle"))
    for at, label in enumerate(labels):
        y = begin + group * at
        parts.append(_text(LABELS - 8, y + ROW * len(series) / 2 + 4, shorten(label, 18), INK, "end"))
        for place, one in enumerate(series):
            middle = y + ROW * place + ROW / 2 - 0.5
            low, high, value = (LABELS + plot * end[at] / top for end in (one.low, one.high, one.shares))
            parts.append(
                f'<path d="M{LABELS} {middle - 2.5:g}H{value:.1f}v5H{LABELS}z" fill="{one.colour}"/>'
                f'<path d="M{low:.1f} {middle:g}H{high:.1f}" stroke="{INK}"/>'
            )
    return "\n".join([*parts, "</svg>"])


def _legend(series: Sequence[BarSeries]) -> list[str]:
    parts, x = [], 0.0
    for one in series:
        parts.append(f'<path d="M{x:g} 5h12v5h-12z" fill="{one.colour}"/>')
        parts.append(_text(x + 17, 12, one.title, INK, "start"))
        x += 30 + 6.6 * len(one.title)
    return parts


def _text(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    style = f'font-size="11" fill="{colour}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:g}" {style}>{escape(text)}</text>'


def _round_up(value: float) -> float:
    """Return a round number that is no smaller, at most 1."""
    steps = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
    return next((step for step in steps if value <= step), 1.0)
