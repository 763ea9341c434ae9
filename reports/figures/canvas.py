"""A blank figure, its legend, and the SVG that is made of it."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, Final

from synthaudit.reports.figures.axes import number_formatter, shorten
from synthaudit.reports.figures.style import RC, Style
from synthaudit.reports.figures.svg import clean

WIDTH: Final = 6.6  # inches; the text width of the page


@dataclass
class Sheet:
    """A blank figure and what its marks say when pointed at."""

    figure: Any
    id: str
    tooltips: dict[str, Sequence[str]] = field(default_factory=dict)

    def panels(self, rows: int, columns: int, **options: Any) -> Any:
        """Return axes as a flat list."""
        axes = list(self.figure.subplots(rows, columns, squeeze=False, **options).flat)
        for at in axes:
            for axis in (at.xaxis, at.yaxis):
                axis.set_major_formatter(number_formatter())
        return axes

    def marks(
        self, axes: Any, x: Sequence[float], y: Sequence[float], style: dict[str, Any], tooltips: Sequence[str] = ()
    ) -> Any:
        """Draw marks, each with the text that a pointer over it reads."""
        (artist,) = axes.plot(x, y, **style)
        if tooltips:
            name = f"tip{len(self.tooltips)}"
            artist.set_gid(name)
            self.tooltips[name] = tooltips
        return artist


def render_svg(id: str, paint: Callable[[Sheet], None], *, height: float, width: float = WIDTH) -> str:
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
    return clean(out.getvalue(), id, sheet.tooltips)


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
