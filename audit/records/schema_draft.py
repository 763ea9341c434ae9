"""A schema to start from: what can be inferred of several tables together, and what a person has to decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.cells import DistinctCells
from synthaudit.audit.records.infer import infer_columns
from synthaudit.audit.records.keys import parse_ids
from synthaudit.audit.records.levels import match_levels
from synthaudit.audit.records.parse import MISSING, check_columns
from synthaudit.audit.records.problems import Problems
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.records.schema_file import write_schema
from synthaudit.audit.records.stray_rows import drop_columns, require_header, require_no_summary, without_blank_end
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import match_columns, read_text

if TYPE_CHECKING:
    import pyarrow as pa


SMALL_COUNT = 10
"""Rows below which a level is not written out: it could name a patient."""
RARE = "rare levels"
"""The level that takes all values which are not written out."""


@dataclass(frozen=True, eq=False)
class SchemaDraft:
    """What the columns of several tables are, as far as they say it themselves.

    Attributes:
        tables: Text tables by role, without dropped columns.
        files: Where each was read from.
        published: Roles that are synthetic.
        names: Columns in the first table's order, without the id.
        columns: Those that could be inferred, by name.
        problems: Why the others could not, and what does not fit between tables.
        warnings: What may have been read otherwise than it was meant.
        id: The id column in the file's spelling, or None.
        drop: Columns left out.
        missing: Cells that mean "missing".
    """

    tables: "Mapping[str, pa.Table]"
    files: Mapping[str, Path]
    published: frozenset[str]
    names: tuple[str, ...]
    columns: Mapping[str, Column]
    problems: tuple[InputError, ...]
    warnings: tuple[InputError, ...]
    id: str | None
    drop: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def real(self) -> "dict[str, pa.Table]":
        """The tables of patients, by role."""
        return {role: table for role, table in self.tables.items() if role not in self.published}

    def patients_text(self, role: str) -> str:
        """Return how many patients a table holds, for a line about it; empty without an id column in it."""
        table = self.tables[role]
        if self.id is None or self.id not in table.column_names:
            return ""
        return f", {len(np.unique(parse_ids(table, self.id, file=self.files[role], missing=self.missing))):,} patients"

    def shared_patients(self) -> Iterator[tuple[str, str, int]]:
        """Yield each pair of real tables that have patients in common, and how many."""
        ids = {
            role: np.unique(parse_ids(table, self.id, file=self.files[role], missing=self.missing))
            for role, table in self.real.items()
            if self.id is not None and self.id in table.column_names
        }
        for first, second in combinations(ids, 2):
            both = len(np.intersect1d(ids[first], ids[second]))
            if both:
                yield first, second, both

    def write(self, path: Path, *, small_count: int) -> None:
        """Write it as ``schema.toml``, to be confirmed; levels of few rows are pooled, undecided columns marked.

        Raises:
            InputError: There is one already: a person may have corrected it.
        """
        require_new(path)
        known = (self.columns[name] for name in self.names if name in self.columns)
        columns = [pool_rare_levels(column, self._rows_of_levels(column), small_count=small_count) for column in known]
        undecided = [problem for problem in self.problems if problem.column in self.names]
        write_schema(columns, path, inferred=True, id=self.id, drop=self.drop, undecided=undecided)

    def _rows_of_levels(self, column: Column) -> np.ndarray:
        """Return how many rows of the real tables hold each level, shape ``(levels,)``."""
        cells = DistinctCells.of(
            [t.column(column.name) for t in self.real.values() if column.name in t.column_names], self.missing
        )
        places = np.array(match_levels(cells.texts.to_pylist(), column.levels), dtype=np.int64)
        found = (places >= 0) & cells.given
        return np.bincount(places[found], weights=cells.rows[found], minlength=len(column.levels))


def pool_rare_levels(column: Column, rows: np.ndarray, *, small_count: int) -> Column:
    """Return a categorical column with one level for all that stand in fewer than ``small_count`` rows.

    >>> sex = Column("sex", "categorical", levels=("F", "M", "X"))
    >>> pool_rare_levels(sex, np.array([50, 40, 1]), small_count=10).levels
    ('F', 'M', 'rare levels')
    """
    kept = tuple(level for level, often in zip(column.levels, rows.tolist(), strict=False) if often >= small_count)
    if column.kind != "categorical" or len(kept) == len(column.levels):
        return column
    return replace(column, levels=(*kept, RARE), other=RARE)


def draft_schema(
    files: Mapping[str, Path],
    *,
    published: Mapping[str, Path] | None = None,
    id: str | None = None,
    drop: Sequence[str] = (),
    missing: Sequence[str] = (),
    table_format: TableFormat = TableFormat(),  # noqa: B008
) -> SchemaDraft:
    """Return what real tables, and synthetic ones beside them, say of their columns.

    Args:
        files: Real tables by role; the first gives the order of columns.
        published: Synthetic tables by role; they need no id.
        id: The column that says whose row it is.
        drop: Columns to leave out.
        missing: Cells that mean "missing", besides the usual ones.
        table_format: How the files are to be read where their names do not say.

    Raises:
        InputError: A file cannot be read, or the first has no such id.
    """
    paths = {**files, **(published or {})}
    missing = (*MISSING, *missing)
    problems, tables = Problems(), {}
    for role, path in paths.items():
        with problems.collect():
            table = drop_columns(read_text(path, table_format=table_format), tuple(drop), path)
            require_header(table, path, declared=())
            tables[role] = without_blank_end(table, path)[0]
            require_no_summary(tables[role], path)
    problems.raise_any()
    first = next(iter(files))
    id = None if id is None else match_columns(tables[first].column_names, [id], paths[first])[0]
    names = tuple(name for name in tables[first].column_names if name != id)
    for role, table in tables.items():
        with problems.collect():
            check_columns([name for name in table.column_names if name != id], Schema.binary(names), file=paths[role])
    columns: dict[str, Column] = {}
    labels = {role: paths[role].name if _distinct_names(files) else role for role in files}
    for name in names:
        having = {labels[role]: tables[role] for role in files if name in tables[role].column_names}
        loose = [tables[role] for role in published or {} if name in tables[role].column_names]
        inferred = infer_columns(having, [name], published=loose, missing=missing, problems=problems)
        columns |= {column.name: column for column in inferred}
    return SchemaDraft(
        tables,
        paths,
        frozenset(published or {}),
        names,
        columns,
        problems=tuple(problems.errors),
        warnings=tuple(problems.warnings),
        id=id,
        drop=tuple(drop),
        missing=missing,
    )


def _distinct_names(files: Mapping[str, Path]) -> bool:
    return len({path.name for path in files.values()}) == len(files)


def require_new(path: Path) -> None:
    """Raise where a schema stands already."""
    if path.exists():
        raise InputError(
            "exists already, and may have been corrected by hand",
            file=path,
            cure="Use it, choose another name, or remove it.",
        )
