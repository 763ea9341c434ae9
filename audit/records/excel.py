"""Excel and OpenDocument sheets as text columns: what is shown on one visible sheet, from its first row.

A spreadsheet keeps every number as a double and every date as a number with a format. Whole numbers come back without
decimals here, so that an id 12 is no ``12.0``, and dates in ISO form. What a reader of cells cannot see is refused:
formulas that nobody computed, errors, merged cells, a title above the header.
"""

import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from synthaudit.audit.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
EXACT = 10**15
"""Whole numbers below this are exact in a spreadsheet: it keeps 15 digits."""
INSTALL = "Install python-calamine, or export the sheet as CSV."
SAVE = "Open and save it again without a password, or export the sheet as CSV."
CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
OPEN_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
ROW, COLUMN = re.compile(rb"<row\b([^>]*)>"), re.compile(rb"<col\b([^>]*)>")
HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_sheet(path: Path, sheet: str | None = None) -> "pa.Table":
    """Return a sheet's columns as Arrow text; an empty cell is an empty text.

    Args:
        path: A file that ends in one of ``SHEETS``.
        sheet: The sheet's name; None takes the only visible one that is not empty.

    Raises:
        InputError: The file is damaged or protected, the sheet is not clear, or a trap of spreadsheets is in it.
    """
    import pyarrow as pa

    try:
        import python_calamine
    except ImportError:
        raise InputError("could not be read without python-calamine", file=path, cure=INSTALL) from None
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            name = _sheet_name(book, sheet, path)
            found = book.get_sheet_by_name(name)
            rows, merged = found.to_python(skip_empty_area=False), found.merged_cell_ranges or []
    except (python_calamine.CalamineError, OSError, ValueError):
        raise InputError(
            "expected a spreadsheet, found a damaged or protected one",
            file=path,
            cure=SAVE,
        ) from None
    width = _width(rows)
    names = _header(list(rows[0][:width]) if rows else [], merged, path)
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        _check_formulas(path, name, names)
    elif path.suffix.lower() == ".ods":
        _refuse_hidden_of_open_document(path, name, len(names))
    body = [row[:width] for row in rows[1:]]
    given = [at for at, row in enumerate(body) if any(cell != "" for cell in row)]
    columns = [_texts([body[at][place] for at in given], names[place], path, given) for place in range(width)]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=names)


def _sheet_name(book: Any, sheet: str | None, path: Path) -> str:
    """Return the sheet asked for, or the only one that is visible and not empty."""
    names = list(book.sheet_names)
    if sheet is not None:
        if sheet not in names:
            raise InputError(f"expected one of the sheets {_quoted(names)}", file=path, cure="Name it with --sheet.")
        return sheet
    visible = [one.name for one in book.sheets_metadata if str(one.visible).endswith(".Visible")]
    filled = [name for name in visible if book.get_sheet_by_name(name).end is not None]
    if not filled:
        raise InputError("expected a visible sheet with cells, found none", file=path)
    if len(filled) > 1:
        raise InputError(
            f"expected one sheet, found {len(filled)}: {_quoted(filled)}", file=path, cure="Name one with --sheet."
        )
    return str(filled[0])


def _quoted(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(f"'{name}'" for name in names[:most]) + (" and others" if len(names) > most else "")


def _width(rows: Sequence[Sequence[Any]]) -> int:
    """Return the number of columns up to the last with a cell in it."""
    return max((at + 1 for row in rows for at, cell in enumerate(row) if cell != ""), default=0)


def _header(cells: Sequence[Any], merged: Sequence[Any], path: Path) -> list[str]:
    """Return the column names of the first row."""
    cure = "Leave one row of column names at the top and the patients below it."
    if merged:
        (row, _), _ = min(merged)
        raise InputError("expected a plain table, found merged cells", file=path, row=row + 1, cure=cure)
    names = [_text(cell).strip() for cell in cells]
    if len(names) > 1 and sum(map(bool, names)) <= 1:
        raise InputError(
            "expected column names in the first row, found a title or nothing", file=path, row=1, cure=cure
        )
    for at, name in enumerate(names, start=1):
        if not name:
            raise InputError(f"expected a name for every column, column {at} has none", file=path, row=1, cure=cure)
    return names


def _texts(cells: Sequence[Any], name: str, path: Path, rows: Sequence[int]) -> list[str]:
    """Return a column as text."""
    kinds = {type(cell) for cell in cells if cell != ""}
    dates, numbers = kinds & {date, datetime}, kinds & {int, float}
    if dates and numbers:
        minority = min((dates, numbers), key=lambda group: sum(type(cell) in group for cell in cells))
        at = next(at for at, cell in enumerate(cells) if type(cell) in minority)
        raise InputError(
            "mixes dates with numbers",
            file=path,
            column=name,
            row=rows[at] + 2,
            cure="Format the whole column as dates, or as numbers.",
        )
    if datetime in kinds and date in kinds:
        cells = [datetime(*cell.timetuple()[:3]) if type(cell) is date else cell for cell in cells]
    if kinds <= {str}:
        return list(cells)
    for at, cell in enumerate(cells):
        if type(cell) is float and abs(cell) >= EXACT and cell.is_integer():
            raise InputError(
                "expected at most 15 digits, which is what a spreadsheet keeps of a number",
                file=path,
                column=name,
                row=rows[at] + 2,
                cure="Export the column as text from where it comes, or drop it.",
            )
    return [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    """Return a cell as it is shown: at most 15 digits, dates in ISO form."""
    if type(cell) is float:
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else f"{cell:.15g}"
    if isinstance(cell, bool | str | int):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds" if not cell.microsecond else "microseconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return f"{cell.total_seconds() / 3600:.15g}" if isinstance(cell, timedelta) else str(cell)


def _sheet_xml(path: Path, sheet: str) -> bytes:
    """Return a sheet as it stands in its workbook."""
    with zipfile.ZipFile(path) as book:
        relations = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        targets = {one.get("Id"): one.get("Target", "") for one in relations}
        sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter()
        place = next(targets[one.get(RELATION)] for one in sheets if one.get("name") == sheet and one.get(RELATION))
        return book.read(place.removeprefix("/") if place.startswith("/") else f"xl/{place}")


def _refuse_hidden(content: bytes, names: Sequence[str], path: Path) -> None:
    """Raise where rows or columns with names are hidden: nobody who looked at the sheet has seen them."""
    cure = "Show them, or delete them if they do not belong to the table."
    rows = [match for match in ROW.findall(content) if HIDDEN.search(match)]
    if rows:
        first = re.search(rb'\br="(\d+)"', rows[0])
        row = int(first[1]) if first else None
        raise InputError(f"expected rows that are shown, found {len(rows):,} hidden", file=path, row=row, cure=cure)
    for match in COLUMN.findall(content):
        ends = [re.search(rb'\b%s="(\d+)"' % key, match) for key in (b"min", b"max")]
        if HIDDEN.search(match) and ends[0] and ends[1] and int(ends[0][1]) <= len(names):
            raise InputError(
                "expected columns that are shown, found a hidden one",
                file=path,
                column=names[int(ends[0][1]) - 1],
                cure=cure,
            )


def _refuse_hidden_of_open_document(path: Path, sheet: str, columns: int) -> None:
    """Raise where rows or columns of a sheet of LibreOffice are hidden or filtered away."""
    try:
        with zipfile.ZipFile(path) as book:
            tables = ElementTree.fromstring(book.read("content.xml")).iter(f"{OPEN_TABLE}table")
    except (ElementTree.ParseError, zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, ValueError):
        raise InputError("expected a spreadsheet, found a damaged one", file=path, cure=SAVE) from None
    own = next((one for one in tables if one.get(f"{OPEN_TABLE}name") == sheet), ElementTree.Element("none"))
    hidden, column = 0, 0
    for part in own.iter():
        shown = part.get(f"{OPEN_TABLE}visibility", "visible") == "visible"
        if part.tag == f"{OPEN_TABLE}table-column":
            hidden += not shown and column < columns
            column += int(part.get(f"{OPEN_TABLE}number-columns-repeated", "1"))
        elif part.tag == f"{OPEN_TABLE}table-row" and not shown:
            hidden += any(len(cell) > 0 for cell in part)  # a cell with something in it has a paragraph
    if hidden:
        raise InputError(
            f"expected rows and columns that are shown, found {hidden:,} hidden",
            file=path,
            cure="Show them, or delete them if they do not belong to the table.",
        )


def _check_formulas(path: Path, sheet: str, names: Sequence[str]) -> None:
    """Raise where a cell of the sheet holds an error, or a formula never computed, or where rows or columns hide."""
    try:
        content = _sheet_xml(path, sheet)
    except (
        ElementTree.ParseError,
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        StopIteration,
        OSError,
        EOFError,
        ValueError,
    ):
        raise InputError("expected a spreadsheet, found a damaged one", file=path, cure=SAVE) from None
    _refuse_hidden(content, names, path)
    if b"<f" not in content and b't="e"' not in content:
        return
    for attributes, value in CELL.findall(content):
        error = b't="e"' in attributes and b"#N/A" not in value
        computed = b't="str"' in attributes or re.search(rb"<v[^>]*>[^<]", value)  # the value can be an empty text
        if not error and (b"<f" not in value or computed):
            continue
        at = re.search(rb'r="([A-Z]+)(\d+)"', attributes)
        column = sum((letter - 64) * 26**power for power, letter in enumerate(reversed(at[1]))) - 1 if at else 0
        raise InputError(
            "expected a value, found an error"
            if error
            else "expected a value, found a formula that was never computed",
            file=path,
            column=names[column] if column < len(names) else None,
            row=int(at[2]) if at else None,
            cure="Mend the formula or leave the cell empty." if error else "Open and save it in a spreadsheet program.",
        )
