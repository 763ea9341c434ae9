"""ROC curves on logarithmic axes, where true positive rates at small false positive rates can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthaudit.reports.figures.axes import panel_grid, percent_axis, set_panel_title
from synthaudit.reports.figures.canvas import Sheet, handle, legend, render_svg
from synthaudit.reports.figures.style import CHANCE, INK, Style


@dataclass(frozen=True)
class PlottedRoc:
    """False and true positive rates of one release."""

    label: str
    style: Style
    fpr: tuple[float, ...]
    tpr: tuple[float, ...]


def plot_roc(id: str, panels: Sequence[tuple[str, Sequence[PlottedRoc]]], *, x: str, y: str, chance: str) -> str:
    """Return one square per attack; curves on the diagonal are guessing."""
    rows, columns = panel_grid(len(panels))
    floor = min(
        (number for _, curves in panels for curve in curves for number in (*curve.fpr, *curve.tpr) if number > 0),
        default=1e-3,
    )
    floor = min(max(floor, 1e-4), 0.1)  # an attack that is right at once has no point below 1

    def paint(sheet: Sheet) -> None:
        axes = sheet.panels(rows, columns, sharex=True, sharey=True)
        seen: dict[str, Style] = {}
        for at, (title, curves) in zip(axes, panels, strict=False):
            set_panel_title(at, title, columns)
            at.plot([floor, 1], [floor, 1], color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9)
            for curve in sorted(curves, key=lambda one: not one.style.control):
                kept = [(f, t) for f, t in zip(curve.fpr, curve.tpr, strict=True) if f > 0 and t > 0]
                if kept:
                    at.plot(*zip(*kept, strict=True), **curve.style.line)
                seen[curve.label] = curve.style
            at.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1), aspect="equal")
            at.minorticks_off()
            at.grid(visible=True, axis="both")
            percent_axis(at.xaxis)
            percent_axis(at.yaxis)
        for at in axes[len(panels) :]:
            at.set_visible(False)
        axes[0].set_ylabel(y, color=INK)
        sheet.figure.supxlabel(x, fontsize=7.5, color=INK)
        handles = [handle(style, marker="") for style in seen.values()]
        handles.append(handle(Style(CHANCE, "", (0, (1, 1))), linewidth=0.9))
        legend(sheet, handles, [*seen, chance])

    return render_svg(id, paint, height=0.72 + rows * {1: 2.2, 2: 2.1, 3: 2.0}.get(columns, 1.7))
