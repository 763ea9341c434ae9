"""Patient ids and codes as keys: the same text for the same patient, however a program wrote it."""

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
    absent |= is_missing(clean_cells(encoded.dictionary), missing)
    if absent.any():
        bad = absent[where]
        if bad.any():
            raise cell_error("expected a patient id, found none", bad, file, id, "Give every row its patient's id.")
    texts: np.ndarray = np.asarray(ids.to_numpy(zero_copy_only=False)).astype(str)
    return np.asarray(texts[where])


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
    """Raise where two tables have patients in common but for leading zeros or capitals.

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
                "zeros or capitals alone",
                cure="Write ids alike in every table, so that a patient of both is seen.",
            )


def _folded(id: str) -> str:
    return id.casefold().lstrip("0") or "0"
