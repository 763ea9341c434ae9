"""Every row of the result, and the few that decide."""

from synthaudit.audit.suite.result import Estimated, Row, Unmeasured
from synthaudit.reports import numbers
from synthaudit.reports.document import Table, Task
from synthaudit.reports.i18n import grouped, look_up, say
from synthaudit.reports.result_view import Evidence, known_columns, synthetic_rows

PAPER = 90  # rows in the PDF, and in the HTML without scripts
NUMERIC = (False, False, False, False, False, False, True, True, True, True)
WIDTHS = (1.5, 0.9, 1.3, 1.9, 1.9, 2.2, 1.0, 1.7, 0.8, 0.9)


def ordered(evidence: Evidence) -> list[Row]:
    """Return all rows, those behind findings first."""
    decisive = list(dict.fromkeys(id for finding in evidence.findings for id in finding.rows))
    first = [evidence.by_id[id] for id in decisive if id in evidence.by_id]
    behind = set(decisive)
    return first + [row for row in evidence.result.rows if row.id not in behind]


def everything(evidence: Evidence) -> Table:
    """Return every number of the result, those behind findings first."""
    return table(evidence, ordered(evidence), say("appendix.caption"), "appendix-table")


def decisive(evidence: Evidence) -> Table:
    """Return what the findings rest on, and the means over releases at the largest synthetic table."""
    behind = {id for finding in evidence.findings for id in finding.rows[:1]}
    largest: dict[tuple[str, str], int] = {}
    known: dict[tuple[str, str], int] = {}
    for row in evidence.result.rows:
        key = (row.section, row.method)
        largest[key] = max(largest.get(key, 0), synthetic_rows(row) or 0)
        known[key] = max(known.get(key, 0), known_columns(row) or 0)
    judged = {card.key for card in evidence.systems}
    kept = [
        row
        for row in ordered(evidence)
        if row.id in behind
        or (
            row.release is None
            and isinstance(row.number, Estimated)
            and row.system in judged
            and (row.statistic in ("auc", "tpr_at_fpr", "excess") or row.statistic.startswith("leakage_"))
            and (synthetic_rows(row) or 0) == largest[row.section, row.method]
            and (known_columns(row) or 0) == known[row.section, row.method]
        )
    ]
    return table(evidence, kept[:PAPER], say("appendix.caption_pdf"), "decisive-table")


def table(evidence: Evidence, rows: list[Row], caption: str, id: str) -> Table:
    """Return rows as a table."""
    return Table(
        id, caption, tuple(look_up("appendix.head")), tuple(line(evidence, row) for row in rows), NUMERIC, WIDTHS
    )


def line(evidence: Evidence, row: Row) -> tuple[Task, ...]:
    """Return one row of the result as cells."""
    form, number = numbers.form_of(row.statistic, row.section), row.number
    level = say(f"levels.{row.level}")
    texts = (
        evidence.title(row.system),
        level if row.release is None else say("appendix.release", level=level, release=row.release),
        say(f"section_names.{row.section}"),
        evidence.method(row.method),
        numbers.measured(row),
        numbers.knowledge(row.knowledge) if row.knowledge else "–",
        numbers.text(number) if isinstance(number, Unmeasured) else numbers.value(number.value, form),
        "–" if isinstance(number, Unmeasured) else numbers.interval(number, form),
        "–" if row.chance is None else numbers.value(row.chance, form),
        grouped(number.trials) if isinstance(number, Estimated) else "–",
    )
    return tuple(Task(text) for text in texts)
