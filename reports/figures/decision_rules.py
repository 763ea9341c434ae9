"""Fixed decision rules: shares of members and of holdout patients classified as members, as paired bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthaudit.reports.figures.axes import panel_grid, percent_axis, set_panel_title
from synthaudit.reports.figures.canvas import Sheet, legend, render_svg
from synthaudit.reports.figures.style import HUES, INK, QUIET


@dataclass(frozen=True)
class RuleRates:
    """One rule: shares of members and of holdout patients classified as members, each (value, low, high)."""

    rule: str
    members: tuple[float, float, float]
    holdout: tuple[float, float, float]
    tooltips: tuple[str, str]


def plot_rule_rates(
    id: str, panels: Sequence[tuple[str, Sequence[RuleRates]]], *, x: str, y: str, members: str, holdout: str
) -> str:
    """Return paired bars per system: equal bars mean that the rule finds similar patients, not members."""
    rows, columns = panel_grid(len(panels))

    def paint(sheet: Sheet) -> None:
        from matplotlib.patches import Patch

        axes = sheet.panels(rows, columns, sharey=True)
        for at, (title, rules) in zip(axes, panels, strict=False):
            for side, colour, hatch, offset in ((0, HUES[1], None, -0.2), (1, QUIET, "////", 0.2)):
                triples = [rule.holdout if side else rule.members for rule in rules]
                places = [place + offset for place in range(len(rules))]
                face = "none" if side else colour
                at.bar(
                    places, [one[0] for one in triples], 0.36, color=face, edgecolor=colour, hatch=hatch, linewidth=0.7
                )
                for place, (_, low, high) in zip(places, triples, strict=True):
                    at.plot([place, place], [low, high], color=INK, linewidth=0.9)
                ink = {"color": INK, "linestyle": "none", "marker": "_", "markersize": 3}
                sheet.marks(at, places, [one[0] for one in triples], ink, [rule.tooltips[side] for rule in rules])
            at.set_xticks(range(len(rules)), [rule.rule for rule in rules])
            set_panel_title(at, title, columns)
            at.tick_params(axis="x", length=0)
            percent_axis(at.yaxis)
        for at in axes[len(panels) :]:
            at.set_visible(False)
        axes[0].set_ylim(0, max((one.members[2] for _, rules in panels for one in rules), default=1.0) * 1.06)
        axes[0].set_ylabel(y, color=INK)
        sheet.figure.supxlabel(x, fontsize=7.5, color=INK)
        patches = [
            Patch(facecolor=HUES[1], edgecolor=HUES[1]),
            Patch(facecolor="none", edgecolor=QUIET, hatch="////", linewidth=0.7),
        ]
        legend(sheet, patches, [members, holdout])

    return render_svg(id, paint, height=0.72 + 1.7 * rows)
