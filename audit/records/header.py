"""The first line of a delimited file: its column names, each once."""

import csv
import io
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from synthaudit.audit.errors import InputError

QUOTED = re.compile(r'"[^"]*"')
"""One name in quotes: what stands in it is no delimiter."""


def read_header(content: bytes, delimiter: str, path: Path) -> list[str]:
    """Return the names in the first line of a file's content."""
    try:
        # Line by line: a quoted name may hold a line end, and later bytes are not the header's business.
        lines = (line.decode("utf-8") for line in io.BytesIO(content))
        first = next(lines, "")
        names = next(csv.reader(chain([first], lines), delimiter=delimiter), [])
    except UnicodeDecodeError:
        raise InputError("expected UTF-8 text, found other bytes", file=path, row=1, cure="Save it as UTF-8.") from None
    except csv.Error:
        raise InputError("expected a line of column names", file=path, row=1) from None
    if not any(name.strip() for name in names):
        raise InputError("expected a line of column names, found an empty one", file=path, row=1)
    if len(names) == 1 and not QUOTED.fullmatch(first.strip()):
        other = next((mark for mark in ";\t|," if mark != delimiter and mark in names[0]), None)
        if other:
            shown = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
            raise InputError(
                f"expected cells separated by {shown[delimiter]}, found {shown[other]}",
                file=path,
                row=1,
                cure="Save it as .tsv." if other == "\t" else "Export it with commas, or name it .csv if it has them.",
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
