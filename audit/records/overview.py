"""What several tables hold, column by column, and where they disagree; counts and shares, never a cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import DistinctCells
from synthaudit.audit.records.infer import infer_schema
from synthaudit.audit.records.levels import match_levels
from synthaudit.audit.records.parse import parse_numbers
from synthaudit.audit.records.schema import Column
from synthaudit.audit.records.schema_draft import SchemaDraft

if TYPE_CHECKING:
    import pyarrow as pa

MISSING_APART = 0.1
"""Difference of missing shares between tables that is worth a remark."""
UNITS_APART = 5.0
"""Ratio of the tables' median sizes that is worth a remark: other units, or another population."""


@dataclass(frozen=True)
class ColumnOverview:
    """One column in all tables.

    Attributes:
        name: Its name.
        kind: What it is taken for; empty where nothing can be inferred.
        distinct: Distinct cells per table, missing ones left out.
        missing: Share of missing cells per table.
        problem: Why it cannot be audited as it stands, or None.
        remarks: What the tables disagree on.
    """

    name: str
    kind: str
    distinct: Mapping[str, int]
    missing: Mapping[str, float]
    problem: InputError | None
    remarks: tuple[str, ...]


def column_overviews(draft: SchemaDraft) -> tuple[ColumnOverview, ...]:
    """Return one overview per column of the first table."""
    return tuple(_overview(draft, name) for name in draft.names)


def _overview(draft: SchemaDraft, name: str) -> ColumnOverview:
    cells = {
        role: DistinctCells.of([table.column(name)], draft.missing)
        for role, table in draft.tables.items()
        if name in table.column_names
    }
    column = draft.columns.get(name)
    problem = next((one for one in draft.problems if one.column == name), None)
    remarks = [one.problem for one in draft.warnings if one.column == name]
    return ColumnOverview(
        name,
        column.declared_kind if column is not None else "",
        {role: int(part.given.sum()) for role, part in cells.items()},
        {role: _missing_share(part) for role, part in cells.items()},
        problem,
        (*remarks, *([] if column is None else _disagreements(column, cells, draft))),
    )


def _missing_share(cells: DistinctCells) -> float:
    return int(cells.rows[cells.absent].sum()) / max(int(cells.rows.sum()), 1)


def _disagreements(column: Column, cells: Mapping[str, DistinctCells], draft: SchemaDraft) -> list[str]:
    """Return what the tables disagree on in one column: kind, missing cells, levels, size of numbers, decimals."""
    import pyarrow as pa

    remarks = []
    alone = {role: _own_kind(column.name, draft, role) for role in cells}
    kinds = {role: kind for role, kind in alone.items() if kind and kind != column.declared_kind}
    if len(set(filter(None, alone.values()))) > 1:
        remarks.append("alone it would be " + ", ".join(f"{kind} in {role}" for role, kind in kinds.items()))
    shares = {role: _missing_share(part) for role, part in cells.items()}
    if max(shares.values()) - min(shares.values()) > MISSING_APART:
        remarks.append("missing: " + ", ".join(f"{share:.0%} in {role}" for role, share in shares.items()))
    if column.kind == "binary" or len(cells) < 2:
        return remarks
    texts = {role: part.texts.filter(pa.array(part.given)) for role, part in cells.items()}
    if column.levels:
        return remarks + list(_own_levels(column, texts))
    if column.format is None:
        rows = {role: part.rows[part.given] for role, part in cells.items()}
        remarks += list(_other_numbers(texts, rows))
    return remarks


def _own_levels(column: Column, texts: "Mapping[str, pa.Array]") -> Iterator[str]:
    """Yield how many levels only one table has."""
    places = {role: set(match_levels(part.to_pylist(), column.levels)) for role, part in texts.items()}
    for role, own in places.items():
        alone = len(own.difference(*(their for other, their in places.items() if other != role)))
        if alone:
            yield f"{alone} level{'s' if alone > 1 else ''} only in {role}"


def _other_numbers(texts: "Mapping[str, pa.Array]", rows: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Yield where the size of numbers, or their decimals, differ between tables."""
    sizes = {role: _median_size(parse_numbers(part)[0], rows[role]) for role, part in texts.items()}
    given = {role: size for role, size in sizes.items() if size > 0}
    if len(given) > 1 and max(given.values()) > UNITS_APART * min(given.values()):
        most, least = max(given, key=given.__getitem__), min(given, key=given.__getitem__)
        yield f"numbers in {most} are about {given[most] / given[least]:.0f} times those in {least}: other units?"
    decimals = {role: _decimals(part) for role, part in texts.items()}
    if len(set(decimals.values())) > 1:
        yield "decimals: " + ", ".join(f"{number} in {role}" for role, number in decimals.items())


def _own_kind(name: str, draft: SchemaDraft, role: str) -> str:
    """Return what a column would be taken for if there were only this table; empty where nothing can be inferred."""
    try:
        return infer_schema({role: draft.tables[role]}, [name], missing=draft.missing).columns[0].declared_kind
    except InputError:
        return ""


def _median_size(values: np.ndarray, counts: np.ndarray) -> float:
    """Return the median of absolute values, each as often as it occurs; 0 without any."""
    known = np.isfinite(values)
    sizes, often = np.abs(values[known]), counts[known]
    if not len(sizes):
        return 0.0
    order = np.argsort(sizes)
    return float(sizes[order][np.searchsorted(np.cumsum(often[order]), often.sum() / 2)])


def _decimals(texts: "pa.Array") -> int:
    """Return how many decimals nearly all distinct numbers have at most."""
    import pyarrow.compute as pc

    found = pc.extract_regex(texts, pattern=r"^[+-]?\d*\.(?P<decimals>\d+)$")
    lengths = pc.utf8_length(found.field("decimals")).to_numpy(zero_copy_only=False) if len(texts) else np.zeros(1)
    return int(np.quantile(np.nan_to_num(lengths.astype(float)), 0.95, method="lower"))
