"""A schema inferred from the real tables taken together, and marked as inferred.

Zeros and ones are binary. Whole numbers from 0 to 255, mostly 0, are counts; other numbers are continuous. Few
distinct texts are levels. Dates, free text and identifiers are refused with a cure: a wrong guess there would
publish names as levels, or measure distances between row numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.parse import LARGEST_COUNT, MISSING, parse_numbers
from synthaudit.audit.records.schema import Column, Schema

if TYPE_CHECKING:
    import pyarrow as pa

MOST_LEVELS = 100
"""More distinct texts than this are not taken for levels unless a schema declares them."""

DATE = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$"
ID_NAME = r"(?i:(^|[^a-z])(id|ids|index|mrn|row|rownum|nr|nbr|patient|subject|person)([^a-z]|$))|[a-z]I[dD]$"
DECLARE = "Declare it in the schema, or drop it."


@dataclass(frozen=True, eq=False)
class _DistinctCells:
    """The distinct cells of a column over all real tables.

    Attributes:
        cells: Distinct cells, missing ones included.
        counts: Rows each stands in.
        missing: Which of them mean "missing".
    """

    cells: "pa.Array"
    counts: np.ndarray
    missing: np.ndarray


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
        InputError: A column looks like a date, free text or an identifier, mixes numbers with text, or is empty.
    """
    columns = [_infer(name, tables, published, missing) for name in names]
    return Schema(tuple(columns), inferred=True)


def _infer(
    name: str, tables: Mapping[str, "pa.Table"], published: Sequence["pa.Table"], missing: Sequence[str]
) -> Column:
    import pyarrow.compute as pc

    file = next(iter(tables))
    seen = _distinct([table.column(name) for table in tables.values()], missing)
    given = ~seen.missing
    if not given.any():
        raise InputError("expected values, found none", file=file, column=name, cure="Drop the column.")
    values, bad = parse_numbers(seen.cells, missing)
    lacking = bool(seen.missing.any())
    if not (bad | np.isinf(values)).any():
        column = _numeric(name, values[given], seen.counts[given], file)
        loose = [_distinct([table.column(name)], missing) for table in published if name in table.column_names]
        return _loosen(column, lacking, loose, missing)
    texts = seen.cells.filter(given)
    if pc.all(pc.match_substring_regex(texts, DATE)).as_py():
        raise InputError(
            "looks like a date",
            file=file,
            column=name,
            cure="Turn it into a number (age, days since admission), or drop it.",
        )
    rows, levels = int(seen.counts[given].sum()), len(texts)
    if levels > MOST_LEVELS or (rows >= 20 and levels > rows / 2):
        numbers = int(seen.counts[given & ~bad].sum())
        if numbers > rows / 2:
            raise InputError(
                f"mixes numbers with text ({rows - numbers} of {rows} cells are not numbers)",
                file=file,
                column=name,
                cure=f"Mend these cells or leave them empty. {DECLARE}",
            )
        raise InputError(
            f"looks like free text or an identifier ({levels} distinct texts in {rows} rows)",
            file=file,
            column=name,
            cure=f"Name it as id if it says whose row it is. {DECLARE}",
        )
    lacking = lacking or any(
        _distinct([t.column(name)], missing).missing.any() for t in published if name in t.column_names
    )
    return Column(name, "categorical", levels=tuple(sorted(texts.to_pylist())), missing=bool(lacking))


def _distinct(columns: Sequence["pa.ChunkedArray"], missing: Sequence[str]) -> _DistinctCells:
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = [chunk for column in columns for chunk in pc.fill_null(column, "").chunks]
    found = pc.value_counts(pa.chunked_array(chunks, pa.string()))
    cells = found.field("values")
    blank = pc.is_in(pc.utf8_trim_whitespace(cells), value_set=pa.array(list(missing), pa.string()))
    return _DistinctCells(cells, found.field("counts").to_numpy(), blank.to_numpy(zero_copy_only=False))


def _numeric(name: str, values: np.ndarray, counts: np.ndarray, file: str) -> Column:
    """Return the guess for a column whose given cells are all numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = bool((values == np.rint(values)).all())
    if np.isin(values, (0, 1)).all():
        return Column(name, "binary")
    if whole and (counts == 1).all() and len(values) >= 20:
        dense = np.ptp(values) < 4 * len(values)
        if dense or pc.match_substring_regex(pa.scalar(name), ID_NAME).as_py():
            raise InputError(
                "looks like a row number or an identifier (whole numbers, each once)",
                file=file,
                column=name,
                cure=f"Name it as id if it says whose row it is. {DECLARE}",
            )
    zeros = counts[values == 0].sum()
    if whole and values.min() == 0 and values.max() <= 255 and zeros == counts.max():
        return Column(name, "count")
    return Column(name, "continuous", integer=whole)


def _loosen(column: Column, lacking: bool, published: Sequence[_DistinctCells], missing: Sequence[str]) -> Column:
    """Return the column as it must be to hold what was published, too."""
    kind, integer = column.kind, column.integer
    for seen in published:
        lacking = lacking or bool(seen.missing.any())
        values, _ = parse_numbers(seen.cells, missing)
        values = values[~np.isnan(values)]
        odd = (values != np.rint(values)).any()
        if kind == "count" and (odd or (values < 0).any() or (values > LARGEST_COUNT).any()):
            kind, integer = "continuous", not odd
        integer = integer and not odd
    return Column(column.name, kind, integer=integer, missing=lacking)
