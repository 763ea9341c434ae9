"""One palette for every figure, in colours that colour-blind readers can tell apart, and each system's style.

Colours enter a figure as the hex values below and nothing else, so that the HTML can swap them for a dark page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

INK: Final = "#1b1d21"
QUIET: Final = "#5a606b"
FAINT: Final = "#d7dae0"
PAPER: Final = "#ffffff"
CHANCE: Final = "#6f6f74"

# Each hue differs from its neighbours in lightness too, keeps 3:1 on white, and always comes with its own marker.
HUES: Final = ("#0067a5", "#c04e01", "#00765a", "#8a4a9e", "#7d6200", "#ac2f67")
MARKERS: Final = ("o", "s", "^", "D", "v", "P")
CONTROL_HUES: Final = ("#3b3f46", "#868c96", "#a9672f")
CONTROL_MARKERS: Final = ("X", "d", "*")


@dataclass(frozen=True)
class Style:
    """How a system is drawn in every figure: colour, marker and dashes."""

    colour: str
    marker: str
    dash: Any = "-"
    control: bool = False

    @property
    def line(self) -> dict[str, Any]:
        """Return matplotlib's options for the line alone."""
        return {"color": self.colour, "linestyle": self.dash, "linewidth": 1.0 if self.control else 1.5}

    @property
    def mark(self) -> dict[str, Any]:
        """Return matplotlib's options for the marks alone."""
        return {
            "color": self.colour,
            "marker": self.marker,
            "linestyle": "none",
            "markersize": 4.2,
            "markeredgewidth": 0,
        }


def assign_styles(systems: Sequence[str], controls: Sequence[str]) -> dict[str, Style]:
    """Return each system's style: systems in colour, controls in grey and dashed."""
    styles = {
        key: Style(HUES[place % len(HUES)], MARKERS[(place + place // len(HUES)) % len(MARKERS)])
        for place, key in enumerate(systems)
    }
    for place, key in enumerate(controls):
        dashes = ((0, (4, 2)), (0, (1, 1.6)), (0, (4, 1.5, 1, 1.5)))
        at = place % len(CONTROL_HUES)
        styles[key] = Style(CONTROL_HUES[at], CONTROL_MARKERS[at], dashes[at], control=True)
    return styles


"""Options of matplotlib: quiet axes, text that stays text."""
RC: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.titlecolor": INK,
    "axes.labelsize": 7.5,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.handlelength": 2.2,
    "legend.columnspacing": 1.6,
    "legend.labelcolor": INK,
    "text.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
}
