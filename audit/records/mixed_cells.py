"""Columns whose cells are not all of one kind, or hold more than one value: refused, with what they hold and a cure."""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import DistinctCells
from synthaudit.audit.records.notation import FEW_SPELLINGS, are_bands, diagnosis, disguised_numbers

if TYPE_CHECKING:
    import pyarrow as pa

LONG_TEXT, MANY_WORDS = 80, 6
"""A longer cell, or more words per distinct cell, is free text however few there are."""
DECLARE = "Declare it in the schema, or drop it (--drop)."
POWER = re.compile(r"\d[eE]\d{1,3}")
"""What is both a number (1E10) and a code (of ICD-11); programs write numbers with a sign or a point there."""
SEVERAL = (re.compile(r"\S\s*;\s*\S"), re.compile(r"\S\s*\|\s*\S"), re.compile(r"[A-Z]\d\S*\s*,\s*[A-Z]\d\S*"))
"""Marks between values, and a comma between codes: in names it parts no values."""


def refuse_mixed_numbers(name: str, cells: DistinctCells, plain: np.ndarray, files: Sequence[str]) -> None:
    """Raise where most rows, or most distinct cells, are numbers and the others are not plain ones."""
    where = np.flatnonzero(cells.given & ~plain)
    texts = cells.texts.take(where).to_pylist()
    numeric = plain.copy()
    numeric[where] = disguised_numbers(texts, int(plain.sum()))
    rows, total = int(cells.rows[numeric].sum()), int(cells.rows[cells.given].sum())
    if 2 * rows <= total and 2 * int(numeric.sum()) <= int(cells.given.sum()):
        return
    table, row = cells.first_row(cells.given & ~plain)
    count = int(cells.rows[where].sum())
    what, cure = diagnosis(texts, cells.rows[where].tolist())
    raise InputError(
        f"mixes numbers with text ({count} of {total} cells are not numbers): {what}"
        if plain.any()
        else f"holds {what}, not plain numbers ({count} cells)",
        file=files[table],
        column=name,
        row=row,
        cure=f"{cure.rstrip('.')}. {DECLARE}",
    )


def refuse_free_text(name: str, texts: Sequence[str], rows: int, file: str) -> None:
    """Raise where cells are sentences rather than levels, or hold a line end."""
    longest, words = max(map(len, texts)), sum(len(text.split()) for text in texts) / len(texts)
    lines = any("\n" in text or "\r" in text for text in texts)
    if longest > LONG_TEXT or words >= MANY_WORDS or lines:
        why = "with line ends" if lines else f"of up to {longest} characters"
        raise InputError(
            f"looks like free text ({len(texts)} distinct texts {why} in {rows} rows)",
            file=file,
            column=name,
            cure="Leave it out with --drop; no text is audited, and names in it would become levels.",
        )


def refuse_powers(name: str, columns: "Sequence[pa.ChunkedArray]", file: str) -> None:
    """Raise where every cell that is given is a digit, an E and digits."""
    import pyarrow.compute as pc

    first = next((column[0].as_py() for column in columns if len(column)), None) or ""
    if first.strip() and POWER.fullmatch(first.strip()) is None:
        return
    cells = [pc.utf8_trim_whitespace(pc.fill_null(column, "")) for column in columns]
    if all(pc.all(pc.match_substring_regex(part, rf"^({POWER.pattern})?$")).as_py() for part in cells):
        raise InputError(
            "holds cells such as 1E5 alone, which are numbers or codes",
            file=file,
            column=name,
            cure=f"Write numbers out, as in 100000. {DECLARE}",
        )


def refuse_several_values(name: str, texts: Sequence[str], rows: int, file: str) -> None:
    """Raise where cells are lists, or hold several codes between the same marks."""
    lists = [text for text in texts if text[:1] + text[-1:] in ("[]", "{}") and _is_list(text)]
    if 2 * len(lists) > len(texts) and not are_bands(texts):
        what, count = "lists or JSON", len(lists)
    else:
        count = max(sum(mark.search(text) is not None for text in texts) for mark in SEVERAL)
        what = "several values in one cell" if len(texts) > FEW_SPELLINGS and 2 * count > len(texts) else ""
    if what:
        raise InputError(
            f"holds {what} ({count} of {len(texts)} distinct texts in {rows} rows)",
            file=file,
            column=name,
            cure=f"Give each value a row and read them as codes, or a column of its own. {DECLARE}",
        )


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text.replace("'", '"')), list | dict)
    except (ValueError, RecursionError):
        return False
