"""Names that few patients have, replaced by codes: the one door between names in tables and names in pages.

A diagnosis that one patient has, as a level or as a column of its own, says who was in the data. Behind this door it is
"rare level 3 of diagnosis" or "rare code 3", wherever it would be shown.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from synthaudit.audit.records.levels import UNSEEN
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.table import Records

CODE = "rare code"
"""What a column is called of which few patients have more than 0, with a number after it."""


def hide_rare_names(real: Collection[Records], *, small_count: int, public: Collection[str] = ()) -> tuple[Column, ...]:
    """Return the columns of real tables, with codes for names that fewer than ``small_count`` patients have.

    These are levels of categorical and ordinal columns, and the names of binary and count columns of which few
    patients have more than 0. Patients are counted over all real tables: what a synthetic table alone has may be a
    member's all the same, so it is not counted, and not named.

    Args:
        real: The real tables, under one schema.
        small_count: Patients from which on a name may be shown.
        public: Columns whose name and levels everybody knows, besides those that say so themselves.
    """
    schema = next(iter(real)).schema
    counted = [count_having(table) for table in real]
    having = {name: np.sum([one[name] for one in counted], axis=0) for name in schema.names}
    codes = _numbered(CODE, schema.names)
    return tuple(
        column
        if column.public_names or column.name in public
        else _hidden(column, having[column.name], small_count, codes)
        for column in schema.columns
    )


def under_columns(records: Records, columns: tuple[Column, ...]) -> Records:
    """Return the same values under columns of other names."""
    return replace(records, schema=Schema(columns, inferred=records.schema.inferred))


def count_having(records: Records) -> dict[str, np.ndarray]:
    """Return how many patients have each level of a column; of one without levels, how many have more than 0."""
    schema = records.schema
    owner = np.unique(records.patients, return_inverse=True)[1]
    having = {}
    if len(records):
        order = np.argsort(owner, kind="stable")
        first = np.flatnonzero(np.diff(owner[order], prepend=-1))
        carriers = (np.maximum.reduceat(records.codes[order], first, axis=0) > 0).sum(axis=0)
    else:
        carriers = np.zeros(len(schema.codes), dtype=np.int64)
    for place, position in enumerate(schema.codes):
        having[schema.names[position]] = carriers[place : place + 1]
    for place, position in enumerate(schema.rest):
        column, values = schema.columns[position], records.rest[:, place]
        if column.levels:
            given, most = ~np.isnan(values), len(column.levels)
            pairs = np.unique(owner[given] * most + values[given].astype(np.int64))
            having[column.name] = np.bincount(pairs % most, minlength=most)
        else:
            having[column.name] = np.array([len(np.unique(owner[values > 0]))])
    return having


def _hidden(column: Column, having: np.ndarray, small_count: int, codes: Iterator[str]) -> Column:
    """Return a column with codes for its rare levels, or for its name where that is rare."""
    if not column.levels:
        if column.kind not in ("binary", "count") or having[0] >= small_count:
            return column
        code = next(codes)
        return replace(column, name=code, originals=((code, column.name),))
    own = _numbered("rare level", column.levels, f" of {column.name}")
    code_of = {
        level: next(own)
        for level, patients in zip(column.levels, having, strict=True)
        if patients < small_count and level != UNSEEN
    }
    return replace(
        column,
        levels=tuple(code_of.get(level, level) for level in column.levels),
        other=None if column.other is None else code_of.get(column.other, column.other),
        originals=tuple((code, level) for level, code in code_of.items()),
    )


def _numbered(what: str, taken: Iterable[str], whose: str = "") -> Iterator[str]:
    """Yield codes numbered from 1, in the order of columns or levels, that are no name already."""
    names = set(taken)
    return (code for number in count(1) if (code := f"{what} {number}{whose}") not in names)
