"""Text columns to records, each cell checked against the schema."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.table import Records

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = ("", "NA", "N/A", "<NA>", "NaN", "nan", "NULL", "null")
"""Cells that mean "missing" unless a level of the column is spelled so."""

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
LARGEST_COUNT = 2**32 - 1

Refuse = Callable[[np.ndarray, str, str], None]
"""Raises where a distinct cell is not allowed: (bad cells, what was expected, what to do)."""


def parse_records(
    table: "pa.Table",
    schema: Schema,
    *,
    file: str | Path | None = None,
    id: str | None = None,
    missing: Sequence[str] = MISSING,
) -> Records:
    """Return the table's rows as records under ``schema``, columns matched by name.

    Args:
        table: Text columns, as ``read_text`` returns them.
        schema: What each column may hold.
        file: Named in errors.
        id: The column that says whose row it is; None makes every row a patient, 0, 1, ....
        missing: Cells that mean "missing".

    Raises:
        InputError: A column is missing or unexpected, or a cell is not what the schema says. The message names the
            column and the first such row (header = row 1), never the cell.
    """
    check_columns(table.column_names, schema, file=file, id=id)
    patients = np.arange(table.num_rows) if id is None else parse_ids(table, id, file=file, missing=missing)
    columns = {
        spec.name: parse_column(table.column(spec.name), spec, file=file, missing=missing) for spec in schema.columns
    }
    return Records.of(schema, columns, patients)


def check_columns(names: Sequence[str], schema: Schema, *, file: str | Path | None, id: str | None = None) -> None:
    """Raise ``InputError`` unless the columns are the schema's, in any order, plus the id column."""
    absent = [name for name in (*schema.names, *((id,) if id is not None else ())) if name not in set(names)]
    extra = [name for name in names if name not in schema.position and name != id]
    if absent:
        raise InputError(
            f"expected {_columns(schema.names if len(absent) == len(schema) else absent)}, not found in the header",
            file=file,
            row=1,
            cure="Use the same columns in every table; order does not matter.",
        )
    if extra:
        raise InputError(
            f"found {_columns(extra)}, unknown to the other tables or the schema",
            file=file,
            row=1,
            cure="Remove it, drop it in the plan or schema, or declare it.",
        )


def _columns(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"


def parse_ids(
    table: "pa.Table", id: str, *, file: str | Path | None = None, missing: Sequence[str] = MISSING
) -> np.ndarray:
    """Return the id column as text, shape ``(n,)``; an id may not be missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.fill_null(table.column(id), "")
    absent = pc.is_in(text, value_set=pa.array(list(missing), pa.string())).to_numpy()
    if absent.any():
        raise _cell_error("expected a patient id, found none", absent, file, id, "Give every row its patient's id.")
    return np.asarray(text.to_numpy(zero_copy_only=False)).astype(str)


def parse_column(
    column: "pa.ChunkedArray", spec: Column, *, file: str | Path | None = None, missing: Sequence[str] = MISSING
) -> np.ndarray:
    """Return one text column as stored values, shape ``(n,)``: numbers, level positions, NaN where missing.

    The work is done once per distinct cell, so a column of codes costs little more than finding its distinct cells.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(pc.fill_null(column, "").combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    where = encoded.indices.to_numpy()  # (n,)
    cells = encoded.dictionary  # (distinct,)

    def refuse(bad: np.ndarray, problem: str, cure: str) -> None:
        if bad.any():
            raise _cell_error(problem, bad[where], file, spec.name, cure)

    if spec.is_numeric:
        values = _numbers(cells, spec, missing, refuse)
    else:
        found = pc.index_in(cells, value_set=pa.array(spec.levels, pa.string()))
        values = pc.fill_null(pc.cast(found, pa.float64()), np.nan).to_numpy(zero_copy_only=False)
        unknown = np.isnan(values) & ~_is_missing(cells, missing)
        refuse(
            unknown,
            "expected one of the column's levels, found another",
            "Declare the level in the schema, or mend the cell.",
        )
    if not spec.missing:
        refuse(
            np.isnan(values),
            "expected a value, found none",
            "Declare missing = true for the column, or fill or drop the row.",
        )
    out: np.ndarray = values[where]
    return out


def _is_missing(cells: "pa.Array", missing: Sequence[str]) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    found: np.ndarray = pc.is_in(
        pc.utf8_trim_whitespace(cells), value_set=pa.array(list(missing), pa.string())
    ).to_numpy(zero_copy_only=False)
    return found


def _numbers(cells: "pa.Array", spec: Column, missing: Sequence[str], refuse: Refuse) -> np.ndarray:
    """Return distinct cells as numbers that the column may hold; NaN where missing."""
    values, bad = parse_numbers(cells, missing)
    refuse(bad, "expected a number, found other text", "Mend the cell, or declare another kind for the column.")
    refuse(np.isinf(values), "expected a finite number", "Mend the cell; infinities have no meaning here.")
    given = ~np.isnan(values)
    if spec.kind == "binary":
        refuse(given & (values != 0) & (values != 1), "expected 0 or 1", "Mend the cell, or declare another kind.")
    if spec.kind == "count" or spec.integer:
        whole = "Round the column, or declare it continuous with integer = false."
        refuse(given & (values != np.rint(values)), "expected a whole number", whole)
    if spec.kind == "count":
        refuse(given & (values < 0), "expected a count of 0 or more", "Mend the cell, or declare it continuous.")
        refuse(given & (values > LARGEST_COUNT), "expected a count below 2^32", "Declare the column continuous.")
    bounds = "Mend the cell, or widen low and high in the schema."
    if spec.low is not None:
        refuse(given & (values < spec.low), f"expected at least {spec.low:g}", bounds)
    if spec.high is not None:
        refuse(given & (values > spec.high), f"expected at most {spec.high:g}", bounds)
    return values


def parse_numbers(cells: "pa.Array", missing: Sequence[str] = MISSING) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(values, bad)``: cells as numbers (NaN where missing or bad) and where other text stands.

    ``true`` and ``false`` count as 1 and 0; infinities come back as such.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    text = pc.replace_substring_regex(text, r"^\+", "")
    for word, number in (("true", "1"), ("false", "0")):
        text = pc.if_else(pc.equal(text, word), number, text)
    absent = _is_missing(cells, missing)
    infinite = pc.match_substring_regex(text, r"^-?inf(inity)?$").to_numpy(zero_copy_only=False)
    good = pc.match_substring_regex(text, NUMBER).to_numpy(zero_copy_only=False) & ~absent
    values = np.full(len(cells), np.nan)
    values[good] = pc.cast(text.filter(pa.array(good)), pa.float64()).to_numpy(zero_copy_only=False)
    values[infinite & ~absent] = np.inf
    return values, ~(good | absent | infinite)


def _cell_error(problem: str, bad: np.ndarray, file: str | Path | None, column: str, cure: str) -> InputError:
    """Return an error for the first bad row; the header is row 1."""
    count = int(bad.sum())
    more = f" ({count} rows in all)" if count > 1 else ""
    return InputError(problem + more, file=file, column=column, row=int(bad.argmax()) + 2, cure=cure)
