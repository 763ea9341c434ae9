"""One look for every picture: quiet axes, one palette that colour-blind readers can tell apart, text that stays text.

Colours go in as the hex values below and nothing else, so that the HTML can swap them for a dark page.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from io import StringIO
from textwrap import wrap
from typing import Any, Final

from synthaudit.reports.i18n import percent, written

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

FINE: Final = re.compile(r"(\d\.\d\d)\d+")  # a hundredth of a pixel is enough
USE: Final = r"<use [^>]*?(?:/>|><title>[^<]*</title></use>)"
MARKS: Final = re.compile(rf'<g(?: clip-path="[^"]*")?>\s*(?:{USE}\s*){{2,}}</g>')
STYLE: Final = re.compile(r' style="[^"]*"')

WIDTH: Final = 6.6  # inches; the text width of the page


@dataclass(frozen=True)
class Style:
    """How a system looks in every picture."""

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


def styles(systems: Sequence[str], controls: Sequence[str]) -> dict[str, Style]:
    """Return each system's look: systems in colour, controls in grey and dashed."""
    looks = {
        key: Style(HUES[place % len(HUES)], MARKERS[(place + place // len(HUES)) % len(MARKERS)])
        for place, key in enumerate(systems)
    }
    for place, key in enumerate(controls):
        dashes = ((0, (4, 2)), (0, (1, 1.6)), (0, (4, 1.5, 1, 1.5)))
        at = place % len(CONTROL_HUES)
        looks[key] = Style(CONTROL_HUES[at], CONTROL_MARKERS[at], dashes[at], control=True)
    return looks


@dataclass
class Sheet:
    """A blank figure and what its marks say when pointed at."""

    figure: Any
    id: str
    tips: dict[str, Sequence[str]] = field(default_factory=dict)

    def panels(self, rows: int, columns: int, **options: Any) -> Any:
        """Return axes as a flat list."""
        axes = list(self.figure.subplots(rows, columns, squeeze=False, **options).flat)
        for at in axes:
            for axis in (at.xaxis, at.yaxis):
                axis.set_major_formatter(plain_ticks())
        return axes

    def marks(
        self, axes: Any, x: Sequence[float], y: Sequence[float], style: dict[str, Any], tips: Sequence[str] = ()
    ) -> Any:
        """Draw marks, each with the text that a pointer over it reads."""
        (artist,) = axes.plot(x, y, **style)
        if tips:
            name = f"tip{len(self.tips)}"
            artist.set_gid(name)
            self.tips[name] = tips
        return artist


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


def draw(id: str, paint: Callable[[Sheet], None], *, height: float, width: float = WIDTH) -> str:
    """Return what ``paint`` draws on a sheet as SVG text; the same numbers give the same bytes.

    Every id in it begins with ``id``, so that many pictures can stand in one page.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**RC, "svg.hashsalt": f"synthaudit {id}"}), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn by the reader's own font: text stays text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=(width, height))
        canvas = FigureCanvasSVG(figure)
        sheet = Sheet(figure, id)
        paint(sheet)
        out = StringIO()
        # Not savefig: it draws twice, and layout is most of the work.
        canvas.print_svg(out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return clean(out.getvalue(), id, sheet.tips)


def clean(svg: str, id: str, tips: dict[str, Sequence[str]]) -> str:
    """Return the SVG element alone, with its ids made unique and its marks made readable to a pointer."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for name, texts in tips.items():
        start = svg.find(f'id="{name}"')
        if start >= 0:
            told = iter(texts)
            svg = (
                svg[:start]
                + re.sub(
                    r"<use ([^>]*?)/>",
                    lambda mark, told=told: titled(mark, next(told, None)),  # type: ignore[misc]
                    svg[start:],
                    count=len(texts),
                )
            )
    svg = re.sub(r' (?:d|x|y)="[^"]*"', lambda found: FINE.sub(r"\1", found.group()), svg)
    svg = MARKS.sub(lambda group: hoisted(group.group()), svg)
    svg = re.sub(r'\bid="', f'id="{id}-', svg)
    svg = re.sub(r'href="#', f'href="#{id}-', svg)
    svg = svg.replace("url(#", f"url(#{id}-")
    svg = re.sub(r'(<svg [^>]*?)\s+width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)\s+height="[^"]*"', r"\1", svg, count=1)
    return re.sub(r"\n\s*", "\n", svg).strip()


def hoisted(group: str) -> str:
    """Return a group of marks with the style that they share on the group, which makes a cloud a third of its size."""
    styles = set(re.findall(r' style="([^"]*)"', group))
    return f'<g style="{styles.pop()}"' + STYLE.sub("", group[2:]) if len(styles) == 1 else group


def titled(mark: re.Match[str], text: str | None) -> str:
    """Return a mark with its read-out inside."""
    return mark.group(0) if text is None else f"<use {mark.group(1)}><title>{escape(text)}</title></use>"


def legend(sheet: Sheet, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put one legend for all panels above them."""
    if handles:
        labels = [shorten(label, 48) for label in labels]
        columns = max(1, min(len(handles), 108 // (max(len(label) for label in labels) + 7)))
        if sum(len(label) + 8 for label in labels) <= 116:
            columns = len(handles)
        sheet.figure.legend(handles, labels, loc="outside upper left", ncols=columns)


def handle(style: Style, **options: Any) -> Any:
    """Return a legend entry for a system."""
    from matplotlib.lines import Line2D

    return Line2D([], [], **{"marker": style.marker, "markersize": 4.2, "markeredgewidth": 0, **style.line, **options})


def shorten(text: str, length: int = 26) -> str:
    """Return a label that fits; the full name stands in the table under the figure."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def grid_of(panels: int) -> tuple[int, int]:
    """Return rows and columns for small multiples: one row while it holds."""
    columns = panels if panels <= 4 else 3 if panels <= 6 else 4
    return -(-panels // columns), columns


def headed(axes: Any, text: str, columns: int) -> None:
    """Give a panel its title, on two lines where one is too short."""
    lines = wrap(text, {1: 100, 2: 50, 3: 31}.get(columns, 24))
    axes.set_title("\n".join([*lines[:1], shorten(" ".join(lines[1:]), 31)] if len(lines) > 1 else lines))


def plain_ticks() -> Any:
    """Return what writes an axis of bare numbers, with as many digits as its ticks need."""
    from matplotlib.ticker import ScalarFormatter

    class Ticks(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return written(super().__call__(x, pos).replace("−", "-"))

    return Ticks()


def percent_axis(axis: Any) -> None:
    """Write an axis of shares as percent."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda number, _: percent(f"{number * 100:.3g}")))


def count_axis(axes: Any, at: Sequence[float]) -> None:
    """Make the horizontal axis logarithmic with ticks where the audit measured, as far as labels fit."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ordered = sorted(set(at))
    if len(ordered) > 1 and ordered[0] > 0:
        axes.set_xscale("log")
        axes.set_xlim(ordered[0] / (ordered[-1] / ordered[0]) ** 0.06, ordered[-1] * (ordered[-1] / ordered[0]) ** 0.06)
    shown: list[float] = []
    span = (ordered[-1] / ordered[0]) ** 0.11 if len(ordered) > 1 and ordered[0] > 0 else 1.0
    for tick in reversed(ordered):
        if not shown or (tick > 0 and shown[-1] / tick >= span):
            shown.append(tick)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: written(f"{number:,.6g}")))
