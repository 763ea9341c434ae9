"""The rows of a delimited text as they stand, so that some of them can be written elsewhere byte for byte."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class TextRows:
    """A header and the rows below it, each with its line end; ``header + "".join(rows)`` is the text.

    Attributes:
        header: The line of column names.
        rows: One text per row; a quoted cell may hold line ends.
    """

    header: str
    rows: tuple[str, ...]

    @classmethod
    def of(cls, text: str, delimiter: str) -> "TextRows":
        """Cut a text into rows; empty lines are left out where the table has several columns.

        >>> TextRows.of('a,b\\n1,"x\\ny"\\n\\n2,z', ",").rows
        ('1,"x\\ny"\\n', '2,z\\n')
        """
        lines = iter(io.StringIO(text, newline=""))  # ends of lines stay: \n, \r\n and \r
        pieces = list(lines) if '"' not in text else _quoted_rows(lines, delimiter)
        if pieces and not pieces[-1].endswith(("\n", "\r")):
            first = pieces[0]
            pieces[-1] += first[len(first.rstrip("\r\n")) :] or "\n"
        header = pieces[0] if pieces else ""
        several = delimiter in header
        return cls(header, tuple(row for row in pieces[1:] if not several or row.rstrip("\r\n")))

    def __len__(self) -> int:
        return len(self.rows)


def _quoted_rows(lines: Iterator[str], delimiter: str) -> list[str]:
    """Return rows as texts where quoted cells may hold line ends."""
    taken: list[str] = []

    def take() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    rows, before = [], 0
    limit = csv.field_size_limit(1 << 30)
    try:
        for _ in csv.reader(take(), delimiter=delimiter):
            rows.append("".join(taken[before:]))
            before = len(taken)
    finally:
        csv.field_size_limit(limit)
    return rows
