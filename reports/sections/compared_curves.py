"""The strongest attacks of two audits over the size of the synthetic table, both in each panel."""

import re
from typing import Final

from synthaudit.audit.suite.result import Estimated, Result
from synthaudit.reports.blocks.content import Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.style import HUES, QUIET, Style
from synthaudit.reports.sections.membership import attacks_by_strength, over_all_targets
from synthaudit.reports.sections.sweep_figure import CurveRows, PanelRows, SweepText, sweep_figure
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.curve import at_largest, reference_rows, synthetic_rows
from synthaudit.reports.view.result_view import ResultView

KEY: Final = "comparison"
STYLES: Final = {"before": Style(QUIET, "s", (0, (4, 2))), "after": Style(HUES[1], "o")}
PANELS: Final = 6


def compared_curves_section(before: Result, after: Result) -> Section | None:
    """Return one figure per system that both audits hold, one panel per attack."""
    views = {"before": ResultView(before, ()), "after": ResultView(after, ())}
    shared = {card.key for card in views["before"].systems}
    figures = []
    for card in views["after"].systems:
        panels = [
            panel
            for method in attacks_by_strength(views["after"])[:PANELS]
            if (panel := _panel(views, method, card.key)) and card.key in shared
        ]
        if not panels:
            continue
        text = SweepText(
            caption=lambda level, title=card.title: t(f"{KEY}.curves_caption", system=title, level=level),  # type: ignore[misc]
            line="sections.membership.size_line",
            x=t("sections.membership.size_x"),
            y=t("sections.membership.y"),
            chance=t("sections.membership.chance"),
            panel=t("sections.membership.head_attack"),
        )
        id = f"curves-{re.sub(r'[^a-z0-9]+', '-', card.key.lower())}"
        figures.append(sweep_figure(id, panels, synthetic_rows, text, chance=0.5, releases=card.releases))
    drawn = [figure for figure in figures if figure is not None]
    if not drawn:
        return None
    return Section("curves", t(f"{KEY}.curves"), (Text(t(f"{KEY}.curves_lead"), "lead"), *drawn))


def _panel(views: dict[str, ResultView], method: str, system: str) -> PanelRows | None:
    """Return one attack on one system, before and after; None where either is missing."""
    curves = []
    for side, view in views.items():
        rows = over_all_targets(view.rows("membership", "auc", method=method, system=system))
        rows = [row for row in at_largest(rows, reference_rows) if isinstance(row.number, Estimated)]
        if rows:
            curves.append(CurveRows(t(f"{KEY}.{side}"), STYLES[side], rows))
    return PanelRows(views["after"].method_title(method), curves) if len(curves) == len(views) else None
