"""Cells of a synthetic table that no real record resembles: a few lines beside its fidelity."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Text
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, t, translate
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.value_ranges"
METHOD = "value ranges"
SHARES = ("outside_share", "finer_share", "unseen_share")
COUNTS = ("columns_in_other_units", "coarser_columns")
NAMED = 5
"""Columns named at most."""


def range_texts(view: ResultView) -> list[Text]:
    """Return one text per release that was looked through; a warning where a column is in other units."""
    rows = [row for row in view.result.rows if row.method == METHOD]
    return [_text(view, [row for row in rows if (row.system, row.release) == key]) for key in _releases(rows)]


def _releases(rows: list[Row]) -> list[tuple[str, int | None]]:
    return list(dict.fromkeys((row.system, row.release) for row in rows))


def _text(view: ResultView, rows: list[Row]) -> Text:
    measured = {row.statistic: (row, row.number) for row in rows if isinstance(row.number, Estimated)}
    lines = []
    for statistic, (row, number) in measured.items():
        if statistic in SHARES:
            share, chance = (numbers.value(one, "share") for one in (number.value, row.chance or 0.0))
            lines.append(t(f"{KEY}.{statistic}", share=share, chance=chance) + _where(rows, statistic))
        elif number.value and statistic in COUNTS:
            lines.append(t(f"{KEY}.{statistic}", columns=row.slice))
    text = t(f"{KEY}.lead", system=view.system_title(rows[0].system), lines=" ".join(lines))
    other = measured.get("columns_in_other_units")
    return Text(text, "warning") if other is not None and other[1].value else Text(text)


def _where(rows: list[Row], statistic: str) -> str:
    """Return the columns with such cells, the most of them first; only a full stop where there are none."""
    found = [row for row in rows if row.statistic == statistic.replace("_share", "_cells")]
    found.sort(key=lambda row: -row.number.value if isinstance(row.number, Estimated) else 0.0)
    if not found:
        return t(f"{KEY}.nowhere")
    names = [f"{row.slice} ({_cells(row)})" for row in found[:NAMED]]
    more = t(f"{KEY}.more", count=len(found) - NAMED) if len(found) > NAMED else ""
    return t(f"{KEY}.where", columns=", ".join(names) + more)


def _cells(row: Row) -> str:
    """Return a count of cells; a small one only as being small."""
    return (
        format_integer(round(row.number.value)) if isinstance(row.number, Estimated) else translate(row.number.reason)
    )
