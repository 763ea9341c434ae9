"""What a table holds that no real record does: a warning, and where it is much, a reason not to call silence a pass."""

from collections.abc import Iterable

from synthaudit.audit.suite.result import Estimated, Result, Row, Unmeasured

VALUE_RANGES = "value ranges"
MOST_OUTSIDE = 0.1
"""Share of a table's numbers outside the real range from which attacks on it prove nothing by their silence."""


def unreadable_columns(rows: Iterable[Row], system: str) -> str | None:
    """Return why attacks on a system's table may have seen nothing: other units, or too many numbers out of range."""
    own = [row for row in rows if row.method == VALUE_RANGES and row.system == system]
    for row in sorted(own, key=lambda row: row.statistic != "columns_in_other_units"):
        value = row.number.value if isinstance(row.number, Estimated) else 0.0
        if row.statistic == "columns_in_other_units" and value > 0:
            return (
                f"units differ: {_columns(row)} in other units than the real records, or without overlap with "
                f"them: {row.slice}. Attacks compare numbers as they stand and could have missed a leak there. Convert "
                "the table to the units of the real records, and audit again"
            )
        if row.statistic == "outside_share" and value > MOST_OUTSIDE:
            return (
                f"{value:.1%} of the table's numbers lie far outside the range of real records, where no "
                "attack can compare them, and a leak in them could have been missed. Mend the table, and audit again"
            )
    return None


def range_warnings(result: Result) -> list[str]:
    """Return a sentence per system and kind of odd cells, for the command line."""
    found = []
    for row in result.rows:
        if row.method != VALUE_RANGES or not isinstance(row.number, Estimated) or not row.number.value:
            continue
        where = [f"'{one.slice}' {_count(one)}" for one in result.rows if _belongs(one, row)]
        columns = ", ".join(where[:5]) + (f", and {len(where) - 5} more columns" if len(where) > 5 else "")
        usual = f" (of other real patients' {row.chance:.2%})" if row.chance else ""
        texts = {
            "outside_share": f"{row.number.value:.2%} of the numbers{usual} lie far outside the real range: {columns}",
            "finer_share": f"{row.number.value:.2%} of the numbers have more decimals than any real one: {columns}",
            "unseen_share": f"{row.number.value:.2%} of the cells hold levels that no real record has: {columns}",
            "columns_in_other_units": f"{_columns(row)} in other units than the real records: {row.slice}",
            "coarser_columns": f"numbers have fewer decimals than real ones in {row.slice}",
        }
        if row.statistic in texts:
            found.append(f"{row.system}: {texts[row.statistic]}")
    return found


def _belongs(one: Row, total: Row) -> bool:
    same = (one.method, one.system, one.release) == (total.method, total.system, total.release)
    return same and one.statistic == total.statistic.replace("_share", "_cells") != total.statistic


def _count(row: Row) -> str:
    return row.number.reason if isinstance(row.number, Unmeasured) else f"{row.number.value:,.0f} cells"


def _columns(row: Row) -> str:
    count = int(row.number.value) if isinstance(row.number, Estimated) else 0
    return "1 column is" if count == 1 else f"{count} columns are"
