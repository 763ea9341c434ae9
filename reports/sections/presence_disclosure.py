"""Presence disclosure: a fixed membership rule by how many records the attacker holds and how large the table is."""

from synthaudit.audit.suite.result import Estimated, Row, ThreatModel
from synthaudit.reports.blocks.content import Figure
from synthaudit.reports.figures.style import HUES, Style
from synthaudit.reports.sections.sweep_figure import CurveRows, PanelRows, SweepText, sweep_figure
from synthaudit.reports.text import labels
from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.membership"
SIZES = 4  # curves per panel: synthetic sizes, the smallest and the largest among them
PANELS = 4
MARKERS = "osD^"


def presence_disclosure_figure(view: ResultView) -> Figure | None:
    """Return true minus false positive rates over known records, one panel per system, one curve per synthetic size.

    Drawn of the first attack with fixed rules, at its middle rule, where an audit repeated it on fewer targets.
    """
    rows = [*view.rows("membership", "excess"), *view.rows_under_other_conditions("membership", "excess")]
    rows = [row for row in rows if row.knowledge and "," not in row.slice and _otherwise_default(row.knowledge)]
    few_targets = [row for row in rows if row.knowledge and row.knowledge.targets_per_side]
    if not few_targets:
        return None
    method = few_targets[0].method
    rules = list(dict.fromkeys(row.slice for row in few_targets if row.method == method))
    rule = rules[len(rules) // 2]
    rows = [row for row in rows if row.method == method and row.slice == rule and isinstance(row.number, Estimated)]
    panels = []
    for card in view.systems_and_controls:
        if curves := _curves_by_size([row for row in rows if row.system == card.key]):
            panels.append(PanelRows(view.system_title(card.key), curves))
    text = SweepText(
        caption=lambda level: t(
            f"{KEY}.known_caption", method=view.method_title(method), rule=labels.slice_name(rule), level=level
        ),
        line=f"{KEY}.known_line",
        x=t(f"{KEY}.known_x"),
        y=t(f"{KEY}.known_y"),
        chance=t(f"{KEY}.chance"),
        panel=t("sections.dataset.head_system"),
    )
    return sweep_figure("known-records", panels[:PANELS], known_records, text, chance=0.0, releases=1)


def _curves_by_size(rows: list[Row]) -> list[CurveRows]:
    """Return one curve per size of the synthetic table, of a few sizes."""
    sizes = spread(sorted({row.knowledge.synthetic_rows for row in rows if row.knowledge is not None}))
    return [
        CurveRows(
            t(f"{KEY}.known_curve", rows=format_integer(size)),
            Style(HUES[place % len(HUES)], MARKERS[place % len(MARKERS)]),
            [row for row in rows if row.knowledge is not None and row.knowledge.synthetic_rows == size],
        )
        for place, size in enumerate(sizes)
    ]


def _otherwise_default(knows: ThreatModel) -> bool:
    """Return whether nothing but the number of targets departs from the default."""
    return knows.combined_releases == 1 and knows.reference_population == "same population"


def known_records(row: Row) -> int | None:
    """Return how many records of either side the attacker held."""
    if row.knowledge is None:
        return None
    return row.knowledge.targets_per_side or min(row.members, row.holdout)


def spread(sizes: list[int]) -> list[int]:
    """Return a few of the sizes, evenly spread, with both ends.

    >>> spread([3, 9, 15, 21, 27, 33, 37])
    [3, 15, 27, 37]
    """
    if len(sizes) <= SIZES:
        return sizes
    return [sizes[round(at * (len(sizes) - 1) / (SIZES - 1))] for at in range(SIZES)]
