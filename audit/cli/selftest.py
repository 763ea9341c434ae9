"""``synthaudit selftest``: does this audit see the leaks it should, on a table of yours?"""

from pathlib import Path
from typing import Annotated

import typer


def selftest(
    table: Annotated[Path, typer.Argument(help="A table of your own real patients.")],
    id: Annotated[str | None, typer.Option(help="Column of patient ids; one row of each patient is used.")] = None,
    schema: Annotated[Path | None, typer.Option(help="A schema.toml; without it column kinds are inferred.")] = None,
    preset: Annotated[str, typer.Option(help="quick, standard or thorough.")] = "quick",
    only: Annotated[list[str] | None, typer.Option(help="Case to try; repeat for several. Default: every one.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the table of verdicts and the audits.")] = Path("selftest"),
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0 takes one per core.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    policy: Annotated[str, typer.Option(help="Policy that judges the results: a name or a TOML file.")] = "default",
) -> None:
    """Plant known leaks in a table of yours, audit every one, and compare verdicts with the truth.

    Patients are split into members, holdout, reference and others; from them tables are made that leak (copies, near
    copies, shuffled columns, a secret given away, overfitted trees, ...), that leak nothing, and audits that cannot be
    valid. How strong each leak is, is measured by an attacker who knows how it was planted. Exit code 0 when every
    verdict is as expected, 1 when one is not, 2 on bad input. The folders restricted in OUT hold real records.
    """
    import json

    from synthaudit.audit.cli.progress import progress
    from synthaudit.audit.errors import PlanError, unknown_name
    from synthaudit.audit.files import write_atomically
    from synthaudit.audit.policy import read_policy
    from synthaudit.audit.records.readers import TableFile
    from synthaudit.audit.selftest.cases import chosen_cases
    from synthaudit.audit.selftest.planted_audits import AuditSettings
    from synthaudit.audit.selftest.verdict_table import as_lines, as_markdown, as_values
    from synthaudit.audit.selftest.verdicts import run_selftest
    from synthaudit.audit.suite.execution.executors import affordable_workers
    from synthaudit.audit.suite.execution.schedule import ExecutionOptions
    from synthaudit.audit.suite.plan.presets import PRESETS

    cases, judge = chosen_cases(only or ()), read_policy(policy)
    if preset not in PRESETS:  # before anything is planted
        raise PlanError(f"--preset: {unknown_name('preset', preset, PRESETS)}")
    records = TableFile(str(table), schema=str(schema) if schema else None, id=id).read().records
    with progress() as on_progress:
        options = ExecutionOptions(workers=workers or affordable_workers())
        settings = AuditSettings(preset, seed, judge, options, on_progress)
        verdicts = run_selftest(records, cases, out, settings)
    write_atomically(out / "selftest.json", (json.dumps(as_values(verdicts), indent=1) + "\n").encode())
    write_atomically(out / "selftest.md", as_markdown(verdicts).encode())
    print("\n".join(as_lines(verdicts)))
    raise typer.Exit(0 if all(verdict.right for verdict in verdicts) else 1)
