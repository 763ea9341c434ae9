"""``synthaudit inspect``: what is in these files, on one screen, before anything is audited."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthaudit.audit.cli.table_options import Decimal, Delimiter, Drop, Encoding, Missing, Sheet

if TYPE_CHECKING:
    from synthaudit.audit.records.overview import ColumnOverview

FULL = 40
"""Columns up to which each has a line of its own; of more, those without a remark are counted by kind."""


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Tables of real patients: one, or all sides.")],
    synthetic: Annotated[
        list[Path] | None, typer.Option(help="A synthetic table beside them; may be repeated.")
    ] = None,
    id: Annotated[str | None, typer.Option(help="Column of patient ids.")] = None,
    drop: Drop = None,
    missing: Missing = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    schema_out: Annotated[
        Path | None, typer.Option(help="Write the inferred schema there, columns that need a decision marked.")
    ] = None,
) -> None:
    """Show columns, kinds, missing cells, what looks wrong, and what the files disagree on; no cell is shown.

    Nothing is written but the schema, where --schema-out asks for it; an existing one is never overwritten. Exit code
    0 when the files could be read, 2 if not.
    """
    from synthaudit.audit.records.overview import column_overviews
    from synthaudit.audit.records.schema_draft import SMALL_COUNT, draft_schema, require_new
    from synthaudit.audit.records.table_format import TableFormat

    if schema_out is not None:
        require_new(schema_out)
    real = _by_name(files)
    published = {
        name if name not in real else f"{name} (synthetic)": path for name, path in _by_name(synthetic or ()).items()
    }
    draft = draft_schema(
        real,
        published=published,
        id=id,
        drop=drop or (),
        missing=missing or (),
        table_format=TableFormat(delimiter, encoding, decimal or ".", sheet),
    )
    columns = column_overviews(draft)
    for role, table in draft.tables.items():
        print(f"{role}: {table.num_rows:,} rows, {table.num_columns:,} columns{draft.patients_text(role)}")
    for first, second, both in draft.shared_patients():
        count = f"{both:,}" if both >= SMALL_COUNT else f"fewer than {SMALL_COUNT}"
        print(f"{count} patients stand in both {first} and {second}: split by patient")
    _print_columns(columns)
    elsewhere = [problem for problem in draft.problems if problem.column not in draft.names]
    suspicious = [column.problem for column in columns if column.problem is not None]
    if elsewhere or suspicious:
        print("\nto decide before an audit:")
    for problem in (*elsewhere, *suspicious):
        print(f"  {problem}")
    if schema_out is not None:
        draft.write(schema_out, small_count=SMALL_COUNT)
        print(f"\n{schema_out}: {len(draft.columns):,} columns, {len(suspicious):,} to decide; check and confirm it")


def _by_name(files: Sequence[Path]) -> dict[str, Path]:
    """Return files by their names, numbered where several have one name."""
    named: dict[str, Path] = {}
    for path in files:
        name, at = path.name, 2
        while name in named:
            name, at = f"{path.name} ({at})", at + 1
        named[name] = path
    return named


def _print_columns(columns: "Sequence[ColumnOverview]") -> None:
    shown = [c for c in columns if len(columns) <= FULL or c.problem is not None or c.remarks]
    lines = [("column", "kind", "distinct", "missing", "")]
    for column in shown:
        remark = "; ".join((*(["see below"] if column.problem is not None else []), *column.remarks))
        lines.append((column.name, column.kind or "?", _span(column.distinct.values()), _shares(column), remark))
    widths = [min(max(len(line[at]) for line in lines), 60) for at in range(5)]
    print()
    for line in lines if shown else ():
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    plain = [column.kind for column in columns if column not in shown]
    for kind in dict.fromkeys(plain):
        print(f"  and {plain.count(kind):,} {kind} columns without a remark")


def _span(numbers: Collection[int]) -> str:
    low, high = min(numbers, default=0), max(numbers, default=0)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _shares(column: "ColumnOverview") -> str:
    low, high = min(column.missing.values(), default=0), max(column.missing.values(), default=0)
    return "" if high == 0 else f"{high:.1%}" if f"{low:.1%}" == f"{high:.1%}" else f"{low:.1%} to {high:.1%}"
