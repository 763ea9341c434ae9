"""Where a delimited file quotes cells, checked as strictly as RFC 4180: a stray quote would swallow whole patients.

Arrow's parser joins text that follows a closing quote to the cell, and reads on over line ends until the next quote.
Two cells such as ``"5 in tube`` then become one, and the rows between them are gone without a word.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError

QUOTE, LINE_FEED, RETURN, BLANK = b'"\n\r '
EDGES = b",;|\t\n\r"
CLOSE = 'Close the quote, or double it where it belongs to the cell: "5"" tube".'


@dataclass(frozen=True, eq=False)
class QuotedCells:
    """The quoted cells of a file's content.

    Attributes:
        opens: Place of each opening quote, ascending, shape ``(cells,)``.
        closes: Place of the quote that closes it.
    """

    opens: np.ndarray
    closes: np.ndarray

    def contain(self, places: np.ndarray) -> np.ndarray:
        """Return which places lie inside a quoted cell, shape of ``places``, bool."""
        if not len(self.opens):
            return np.zeros(places.shape, bool)
        before = np.searchsorted(self.opens, places) - 1
        inside: np.ndarray = (before >= 0) & (places < self.closes[before])
        return np.asarray(inside)


def quoted_cells(content: bytes, delimiter: str, file: Path) -> QuotedCells:
    """Return the quoted cells; one pass over the bytes, and a loop over quotes only where some stand inside cells.

    A quote inside a cell that does not begin with one belongs to the cell, as in ``5" tube``.

    Raises:
        InputError: Text follows a closing quote, blanks precede an opening one, or a quote is never closed.
    """
    text = np.frombuffer(content, np.uint8)
    quotes = np.flatnonzero(text == QUOTE)
    if not len(quotes):
        return QuotedCells(quotes, quotes)
    mark = delimiter.encode()[0]
    before = np.where(quotes > 0, text[quotes - 1], LINE_FEED)
    after = np.where(quotes < len(text) - 1, text[np.minimum(quotes + 1, len(text) - 1)], LINE_FEED)
    twin = np.diff(quotes, append=-1) == 1  # another quote follows at once
    starts, ends = _is_edge(before, mark), _is_edge(after, mark)
    # The usual case: quotes open and close in turn, or a closing and an opening one make a doubled quote.
    if len(quotes) % 2 == 0:
        doubled = twin[1:-1:2]
        if (starts[0] and ends[-1]) and (doubled | (ends[1:-1:2] & starts[2::2])).all():
            first, last = np.append(True, ~doubled), np.append(~doubled, True)
            return QuotedCells(quotes[::2][first], quotes[1::2][last])
    return _walk(content, quotes, starts, ends, twin, file)


def _is_edge(bytes_beside: np.ndarray, mark: int) -> np.ndarray:
    return np.isin(bytes_beside, (mark, LINE_FEED, RETURN))


def _walk(
    content: bytes, quotes: np.ndarray, starts: np.ndarray, ends: np.ndarray, twin: np.ndarray, file: Path
) -> QuotedCells:
    """Return the quoted cells, one quote after the other."""
    opens: list[int] = []
    closes: list[int] = []
    at, count = 0, len(quotes)
    place, begins, finishes, pair = quotes.tolist(), starts.tolist(), ends.tolist(), twin.tolist()
    while at < count:
        if not begins[at]:
            if _follows_blanks(content, place[at]):
                raise InputError(
                    "expected no blank before an opening quote, found one",
                    file=file,
                    row=_line(content, place[at]),
                    cure="Take out blanks between delimiters and quotes.",
                )
            at += 1
            continue
        opens.append(place[at])
        at += 1
        while at < count and pair[at]:
            at += 2
        if at >= count:
            raise InputError(
                "expected every quoted cell to be closed, found one that runs to the end of the file",
                file=file,
                row=_line(content, opens[-1]),
                cure=CLOSE,
            )
        if not finishes[at]:
            opened, row = _line(content, opens[-1]), _line(content, place[at])
            where = f", opened in row {opened}" if opened != row else ""
            raise InputError(
                f"expected the cell to end at its closing quote{where}, found text after it",
                file=file,
                row=row,
                cure=CLOSE,
            )
        closes.append(place[at])
        at += 1
    return QuotedCells(np.array(opens, np.int64), np.array(closes, np.int64))


def _follows_blanks(content: bytes, place: int) -> bool:
    """Return whether nothing but blanks stands between the cell's start and a quote that is not its first byte."""
    start = place
    while start > 0 and content[start - 1] == BLANK:
        start -= 1
    return start < place and (start == 0 or content[start - 1] in EDGES)


def _line(content: bytes, place: int) -> int:
    """Return the line in which a place lies, counted from 1."""
    return content.count(b"\n", 0, place) + 1


def require_whole_rows(content: bytes, cells: QuotedCells, delimiter: str, *, columns: int, file: Path) -> None:
    """Raise where a quoted cell over several lines looks as if it had swallowed rows.

    Every one of its lines holds as many delimiters as a row of its own does; notes of several lines do not.
    """
    text = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(text == LINE_FEED)
    inside = cells.contain(ends)
    if columns < 2 or not inside.any():
        return
    if not len(ends) or ends[-1] != len(text) - 1:
        ends, inside = np.append(ends, len(text)), np.append(inside, False)
    marks = np.diff(np.searchsorted(np.flatnonzero(text == delimiter.encode()[0]), ends), prepend=0)  # per line
    first = np.flatnonzero(np.append(True, ~inside[:-1]))  # lines that begin a row
    lines = np.diff(first, append=len(ends))
    swallowed = (lines > 1) & (np.minimum.reduceat(marks, first) >= columns - 1)
    if swallowed.any():
        raise InputError(
            f"expected one row per line, found a quoted cell over {int(lines[swallowed][0])} lines that look like rows",
            file=file,
            row=int(first[swallowed.argmax()]) + 1,
            cure=f"{CLOSE} Where the cell is meant so, take its line ends out.",
        )
