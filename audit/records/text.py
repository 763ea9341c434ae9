"""Files of text columns: CSV, TSV and Parquet come in as text, so that no code is taken for a number.

``0083``, ``E045``, ``250.00`` and ``1E5`` arrive as they stand. What a file is not is said in one message, before a
parser that would quote the offending line gets to speak.
"""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.header import check_names, read_header
from synthaudit.audit.records.quotes import LINE_FEED, RETURN, QuotedCells, quoted_cells, require_whole_rows

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
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


def read_text(path: Path, columns: Sequence[str] | None = None) -> "pa.Table":
    """Return the file's columns as Arrow text, nulls only where Parquet has them.

    Args:
        path: A file that ends in one of ``SUFFIXES``.
        columns: Columns to read, matched exactly and else without regard to case; None reads all of them.

    Empty lines are skipped and not counted in row numbers; in a table of one column they are missing values.

    Raises:
        InputError: There is no such file, it is not what its name says, it has no header or no rows, a name stands
            twice in the header, a row has too many or too few cells, or a column is missing.
    """
    suffix = _suffix(path)
    if not path.is_file():
        raise InputError("no such file" if not path.exists() else "expected a file, found a folder", file=path)
    _check_magic(path, suffix)
    if suffix == ".parquet":
        table = _read_parquet(path, columns)
    else:
        table = _read_delimited(path, columns, "\t" if suffix.startswith(".tsv") else ",")
    if not table.num_rows:
        raise InputError("expected at least one row below the header, found none", file=path)
    return table


def match_columns(names: Sequence[str], wanted: Sequence[str], file: Path) -> list[str]:
    """Return the file's own spelling of each wanted column.

    Headers that are not wanted are never quoted: a file without a header starts with a patient.
    """
    folded = {name.casefold(): name for name in names}
    spelling = [name if name in names else folded.get(name.casefold()) for name in wanted]
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
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.endswith(suffix):
            return suffix
    raise InputError(f"expected a file that ends in {', '.join(SUFFIXES)}", file=path)


def _check_magic(path: Path, suffix: str) -> None:
    """Raise unless the first bytes fit the file's name."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as problem:
        raise InputError(f"could not be read ({problem.strerror})", file=path) from None
    if not head:
        raise InputError("expected a table, found an empty file", file=path)
    expected = "a Parquet file" if suffix == ".parquet" else "gzip data" if suffix.endswith(".gz") else "UTF-8 text"
    found = next((what for magic, what in MAGIC.items() if head.startswith(magic)), None)
    if found is None and b"\x00" in head:
        zeros = max(head[::2].count(0), head[1::2].count(0))  # every other byte of Western text in UTF-16
        found = "UTF-16 text" if 5 * zeros > len(head) else "binary data"
    found = found or "UTF-8 text"
    if found != expected:
        raise InputError(
            f"expected {expected}, as the name says, found {found}",
            file=path,
            cure="Save it as UTF-8 text." if "UTF-16" in found else "Rename it to what it is, or export it again.",
        )


def _read_parquet(path: Path, columns: Sequence[str] | None) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        names = parquet.read_schema(path).names
        check_names(names, path)
        table = parquet.read_table(path, columns=None if columns is None else match_columns(names, columns, path))
    except (pa.ArrowException, OSError) as problem:
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
            texts.append(pc.cast(column, pa.string()))
        except pa.ArrowException as problem:
            raise InputError(
                f"expected text or numbers, found {column.type}", file=file, column=name, cure="Flatten or drop it."
            ) from problem
    return pa.table(texts, names=table.column_names)


def _read_delimited(path: Path, columns: Sequence[str] | None, delimiter: str) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    content = _content(path)
    names = read_header(content, delimiter, path)
    cells = quoted_cells(content, delimiter, path)
    _check_line_ends(content, cells, path)
    require_whole_rows(content, cells, delimiter, columns=len(names), file=path)
    wanted = names if columns is None else match_columns(names, columns, path)
    bad_rows: list[Any] = []

    def note(row: Any) -> str:
        bad_rows.append(row)
        return "error"

    def read(threads: bool) -> "pa.Table":
        return arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(use_threads=threads, block_size=1 << 23),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                invalid_row_handler=note,
                ignore_empty_lines=len(names) > 1,  # in a table of one column an empty line is a missing value
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, strings_can_be_null=False
            ),
        )

    try:
        return read(threads=True)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as problem:
        if bad_rows:
            bad_rows.clear()
            try:  # only the serial reader counts rows
                read(threads=False)
            except (pa.ArrowException, OSError):
                row = bad_rows[0]
                raise InputError(
                    f"expected {row.expected_columns} cells, as in the header, found {row.actual_columns}",
                    file=path,
                    row=row.number,
                    cure="Quote cells that contain the delimiter, and end every row alike.",
                ) from None
        raise _unreadable(path, str(problem)) from None


def _content(path: Path) -> bytes:
    """Return a file's bytes, unpacked, without byte order mark, with line feeds where an old Mac wrote returns."""
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.name.lower().endswith(".gz") else content
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(
            "expected gzip data, found a damaged file", file=path, cure="Copy or export it again."
        ) from None
    except OSError as problem:
        raise InputError(f"could not be read ({problem.strerror})", file=path) from None
    content = content.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\x1a")  # DOS ended files so
    if b"\x00" in content:
        raise InputError(
            "expected text, found NUL bytes",
            file=path,
            row=content.count(b"\n", 0, content.index(b"\x00")) + 1,
            cure="Export it again as UTF-8 text.",
        )
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def _check_line_ends(content: bytes, cells: QuotedCells, path: Path) -> None:
    """Raise where a return alone stands between rows that line feeds end: some parsers end a row there, some do not."""
    if content.count(b"\r") == content.count(b"\r\n"):
        return
    text = np.frombuffer(content, np.uint8)
    alone = np.flatnonzero(text == RETURN)
    alone = alone[text[np.minimum(alone + 1, len(text) - 1)] != LINE_FEED]
    alone = alone[~cells.contain(alone)]
    if len(alone):
        raise InputError(
            "expected one kind of line end, found returns without a line feed among others",
            file=path,
            row=content.count(b"\n", 0, int(alone[0])) + 1,
            cure="Save it with line feeds only.",
        )


def _unreadable(path: Path, problem: str) -> InputError:
    """Return an error for a parser's complaint, without its words: they quote the row."""
    if "utf8" in problem.lower() or "utf-8" in problem.lower():
        return InputError("expected UTF-8 text, found other bytes", file=path, cure="Save it as UTF-8.")
    if "zlib" in problem.lower() or "truncated" in problem.lower() or "compress" in problem.lower():
        return InputError("expected gzip data, found a damaged file", file=path, cure="Copy or export it again.")
    return InputError(
        "could not be read as a delimited table", file=path, cure="Check that every quoted cell is closed."
    )
