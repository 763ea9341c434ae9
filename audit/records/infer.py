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
from synthaudit.audit.records.cells import LEADING_ZERO, DistinctCells, plain_numbers
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
    real = [table.column(name) for table in tables.values()]
    also = [table.column(name) for table in published if name in table.column_names]
    plain = plain_numbers(real, missing)
    if plain is not None and not _like_days(plain) and np.isfinite(plain).any():
        return _loosen(_numeric(name, plain, list(map(len, real)), file, warnings), also, missing)
    cells = DistinctCells.of(real, missing)
    given, lacking = cells.given, bool(cells.absent.any())
    if not given.any():
        raise InputError("expected values, found none", file=file, column=name, cure="Drop the column (--drop).")
    dates = infer_date(name, cells, list(tables))
    lacking = lacking or any(bool(DistinctCells.of([column], missing).absent.any()) for column in also)
    if dates is not None:
        codes = text_sentinels(cells.texts.filter(pa.array(given)).to_pylist())
        if codes:
            warnings.append(_missing_warning(name, codes, file))
        return replace(dates, missing=lacking)
    values, bad = parse_numbers(cells.texts, missing)
    bad |= np.isinf(values)
    zeros = given & pc.match_substring_regex(cells.texts, LEADING_ZERO).to_numpy(zero_copy_only=False)
    if not bad.any() and not zeros.any():
        return _loosen(_numeric(name, values[cells.place], cells.sizes, file, warnings), also, missing)
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


def _like_days(values: np.ndarray) -> bool:
    """Return whether all numbers have eight digits, as 20190131 has."""
    low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
    return bool(low >= 10**7 and high < 10**8)


def _numeric(name: str, rows: np.ndarray, sizes: Sequence[int], file: str, warnings: list[InputError]) -> Column:
    """Return the guess for a column whose given cells are all numbers.

    Args:
        name: The column's name.
        rows: Its numbers, tables one after the other, NaN where missing.
        sizes: Rows of each table.
        file: Named in errors.
        warnings: Gets what looks like a code for missing.
    """
    given = rows[~np.isnan(rows)]
    lacking = len(given) < len(rows)
    values = np.unique(given)
    whole = bool((values == np.rint(values)).all())
    codes = number_sentinels(values)
    if codes:
        warnings.append(_missing_warning(name, codes, file))
    if values[0] >= 0 and values[-1] <= 1 and len(values) <= 2 and whole:
        return Column(name, "binary", missing=lacking)
    if not whole:
        return Column(name, "continuous", missing=lacking)
    counts = np.stack([_counts(table[~np.isnan(table)], values) for table in np.split(rows, np.cumsum(sizes)[:-1])])
    reason = number_key(name, values, counts)
    if reason is not None:
        raise InputError(f"looks like a row number or an identifier ({reason})", file=file, column=name, cure=KEY_CURE)
    times = counts.sum(axis=0)
    if values[0] == 0 and values[-1] <= 255 and times[0] == times.max():
        return Column(name, "count", missing=lacking)
    return Column(name, "continuous", integer=True, missing=lacking)


def _counts(cells: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return how many cells hold each of the sorted whole values, shape of ``values``; every cell holds one."""
    first, width = values[0], values[-1] - values[0] + 1
    if width <= 10**6:  # counting is faster than searching
        counted = np.bincount((cells - first).astype(np.int64), minlength=int(width))
        return np.asarray(counted[(values - first).astype(np.int64)])
    return np.bincount(np.searchsorted(values, cells), minlength=len(values))


def _loosen(column: Column, published: "Sequence[pa.ChunkedArray]", missing: Sequence[str]) -> Column:
    """Return the column as it must be to hold what was published, too."""
    kind, integer, lacking = column.kind, column.integer, column.missing
    for cells in published:
        values = plain_numbers([cells], missing)
        if values is None:
            distinct = DistinctCells.of([cells], missing)
            values, lacking = parse_numbers(distinct.texts, missing)[0], lacking or bool(distinct.absent.any())
        else:
            lacking = lacking or bool(np.isnan(values).any())
        values = values[~np.isnan(values)]
        odd = bool((values != np.rint(values)).any())
        if kind == "count" and (odd or (values < 0).any() or (values > LARGEST_COUNT).any()):
            kind, integer = "continuous", not odd
        integer = integer and not odd
    return Column(column.name, kind, integer=integer, missing=lacking)
