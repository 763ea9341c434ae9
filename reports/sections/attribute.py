"""Does the table tell what is unknown of a patient? Leakage over known columns and over size."""

from synthaudit.audit.suite.result import Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Section, Table, Task, Text
from synthaudit.reports.figures.canvas import CHANCE, HUES, QUIET, Style
from synthaudit.reports.i18n import grouped, say
from synthaudit.reports.result_view import Evidence, known_columns, largest, speaking, synthetic_rows
from synthaudit.reports.sections.conditions import other_conditions
from synthaudit.reports.sections.membership import releases, traces
from synthaudit.reports.sections.sweep import Axes, Trace, Wording, sweep

AT = "sections.attribute"
ACROSS = 4  # statistics beside each other in a table
SLICES = {
    "members": Style(HUES[1], "o"),
    "holdout": Style(QUIET, "s", (0, (4, 2))),
    "baseline": Style(CHANCE, "", (0, (1, 1.6))),
}


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where no attribute was attacked."""
    names = evidence.statistics("attribute")
    if not names:
        return None
    blocks: list[Block] = [Text(say(f"{AT}.threat"), "lead")]
    leaks = [name for name in names if name.startswith("leakage_")]
    for name in dict.fromkeys([*leaks[:1], *(name for name in leaks if name == "leakage_accuracy")]):
        rows = evidence.rows("attribute", name, slice="all")
        blocks += [figure for figure in (by_known(evidence, name, rows),) if figure]
    for name in leaks[:1]:
        statistic = name.removeprefix("leakage_")
        drawn = (by_size(evidence, name, evidence.rows("attribute", name, slice="all")), levels(evidence, statistic))
        blocks += [figure for figure in drawn if figure]
    parts = [leaks[at : at + ACROSS] for at in range(0, len(leaks), ACROSS)]
    tables = [at_the_end(evidence, part, f"attribute-table-{at}") for at, part in enumerate(parts)]
    tables += [other_conditions(evidence, "attribute", name) for name in leaks[:1]]
    blocks += [table for table in tables if table]
    return Section("attribute", say(f"{AT}.title"), tuple(blocks))


def panels(evidence: Evidence, rows: list[Row]) -> list[Axes]:
    """Return one panel an attack."""
    methods = dict.fromkeys(row.method for row in rows)
    return [Axes(evidence.method(key), traces(evidence, [row for row in rows if row.method == key])) for key in methods]


def by_known(evidence: Evidence, name: str, rows: list[Row]) -> Figure | None:
    """Return leakage over the number of known columns at the largest synthetic table."""
    rows = largest(rows, synthetic_rows)
    size = next((synthetic_rows(row) or 0 for row in rows), 0)
    statistic = numbers.statistic(name.removeprefix("leakage_"))
    words = Wording(
        caption=lambda level: say(
            f"{AT}.leakage_caption", statistic=sentence(statistic), synthetic=grouped(size), level=level
        ),
        line=f"{AT}.leakage_line",
        x=say(f"{AT}.leakage_x"),
        y=say(f"{AT}.leakage_y"),
        chance=say(f"{AT}.chance"),
        axis=say("sections.membership.head_attack"),
    )
    return sweep(f"known-{name}", panels(evidence, rows), known_columns, words, chance=0.0, releases=releases(evidence))


def by_size(evidence: Evidence, name: str, rows: list[Row]) -> Figure | None:
    """Return leakage over the size of the synthetic table with the most columns known."""
    rows = largest(rows, known_columns)
    known = next((known_columns(row) or 0 for row in rows), 0)
    statistic = numbers.statistic(name.removeprefix("leakage_"))
    words = Wording(
        caption=lambda level: say(
            f"{AT}.size_caption", statistic=sentence(statistic), known=grouped(known), level=level
        ),
        line="sections.membership.size_line",
        x=say("sections.membership.size_x"),
        y=say(f"{AT}.leakage_y"),
        chance=say(f"{AT}.chance"),
        axis=say("sections.membership.head_attack"),
    )
    return sweep(f"size-{name}", panels(evidence, rows), synthetic_rows, words, chance=0.0, releases=releases(evidence))


def levels(evidence: Evidence, statistic: str) -> Figure | None:
    """Return guesses about members, strangers, and with real records in place of synthetic ones, one panel a system."""
    rows = largest([row for row in evidence.rows("attribute", statistic) if row.slice in SLICES], synthetic_rows)
    size = next((synthetic_rows(row) or 0 for row in rows), 0)
    axes = []
    for card in evidence.systems_and_controls[:6]:
        own = [row for row in rows if row.system == card.key]
        method = next((row.method for row in own), None)
        found = [
            Trace(say(f"{AT}.{slice}"), style, [row for row in own if row.slice == slice and row.method == method])
            for slice, style in SLICES.items()
        ]
        if any(trace.rows for trace in found):
            axes.append(Axes(evidence.title(card.key), [trace for trace in found if trace.rows]))
    if not axes:
        return None
    title = sentence(numbers.statistic(statistic))
    words = Wording(
        caption=lambda level: say(f"{AT}.levels_caption", statistic=title, synthetic=grouped(size), level=level),
        line=f"{AT}.leakage_line",
        x=say(f"{AT}.leakage_x"),
        y=title,
        chance="",
        axis=say("sections.audited.head_system"),
    )
    return sweep(f"levels-{statistic}", axes, known_columns, words, chance=None, releases=releases(evidence))


def at_the_end(evidence: Evidence, leaks: list[str], id: str) -> Table | None:
    """Return leakage with the most columns known at the largest table, every attack and system."""
    rows, groups = [], []
    for card in evidence.systems_and_controls:
        for key in dict.fromkeys(row.method for name in leaks for row in evidence.rows("attribute", name)):
            cells = []
            for name in leaks:
                found = evidence.rows("attribute", name, method=key, system=card.key, slice="all")
                row = speaking(largest(largest(found, synthetic_rows), known_columns))
                cells.append(Task(numbers.short(row.number, numbers.form_of(name)) if row else "–"))
            if any(cell.text != "–" for cell in cells):
                rows.append((Task(evidence.method(key)), *cells))
                groups.append(evidence.title(card.key))
    if not rows:
        return None
    caption, first = say(f"{AT}.table"), "sections.membership.head_attack"
    if len({row[0].text for row in rows}) == 1:  # of one attack, a line a system is enough
        caption, first = say(f"{AT}.table_of", attack=rows[0][0].text), "sections.audited.head_system"
        rows = [(Task(title), *row[1:]) for title, row in zip(groups, rows, strict=True)]
        groups = []
    head = (say(first), *(sentence(numbers.statistic(name)) for name in leaks))
    numeric, widths = (False, *(True for _ in leaks)), (2.0, *(2.4 for _ in leaks))
    return Table(id, caption, head, tuple(rows), numeric, widths, tuple(groups))


def sentence(text: str) -> str:
    """Return a title with a capital at its start."""
    return text[:1].upper() + text[1:]
