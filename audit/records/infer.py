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
from synthaudit.audit.records.column_names import holds_codes, holds_diagnoses, serial_days
from synthaudit.audit.records.date_columns import infer_date
from synthaudit.audit.records.identifiers import number_key
from synthaudit.audit.records.inferred_levels import KEY_CURE, infer_levels
from synthaudit.audit.records.levels import ONES, ZEROS
from synthaudit.audit.records.mixed_cells import (
    refuse_mixed_numbers,
    refuse_powers,
)
from synthaudit.audit.records.parse import LARGEST_COUNT, MISSING, parse_numbers
from synthaudit.audit.records.problems import Problems
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.sentinels import (
    date_sentinels,
    may_hold_sentinels,
    missing_options,
    number_sentinels,
    text_sentinels,
)

if TYPE_CHECKING:
    import pyarrow as pa


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
    numbers: dict[str, np.ndarray] | None = None,
) -> tuple[Column, ...]:
    """Return what ``infer_schema`` infers, less the columns whose problems are collected; and collect warnings.

    Args:
        tables: As for ``infer_schema``.
        names: As there.
        published: As there.
        missing: As there.
        problems: Gets errors and warnings.
        numbers: Gets the numbers of columns that hold nothing else, tables one after the other, to be parsed once.
    """
    columns = []
    for name in names:
        with problems.collect():
            columns.append(_infer(name, tables, published, missing, problems.warnings, numbers))
    return tuple(columns)


def _infer(
    name: str,
    tables: Mapping[str, "pa.Table"],
    published: Sequence["pa.Table"],
    missing: Sequence[str],
    warnings: list[InputError],
    numbers: dict[str, np.ndarray] | None,
) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    file = next(iter(tables))
    real = [table.column(name) for table in tables.values()]
    also = [table.column(name) for table in published if name in table.column_names]
    plain = plain_numbers(real, missing)
    if (
        plain is not None
        and not _like_days(plain)
        and np.isfinite(plain).any()
        and not holds_codes(name, _given(plain))
    ):
        refuse_powers(name, real, file)
        if numbers is not None:
            numbers[name] = plain
        return _loosen(_numeric(name, plain, list(map(len, real)), file, warnings), also, missing)
    cells = DistinctCells.of(real, missing)
    given, lacking = cells.given, bool(cells.absent.any())
    if not given.any():
        raise InputError("expected values, found none", file=file, column=name, cure="Drop the column (--drop).")
    dates = infer_date(name, cells, list(tables))
    lacking = lacking or any(bool(DistinctCells.of([column], missing).absent.any()) for column in also)
    texts = cells.texts.filter(pa.array(given)).to_pylist()
    if dates is not None:
        sentinels = date_sentinels(texts, cells.rows[given], dates.format or "")
        warnings += [_missing_warning(name, sentinels, file)] if sentinels else []
        return replace(dates, missing=lacking)
    values, bad = parse_numbers(cells.texts, missing)
    bad |= np.isinf(values)
    zeros = given & pc.match_substring_regex(cells.texts, LEADING_ZERO).to_numpy(zero_copy_only=False)
    coded = not bad.any() and holds_codes(name, _given(values))
    if not bad.any() and not zeros.any() and not coded:
        refuse_powers(name, real, file)
        return _loosen(_numeric(name, values[cells.place], cells.sizes, file, warnings), also, missing)
    signs = text_sentinels(texts)
    if signs:
        warnings.append(_missing_warning(name, signs, file))
    if not zeros.any() and not coded and not holds_diagnoses(name, texts):
        lowered = {text.casefold() for text in texts}
        if lowered <= ONES | ZEROS and lowered & {"0", "1", "true", "false", "0.0", "1.0"}:
            return Column(name, "binary", missing=lacking)
        refuse_mixed_numbers(name, cells, given & ~bad, list(tables))
    levels = infer_levels(name, texts, cells.rows[given], file, warnings, coded=coded, zeros=int(zeros.sum()))
    return Column(name, "categorical", levels=levels, missing=lacking)


def _given(values: np.ndarray) -> np.ndarray:
    given: np.ndarray = values[np.isfinite(values)]
    return given


def _missing_warning(name: str, codes: Sequence[str], file: str) -> InputError:
    named = ", ".join(codes)
    return InputError(
        f"holds {named}, which exports write where a value is missing, and which is read as a value",
        file=file,
        column=name,
        cure=f"If it means missing, give {missing_options(codes)}",
    )


def _like_days(values: np.ndarray) -> bool:
    """Return whether most numbers have eight digits as 20190131 has, or twelve or fourteen with a time of day."""
    low, high = np.nanmin(values, initial=np.inf), np.nanmax(values, initial=-np.inf)
    if (low >= 0 and 10**7 <= high < 10**8) or (low >= 10**11 and high < 10**14):
        return bool(2 * np.count_nonzero(values >= 10**7) > np.count_nonzero(~np.isnan(values)))
    return False


def _numeric(name: str, rows: np.ndarray, sizes: Sequence[int], file: str, warnings: list[InputError]) -> Column:
    """Return the guess for a column whose given cells are all numbers.

    Args:
        name: The column's name.
        rows: Its numbers, tables one after the other, NaN where missing.
        sizes: Rows of each table.
        file: Named in errors.
        warnings: Gets what looks like a code for missing.
    """
    given = _given(rows)
    lacking = len(given) < len(rows)
    low, high = given.min(), given.max()
    whole = bool((given == np.rint(given)).all())
    if whole:
        values, counts = _counted(rows, sizes, low, high)
    else:
        values = np.unique(given) if may_hold_sentinels(low, high) else np.array([low, high])
    codes = number_sentinels(values)
    if codes:
        warnings.append(_missing_warning(name, codes, file))
    if low >= 0 and high <= 1 and whole:
        return Column(name, "binary", missing=lacking)
    if serial_days(name, values):
        warnings.append(
            InputError(
                "looks like dates as a spreadsheet counts days, and is read as plain numbers",
                file=file,
                column=name,
                cure="Export dates as text if other tables hold them so.",
            )
        )
    if not whole:
        return Column(name, "continuous", missing=lacking)
    reason = number_key(name, values, counts)
    if reason is not None:
        raise InputError(f"looks like a row number or an identifier ({reason})", file=file, column=name, cure=KEY_CURE)
    times = counts.sum(axis=0)
    if values[0] == 0 and values[-1] <= 255 and times[0] == times.max():
        return Column(name, "count", missing=lacking)
    return Column(name, "continuous", integer=True, missing=lacking)


def _counted(
    rows: np.ndarray, sizes: Sequence[int], low: np.floating, high: np.floating
) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted distinct whole numbers of a column, and how many rows of each table hold each of them."""
    tables = [_given(table) for table in np.split(rows, np.cumsum(sizes)[:-1])]
    width = int(high - low) + 1 if high - low <= 10**6 else 0
    if width:  # counting is faster than sorting
        counts = np.stack([np.bincount((table - low).astype(np.int64), minlength=width) for table in tables])
        present = np.flatnonzero(counts.any(axis=0))
        return low + present, counts[:, present]
    values = np.unique(_given(rows))
    return values, np.stack([np.bincount(np.searchsorted(values, table), minlength=len(values)) for table in tables])


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
