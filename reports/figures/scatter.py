"""One dot per column of the table: on the diagonal, the synthetic value equals the real one."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthaudit.reports.figures.axes import panel_grid, shorten
from synthaudit.reports.figures.canvas import Sheet, render_svg
from synthaudit.reports.figures.style import CHANCE, HUES, INK, QUIET


@dataclass(frozen=True)
class Cloud:
    """The columns of one table; the yardstick compares real patients with other real patients."""

    title: str
    subtitle: str
    real: tuple[float, ...]
    synthetic: tuple[float, ...]
    yardstick: bool = False


def plot_scatter(id: str, clouds: Sequence[Cloud], *, x: str, y: str) -> str:
    """Return squares on one scale; the last is the yardstick."""
    rows, columns = panel_grid(len(clouds))
    numbers = [number for cloud in clouds for number in (*cloud.real, *cloud.synthetic)]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    pad = (high - low) * 0.04 or 0.5

    def paint(sheet: Sheet) -> None:
        axes = sheet.panels(rows, columns, sharex=True, sharey=True)
        for at, cloud in zip(axes, clouds, strict=False):
            at.plot([low, high], [low, high], color=CHANCE, linestyle=(0, (1, 1)), linewidth=0.9)
            at.plot(
                cloud.real, cloud.synthetic, linestyle="none", marker="o", markersize=2.3, markeredgewidth=0,
                color=QUIET if cloud.yardstick else HUES[0], alpha=0.5,
            )  # fmt: skip
            at.set_title(
                f"{shorten(cloud.title, 100 // columns)}\n{shorten(cloud.subtitle, 90 // columns)}", fontsize=7.5
            )
            at.set(xlim=(low - pad, high + pad), ylim=(low - pad, high + pad), aspect="equal")
        for at in axes[len(clouds) :]:
            at.set_visible(False)
        axes[0].set_ylabel(y, color=INK)
        sheet.figure.supxlabel(x, fontsize=7.5, color=INK)

    return render_svg(id, paint, height=0.5 + rows * {1: 2.8, 2: 2.7, 3: 2.3}.get(columns, 1.85))
