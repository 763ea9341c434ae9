"""``synthaudit report``: write the pages again, from the result alone."""

from pathlib import Path
from typing import Annotated

import typer

from audit.cli.errors import user_errors


def report(
    result: Annotated[Path, typer.Argument(help="A run folder or its result.json.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the pages; the result's own where left out.")] = None,
    policy: Annotated[str, typer.Option(help="Policy that judges the result: a name or a TOML file.")] = "default",
) -> None:
    """Write report.html, report.pdf and findings.md from a result, without any patient data."""
    with user_errors():
        from audit.errors import InputError
        from audit.policy import judge, read_policy
        from audit.suite.result import read_result
        from reports import write

        found = read_result(result)
        folder = out or (result if result.is_dir() else result.parent)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"expected a folder to write to, could not use it ({error.strerror})", file=folder
            ) from None
        for file in write(found, judge(found, read_policy(policy)), folder):
            print(file)
