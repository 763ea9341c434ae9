"""The distinct cells of a column over several tables: looked at once, however often they occur."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

INVISIBLE = dict.fromkeys(
    [*map(ord, "\u00ad\u061c\u2060\ufeff"), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
"""Characters without width, which spreadsheets and web pages leave in cells."""
CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""What terminals understand and no reader sees; not tabs and line ends."""
WIDE = {0xFF01 + at: 0x21 + at for at in range(94)}
"""Letters and digits of the width of Chinese characters, as plain ones."""
MINUS = {
    ord("\u2212"): "-",
    ord("\ufe63"): "-",
    ord("\uff0d"): "-",
    ord("\uff0b"): "+",
    ord("\uff0e"): ".",
    ord("\u066b"): ".",
}

LEADING_ZERO = r"^\s*0\d[\d.]*\s*$"
"""Codes of digits: 0083 is another one than 083, and 008.45 is no number either."""


@dataclass(frozen=True, eq=False)
class DistinctCells:
    """The distinct cells of one column of several tables.

    Attributes:
        texts: Distinct cells as text without surrounding blanks, shape ``(distinct,)``.
        place: Which distinct cell each row holds, tables one after the other, shape ``(rows,)``.
        sizes: Rows of each table.
        absent: Which distinct cells mean "missing".
    """

    texts: "pa.Array"
    place: np.ndarray
    sizes: tuple[int, ...]
    absent: np.ndarray

    @classmethod
    def of(cls, columns: Sequence["pa.ChunkedArray"], missing: Sequence[str]) -> "DistinctCells":
        """Return the distinct cells of one column per table."""
        import pyarrow as pa
        import pyarrow.compute as pc

        filled = [pc.fill_null(column, "") if column.null_count else column for column in columns]
        chunks = [chunk for column in filled for chunk in column.chunks]
        whole = pa.chunked_array(chunks, pa.string()).combine_chunks()
        encoded = pc.dictionary_encode(whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole)
        place = encoded.indices.to_numpy(zero_copy_only=False)
        texts = clean_cells(encoded.dictionary)
        if texts is not encoded.dictionary:  # cells that differ in blanks alone become one
            again = pc.dictionary_encode(texts)
            texts, place = again.dictionary, again.indices.to_numpy(zero_copy_only=False)[place]
        return cls(texts, place, tuple(len(column) for column in columns), is_missing(texts, missing))

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows of each table hold each distinct cell, shape ``(tables, distinct)``."""
        ends = np.cumsum((0, *self.sizes))
        parts = [self.place[start:stop] for start, stop in pairwise(ends)]
        return np.stack([np.bincount(part, minlength=len(self.texts)) for part in parts])

    @cached_property
    def given(self) -> np.ndarray:
        """Which distinct cells are not missing, shape ``(distinct,)``, bool."""
        return ~self.absent

    @cached_property
    def rows(self) -> np.ndarray:
        """How many rows hold each distinct cell, all tables together, shape ``(distinct,)``."""
        counts: np.ndarray = self.counts.sum(axis=0)
        return counts

    def first_row(self, cells: np.ndarray) -> tuple[int, int]:
        """Return the table and the row (header = row 1) of the first of these distinct cells, given as bool."""
        at = int(cells[self.place].argmax())
        ends = np.cumsum(self.sizes)
        table = int(np.searchsorted(ends, at, side="right"))
        return table, at - int(ends[table]) + self.sizes[table] + 2


def plain_numbers(
    columns: Sequence["pa.ChunkedArray"], missing: Sequence[str], *, codes: bool = True
) -> np.ndarray | None:
    """Return the rows of columns that hold numbers and empty cells alone, NaN where empty; None for others.

    The short way: no distinct cells are looked for. With ``codes``, a cell with a leading zero may be no number.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if missing_numbers(tuple(missing)) or not all(begins_with_numbers(column, missing) for column in columns):
        return None
    text = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    absent = 0
    try:
        values: np.ndarray = pc.cast(text, pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        text = pc.if_else(pc.equal(text, ""), None, text)
        absent = text.null_count
        try:
            values = pc.cast(text, pa.float64()).to_numpy()
        except pa.ArrowInvalid:
            return None
    if np.count_nonzero(np.isfinite(values)) != len(values) - (absent or text.null_count):
        return None
    return None if codes and any(_has_leading_zero(chunk) for chunk in text.chunks) else values


def _has_leading_zero(cells: "pa.StringArray") -> bool:
    """Return whether a cell begins with a zero and another digit, seen from the bytes alone."""
    _, places, data = cells.buffers()
    if not len(cells) or data is None:
        return False
    ends = np.frombuffer(places, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    text = np.frombuffer(data, np.uint8)
    if ends[-1] == ends[0]:
        return False
    zero = np.flatnonzero(text.take(ends[:-1], mode="clip") == ord("0"))
    second = text.take(ends[zero] + 1, mode="clip")[ends[zero + 1] - ends[zero] > 1]
    return bool(((second >= ord("0")) & (second <= ord("9"))).any())


def begins_with_numbers(cells: "pa.Array | pa.ChunkedArray", missing: Sequence[str]) -> bool:
    """Return whether the first cells are numbers or missing: a look that spares Arrow its slow exceptions."""
    for text in cells.slice(0, 5).to_pylist():
        try:
            if text and text not in missing:
                float(text)
        except ValueError:
            return False
    return True


def clean_cells(cells: "pa.Array") -> "pa.Array":
    """Return cells without surrounding blanks and invisible characters, with digits of all scripts as 0 to 9.

    The same array comes back where there is nothing to do.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(cells)
    if pc.any(pc.match_substring_regex(trimmed, CONTROLS)).as_py():
        trimmed = pc.utf8_trim_whitespace(pc.replace_substring_regex(trimmed, CONTROLS, ""))
    plain = pc.string_is_ascii(trimmed)
    if not pc.all(plain).as_py():
        fixed = [text if text.isascii() else _plain(text) for text in trimmed.to_pylist()]
        trimmed = pa.array(fixed, pa.string())
    return cells if trimmed.equals(cells) else trimmed


def _plain(text: str) -> str:
    """Return one cell in composed characters, without invisible ones, with ASCII digits.

    >>> _plain("\u200b\u0663\u0668 "), _plain("\u22125")
    ('38', '-5')
    """
    text = unicodedata.normalize("NFC", text.translate(INVISIBLE).translate(MINUS).translate(WIDE))
    text = "".join(" " if c.isspace() and not c.isascii() else c for c in text).strip()
    return "".join(
        str(unicodedata.digit(c)) if not c.isascii() and unicodedata.category(c) == "Nd" else c for c in text
    )


def is_missing(texts: "pa.Array", missing: Sequence[str]) -> np.ndarray:
    """Return which clean cells mean "missing", shape ``(n,)``, bool; an empty cell always does.

    A number among ``missing`` stands for all its spellings: -99 for -99.0, too.
    """
    import pyarrow.compute as pc

    found: np.ndarray = pc.is_in(texts, value_set=_missing_texts(tuple(missing))).to_numpy(zero_copy_only=False)
    numbers = missing_numbers(tuple(missing))
    if numbers:
        spellings = "|".join(str(number) for number in numbers)
        found = found | pc.match_substring_regex(texts, rf"^({spellings})\.0*$").to_numpy(zero_copy_only=False)
    return found


@lru_cache(maxsize=64)
def _missing_texts(missing: tuple[str, ...]) -> "pa.Array":
    import pyarrow as pa

    return pa.array(["", *(one.strip() for one in missing)], pa.string())


@lru_cache(maxsize=64)
def missing_numbers(missing: tuple[str, ...]) -> tuple[int, ...]:
    """Return the whole numbers among the cells that mean "missing"."""
    return tuple(sorted({int(float(one)) for one in missing if _is_whole(one)}))


def _is_whole(text: str) -> bool:
    try:
        return abs(float(text)) < 2**53 and float(text).is_integer()
    except ValueError:
        return False
