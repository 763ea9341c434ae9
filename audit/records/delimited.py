"""Delimited text: CSV, TSV and their relatives, every cell as it stands.

What a file is not is said in one message, before a parser that would quote the offending line gets to speak.
"""

import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.header import choose_delimiter, read_header
from synthaudit.audit.records.quotes import LINE_FEED, RETURN, QuotedCells, quoted_cells, require_whole_rows
from synthaudit.audit.records.table_format import ENCODE, TableFormat

if TYPE_CHECKING:
    import pyarrow as pa

Choose = Callable[[Sequence[str]], Sequence[str]]
"""Returns which of a header's columns are wanted."""


def read_delimited(path: Path, choose: Choose, table_format: TableFormat) -> "pa.Table":
    """Return the file's columns as Arrow text.

    Args:
        path: The file.
        choose: Returns the columns to read, given those of the header.
        table_format: Delimiter and encoding, where the name does not say.

    Raises:
        InputError: See ``read_text``.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    content = _content(path, table_format)
    delimiter = choose_delimiter(content, path, table_format)
    names = read_header(content, delimiter, path)
    try:
        content.decode()  # or Arrow's handler of bad rows would fail with the row in hand
    except UnicodeDecodeError:
        raise _unreadable(path, "utf-8") from None
    cells = quoted_cells(content, delimiter, path)
    _check_line_ends(content, cells, path)
    require_whole_rows(content, cells, delimiter, columns=len(names), file=path)
    wanted = choose(names)
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


def _content(path: Path, table_format: TableFormat) -> bytes:
    """Return a file's text in UTF-8, with line feeds where an old Mac wrote returns."""
    content = unpacked(path)
    content = table_format.decode(content, path).removesuffix(b"\x1a")  # DOS ended files so
    if b"\x00" in content:
        raise InputError(
            "expected text, found NUL bytes",
            file=path,
            row=content.count(b"\n", 0, content.index(b"\x00")) + 1,
            cure="Export it again as UTF-8 text, or name its encoding, such as --encoding utf-16-le.",
        )
    return content if b"\n" in content else content.replace(b"\r", b"\n")


def unpacked(path: Path) -> bytes:
    """Return a file's bytes, those inside where it is packed by gzip."""
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.name.lower().endswith(".gz") else content
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(
            "expected gzip data, found a damaged file", file=path, cure="Copy or export it again."
        ) from None
    except OSError as problem:
        raise InputError(f"could not be read ({problem.strerror})", file=path) from None
    return content


def _check_line_ends(content: bytes, cells: QuotedCells, path: Path) -> None:
    """Raise where a return alone stands between rows that line feeds end: some parsers end a row there, some do not."""
    if b"\r" not in content or content.count(b"\r") == content.count(b"\r\n"):
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
        return InputError("expected UTF-8 text, found other bytes", file=path, cure=ENCODE)
    if "zlib" in problem.lower() or "truncated" in problem.lower() or "compress" in problem.lower():
        return InputError("expected gzip data, found a damaged file", file=path, cure="Copy or export it again.")
    return InputError(
        "could not be read as a delimited table", file=path, cure="Check that every quoted cell is closed."
    )
