"""``synthaudit init``: a plan to start from."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from synthaudit.audit.cli.errors import BAD_INPUT
from synthaudit.audit.cli.table_options import Decimal, Delimiter, Drop, Encoding, Missing, Sheet, data_options


def init(
    path: Annotated[Path, typer.Argument(help="Where to write the plan.")] = Path("plan.toml"),
    table: Annotated[
        Path | None, typer.Option(help="Your table (CSV, Parquet, Excel); the example cohort if left out.")
    ] = None,
    members: Annotated[Path | None, typer.Option(help="Or the sides as files: the patients trained on.")] = None,
    holdout: Annotated[Path | None, typer.Option(help="Patients of the same population, not trained on.")] = None,
    reference: Annotated[Path | None, typer.Option(help="Further patients, known to the attacker.")] = None,
    synthetic: Annotated[Path | None, typer.Option(help="A synthetic table beside the sides.")] = None,
    id: Annotated[str | None, typer.Option(help="Column of patient ids.")] = None,
    drop: Drop = None,
    missing: Missing = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the plan, if there is one.")] = False,
) -> None:
    """Write a commented plan, and beside it the schema inferred from all tables, to correct and to confirm.

    A schema that is there already is never overwritten, also not by --force. Exit code 0 when the plan can be
    validated, 2 when columns are left for you to decide in the schema.
    """
    from synthaudit.audit.errors import InputError
    from synthaudit.audit.suite.plan.starter import write_starter

    if path.exists() and not force:
        raise InputError("exists already", file=path, cure="Choose another name, or overwrite it with --force")
    named = {
        "table": table,
        "members": members,
        "holdout": holdout,
        "reference": reference,
        "synthetic": synthetic,
    }
    options = data_options(
        drop=drop, missing=missing, decimal=decimal, delimiter=delimiter, encoding=encoding, sheet=sheet
    )
    tables = {role: file for role, file in named.items() if file is not None}
    starter = write_starter(path, tables, id=id, options=options)
    for file in starter.written:
        print(file)
    if starter.existing is not None:
        print(f"{starter.existing} was there already and stays as it is")
    if starter.undecided:
        print("synthaudit: columns to decide, marked in the schema:", file=sys.stderr)
        for problem in starter.undecided:
            print(f"  {problem}", file=sys.stderr)
        raise typer.Exit(BAD_INPUT)
