"""``synthaudit init``: a plan to start from."""

from pathlib import Path
from typing import Annotated

import typer

from synthaudit.audit.cli.errors import user_errors


def init(
    path: Annotated[Path, typer.Argument(help="Where to write the plan.")] = Path("plan.toml"),
    table: Annotated[
        Path | None, typer.Option(help="Your table (CSV or Parquet); the example cohort if left out.")
    ] = None,
    id: Annotated[str | None, typer.Option(help="Column of patient ids.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the plan, if there is one.")] = False,
) -> None:
    """Write a commented plan, and beside it the inferred schema of your table to correct by hand."""
    with user_errors():
        from synthaudit.audit.errors import InputError
        from synthaudit.audit.suite.plan.example import starter

        if path.exists() and not force:
            raise InputError("exists already", file=path, cure="Choose another name, or overwrite it with --force")
        for file in starter(path, table=table, id=id):
            print(file)
