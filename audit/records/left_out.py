"""Cells of columns that an audit leaves out: hashed, so that a published table that has them can be held against them.

A column that is left out is no feature of any attack. Where a published table has it nevertheless, it may hold values
of patients: account numbers, notes. Those are looked for by equality, for which a hash is enough.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.records.cells import is_missing
from synthaudit.audit.records.keys import plain_keys

if TYPE_CHECKING:
    import pyarrow as pa

MISSING_CELL = np.uint64(0)
"""Stands for a cell that holds nothing."""

RUNNING = 4
"""Whole numbers that fill at least one in so many places from the smallest to the largest count rows, not patients."""

NUMBER = r"^[+-]?(0|[1-9]\d*|0?\.\d+|(0|[1-9]\d*)\.\d*)([eE][+-]?\d{1,3})?$"
"""Numbers without leading zeros, which are codes."""


def hashed_cells(table: "pa.Table", names: Sequence[str], *, missing: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """Return a 64-bit hash per cell of each named column that the table has, shape ``(n,)``; ``MISSING_CELL`` for none.

    Equal cells have one hash in every table: capitals and blanks do not matter, nor how a number is written.

    Args:
        table: Text columns.
        names: Columns to hash.
        missing: Cells that mean "missing" besides what programs print for it.

    >>> import pyarrow as pa
    >>> one, two, none, other = hashed_cells(pa.table({"key": ["12.50", "12.5", "NA", " A  b "]}), ["key"])["key"]
    >>> bool(one == two), int(none), bool(other == hashed_cells(pa.table({"key": ["a B"]}), ["key"])["key"][0])
    (True, 0, True)
    """
    return {name: _hashed(table.column(name), missing) for name in names if name in table.column_names}


def _hashed(column: "pa.ChunkedArray", missing: Sequence[str]) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pandas.util import hash_array

    encoded = pc.dictionary_encode(pc.fill_null(column, "").combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    texts, absent = plain_keys(encoded.dictionary)
    absent |= is_missing(texts, missing)
    numbers = pc.match_substring_regex(texts, NUMBER).to_pylist()
    plain = [_plain(text, number) for text, number in zip(texts.to_pylist(), numbers, strict=True)]
    hashes = np.maximum(hash_array(np.array(plain, dtype=object), categorize=False), np.uint64(1))
    hashes[absent] = MISSING_CELL
    cells: np.ndarray = hashes[encoded.indices.to_numpy(zero_copy_only=False)]
    return cells


def _plain(text: str, is_number: bool) -> str:
    if is_number and len(text) <= 15:
        return f"{float(text):.15g}"
    return " ".join(text.casefold().split())


def counts_rows(texts: np.ndarray) -> bool:
    """Return whether distinct keys are running whole numbers, which number rows and name no patient.

    >>> counts_rows(np.array(["1", "2", "3"])), counts_rows(np.array(["1007", "880", "p1"]))
    (True, False)
    """
    if not len(texts) or not np.char.isdigit(texts).all() or np.char.str_len(texts).max() > 15:
        return False
    numbers = texts.astype(np.int64)
    return bool(np.ptp(numbers) < RUNNING * len(numbers))


def without_row_numbers(table: "pa.Table", names: Sequence[str]) -> list[str]:
    """Return those of the named columns that do more than number a published table's rows."""
    kept = []
    for name in names:
        if name in table.column_names:
            texts, none = plain_keys(table.column(name).unique())
            if not counts_rows(np.unique(np.array(texts.to_pylist(), dtype=str)[~none])):
                kept.append(name)
    return kept
