"""Rectangular tables: CSV, TSV, Parquet or Excel, one row per patient or several."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.infer import infer_schema
from synthaudit.audit.records.parse import MISSING, parse_records
from synthaudit.audit.records.readers.loaded_records import CountNote, LoadedRecords, find_file, source_file
from synthaudit.audit.records.schema import Schema
from synthaudit.audit.records.schema_file import SchemaDeclaration, read_schema
from synthaudit.audit.records.table import Records
from synthaudit.audit.records.table_format import TableFormat
from synthaudit.audit.records.text import match_columns, read_text

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TableFile:
    """A table with one column per variable.

    Attributes:
        path: The file: .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .xlsx (.xls, .xlsb, .ods), or .txt and .dat with a
            delimiter.
        schema: A ``schema.toml``; None infers every column.
        id: The column that says whose row it is; None makes every row a patient.
        drop: Columns to leave out.
        missing: Cells that mean "missing" besides empty ones and NA, NaN, NULL and their like.
        delimiter: What separates cells: one character, or ``tab``, ``semicolon``, ``bar``; None goes by the file's
            name, and takes semicolons in a .csv whose header has no comma.
        encoding: Of text that is not UTF-8, such as ``cp1252``.
        decimal: The mark before decimals, ``.`` or ``,``.
        sheet: Which sheet of an Excel file; None takes the only one.
    """

    title: ClassVar[str] = "Table"
    summary: ClassVar[str] = "CSV, TSV, Parquet or Excel, one row per patient or several"

    path: str
    schema: str | None = None
    id: str | None = None
    drop: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str = "."
    sheet: str | None = None

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Read the table; paths are relative to ``folder``.

        Raises:
            InputError: See ``read_text``, ``parse_records`` and ``infer_schema``.
        """
        declared = None if self.schema is None else read_schema(find_file(folder, self.schema))
        path = find_file(folder, self.path)
        table_format = TableFormat(self.delimiter, self.encoding, self.decimal, self.sheet)
        read = read_together(
            {"table": path}, declared, id=self.id, drop=self.drop, missing=self.missing, table_format=table_format
        )
        return read["table"]


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

    What is not declared is inferred from the real tables jointly; synthetic tables must then fit it. Without an
    id column every row is a patient of its own, and no two tables share an id.

    Args:
        files: Real tables by role, such as ``{"members": ..., "holdout": ...}``; the first gives the column order.
        declared: What ``schema.toml`` says; None infers everything.
        published: Synthetic tables by role; they need no id column.
        id: The id column; overrides the declared one.
        drop: More columns to leave out.
        missing: Cells that mean "missing" besides those of ``MISSING``.
        table_format: How the files are to be read where their names do not say.

    Raises:
        InputError: See ``read_text``, ``parse_records`` and ``infer_schema``.
    """
    missing = (*MISSING, *missing)
    declaration = declared or SchemaDeclaration(infer=True)
    declaration = replace(declaration, id=id or declaration.id, drop=(*declaration.drop, *drop))
    paths = {**files, **(published or {})}
    tables = {role: read_text(path, table_format=table_format) for role, path in paths.items()}
    for name in declaration.drop:
        if not any(name in tables[role].column_names for role in files):
            # A misspelt name would leave in what was meant to go; the header is not quoted, it may be a patient.
            raise InputError("asked to drop a column that no table has", file=paths[next(iter(files))], column=name)
    tables = {role: _drop_columns(table, declaration.drop, paths[role]) for role, table in tables.items()}
    first = next(iter(files))
    if declaration.id is not None:
        declaration = replace(
            declaration, id=match_columns(tables[first].column_names, [declaration.id], paths[first])[0]
        )
    names = [name for name in tables[first].column_names if name != declaration.id]
    for role in paths:
        _check_same_columns(tables[role].column_names, names, declaration.id, paths[role], needs_id=role in files)
    schema = _schema(
        declaration,
        names,
        {role: tables[role] for role in files},
        published=[tables[role] for role in published or {}],
        paths=paths,
        missing=missing,
    )
    read: dict[str, LoadedRecords] = {}
    start = 0
    for role, table in tables.items():
        own_id = declaration.id if declaration.id in table.column_names else None
        records = parse_records(table, schema, file=paths[role], id=own_id, missing=missing)
        if own_id is None:
            records = records.with_patients(np.arange(start, start + len(records)))
            start += len(records)
        notes = _notes(records, schema, own_id, published=role not in files)
        read[role] = LoadedRecords(records, notes, (source_file(paths[role]),))
    return read


def _drop_columns(table: "pa.Table", drop: tuple[str, ...], path: Path) -> "pa.Table":
    """Return the table without dropped columns."""
    names_left = [name for name in table.column_names if name not in drop]
    if "" in names_left:
        raise InputError(
            f"expected a name for every column, column {table.column_names.index('') + 1} has none",
            file=path,
            row=1,
            cure="Name it; pandas writes such a column of row numbers unless told index=False.",
        )
    return table.select(names_left)


def _check_same_columns(names: list[str], expected: list[str], id: str | None, path: Path, *, needs_id: bool) -> None:
    from synthaudit.audit.records.parse import check_columns

    expected_schema = Schema.binary(expected)
    check_columns(
        [*names, id] if id is not None and id not in names and not needs_id else names,
        expected_schema,
        file=path,
        id=id,
    )


def _schema(
    declaration: SchemaDeclaration,
    names: list[str],
    real: "Mapping[str, pa.Table]",
    *,
    published: "list[pa.Table]",
    paths: Mapping[str, Path],
    missing: tuple[str, ...],
) -> Schema:
    """Return declared columns with inferred ones among them, in the first table's order."""
    file = paths[next(iter(real))]
    if not declaration.infer:
        return declaration.schema_of(names, file=file)
    new = declaration.undeclared(names)
    if not new:
        return declaration.schema_of(names, file=file)
    guess = infer_schema(
        {paths[role].name: table for role, table in real.items()}, new, published=published, missing=missing
    )
    both = replace(declaration, columns={**declaration.columns, **{column.name: column for column in guess.columns}})
    return Schema(both.schema_of(names, file=file).columns, inferred=True)


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
