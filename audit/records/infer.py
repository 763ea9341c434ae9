"""A schema inferred from the real tables taken together, and marked as inferred.

Zeros and ones are binary. Whole numbers from 0 to 255, mostly 0, are counts; other numbers are continuous, and so are
dates that can be read in one way. Few distinct texts are levels. Free text, identifiers and numbers with text among
them are refused with a cure: a wrong guess there would publish names as levels, or measure distances between row
numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import DistinctCells
from synthaudit.audit.records.date_columns import infer_date
from synthaudit.audit.records.identifiers import number_key, text_key
from synthaudit.audit.records.levels import ONES, ZEROS, join_levels
from synthaudit.audit.records.notation import diagnosis, disguised_numbers
from synthaudit.audit.records.parse import LARGEST_COUNT, MISSING, parse_numbers
from synthaudit.audit.records.problems import Problems
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.sentinels import missing_options, number_sentinels, text_sentinels

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LEVELS = 100
"""More distinct texts than this are not taken for levels unless a schema declares them."""
LONG_TEXT, MANY_WORDS = 80, 6
"""A longer cell, or more words per distinct cell, is free text however few there are."""

LEADING_ZERO = r"^0\d[\d.]*$"
"""Codes of digits: 0083 is another one than 083, and 008.45 is no number either."""
DECLARE = "Declare it in the schema, or drop it (--drop)."
KEY_CURE = (
    "Name it with --id if it says whose row it is, or leave it out with --drop; declare it in a schema if it is a "
    "measurement."
)


def infer_schema(
    tables: Mapping[str, "pa.Table"],
    names: Sequence[str],
    *,
    published: Sequence["pa.Table"] = (),
    missing: Sequence[str] = MISSING,
) -> Schema:
    """Return a schema inferred from real tables jointly, marked as inferred.

    Args:
        tables: Real text tables by file name, such as members and holdout.
        names: The columns to infer; ids are left out by the caller.
        published: Synthetic tables. They only loosen: a decimal or a missing cell there makes the column hold
            decimals or missing values, since generators publish such cells; levels are the real tables' alone.
        missing: Cells that mean "missing".

    Raises:
        InputError: A column looks like free text or an identifier, holds dates that can be read in two ways, mixes
            numbers or dates with text, or is empty.
    """
    problems = Problems()
    columns = infer_columns(tables, names, published=published, missing=missing, problems=problems)
    problems.raise_any()
    return Schema(columns, inferred=True)


def infer_columns(
    tables: Mapping[str, "pa.Table"],
    names: Sequence[str],
    *,
    published: Sequence["pa.Table"] = (),
    missing: Sequence[str] = MISSING,
    problems: Problems,
) -> tuple[Column, ...]:
    """Return what ``infer_schema`` infers, less the columns whose problems are collected; and collect warnings."""
    columns = []
    for name in names:
        with problems.collect():
            columns.append(_infer(name, tables, published, missing, problems.warnings))
    return tuple(columns)


def _infer(
    name: str,
    tables: Mapping[str, "pa.Table"],
    published: Sequence["pa.Table"],
    missing: Sequence[str],
    warnings: list[InputError],
) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    file = next(iter(tables))
    cells = DistinctCells.of([table.column(name) for table in tables.values()], missing)
    given, lacking = cells.given, bool(cells.absent.any())
    if not given.any():
        raise InputError("expected values, found none", file=file, column=name, cure="Drop the column (--drop).")
    loose = [DistinctCells.of([table.column(name)], missing) for table in published if name in table.column_names]
    dates = infer_date(name, cells, list(tables))
    if dates is not None:
        codes = text_sentinels(cells.texts.filter(pa.array(given)).to_pylist())
        if codes:
            warnings.append(_missing_warning(name, codes, file))
        return replace(dates, missing=lacking or any(bool(table.absent.any()) for table in loose))
    values, bad = parse_numbers(cells.texts, missing)
    bad |= np.isinf(values)
    zeros = pc.starts_with(cells.texts, "0").to_numpy(zero_copy_only=False) & given
    if zeros.any():
        zeros &= pc.match_substring_regex(cells.texts, LEADING_ZERO).to_numpy(zero_copy_only=False)
    if not bad.any() and not zeros.any():
        held = np.flatnonzero(given)
        column = _numeric(name, values[held], cells.counts[:, held], file)
        codes = number_sentinels(np.sort(values[held]))
        if codes:
            warnings.append(_missing_warning(name, codes, file))
        return _loosen(column, lacking, loose, missing)
    lacking = lacking or any(bool(table.absent.any()) for table in loose)
    texts = cells.texts.filter(pa.array(given)).to_pylist()
    rows, counts = int(cells.rows[given].sum()), cells.rows[given]
    codes = text_sentinels(texts)
    if codes:
        warnings.append(_missing_warning(name, codes, file))
    if not zeros.any():
        lowered = {text.lower() for text in texts}
        if lowered <= ONES | ZEROS and lowered & {"0", "1", "true", "false", "0.0", "1.0"}:
            return Column(name, "binary", missing=lacking)
        _refuse_mixed_numbers(name, cells, given & ~bad, list(tables))
    reason = text_key(name, texts, rows)
    if reason is not None:
        raise InputError(f"looks like an identifier ({reason})", file=file, column=name, cure=KEY_CURE)
    _refuse_free_text(name, texts, rows, file)
    levels, joined = join_levels(texts, counts)
    if len(levels) > MOST_LEVELS or (rows >= 20 and len(levels) > rows / 2):
        what = "codes with leading zeros" if zeros.sum() > len(texts) / 2 else "free text or an identifier"
        raise InputError(
            f"looks like {what} ({len(levels)} distinct texts in {rows} rows)",
            file=file,
            column=name,
            cure=f"Name it as id if it says whose row it is. {DECLARE}",
        )
    if joined:
        warnings.append(
            InputError(
                f"levels that differ in capitals alone are read as one ({joined} of them)",
                file=file,
                column=name,
                cure="Declare the levels in a schema to keep them apart.",
            )
        )
    return Column(name, "categorical", levels=levels, missing=lacking)


def _missing_warning(name: str, codes: Sequence[str], file: str) -> InputError:
    named = ", ".join(codes)
    return InputError(
        f"holds {named}, which exports write where a value is missing, and which is read as a value",
        file=file,
        column=name,
        cure=f"If it means missing, give {missing_options(codes)}",
    )


def _refuse_mixed_numbers(name: str, cells: DistinctCells, plain: np.ndarray, files: Sequence[str]) -> None:
    """Raise where most rows, or most distinct cells, are numbers and the others are not plain ones."""
    where = np.flatnonzero(cells.given & ~plain)
    texts = cells.texts.take(where).to_pylist()
    numeric = plain.copy()
    numeric[where] = disguised_numbers(texts)
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


def _refuse_free_text(name: str, texts: Sequence[str], rows: int, file: str) -> None:
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


def _numeric(name: str, values: np.ndarray, counts: np.ndarray, file: str) -> Column:
    """Return the guess for a column whose given cells are all numbers; ``counts`` are rows per table."""
    whole = bool((values == np.rint(values)).all())
    if np.isin(values, (0, 1)).all():
        return Column(name, "binary")
    reason = number_key(name, values, counts) if whole else None
    if reason is not None:
        raise InputError(f"looks like a row number or an identifier ({reason})", file=file, column=name, cure=KEY_CURE)
    rows = counts.sum(axis=0)
    if whole and values.min() == 0 and values.max() <= 255 and rows[values == 0].sum() == rows.max():
        return Column(name, "count")
    return Column(name, "continuous", integer=whole)


def _loosen(column: Column, lacking: bool, published: Sequence[DistinctCells], missing: Sequence[str]) -> Column:
    """Return the column as it must be to hold what was published, too."""
    kind, integer = column.kind, column.integer
    for cells in published:
        lacking = lacking or bool(cells.absent.any())
        values, _ = parse_numbers(cells.texts, missing)
        values = values[~np.isnan(values)]
        odd = bool((values != np.rint(values)).any())
        if kind == "count" and (odd or (values < 0).any() or (values > LARGEST_COUNT).any()):
            kind, integer = "continuous", not odd
        integer = integer and not odd
    return Column(column.name, kind, integer=integer, missing=lacking)
