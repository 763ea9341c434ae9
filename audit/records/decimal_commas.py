"""Decimal commas to points, cell by cell, where a person says that a file has them."""

from pathlib import Path
from typing import TYPE_CHECKING

from synthaudit.audit.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

BLANKS = " '\u00a0\u202f\u2019"
"""What stands between thousands beside points: blanks of all widths, and apostrophes in Switzerland."""
COMMA = rf"^\s*[+-]?(\d+|\d{{1,3}}([.{BLANKS}]\d{{3}})+),\d+([eE][+-]?\d+)?\s*$"
"""A number with a decimal comma, with or without marks between thousands."""
SPACED = rf"^\s*[+-]?\d{{1,3}}([{BLANKS}]\d{{3}})+\s*$"
"""A whole number of the same column with blanks between thousands."""
POINT = r"^\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*$"
THOUSANDS = r"^\s*[+-]?\d{1,3}(\.\d{3})+\s*$"


def with_points(table: "pa.Table", file: Path) -> "pa.Table":
    """Return a table of text whose numbers have a decimal point.

    A file without any decimal comma is left as it is: a synthetic table may come with points. In one that has them, a
    point in a number is neither guessed to be decimal nor to separate thousands.

    Raises:
        InputError: A column mixes commas and points, or has points between thousands and no decimals.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    commas = {name: pc.match_substring_regex(table.column(name), COMMA) for name in table.column_names}
    if not any(pc.any(mask).as_py() for mask in commas.values()):
        return table
    columns = []
    for name, mask in commas.items():
        cells = table.column(name)
        some = pc.any(mask).as_py()
        shape = POINT if some else THOUSANDS
        bad = pc.fill_null(pc.match_substring_regex(cells, shape), False)
        if pc.any(bad).as_py() and (some or _all_numbers(cells)):
            raise InputError(
                "expected decimal commas, found a number with a point",
                file=file,
                column=name,
                row=pc.index(bad, True).as_py() + 2,
                cure="Write numbers with a decimal comma and without points between thousands, or drop --decimal.",
            )
        if some:
            mask = pc.or_(mask, pc.match_substring_regex(cells, SPACED))
            plain = pc.replace_substring(pc.replace_substring_regex(cells, rf"[.{BLANKS}]", ""), ",", ".")
            cells = pc.if_else(mask, plain, cells)
        columns.append(cells)
    return pa.table(columns, names=table.column_names)


def _all_numbers(cells: "pa.ChunkedArray") -> bool:
    """Whether every cell that is not empty is a whole number, with or without points between thousands."""
    import pyarrow.compute as pc

    whole = pc.match_substring_regex(cells, rf"^\s*$|^\s*[+-]?\d+\s*$|{THOUSANDS}")
    return bool(pc.all(whole).as_py())
