"""Several tables of one audit, read under one schema, with all their problems in one message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.infer import infer_columns
from synthaudit.audit.records.keys import require_distinct_spellings
from synthaudit.audit.records.left_out import hashed_cells, without_row_numbers
from synthaudit.audit.records.parse import MISSING, check_columns, parse_records
from synthaudit.audit.records.problems import Problems
from synthaudit.audit.records.readers.loaded_records import (
    UNSEEN_CODES,
    CountNote,
    LoadedRecords,
    source_file,
    unseen_notes,
)
from synthaudit.audit.records.schema import Schema
from synthaudit.audit.records.schema_file import SchemaDeclaration
from synthaudit.audit.records.stray_rows import drop_columns, require_header, require_no_summary, without_blank_end
from synthaudit.audit.records.table import Records
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import match_columns, read_text
from synthaudit.audit.records.unseen import require_known_values, share_unseen, without_unseen_codes

if TYPE_CHECKING:
    import pyarrow as pa


def read_together(
    files: Mapping[str, Path],
    declared: SchemaDeclaration | None = None,
    *,
    published: Mapping[str, Path] | None = None,
    id: str | None = None,
    drop: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
    table_format: TableFormat = TableFormat(),  # noqa: B008
) -> dict[str, LoadedRecords]:
    """Read real tables, and synthetic ones beside them, under one schema.

    What is not declared is inferred from the real tables jointly; synthetic tables must then fit it, but for levels
    that no real table has, which match nobody. Without an id column every row is a patient of its own, and no two
    tables share an id.

    Args:
        files: Real tables by role, such as ``{"members": ..., "holdout": ...}``; the first gives the column order.
        declared: What ``schema.toml`` says; None infers everything.
        published: Synthetic tables by role; they need no id column.
        id: The id column; overrides the declared one.
        drop: More columns to leave out.
        missing: Cells that mean "missing" besides those of ``MISSING``.
        table_format: How the files are to be read where their names do not say.

    Raises:
        InputError: See ``read_text``, ``parse_records`` and ``infer_schema``; all problems of all files at once.
    """
    declaration = declared or SchemaDeclaration(infer=True)
    declaration = replace(declaration, id=id or declaration.id, drop=(*declaration.drop, *drop))
    reading = _Reading(files, {**files, **(published or {})}, declaration, (*MISSING, *missing))
    reading.read(table_format)
    reading.match_columns()
    schema = reading.choose_schema()
    if schema is None:
        reading.problems.raise_any()
        raise InputError("expected at least one column besides the id, found none", file=next(iter(files.values())))
    records = reading.parse(schema)
    reading.problems.raise_any()
    reading.check_sides(records)
    reading.problems.raise_any()
    return reading.loaded(share_unseen(records), schema)


@dataclass
class _Reading:
    """The tables of one audit on their way to records.

    Attributes:
        files: Real tables by role.
        paths: All tables by role.
        declaration: What a schema says, with the id and the columns to leave out.
        missing: Cells that mean "missing".
        tables: What could be read so far, as text.
        left_out: Hashed cells of the columns that are left out, by role.
        numbers: Columns of the real tables that were parsed when they were inferred, by role.
        notes: What a report should say of each table.
        problems: What is wrong with them.
    """

    files: Mapping[str, Path]
    paths: Mapping[str, Path]
    declaration: SchemaDeclaration
    missing: tuple[str, ...]
    tables: "dict[str, pa.Table]" = field(default_factory=dict)
    left_out: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    numbers: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    notes: dict[str, list[str | CountNote]] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)

    @property
    def real(self) -> "dict[str, pa.Table]":
        """The real tables that could be read."""
        return {role: self.tables[role] for role in self.files if role in self.tables}

    def read(self, table_format: TableFormat) -> None:
        """Read the files as text, without dropped columns and blank rows; a file with a problem is left out."""
        whole = {}
        for role, path in self.paths.items():
            self.notes[role] = []
            with self.problems.collect():
                whole[role] = read_text(path, table_format=table_format)
        for name in self.declaration.drop:
            known = [table for role, table in whole.items() if role in self.files]
            if known and not any(name in table.column_names for table in known):
                # A misspelt name would leave in what was meant to go; the header is not quoted, it may be a patient.
                file = self.paths[next(iter(self.files))]
                self.problems.errors.append(
                    InputError("asked to drop a column that no table has", file=file, column=name)
                )
        for role, table in whole.items():
            with self.problems.collect():
                self.tables[role] = self._patients_of(role, table)
        if not self.real:
            self.problems.raise_any()

    def _patients_of(self, role: str, table: "pa.Table") -> "pa.Table":
        """Return the rows that are patients, or raise where some are not."""
        path = self.paths[role]
        for name in self.declaration.free_text:
            if name in table.column_names:
                cells = sum(bool(cell and cell.strip()) for cell in table.column(name).to_pylist())
                self.notes[role].append(CountNote(cells, "cell", f"of free text in '{name}' left out, not audited"))
        away = self.declaration.drop if role in self.files else without_row_numbers(table, self.declaration.drop)
        self.left_out[role] = hashed_cells(table, away, missing=self.missing)
        table = drop_columns(table, self.declaration.drop, path)
        require_header(table, path, declared=tuple(self.declaration.columns))
        table, blank = without_blank_end(table, path)
        self.left_out[role] = {name: cells[: len(table)] for name, cells in self.left_out[role].items()}
        if blank:
            self.notes[role].append(CountNote(blank, "blank row", "at the end left out"))
        require_no_summary(table, path)
        return table

    def match_columns(self) -> None:
        """Find the id column, and hold the real tables to the columns of the first; one that differs is left out."""
        first = next(iter(self.real))
        if self.declaration.id is not None:
            spelled, wanted = None, [self.declaration.id]
            with self.problems.collect():
                spelled = match_columns(self.tables[first].column_names, wanted, self.paths[first])[0]
            self.declaration = replace(self.declaration, id=spelled)
        names = self.names
        for role, table in self.real.items():
            self._require_columns(role, names, list(table.column_names))

    @property
    def names(self) -> list[str]:
        """The columns of the first real table, without the id."""
        first = next(iter(self.real.values()))
        return [name for name in first.column_names if name != self.declaration.id]

    def _require_columns(self, role: str, names: Sequence[str], found: Sequence[str]) -> None:
        try:
            check_columns(found, Schema.binary(names), file=self.paths[role], id=self.declaration.id)
        except InputError as problem:
            self.problems.errors.append(problem)
            del self.tables[role]

    def choose_schema(self) -> Schema | None:
        """Return declared columns with inferred ones among them, in the first table's order, less those with problems.

        None where none is left.
        """
        names, declaration = self.names, self.declaration
        file = self.paths[next(iter(self.real))]
        new = declaration.undeclared(names) if declaration.infer else ()
        names_of_files = {role: self.paths[role].name for role in self.real}
        alike = len(set(names_of_files.values())) < len(names_of_files)  # such as members/data.csv and holdout/data.csv
        real = {role if alike else names_of_files[role]: table for role, table in self.real.items()}
        published = [table for role, table in self.tables.items() if role not in self.files]
        numbers: dict[str, np.ndarray] = {}
        guess = infer_columns(
            real, new, published=published, missing=self.missing, problems=self.problems, numbers=numbers
        )
        ends = dict(zip(self.real, np.cumsum([len(table) for table in self.real.values()]).tolist(), strict=True))
        for role, table in self.real.items():
            self.numbers[role] = {name: rows[ends[role] - len(table) : ends[role]] for name, rows in numbers.items()}
        inferred = bool(new) or not declaration.confirmed
        lost = set(new) - {column.name for column in guess}
        both = replace(declaration, columns={**declaration.columns, **{column.name: column for column in guess}})
        with self.problems.collect():
            kept = [name for name in names if name not in lost]
            return Schema(both.schema_of(kept, file=file).columns, inferred=inferred) if kept else None
        return None

    def parse(self, schema: Schema) -> dict[str, Records]:
        """Return the tables as records; a table or a column with a problem is left out."""
        records: dict[str, Records] = {}
        start = 0
        for role in list(self.tables):
            published = role not in self.files
            if published:
                self._fit_published(role, schema)
            if role not in self.tables:
                continue
            table, id = self.tables[role], self.declaration.id
            own_id = id if id in table.column_names else None
            table = table.select([*([own_id] if own_id is not None else []), *schema.names])
            with self.problems.collect():
                rows = parse_records(
                    table,
                    schema,
                    file=self.paths[role],
                    id=own_id,
                    missing=self.missing,
                    unseen=published,
                    numbers=self.numbers.get(role),
                )
                if published:
                    require_known_values(rows, self.paths[role])
                if own_id is None:
                    rows = rows.with_patients(np.arange(start, start + len(rows)))
                    start += len(rows)
                records[role] = rows
        return records

    def _fit_published(self, role: str, schema: Schema) -> None:
        """Hold a synthetic table to the real ones' columns; it may lack the id, and have codes that they lack."""
        names, id = self.names, self.declaration.id
        table, ones = without_unseen_codes(self.tables[role], [*names, id or ""], schema)
        if table is not self.tables[role]:
            self.tables[role] = table
            self.notes[role].append(CountNote(ones, "cell", UNSEEN_CODES))
        found = [*table.column_names, *([id] if id is not None and id not in table.column_names else [])]
        self._require_columns(role, names, found)

    def check_sides(self, records: Mapping[str, Records]) -> None:
        """Collect what is wrong with the real tables taken together."""
        real = {role: records[role] for role in self.files}
        if len(real) > 1 and all(_is_constant(list(real.values()))):
            raise InputError(
                "expected a column that varies, found one value alone in every column of the real tables",
                cure="Nobody can be told apart by such a table; check that the right files were given.",
            )
        if self.declaration.id is not None:
            with self.problems.collect():
                require_distinct_spellings({role: table.patients for role, table in real.items()})

    def loaded(self, records: Mapping[str, Records], schema: Schema) -> dict[str, LoadedRecords]:
        """Return records with what a report should say of them."""
        read = {}
        for role, rows in records.items():
            id = self.declaration.id if self.declaration.id in self.tables[role].column_names else None
            notes = [
                *_notes(rows, schema, id, published=role not in self.files),
                *self.notes[role],
                *unseen_notes(rows),
            ]
            warnings = tuple(self.problems.warnings) if role == next(iter(self.files)) else ()
            source, left_out = (source_file(self.paths[role]),), self.left_out[role]
            read[role] = LoadedRecords(rows, tuple(notes), source, warnings, left_out)
        return read


def _is_constant(tables: Sequence[Records]) -> list[bool]:
    whole = Records.concat(tables)
    codes = (whole.codes == whole.codes[:1]).all(axis=0)
    rest = ((whole.rest == whole.rest[:1]) | (np.isnan(whole.rest) & np.isnan(whole.rest[:1]))).all(axis=0)
    return [*codes.tolist(), *rest.tolist()]


def _notes(records: Records, schema: Schema, id: str | None, *, published: bool) -> tuple[str | CountNote, ...]:
    notes: list[str | CountNote] = []
    if not published:
        if schema.inferred:
            notes.append("column kinds and levels were inferred from the real tables, not declared")
        patients = len(np.unique(records.patients))
        if id is None:
            notes.append("no id column: every row counts as a patient of its own")
        elif patients < len(records):
            notes.append(f"{len(records):,} rows of {patients:,} patients")
    absent = int(np.isnan(records.rest).sum())
    if absent:
        notes.append(CountNote(absent, "missing value"))
    return tuple(notes)
