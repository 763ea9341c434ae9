"""Which columns are dates, seen from their distinct cells: one format, or a refusal that says what is not clear."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import DistinctCells, clean_cells, is_missing
from synthaudit.audit.records.dates import CLEAR, ISO, date_cells, date_text, guess_format, has_time, parse_dates
from synthaudit.audit.records.schema import Column

if TYPE_CHECKING:
    import pyarrow as pa

Refuse = Callable[[np.ndarray, str, str], None]
"""Raises where a distinct cell is not allowed: (bad cells, what was expected, what to do)."""


def infer_date(name: str, column: DistinctCells, files: Sequence[str]) -> Column | None:
    """Return the column of dates that these cells are, or None where they are something else.

    Args:
        name: The column's name.
        column: Its distinct cells over all real tables.
        files: Names of the tables.

    Raises:
        InputError: Most cells are dates and some are not, or the dates can be read in two ways.
    """
    import pyarrow as pa

    given, rows = column.given, column.rows
    cells = column.texts.filter(pa.array(given))
    formats, fits = guess_format(cells)
    if not formats:
        return None
    format = formats[0]
    days = np.where(fits, 0.0, np.nan) if format == "%Y%m%d" or fits.all() else date_cells(cells, format)
    stray = np.zeros(len(given), dtype=bool)
    stray[given] = np.isnan(days)
    if stray.any():
        table, row = column.first_row(stray)
        raise InputError(
            f"mixes dates with other text ({int(rows[stray].sum()):,} of {int(rows[given].sum()):,} cells)",
            file=files[table],
            column=name,
            row=row,
            cure="Mend these cells, name what stands for a missing date with --missing, or drop the column (--drop).",
        )
    if len(formats) == 2 or "%y" in format:
        what = "whose day and month cannot be told apart" if len(formats) == 2 else "with two digits of a year"
        raise InputError(
            f"holds dates {what}",
            file=files[0],
            column=name,
            cure=f"Declare it in a schema, as in kind = 'date', format = '{format}', or leave it out with --drop.",
        )
    if not has_time(format) and (days != np.floor(days)).any():
        timed = (one for one in CLEAR if one.startswith(format) and one != format)
        format = max(timed, key=lambda one: int(np.isfinite(parse_dates(cells, one)).sum()))
    return Column(name, "continuous", integer=not has_time(format), format=format)


def parse_date_column(cells: "pa.Array", spec: Column, missing: Sequence[str], refuse: Refuse) -> np.ndarray:
    """Return distinct cells as days since 1970-01-01 that the column may hold; NaN where missing."""
    format = spec.format or ISO
    texts = clean_cells(cells)
    absent = is_missing(texts, missing)
    days = np.where(absent, np.nan, date_cells(texts, format))
    bad = np.isnan(days) & ~absent
    refuse(bad, f"expected a date written as {format}", "Mend the cell, leave it empty, or name it with --missing.")
    bounds = "Mend the cell, or widen low and high in the schema."
    if spec.low is not None:
        refuse(days < spec.low, f"expected a date from {date_text(spec.low, format)} on", bounds)
    if spec.high is not None:
        refuse(days >= spec.high + 1, f"expected a date up to {date_text(spec.high, format)}", bounds)
    if spec.integer:
        refuse(np.floor(days) < days, "expected a date without a time of day", "Declare a format with hours.")
    return days
