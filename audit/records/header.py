"""The first line of a delimited file: its column names, each once."""

import csv
import io
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.table_format import ENCODE, TableFormat

MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
QUOTED = re.compile(r'"[^"]*"')
"""One name in quotes: what stands in it is no delimiter."""


def choose_delimiter(content: bytes, path: Path, table_format: TableFormat) -> str:
    """Return what separates the cells of a file: the named mark, or else what its name says.

    A file that has the one its own name says, and not the named one, is read by its name: real and synthetic tables
    need not come from one program. Spreadsheet programs of half of Europe write semicolons into a ``.csv``.

    Raises:
        InputError: The name leaves it open, and nobody named it.
    """
    name = path.name.lower().removesuffix(".gz")
    own = {".csv": ",", ".tsv": "\t"}.get(name[-4:])
    named = table_format.delimiter
    if own is None and named is None:
        raise InputError(
            "expected to be told what separates its cells",
            file=path,
            cure="Name the delimiter, such as --delimiter tab or --delimiter ';'.",
        )
    first = QUOTED.sub("", content.partition(b"\n")[0].decode("utf-8", "replace"))
    candidates = [mark for mark in (named, own) if mark is not None]
    candidates += [";"] if own == "," else []
    return next((mark for mark in candidates if mark in first), candidates[0])


def read_header(content: bytes, delimiter: str, path: Path) -> list[str]:
    """Return the names in the first line of a file's content."""
    try:
        # Line by line: a quoted name may hold a line end, and later bytes are not the header's business.
        lines = (line.decode("utf-8") for line in io.BytesIO(content))
        first = next(lines, "")
        names = next(csv.reader(chain([first], lines), delimiter=delimiter), [])
    except UnicodeDecodeError:
        raise InputError("expected UTF-8 text, found other bytes", file=path, row=1, cure=ENCODE) from None
    except csv.Error:
        raise InputError("expected a line of column names", file=path, row=1) from None
    if not any(name.strip() for name in names):
        raise InputError("expected a line of column names, found an empty one", file=path, row=1)
    if len(names) == 1 and not QUOTED.fullmatch(first.strip()):
        other = next((mark for mark in MARKS if mark != delimiter and mark in names[0]), None)
        if other:
            raise InputError(
                f"expected cells separated by {MARKS.get(delimiter, 'the named delimiter')}, found {MARKS[other]}",
                file=path,
                row=1,
                cure=f"Name the delimiter: --delimiter {'tab' if other == chr(9) else repr(other)}.",
            )
    if names[0].lower().startswith("sep=") and len(names) <= 2:
        raise InputError(
            "expected a line of column names, found one that names the delimiter",
            file=path,
            row=1,
            cure="Take the first line out; only Excel reads it.",
        )
    check_names(names, path)
    return names


def check_names(names: Sequence[str], path: Path) -> None:
    """Raise where a name stands twice; by position, since a file without a header starts with a patient."""
    seen: dict[str, int] = {}
    for at, name in enumerate(names, start=1):
        if name in seen:
            raise InputError(
                f"expected every column name once; columns {seen[name]} and {at} have the same name",
                file=path,
                row=1,
                cure="Name the columns in the first line, each differently.",
            )
        seen[name] = at
