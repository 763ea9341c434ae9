"""Synthetic cells that hold what no real table has: kept, never matching, and counted."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.levels import UNSEEN
from synthaudit.audit.records.parse import parse_numbers, with_unseen
from synthaudit.audit.records.schema import Schema
from synthaudit.audit.records.table import Records

if TYPE_CHECKING:
    import pyarrow as pa


def share_unseen(tables: Mapping[str, Records]) -> dict[str, Records]:
    """Return the tables under one schema, where ``UNSEEN`` is a level of each column that has it in some table."""
    marked = {
        column.name
        for table in tables.values()
        for column in table.schema.columns
        if column.levels and column.levels[-1] == UNSEEN
    }
    if not marked:
        return dict(tables)
    shared = {}
    for role, table in tables.items():
        columns = tuple(with_unseen(one) if one.name in marked else one for one in table.schema.columns)
        schema = Schema(columns, inferred=table.schema.inferred)
        if schema.codes == table.schema.codes:
            shared[role] = replace(table, schema=schema)
        else:  # a binary column has moved to the other block
            values = {name: table.column(name) for name in table.columns}
            shared[role] = Records.of(schema, values, table.patients)
    return shared


def require_known_values(records: Records, file: Path) -> None:
    """Raise where most columns of a synthetic table hold, in most cells, what no real table has.

    Nothing can match there, so that an audit would find no leak: the table is written otherwise, or of other patients.
    """
    counts = unseen_cells(records)
    able = [column for column in records.schema.columns if column.levels or column.kind == "binary"]
    strange = sum(2 * count > len(records) for count in counts.values())
    if len(able) > 1 and 2 * strange > len(able):
        raise InputError(
            f"expected values of the real tables, found others in most cells of {strange} of {len(able)} columns",
            file=file,
            cure="Write levels as the real tables do, and 0 or 1 rather than probabilities.",
        )


def unseen_cells(records: Records) -> dict[str, int]:
    """Return how many cells of each column hold no level of the real tables, where any does."""
    counts = {}
    for column in records.schema.columns:
        if column.levels and column.levels[-1] == UNSEEN:
            counts[column.name] = int((records.column(column.name) == len(column.levels) - 1).sum())
    return {name: count for name, count in counts.items() if count}


def cells_out_of_bounds(records: Records) -> dict[str, int]:
    """Return how many cells of each column lie below its low or above its high, where any does."""
    counts = {}
    for column in records.schema.columns:
        if column.low is None and column.high is None:
            continue
        values = records.column(column.name)
        low = -np.inf if column.low is None else column.low
        high = np.inf if column.high is None else column.high + (1 if column.format is not None else 0)
        outside = (values < low) | ((values >= high) if column.format is not None else (values > high))
        counts[column.name] = int(outside.sum())
    return {name: count for name, count in counts.items() if count}


def without_unseen_codes(table: "pa.Table", names: Iterable[str], schema: Schema) -> tuple["pa.Table", int]:
    """Return a synthetic matrix of codes without columns of codes that no real table has, and its ones in them.

    Nothing is left out where the real table holds more than codes, or such a column other cells than numbers.
    """
    new = [name for name in table.column_names if name not in set(names)]
    if not new or not all(column.kind in ("binary", "count") for column in schema.columns):
        return table, 0
    ones = 0
    for name in new:
        values, bad = parse_numbers(table.column(name).combine_chunks())
        if bad.any() or (values != np.rint(values)).any():
            return table, 0
        ones += int((values > 0).sum())
    return table.drop_columns(new), ones
