"""Files of text columns: CSV, TSV, Parquet and Excel come in as text, so that no code is taken for a number.

``0083``, ``E045``, ``250.00`` and ``1E5`` arrive as they stand. What a file is not is said in one message, before a
parser that would quote the offending line gets to speak.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthaudit.audit.errors import InputError
from synthaudit.audit.memory import require_memory, shortage_named
from synthaudit.audit.records.decimal_commas import with_points
from synthaudit.audit.records.delimited import read_delimited
from synthaudit.audit.records.excel import SHEETS, read_sheet
from synthaudit.audit.records.fhir import FHIR, read_resources
from synthaudit.audit.records.header import check_names
from synthaudit.audit.records.parquet_folder import read_parts
from synthaudit.audit.records.room import bytes_to_read
from synthaudit.audit.records.table_format import BYTE_ORDER_MARKS, TableFormat

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", *FHIR)
"""Endings that say what a file is; in a folder only these are looked for."""
NAMED = (".txt", ".txt.gz", ".dat", ".dat.gz")
"""Endings of delimited text whose delimiter has to be named."""
MAGIC = {
    b"\x1f\x8b": "gzip data",
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x93NUMPY": "a NumPy array",
    b"%PDF": "a PDF document",
}
HEAD = 65_536


def read_text(
    path: Path,
    columns: Sequence[str] | None = None,
    table_format: TableFormat = TableFormat(),  # noqa: B008
) -> "pa.Table":
    """Return the file's columns as Arrow text, nulls only where Parquet has them.

    Args:
        path: A file that ends in one of ``SUFFIXES``, ``NAMED`` or ``SHEETS``, or a folder of Parquet files.
        columns: Columns to read, matched exactly and else without regard to case; None reads all of them.
        table_format: How the file is to be read where its name does not say.

    Empty lines are skipped and not counted in row numbers; in a table of one column they are missing values.

    Raises:
        InputError: There is no such file, it is not what its name says, it has no header or no rows, a name stands
            twice in the header, a row has too many or too few cells, or a column is missing.
        MemoryShortageError: The table does not fit into the memory that may be taken.
    """
    require_memory(bytes_to_read(path), f"to read {path.name}")
    with shortage_named(f"while {path.name} was read"):
        return _read_text(path, columns, table_format)


def _read_text(path: Path, columns: Sequence[str] | None, table_format: TableFormat) -> "pa.Table":
    def choose(names: Sequence[str]) -> Sequence[str]:
        return names if columns is None else match_columns(names, columns, path)

    if path.is_dir():
        whole = as_text(read_parts(path), path)
        return whole.select(choose(whole.column_names))
    suffix = _suffix(path)
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "expected a file", file=path)
    _check_magic(path, suffix, table_format)
    if suffix in FHIR:
        table = read_resources(path)
        table = table.select(choose(table.column_names))
    elif suffix == ".parquet":
        table = _read_parquet(path, columns)
    elif suffix in SHEETS:
        table = read_sheet(path, table_format.sheet)
        check_names(table.column_names, path)
        table = table.select(choose(table.column_names))
    else:
        table = read_delimited(path, choose, table_format)
    if not table.num_rows:
        raise InputError("expected at least one row below the header, found none", file=path)
    return with_points(table, path) if table_format.decimal == "," and suffix != ".parquet" else table


def match_columns(names: Sequence[str], wanted: Sequence[str], file: Path) -> list[str]:
    """Return the file's own spelling of each wanted column, without regard to capitals and blanks around it.

    Headers that are not wanted are never quoted: a file without a header starts with a patient.
    """
    folded = {name.strip().strip("\ufeff\u200b").casefold(): name for name in names}
    spelling = [name if name in names else folded.get(name.strip().casefold()) for name in wanted]
    absent = [name for name, hit in zip(wanted, spelling, strict=True) if hit is None]
    if absent:
        raise InputError(
            f"expected the columns {_quote_names(wanted)}; not in the header: {_quote_names(absent)}",
            file=file,
            row=1,
            cure="Check that the first line names the columns, and that names and delimiter are as expected.",
        )
    return [name for name in spelling if name is not None]


def _quote_names(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _suffix(path: Path) -> str:
    name = path.name.lower()
    known = (*SUFFIXES, *NAMED, *SHEETS)
    for suffix in sorted(known, key=len, reverse=True):
        if name.endswith(suffix):
            return suffix
    raise InputError(f"expected a file that ends in {', '.join(known)}", file=path)


def _check_magic(path: Path, suffix: str, table_format: TableFormat) -> None:
    """Raise unless the first bytes fit the file's name."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as problem:
        raise InputError(f"could not be read ({problem.strerror})", file=path) from None
    if not head:
        raise InputError("expected a table, found an empty file", file=path)
    expected = _expected(suffix)
    found = next((what for magic, what in MAGIC.items() if head.startswith(magic)), None)
    if found is None and b"\x00" in head:
        zeros = max(head[::2].count(0), head[1::2].count(0))  # every other byte of Western text in UTF-16
        found = "UTF-16 text" if 5 * zeros > len(head) else "binary data"
        if found == "UTF-16 text" and (table_format.encoding or "").lower().startswith(("utf-16", "utf_16")):
            return
    marked = head.startswith(BYTE_ORDER_MARKS)
    found = found or "UTF-8 text"
    if found not in expected and not (marked and "UTF-8 text" in expected):
        raise InputError(
            f"expected {expected[0]}, as the name says, found {found}",
            file=path,
            cure="Save it as UTF-8 text, or name its encoding, such as --encoding utf-16-le."
            if "UTF-16" in found
            else "Rename it to what it is, or export it again.",
        )


def _expected(suffix: str) -> tuple[str, ...]:
    """Return what the first bytes of a file may show it to be."""
    if suffix in SHEETS:  # a protected .xlsx lies in the old format; its reader says so
        return ("a zip archive or a spreadsheet", "an old Excel file")
    return (
        ("a Parquet file",) if suffix == ".parquet" else ("gzip data",) if suffix.endswith(".gz") else ("UTF-8 text",)
    )


def _read_parquet(path: Path, columns: Sequence[str] | None) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        names = parquet.read_schema(path).names
        check_names(names, path)
        table = parquet.read_table(path, columns=None if columns is None else match_columns(names, columns, path))
        table.validate(full=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as problem:
        raise InputError(
            "expected a Parquet file, found a damaged one", file=path, cure="Export it again."
        ) from problem
    return as_text(table, path)


def as_text(table: "pa.Table", file: Path | None = None) -> "pa.Table":
    """Return an Arrow table with every column turned to text; numbers are written so that they read back exactly."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            texts.append(pc.cast(_plain_times(column), pa.string()))
        except pa.ArrowException as problem:
            raise InputError(
                f"expected text or numbers, found {column.type}", file=file, column=name, cure="Flatten or drop it."
            ) from problem
    return pa.table(texts, names=table.column_names)


def _plain_times(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return timestamps to the second, as local clocks show them, or as dates where all are midnight."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_timestamp(column.type):
        return column
    column = pc.local_timestamp(column) if column.type.tz else column
    for plainer in (pa.date32(), pa.timestamp("s")):
        coarse = pc.cast(column, plainer, safe=False)
        if pc.all(pc.equal(pc.cast(coarse, column.type), column)).as_py() is not False:
            return coarse
    return column
