"""Lines that are no patients: a missing or repeated header, totals, footers, blank rows; and columns without a name."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.notation import TOTALS
from synthaudit.audit.records.parse import parse_numbers

if TYPE_CHECKING:
    import pyarrow as pa

LOOKED_AT = 2_000
"""Rows in which the range of a column's numbers is looked for."""
LAST = 3
"""Rows at the end of a table among which summaries and footers are looked for."""


def require_header(table: "pa.Table", path: Path, *, declared: Sequence[str] = ()) -> None:
    """Raise where the first line is a patient, or stands again among the rows.

    A name speaks against a header where it is a number within its column's range, or one of its column's cells. Codes
    such as 250 above zeros and ones do not, nor do columns that are merely numbered.

    Args:
        table: Text columns.
        path: Named in errors.
        declared: Names that a schema knows, which are no cells.

    Raises:
        InputError: Half of the names look like cells.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    names = [name for name in table.column_names if name not in set(declared)]
    if not names or not table.num_rows:
        return
    numbers = _numbers_of(names)
    numbered = np.isfinite(numbers).all() and (np.diff(numbers) == 1).all() and numbers[0] in (0, 1)
    head = table.slice(0, LOOKED_AT)
    cells, rows = 0, []
    for name, number in zip(names, numbers, strict=True):
        column = table.column(name)
        if np.isfinite(number):
            values, _ = parse_numbers(head.column(name).combine_chunks())
            values = values[np.isfinite(values)]
            cells += bool(len(values) and not numbered and values.min() <= number <= values.max())
            continue
        at = pc.index(column, pa.scalar(name, pa.string())).as_py()
        if at >= 0:
            rows.append(at)
    repeated = max((rows.count(row) for row in rows), default=0)
    if repeated >= 2 and 2 * repeated >= len(names):
        raise InputError(
            "expected the column names once, found them again among the rows",
            file=path,
            row=max(rows, key=rows.count) + 2,
            cure="Take the second header out; files that were put one below the other have one each.",
        )
    if 2 * (cells + len(rows)) >= len(names) and not (len(rows) == len(names) == 1 and table.num_rows == 1):
        raise InputError(
            "expected a line of column names, found one that looks like a row",
            file=path,
            row=1,
            cure="Name the columns in the first line.",
        )


def _numbers_of(names: Sequence[str]) -> np.ndarray:
    """Return names as numbers, NaN where they are none or codes with leading zeros, shape ``(n,)``."""
    import pyarrow as pa

    values, _ = parse_numbers(pa.array(list(names), pa.string()))
    codes = [name.strip().lower() in ("true", "false") or (name[:1] == "0" and name[1:2].isdigit()) for name in names]
    return np.where(codes, np.nan, values)


def require_no_summary(table: "pa.Table", path: Path) -> None:
    """Raise where one of the last rows is a total or a footer.

    Raises:
        InputError: A cell there is a word for a total that stands nowhere above, or a lone text fills the row.
    """
    first = max(table.num_rows - LAST, 1)
    tail = table.slice(first).to_pydict()
    for at in range(table.num_rows - first):
        cells = {name: (column[at] or "").strip() for name, column in tail.items()}
        given = [name for name, cell in cells.items() if cell]
        totals = [name for name, cell in cells.items() if cell.lower().rstrip(":") in TOTALS]
        lone = len(given) == 1 and len(cells) >= 4 and not _is_number(cells[given[0]]) and given == list(cells)[:1]
        for name in totals or (given if lone else []):
            if not _stands_above(table, name, cells[name], first):
                raise InputError(
                    f"expected patients to the last row, found a {'summary' if totals else 'footer'}",
                    file=path,
                    column=name,
                    row=first + at + 2,
                    cure="Take out what stands below the table.",
                )


def _is_number(text: str) -> bool:
    import pyarrow as pa

    return not parse_numbers(pa.array([text]))[1][0]


def _stands_above(table: "pa.Table", name: str, cell: str, first: int) -> bool:
    import pyarrow.compute as pc

    found: bool = pc.any(pc.equal(pc.utf8_trim_whitespace(table.column(name).slice(0, first)), cell)).as_py()
    return bool(found)


def without_blank_end(table: "pa.Table", path: Path) -> tuple["pa.Table", int]:
    """Return the table without the rows at its end in which every cell is empty, and how many there were.

    Raises:
        InputError: Such a row stands among the others: no patient, or the end of a table that another follows.
    """
    import pyarrow.compute as pc

    if table.num_columns < 2:
        return table, 0
    blank = np.ones(table.num_rows, bool)
    for column in table.columns:
        blank &= pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "").to_numpy()
        if not blank.any():
            return table, 0
    kept = table.num_rows - int(blank[::-1].argmin()) if not blank.all() else table.num_rows
    inside = blank[:kept]
    if inside.any() and not inside.all():
        raise InputError(
            f"expected a cell in every row, found {int(inside.sum())} blank rows among the others",
            file=path,
            row=int(inside.argmax()) + 2,
            cure="Take blank rows out, and what follows them if it is another table.",
        )
    return table.slice(0, kept), table.num_rows - kept


def drop_columns(table: "pa.Table", drop: tuple[str, ...], path: Path) -> "pa.Table":
    """Return the table without dropped columns, or raise where a column that stays has no name."""
    names_left = [name for name in table.column_names if name not in drop]
    if "" in names_left:
        raise InputError(
            f"expected a name for every column, column {table.column_names.index('') + 1} has none",
            file=path,
            row=1,
            cure="Name it; pandas writes such a column of row numbers unless told index=False.",
        )
    if not names_left:
        raise InputError("expected a column that stays, found all of them dropped", file=path, cure="Drop fewer.")
    return table.select(names_left)
