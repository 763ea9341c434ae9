"""Patient ids and codes as keys: the same text for the same patient, however a program wrote it."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import clean_cells, is_missing
from synthaudit.audit.records.problems import cell_error

if TYPE_CHECKING:
    import pyarrow as pa

KEY_MISSING = (
    *(
        "",
        "na",
        "n/a",
        "<na>",
        "nan",
        "null",
        "none",
        "nat",
        "nil",
        "(null)",
        "#n/a",
        "unknown",
        "unk",
        "missing",
        "(blank)",
    ),
    *("not known", "not coded", "not available", "not recorded", "not applicable", "undefined", "no data", "no code"),
)
"""Cells that hold no patient and no code, in lower case: what programs print for a missing value."""
FEWEST_ROWS = 20
"""Rows from which one id for all of them is a mistake."""
WHOLE = r"^\d+\.0+$|^\d(\.\d*)?[eE]\+\d{1,2}$|^\d\.\d*[eE]\d{1,2}$"
"""Whole numbers as programs print them in a column of decimals; 1E10 alone is a code of ICD-11."""


def parse_ids(table: "pa.Table", id: str, *, file: str | Path | None = None, missing: Sequence[str] = ()) -> np.ndarray:
    """Return the id column as text, shape ``(n,)``; an id may not be missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(pc.fill_null(table.column(id), "").combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    ids, absent = plain_keys(encoded.dictionary)
    where = encoded.indices.to_numpy(zero_copy_only=False)
    _require_whole_ids(encoded.dictionary.to_pylist(), where, file, id)
    absent |= is_missing(clean_cells(encoded.dictionary), missing)
    if absent.any():
        bad = absent[where]
        if bad.any():
            raise cell_error("expected a patient id, found none", bad, file, id, "Give every row its patient's id.")
    texts: np.ndarray = np.asarray(ids.to_numpy(zero_copy_only=False)).astype(str)
    return np.asarray(texts[where])


def _require_whole_ids(cells: Sequence[str], where: np.ndarray, file: str | Path | None, id: str) -> None:
    """Raise where a program has cut ids to few digits, or where one id stands in every row."""
    lost = np.array([_has_lost_digits(cell) for cell in cells], bool)
    if 10 * lost.sum() > len(cells) and len(where) > 1:
        problem = "expected ids with all their digits, found numbers such as 1.23E+07"
        raise cell_error(problem, lost[where], file, id, "Export ids as text.")
    if len(cells) == 1 and len(where) >= FEWEST_ROWS:
        raise InputError(
            f"expected ids that tell patients apart, found one for all {len(where):,} rows",
            file=file,
            column=id,
            cure="Name the column of patient ids, or leave --id out where every row is a patient.",
        )


def _has_lost_digits(text: str) -> bool:
    """Return whether a number with an exponent shows fewer digits than it has, or more than a double holds.

    >>> [_has_lost_digits(cell) for cell in ("1.23E+07", "1.2345678e7", "1.2345678901234568e+16", "4e12x", "12")]
    [True, False, True, False, False]
    """
    match = re.fullmatch(r"\s*\d(?:\.(\d*))?[eE]\+?(\d{1,2})\s*", text)
    if match is None or ("." not in text and "+" not in text):
        return False
    return len(match[1] or "") < int(match[2]) or int(match[2]) > 15


def plain_keys(cells: "pa.Array", *, integers: bool = True) -> tuple["pa.Array", np.ndarray]:
    """Return patients or codes without blanks, with whole numbers as integers, and which mean "none".

    ``12.0`` is what programs make of 12 in a column that lacks a value, and ``1.2e7`` of a long number. Where not all
    keys are integers, ``250.0`` may be a code of its own: it stays unless every key is a whole number.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = clean_cells(cells)
    whole = pc.match_substring_regex(texts, WHOLE)
    none = no_key(texts)
    if pc.any(whole).as_py():
        number = pc.match_substring_regex(texts, rf"^\d+$|{WHOLE}").to_numpy(zero_copy_only=False)
        if integers or (number | none).all():
            pairs = zip(texts.to_pylist(), whole.to_pylist(), strict=True)
            texts = pa.array([_integer(text) if is_whole else text for text, is_whole in pairs], pa.string())
    return texts, none


def no_key(texts: "pa.Array") -> np.ndarray:
    """Return which clean cells hold no patient and no code, shape ``(n,)``, bool: words for none, or marks alone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(KEY_MISSING, pa.string()))
    marks = pc.match_substring_regex(texts, r"^[!-/:-@\[-`{-~\s]*$")
    return pc.or_(words, marks).to_numpy(zero_copy_only=False).copy()  # type: ignore[no-any-return]


def _integer(text: str) -> str:
    """Return a number's text as an integer where it is one; leading zeros stay."""
    if "e" not in text.lower():
        return text.partition(".")[0]
    number = float(text)
    return str(int(number)) if number.is_integer() else text


def require_distinct_spellings(ids: Mapping[str, np.ndarray]) -> None:
    """Raise where two tables have patients in common but for leading zeros, capitals or marks.

    Args:
        ids: Patient ids of each table by role, as text.

    Raises:
        InputError: More than one in a hundred patients of a table are in another one under another spelling.
    """
    exact = {role: np.unique(patients.astype(str)) for role, patients in ids.items()}
    for first, second in combinations(exact, 2):
        here, there = (
            {_folded(id) for id in np.setdiff1d(exact[a], exact[b]).tolist()}
            for a, b in ((first, second), (second, first))
        )
        alike = len(here & there)
        if alike > max(1, min(len(exact[first]), len(exact[second])) / 100):
            raise InputError(
                f"expected {first} and {second} to write patient ids alike, found {alike:,} that differ in leading "
                "zeros, capitals or marks alone",
                cure="Write ids alike in every table, so that a patient of both is seen.",
            )


def _folded(id: str) -> str:
    """Return an id without capitals, marks and leading zeros.

    >>> _folded("{00AB-12}"), _folded("1,234"), _folded("000")
    ('ab12', '1234', '0')
    """
    return "".join(c for c in id.casefold() if c.isalnum()).lstrip("0") or "0"
