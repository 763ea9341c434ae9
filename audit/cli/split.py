"""``synthaudit split``: members, holdout and reference as files, before anybody trains a generator."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from synthaudit.audit.cli.table_options import Decimal, Delimiter, Encoding, Sheet, data_options

SIZE = "a share such as 0.4, or a number of patients."


def split(
    table: Annotated[Path, typer.Argument(help="Table of all patients: CSV, TSV, Parquet or Excel.")],
    out: Annotated[Path, typer.Option(help="Folder for the sides and split.json; nothing there is overwritten.")],
    id: Annotated[str | None, typer.Option(help="Column of patient ids: all rows of a patient go to one side.")] = None,
    members: Annotated[str, typer.Option(help=f"Patients to train on: {SIZE}")] = "0.4",
    holdout: Annotated[str, typer.Option(help=f"Patients of the control group: {SIZE}")] = "0.4",
    reference: Annotated[str, typer.Option(help=f"Patients whom the attacker knows: {SIZE}")] = "0.2",
    schema: Annotated[
        bool, typer.Option("--schema", help="Write an inferred schema.toml beside them, to check and confirm.")
    ] = False,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draw, as in a plan with this split.")] = 0,
) -> None:
    """Split a table by patient into members, holdout and reference, cells as they stand; the maker of synthetic data
    gets the members alone.

    Exit code 0 when all files were written, 2 on bad input.
    """
    from synthaudit.audit.records.schema_draft import SMALL_COUNT, draft_schema, require_new
    from synthaudit.audit.records.split_table import split_table
    from synthaudit.audit.records.table_format import TableFormat
    from synthaudit.audit.suite.context.task import seed_of

    sizes = {"members": members, "holdout": holdout, "reference": reference}
    shares = {role: _number(f"--{role}", text) for role, text in sizes.items()}
    table_format = TableFormat(delimiter, encoding, decimal or ".", sheet)
    drawn = seed_of(seed, "split") % 2**32
    if schema:
        require_new(out / "schema.toml")
    sides = split_table(table, out, id=id, shares=shares, seed=drawn, table_format=table_format)
    if schema:
        draft = draft_schema({"table": table}, id=id, table_format=table_format)
        draft.write(out / "schema.toml", small_count=SMALL_COUNT)
    use = {"members": "for the maker of the synthetic table", "holdout": "stays here", "reference": "stays here"}
    for role, side in sides.items():
        print(f"{side.file}: {side.patients:,} patients, {side.rows:,} rows; {use[role]}")
    print(f"{out / 'split.json'}: counts, seed and digests")
    if schema:
        print(f"{out / 'schema.toml'}: inferred, {len(draft.problems)} columns to decide; check it and confirm it")
    print("Give away the members' file and nothing else. Then:")
    files = " ".join(f"--{role} {shlex.quote(str(side.file))}" for role, side in sides.items())
    given = {"id": id, **data_options(decimal=decimal, delimiter=delimiter, encoding=encoding)}
    given |= {"schema": str(out / "schema.toml")} if schema else {}
    more = "".join(f" --{name} {shlex.quote(text)}" for name, text in given.items() if text is not None)
    print(f"  synthaudit check {files} --synthetic SYNTHETIC{more} --random-split")


def _number(option: str, text: str) -> float:
    from synthaudit.audit.errors import PlanError

    try:
        return int(text) if text.strip().isdigit() else float(text)
    except ValueError:
        raise PlanError(f"{option}: expected {SIZE.rstrip('.')}, got '{text}'") from None
