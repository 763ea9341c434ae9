"""``synthaudit export``: the folder that may leave the house."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(help="A run folder, with its restricted part.")],
    out: Annotated[Path, typer.Option(help="The folder that may leave; new or empty.")],
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Take the synthetic tables along; they are not searched.")
    ] = False,
) -> None:
    """Copy what may leave of RUN, after a search for patients' values: exit 0 written, 2 found something or bad input.

    Result and pages go; restricted/, cells/ and, unless asked for, synthetic/ stay. Every file is unpacked and searched
    for values that fewer patients have than the plan's small_count, and for every patient's id. What was searched is
    written beside the files, in export.md.
    """
    from synthaudit.audit.disclosure.export import export as export_run

    found = export_run(run, out, synthetic=synthetic)
    print(
        f"{len(found.files):,} files, {found.read:,} bytes unpacked: none of {found.values:,} values that few patients "
        f"have{', nor any id' if found.ids else ''} ({found.skipped:,} too short to look for)"
    )
    print(out)
