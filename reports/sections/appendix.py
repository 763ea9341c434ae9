"""Every row of the result, and the few that decide."""

from synthaudit.audit.suite.result import Estimated, Row, Unmeasured
from synthaudit.reports.blocks.content import Table, TableCell
from synthaudit.reports.text import labels, numbers, threat_model
from synthaudit.reports.text.i18n import format_integer, look_up, t
from synthaudit.reports.view.curve import known_columns, synthetic_rows
from synthaudit.reports.view.result_view import ResultView

PDF_ROWS = 90  # rows in the PDF, and in the HTML without scripts
NUMERIC = (False, False, False, False, False, False, True, True, True, True)
WIDTHS = (1.5, 0.9, 1.3, 1.9, 1.9, 2.2, 1.0, 1.7, 0.8, 0.9)


def full_table(view: ResultView) -> Table:
    """Return every number of the result, those behind findings first."""
    return _table(view, _findings_first(view), t("appendix.caption"), "appendix-table")


def decisive_table(view: ResultView) -> Table:
    """Return what the findings rest on, and the means over releases at the largest synthetic table."""
    behind = {id for finding in view.findings for id in finding.rows[:1]}
    size: dict[tuple[str, str], int] = {}
    known: dict[tuple[str, str], int] = {}
    for row in view.result.rows:
        key = (row.section, row.method)
        size[key] = max(size.get(key, 0), synthetic_rows(row) or 0)
        known[key] = max(known.get(key, 0), known_columns(row) or 0)
    systems = {card.key for card in view.systems}
    rows = [
        row
        for row in _findings_first(view)
        if row.id in behind
        or (
            row.release is None
            and isinstance(row.number, Estimated)
            and row.system in systems
            and (row.statistic in ("auc", "tpr_at_fpr", "excess") or row.statistic.startswith("leakage_"))
            and (synthetic_rows(row) or 0) == size[row.section, row.method]
            and (known_columns(row) or 0) == known[row.section, row.method]
        )
    ]
    return _table(view, rows[:PDF_ROWS], t("appendix.caption_pdf"), "decisive-table")


def _findings_first(view: ResultView) -> list[Row]:
    """Return all rows, those behind findings first."""
    decisive = dict.fromkeys(id for finding in view.findings for id in finding.rows)
    first = [view.by_id[id] for id in decisive if id in view.by_id]
    return first + [row for row in view.result.rows if row.id not in decisive]


def _table(view: ResultView, rows: list[Row], caption: str, id: str) -> Table:
    head = tuple(look_up("appendix.head"))
    return Table(id, caption, head, tuple(_line(view, row) for row in rows), NUMERIC, WIDTHS)


def _line(view: ResultView, row: Row) -> tuple[TableCell, ...]:
    """Return one row of the result as cells."""
    form, number = labels.form_of(row.statistic, row.section), row.number
    level = t(f"levels.{row.level}")
    texts = (
        view.system_title(row.system),
        level if row.release is None else t("appendix.release", level=level, release=row.release),
        t(f"section_names.{row.section}"),
        view.method_title(row.method),
        labels.measurement(row),
        threat_model.describe_threat_model(row.knowledge) if row.knowledge else "–",
        numbers.with_interval(number) if isinstance(number, Unmeasured) else numbers.value(number.value, form),
        "–" if isinstance(number, Unmeasured) else numbers.interval(number, form),
        "–" if row.chance is None else numbers.value(row.chance, form),
        format_integer(number.trials) if isinstance(number, Estimated) else "–",
    )
    return tuple(TableCell(text) for text in texts)
