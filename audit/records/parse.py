"""Text columns to records, each cell checked against the schema."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import begins_with_numbers, clean_cells, is_missing, plain_numbers
from synthaudit.audit.records.date_columns import Refuse, parse_date_column
from synthaudit.audit.records.keys import parse_ids
from synthaudit.audit.records.levels import ONES, UNSEEN, ZEROS, match_levels
from synthaudit.audit.records.notation import diagnosis
from synthaudit.audit.records.problems import Problems, cell_error
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.table import Records

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = ("", "NA", "N/A", "<NA>", "NaN", "nan", "NULL", "null")
"""Cells that mean "missing" unless a level of the column is spelled so."""

NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
LARGEST_COUNT = 2**32 - 1


def parse_records(
    table: "pa.Table",
    schema: Schema,
    *,
    file: str | Path | None = None,
    id: str | None = None,
    missing: Sequence[str] = MISSING,
    unseen: bool = False,
    numbers: Mapping[str, np.ndarray] | None = None,
) -> Records:
    """Return the table's rows as records under ``schema``, columns matched by name.

    Args:
        table: Text columns, as ``read_text`` returns them.
        schema: What each column may hold.
        file: Named in errors.
        id: The column that says whose row it is; None makes every row a patient, 0, 1, ....
        missing: Cells that mean "missing".
        unseen: Whether cells of no level are kept: as the level ``UNSEEN``, which the columns that hold such cells
            have after their others; a binary column becomes one of the levels 0 and 1 then. For synthetic tables.
        numbers: Columns that were found to hold numbers alone, and were parsed then; NaN where missing.

    Raises:
        InputError: A column is missing or unexpected, or a cell is not what the schema says; all such columns at
            once. The message names the column and the first such row (header = row 1), never the cell.
    """
    table = table.rename_columns([schema.hidden_names.get(name, name) for name in table.column_names])
    check_columns(table.column_names, schema, file=file, id=id)
    problems = Problems()
    patients = np.arange(table.num_rows)
    with problems.collect():
        patients = patients if id is None else parse_ids(table, id, file=file, missing=missing)
    columns, specs = {}, []
    for spec in schema.columns:
        with problems.collect():
            known = (numbers or {}).get(spec.name) if spec.is_numeric and spec.format is None else None
            column = table.column(spec.name)
            values = parse_column(column, spec, file=file, missing=missing, unseen=unseen, numbers=known)
            columns[spec.name] = values
            specs.append(with_unseen(spec) if (values == _unseen_place(spec)).any() else spec)
    problems.raise_any()
    return Records.of(Schema(tuple(specs), inferred=schema.inferred), columns, patients)


def with_unseen(spec: Column) -> Column:
    """Return a column that has the level ``UNSEEN`` after its others; a binary one as the levels 0 and 1."""
    if spec.kind == "binary":
        return Column(spec.name, "categorical", levels=("0", "1", UNSEEN), missing=spec.missing)
    return spec if spec.levels[-1] == UNSEEN else replace(spec, levels=(*spec.levels, UNSEEN))


def _unseen_place(spec: Column) -> float:
    """Return what stands for a cell that no real table has, NaN for a column of numbers, which has none."""
    return 2 if spec.kind == "binary" else len(spec.levels) if spec.levels else np.nan


def check_columns(names: Sequence[str], schema: Schema, *, file: str | Path | None, id: str | None = None) -> None:
    """Raise ``InputError`` unless the columns are the schema's, in any order, plus the id column."""
    absent = [name for name in (*schema.names, *((id,) if id is not None else ())) if name not in set(names)]
    extra = [name for name in names if name not in schema.position and name != id]
    if absent:
        raise InputError(
            f"expected {_columns(schema.names if len(absent) == len(schema) else absent)}, not found in the header",
            file=file,
            row=1,
            cure=_near(absent, extra) or "Use the same columns in every table; order does not matter.",
        )
    if extra:
        raise InputError(
            f"found {_columns(extra)}, unknown to the other tables or the schema",
            file=file,
            row=1,
            cure="Remove it, drop it in the plan or schema, or declare it.",
        )


def _near(absent: Sequence[str], extra: Sequence[str]) -> str | None:
    """Return a hint where the header holds an absent name but for blanks, capitals or marks."""
    plain = {plain_name(name) for name in extra}
    near = [name for name in absent if plain_name(name) in plain]
    if not near:
        return None
    return f"The header has {_columns(near)} with other blanks, capitals or marks; write it alike in every table."


def plain_name(name: str) -> str:
    """Return a column's name without regard to capitals, blanks and marks.

    >>> plain_name(" Age_(years) ") == plain_name("age years")
    True
    """
    return "".join(c for c in name.casefold() if c.isalnum())


def _columns(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"column{'s' if len(names) > 1 else ''} {shown}{more}"


def parse_column(
    column: "pa.ChunkedArray",
    spec: Column,
    *,
    file: str | Path | None = None,
    missing: Sequence[str] = MISSING,
    unseen: bool = False,
    numbers: np.ndarray | None = None,
) -> np.ndarray:
    """Return one text column as stored values, shape ``(n,)``: numbers, level positions, NaN where missing.

    The work is done once per distinct cell, so a column of codes costs little more than finding its distinct cells.
    With ``unseen``, cells of no level get the position after the last one, that of ``UNSEEN``. ``numbers`` are the
    column's cells where they were parsed before.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    where: np.ndarray | slice = slice(None)

    def refuse(bad: np.ndarray, problem: str, cure: str) -> None:
        if bad.any():
            raise cell_error(problem, bad[where], file, spec.name, cure)

    plain = numbers
    if plain is None and spec.is_numeric and spec.format is None:
        plain = plain_numbers([column], missing, codes=False)
    if plain is not None:
        values = _check_numbers(plain, spec, unseen, refuse)
    else:
        encoded = pc.dictionary_encode(pc.fill_null(column, "").combine_chunks())
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        where = encoded.indices.to_numpy(zero_copy_only=False)  # (n,), places in the distinct cells
        read = _numbers if spec.is_numeric else _levels
        values = read(encoded.dictionary, spec, missing, unseen, refuse)
    if not spec.missing:
        refuse(
            np.isnan(values),
            "expected a value, found none",
            "Declare missing = true for the column, or fill or drop the row.",
        )
    out: np.ndarray = values[where]
    return out


def _levels(cells: "pa.Array", spec: Column, missing: Sequence[str], unseen: bool, refuse: Refuse) -> np.ndarray:
    """Return distinct cells as positions of the column's levels; NaN where missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(cells, value_set=pa.array(spec.original_levels, pa.string()))
    values: np.ndarray = pc.fill_null(pc.cast(found, pa.float64()), np.nan).to_numpy(zero_copy_only=False).copy()
    texts = clean_cells(cells)
    other = np.flatnonzero(np.isnan(values) & ~is_missing(texts, missing))
    if len(other):
        matched = np.array(match_levels(texts.take(other).to_pylist(), spec.original_levels), dtype=np.float64)
        values[other[matched >= 0]] = matched[matched >= 0]
        unknown = np.zeros(len(cells), bool)
        unknown[other[matched < 0]] = True
        lines = pc.match_substring_regex(cells, r"[\r\n]").to_numpy(zero_copy_only=False)
        refuse(
            unknown & lines,
            "expected one of the column's levels, found a cell with a line end",
            "Close every quote; where the cell is meant so, take its line ends out.",
        )
        if spec.other is not None:
            values[unknown] = spec.levels.index(spec.other)
        elif unseen:
            values[unknown] = len(spec.levels) - (spec.levels[-1] == UNSEEN)
        else:
            refuse(
                unknown,
                "expected one of the column's levels, found another",
                "Declare the level in the schema, or mend the cell.",
            )
    return values


def _numbers(cells: "pa.Array", spec: Column, missing: Sequence[str], unseen: bool, refuse: Refuse) -> np.ndarray:
    """Return distinct cells as numbers that the column may hold; NaN where missing."""
    import pyarrow as pa

    if spec.format is not None:
        return parse_date_column(cells, replace(spec, low=None, high=None) if unseen else spec, missing, refuse)
    values, bad = parse_numbers(cells, missing, words=spec.kind == "binary")
    if unseen and spec.kind == "binary":
        values = np.where(bad, 2.0, values)
    else:
        what, cure = diagnosis(cells.filter(pa.array(bad)).to_pylist(), [1] * int(bad.sum())) if bad.any() else ("", "")
        refuse(bad, f"expected a number, found {what}", f"{cure.rstrip('.')}. Or declare another kind for the column.")
    return _check_numbers(values, spec, unseen, refuse)


def _check_numbers(values: np.ndarray, spec: Column, unseen: bool, refuse: Refuse) -> np.ndarray:
    """Return the numbers if the column may hold them all; with ``unseen``, 2 for what a binary column may not."""
    if unseen and spec.kind == "binary":
        return np.where(np.isnan(values) | (values == 0) | (values == 1), values, 2)
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
    if unseen:
        return values  # what lies outside the bounds of real tables is audited, and counted
    if spec.low is not None:
        refuse(given & (values < spec.low), f"expected at least {spec.low:g}", bounds)
    if spec.high is not None:
        refuse(given & (values > spec.high), f"expected at most {spec.high:g}", bounds)
    return values


def parse_numbers(
    cells: "pa.Array", missing: Sequence[str] = MISSING, *, words: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``(values, bad)``: cells as numbers (NaN where missing or bad) and where other text stands.

    ``true`` and ``false`` count as 1 and 0, and with ``words`` so do yes, no and their initials; infinities come back
    as such.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = clean_cells(cells)
    absent = is_missing(text, missing)
    if begins_with_numbers(text, missing):  # nearly all columns hold plain numbers alone
        with contextlib.suppress(pa.ArrowInvalid):
            plain = pc.cast(pc.if_else(pa.array(absent), None, text), pa.float64()).to_numpy(zero_copy_only=False)
            if np.isfinite(plain[~absent]).all():
                return plain, np.zeros(len(plain), bool)
    text = pc.replace_substring_regex(pc.utf8_lower(text), r"^\+", "")
    for names, number in ((ONES, "1"), (ZEROS, "0")) if words else (({"true"}, "1"), ({"false"}, "0")):
        text = pc.if_else(pc.is_in(text, value_set=pa.array(sorted(names), pa.string())), number, text)
    infinite = pc.match_substring_regex(text, r"^-?inf(inity)?$").to_numpy(zero_copy_only=False)
    good = pc.match_substring_regex(text, NUMBER).to_numpy(zero_copy_only=False) & ~absent
    values: np.ndarray = np.full(len(cells), np.nan)
    values[good] = pc.cast(text.filter(pa.array(good)), pa.float64()).to_numpy(zero_copy_only=False)
    values[infinite & ~absent] = np.inf
    return values, ~(good | absent | infinite)
