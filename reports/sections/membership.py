"""Was this patient in the training data? Each attack by table size and reference records, ROC, fixed rules."""

from dataclasses import replace

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Block, Figure, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.forest import Bar, plot_forest
from synthaudit.reports.sections.copies import copy_sentences
from synthaudit.reports.sections.decision_rules import decision_rule_figures
from synthaudit.reports.sections.joint_test import joint_test_paragraph
from synthaudit.reports.sections.other_conditions import other_conditions_table
from synthaudit.reports.sections.presence_disclosure import presence_disclosure_figure
from synthaudit.reports.sections.roc import roc_figure
from synthaudit.reports.sections.sweep_figure import CurveRows, PanelRows, SweepText, sweep_figure
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import format_integer, join_list, t
from synthaudit.reports.view.curve import (
    at_largest,
    measured_over_releases,
    reference_rows,
    representative,
    synthetic_rows,
    value_and_interval,
)
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.membership"
PANELS = 6  # attacks drawn; the appendix has them all
STRONGEST = 3  # attacks on each system that the PDF's table shows, and one on each control


def section(view: ResultView) -> Section | None:
    """Return the section, or None where no membership attack ran."""
    if not any(row.section == "membership" for row in view.result.rows):
        return None
    blocks: list[Block] = [Text(t(f"{KEY}.threat"), "lead")]
    if copies := copy_sentences(view):
        blocks.append(Text(" ".join(copies)))
    figures = (auc_by_size(view) or auc_by_attack(view),)
    details = (
        auc_by_reference(view),
        roc_figure(view, attacks_by_strength(view)),
        *decision_rule_figures(view),
        presence_disclosure_figure(view),
    )
    joint_test, conditions = joint_test_paragraph(view), other_conditions_table(view, "membership", "auc")
    # The table comes first: unlike a picture, it can break at the end of a page.
    blocks += [one for one in (joint_test, membership_table(view), conditions, *figures) if one is not None]
    blocks += [replace(one, screen_only=True) for one in details if one is not None]
    return Section("membership", t(f"{KEY}.title"), tuple(blocks))


def over_all_targets(rows: list[Row]) -> list[Row]:
    """Return rows about all targets, not about groups of them."""
    return [row for row in rows if row.slice == "all"]


def attacks_by_strength(view: ResultView) -> list[str]:
    """Return attacks with an AUC, the strongest against a system first."""
    best: dict[str, float] = {}
    systems = {card.key for card in view.systems}
    for row in over_all_targets(view.rows("membership", "auc")):
        if isinstance(row.number, Estimated):
            value = row.number.value if row.system in systems else 0.0
            best[row.method] = max(best.get(row.method, 0.0), value)
    return sorted(best, key=lambda method: -best[method])


def curves_by_system(view: ResultView, rows: list[Row]) -> list[CurveRows]:
    """Return one curve per system, systems before controls."""
    by_system: dict[str, list[Row]] = {}
    for row in rows:
        by_system.setdefault(row.system, []).append(row)
    return [
        CurveRows(view.system_title(card.key), view.styles[card.key], by_system[card.key])
        for card in view.systems_and_controls
        if card.key in by_system
    ]


def max_releases(view: ResultView) -> int:
    """Return how many tables of each system were audited, at most."""
    return max((card.releases for card in view.systems), default=0)


def auc_by_size(view: ResultView) -> Figure | None:
    """Return the AUC over the size of the synthetic table, one panel per attack."""
    panels = []
    for method in attacks_by_strength(view)[:PANELS]:
        rows = at_largest(over_all_targets(view.rows("membership", "auc", method=method)), reference_rows)
        panels.append(PanelRows(view.method_title(method), curves_by_system(view, rows)))
    if not panels:
        return None
    text = SweepText(
        caption=lambda level: t(f"{KEY}.panels_caption", level=level),
        line=f"{KEY}.size_line",
        x=t(f"{KEY}.size_x"),
        y=t(f"{KEY}.y"),
        chance=t(f"{KEY}.chance"),
        panel=t(f"{KEY}.head_attack"),
    )
    return sweep_figure("auc-size", panels, synthetic_rows, text, chance=0.5, releases=max_releases(view))


def auc_by_attack(view: ResultView) -> Figure | None:
    """Return every attack's AUC beside chance, where one size of the synthetic table was attacked."""
    rows = at_largest(over_all_targets(view.rows("membership", "auc")), synthetic_rows)
    bars, table = [], []
    for card in view.systems_and_controls:
        for method in attacks_by_strength(view):
            own = [row for row in rows if row.method == method and row.system == card.key]
            row = representative(at_largest(own, reference_rows))
            if row is None or not isinstance(row.number, Estimated):
                continue
            title, name = view.system_title(card.key), view.method_title(method)
            text = numbers.with_interval(row.number, "ratio")
            value, low, high = value_and_interval(row.number, 1.0)
            bars.append(Bar(name, view.styles[card.key], value, low, high, f"{title}, {name}: {text}", text, title))
            table.append(tuple(TableCell(one) for one in (title, name, text)))
    if not bars:
        return None
    svg = plot_forest("auc-attack", bars[:40], x=t(f"{KEY}.y"), chance=0.5, chance_label=t(f"{KEY}.chance"))
    top = max(bars, key=lambda bar: (not bar.style.control, bar.value))
    alt = t(f"{KEY}.forest_alt", attack=f"{top.group}, {top.label}", value=top.text)
    note = t("level_notes.generator_bar" if measured_over_releases(rows) else "level_notes.release_bar")
    size = format_integer(synthetic_rows(rows[0]) or 0)
    caption = t(f"{KEY}.forest_caption", rows=size, level=t("level_notes.bars", bars=note))
    head = (t("sections.dataset.head_system"), t(f"{KEY}.head_attack"), t(f"{KEY}.y"))
    data = Table("auc-attack-table", caption, head, tuple(table), (False, False, True))
    return Figure("auc-attack", svg, alt, caption, data)


def auc_by_reference(view: ResultView) -> Figure | None:
    """Return the AUC over the attacker's reference records at the largest synthetic table."""
    panels, size = [], 0
    for method in attacks_by_strength(view):
        rows = at_largest(over_all_targets(view.rows("membership", "auc", method=method)), synthetic_rows)
        if len({reference_rows(row) for row in rows}) > 1:
            size = max(synthetic_rows(row) or 0 for row in rows)
            panels.append(PanelRows(view.method_title(method), curves_by_system(view, rows)))
    if not panels:
        return None
    text = SweepText(
        caption=lambda level: t(f"{KEY}.reference_caption", synthetic=format_integer(size), level=level),
        line=f"{KEY}.reference_line",
        x=t(f"{KEY}.reference_x"),
        y=t(f"{KEY}.y"),
        chance=t(f"{KEY}.chance"),
        panel=t(f"{KEY}.head_attack"),
    )
    return sweep_figure("auc-reference", panels[:3], reference_rows, text, chance=0.5, releases=max_releases(view))


def membership_table(view: ResultView) -> Table | None:
    """Return AUC and true positive rates at the largest table, by system, the strongest attack first."""
    measured = [row for row in view.rows("membership", "tpr_at_fpr") if isinstance(row.number, Estimated)]
    rates = dict.fromkeys(row.slice for row in measured if row.slice.startswith("fpr "))
    columns = [("auc", "all"), *(("tpr_at_fpr", slice) for slice in rates)]
    rows: list[tuple[TableCell, ...]] = []
    groups: list[str] = []
    pdf_rows: list[int] = []
    for card in view.systems_and_controls:
        own = membership_rows(view, card.key, columns)
        pdf_rows += range(len(rows), len(rows) + min(len(own), STRONGEST if card.role != "control" else 1))
        rows += own
        groups += [view.system_title(card.key)] * len(own)
    if not rows:
        return None
    titles = [
        labels.statistic(name) if slice == "all" else f"{labels.statistic(name)}, {labels.slice_name(slice)}"
        for name, slice in columns
    ]
    head, numeric = (t(f"{KEY}.head_attack"), *titles), (False, *(True for _ in columns))
    note = t(f"{KEY}.table_paper", most=STRONGEST) if len(pdf_rows) < len(rows) else ""
    widths = (3.0, *(2.2 for _ in columns))
    return Table(
        "membership-table", t(f"{KEY}.table"), head, tuple(rows), numeric, widths, tuple(groups), tuple(pdf_rows), note
    )


def membership_rows(view: ResultView, system: str, columns: list[tuple[str, str]]) -> list[tuple[TableCell, ...]]:
    """Return one line per attack on a system, by statistic and slice, the highest AUC first."""
    lines = []
    for method in attacks_by_strength(view):
        texts, auc = [], 0.0
        for statistic, slice in columns:
            own = view.rows("membership", statistic, method=method, slice=slice, system=system)
            row = representative(at_largest(own, synthetic_rows, reference_rows))
            texts.append(numbers.short(row.number, labels.form_of(statistic)) if row else "–")
            if row and statistic == "auc" and isinstance(row.number, Estimated):
                auc = row.number.value
        if any(text != "–" for text in texts):
            lines.append((auc, tuple(TableCell(text) for text in (view.method_title(method), *texts))))
    return _same_scores_once([cells for _, cells in sorted(lines, key=lambda line: -line[0])])


def _same_scores_once(lines: list[tuple[TableCell, ...]]) -> list[tuple[TableCell, ...]]:
    """Return lines with attacks whose every number is the same as one, named together: they rank by the same score."""
    titles: dict[tuple[TableCell, ...], list[str]] = {}
    for title, *numbers_of in lines:
        titles.setdefault(tuple(numbers_of), []).append(title.text)
    return [
        (TableCell(join_list(own), note=t(f"{KEY}.same_scores") if len(own) > 1 else ""), *numbers_of)
        for numbers_of, own in titles.items()
    ]
