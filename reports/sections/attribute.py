"""Does the table reveal what is unknown of a patient? Leakage by known columns and by size of the table."""

from dataclasses import replace

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Block, Figure, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.style import CHANCE, HUES, QUIET, Style
from synthaudit.reports.sections.membership import curves_by_system, max_releases
from synthaudit.reports.sections.other_conditions import other_conditions_table
from synthaudit.reports.sections.sweep_figure import CurveRows, PanelRows, SweepText, sweep_figure
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import capitalize, format_integer, t
from synthaudit.reports.view.curve import at_largest, known_columns, representative, synthetic_rows
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.attribute"
COLUMNS = 4  # statistics beside each other in a table
PANELS = 6
WORST, PAPER_WORST = 5, 2  # columns per system in the table of the worst, and on paper
SLICES = {
    "members": Style(HUES[1], "o"),
    "holdout": Style(QUIET, "s", (0, (4, 2))),
    "baseline": Style(CHANCE, "", (0, (1, 1.6))),
}


def section(view: ResultView) -> Section | None:
    """Return the section, or None where no attribute was attacked."""
    statistics = view.statistics("attribute")
    if not statistics:
        return None
    blocks: list[Block] = [Text(t(f"{KEY}.threat"), "lead")]
    leaks = [name for name in statistics if name.startswith("leakage_") and not repeats_another(view, name)]
    figures: list[Figure | None] = [
        leakage_by_known_columns(view, name)
        for name in dict.fromkeys([*leaks[:1], *(name for name in leaks if name == "leakage_accuracy")])
    ]
    for name in leaks[:1]:
        figures += [leakage_by_size(view, name), members_and_holdout(view, name.removeprefix("leakage_"))]
    shown = [figure for figure in figures if figure]
    blocks += [*shown[:1], *(replace(figure, screen_only=True) for figure in shown[1:])]
    parts = [leaks[at : at + COLUMNS] for at in range(0, len(leaks), COLUMNS)]
    tables = [leakage_table(view, part, f"attribute-table-{at}") for at, part in enumerate(parts)]
    tables += [other_conditions_table(view, "attribute", name) for name in leaks[:1]]
    blocks += [replace(table, screen_only=at > 0) for at, table in enumerate(tables) if table]
    if worst := worst_columns_table(view):
        blocks.append(worst)
    return Section("attribute", t(f"{KEY}.title"), tuple(blocks))


def repeats_another(view: ResultView, name: str) -> bool:
    """Return whether the most confident tenth has no numbers of its own: an attack without confidences has no such."""
    if "confident_" not in name:
        return False
    whole = {_label(row): row.number for row in view.rows("attribute", name.replace("confident_", ""))}
    return all(whole.get(_label(row)) == row.number for row in view.rows("attribute", name))


def _label(row: Row) -> tuple[object, ...]:
    return row.system, row.release, row.level, row.method, row.slice, row.knowledge


def worst_columns_table(view: ResultView) -> Table | None:
    """Return the columns, one at a time, that leak most in the first table of each system."""
    lines: list[tuple[str, str, str]] = []
    groups: list[str] = []
    paper: list[int] = []
    for card in view.systems_and_controls:
        own = [row for row in view.result.rows if row.system == card.key and row.statistic == "column_leakage"]
        for place, row in enumerate([row for row in own if row.release in (None, 0)][:WORST]):
            if place < PAPER_WORST and card.role != "control":
                paper.append(len(lines))
            p = row.number.p_value if isinstance(row.number, Estimated) else None
            adjusted = "–" if p is None else numbers.value(p, "p")
            lines.append((row.slice, numbers.short(row.number, "share"), adjusted))
            groups.append(view.system_title(card.key))
    if not lines:
        return None
    head = (t(f"{KEY}.head_column"), t(f"{KEY}.head_difference"), t("statistics.max_t_p.title"))
    rows = tuple(tuple(TableCell(text) for text in line) for line in lines)
    caption = t(f"{KEY}.worst_columns")
    note = t(f"{KEY}.worst_paper", most=PAPER_WORST) if len(paper) < len(rows) else ""
    numeric, widths = (False, True, True), (3.0, 2.4, 1.2)
    return Table("worst-columns", caption, head, rows, numeric, widths, tuple(groups), tuple(paper), note)


def panels_by_attack(view: ResultView, rows: list[Row]) -> list[PanelRows]:
    """Return one panel per attack."""
    methods = dict.fromkeys(row.method for row in rows)
    return [
        PanelRows(view.method_title(key), curves_by_system(view, [row for row in rows if row.method == key]))
        for key in methods
    ]


def leakage_by_known_columns(view: ResultView, name: str) -> Figure | None:
    """Return leakage over the number of known columns at the largest synthetic table."""
    rows = at_largest(view.rows("attribute", name, slice="all"), synthetic_rows)
    size = format_integer(next((synthetic_rows(row) or 0 for row in rows), 0))
    statistic = capitalize(labels.statistic(name.removeprefix("leakage_")))
    text = SweepText(
        caption=lambda level: t(f"{KEY}.leakage_caption", statistic=statistic, synthetic=size, level=level),
        line=f"{KEY}.leakage_line",
        x=t(f"{KEY}.leakage_x"),
        y=t(f"{KEY}.leakage_y"),
        chance=t(f"{KEY}.chance"),
        panel=t("sections.membership.head_attack"),
    )
    panels, releases = panels_by_attack(view, rows), max_releases(view)
    return sweep_figure(f"known-{name}", panels, known_columns, text, chance=0.0, releases=releases)


def leakage_by_size(view: ResultView, name: str) -> Figure | None:
    """Return leakage over the size of the synthetic table with the most columns known."""
    rows = at_largest(view.rows("attribute", name, slice="all"), known_columns)
    known = format_integer(next((known_columns(row) or 0 for row in rows), 0))
    statistic = capitalize(labels.statistic(name.removeprefix("leakage_")))
    text = SweepText(
        caption=lambda level: t(f"{KEY}.size_caption", statistic=statistic, known=known, level=level),
        line="sections.membership.size_line",
        x=t("sections.membership.size_x"),
        y=t(f"{KEY}.leakage_y"),
        chance=t(f"{KEY}.chance"),
        panel=t("sections.membership.head_attack"),
    )
    panels, releases = panels_by_attack(view, rows), max_releases(view)
    return sweep_figure(f"size-{name}", panels, synthetic_rows, text, chance=0.0, releases=releases)


def members_and_holdout(view: ResultView, statistic: str) -> Figure | None:
    """Return guesses about members, about holdout patients, and from real records instead of the synthetic table."""
    rows = at_largest([row for row in view.rows("attribute", statistic) if row.slice in SLICES], synthetic_rows)
    size = format_integer(next((synthetic_rows(row) or 0 for row in rows), 0))
    panels = []
    for card in view.systems_and_controls[:PANELS]:
        own = [row for row in rows if row.system == card.key]
        method = next((row.method for row in own), None)
        curves = [
            CurveRows(t(f"{KEY}.{slice}"), style, [row for row in own if row.slice == slice and row.method == method])
            for slice, style in SLICES.items()
        ]
        if any(curve.rows for curve in curves):
            panels.append(PanelRows(view.system_title(card.key), [curve for curve in curves if curve.rows]))
    if not panels:
        return None
    title = capitalize(labels.statistic(statistic))
    text = SweepText(
        caption=lambda level: t(f"{KEY}.levels_caption", statistic=title, synthetic=size, level=level),
        line=f"{KEY}.leakage_line",
        x=t(f"{KEY}.leakage_x"),
        y=title,
        chance="",
        panel=t("sections.dataset.head_system"),
    )
    return sweep_figure(f"levels-{statistic}", panels, known_columns, text, chance=None, releases=max_releases(view))


def leakage_table(view: ResultView, leaks: list[str], id: str) -> Table | None:
    """Return leakage with the most columns known at the largest table, every attack and system."""
    lines, groups = [], []
    for card in view.systems_and_controls:
        for key in dict.fromkeys(row.method for name in leaks for row in view.rows("attribute", name)):
            texts = []
            for name in leaks:
                own = view.rows("attribute", name, method=key, system=card.key, slice="all")
                row = representative(at_largest(own, synthetic_rows, known_columns))
                texts.append(numbers.short(row.number, labels.form_of(name)) if row else "–")
            if any(text != "–" for text in texts):
                lines.append((view.method_title(key), *texts))
                groups.append(view.system_title(card.key))
    if not lines:
        return None
    caption, first = t(f"{KEY}.table"), "sections.membership.head_attack"
    if len({line[0] for line in lines}) == 1:  # of one attack, one line per system is enough
        caption, first = t(f"{KEY}.table_of", attack=lines[0][0]), "sections.dataset.head_system"
        lines = [(title, *line[1:]) for title, line in zip(groups, lines, strict=True)]
        groups = []
    head = (t(first), *(capitalize(labels.statistic(name)) for name in leaks))
    numeric, widths = (False, *(True for _ in leaks)), (2.0, *(2.4 for _ in leaks))
    rows = tuple(tuple(TableCell(text) for text in line) for line in lines)
    return Table(id, caption, head, rows, numeric, widths, tuple(groups))
