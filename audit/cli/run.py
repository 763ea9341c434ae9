"""``synthaudit run``: audit what a plan says, or the bundled example."""

from pathlib import Path
from typing import Annotated, Any

import typer


def run(
    plan: Annotated[Path | None, typer.Argument(help="A plan in TOML; without one, the bundled example.")] = None,
    preset: Annotated[str | None, typer.Option(help="quick, standard or thorough; overrides the plan.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for results and report; finished work there is reused.")] = Path(
        "audit-report"
    ),
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one per core, if memory allows.")] = 0,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a dask scheduler: tls://... (extra 'cluster').")
    ] = None,
    scheduler_keys: Annotated[
        Path | None, typer.Option(help="Folder of ca.pem, cert.pem and key.pem for a tls:// scheduler.")
    ] = None,
    clear_text_scheduler: Annotated[
        bool,
        typer.Option(
            "--clear-text-scheduler", help="Accept a scheduler without TLS: it runs anybody's code as the auditor."
        ),
    ] = False,
    shard: Annotated[str | None, typer.Option(help="Compute part i of n only, as in 2/8; see below.")] = None,
    limit_minutes: Annotated[
        float | None, typer.Option(help="Minutes after which a single task is stopped and named as not computed.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of everything random; overrides the plan.")] = None,
    policy: Annotated[str, typer.Option(help="Policy that judges the result: a name or a TOML file.")] = "default",
    json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Audit the generators and synthetic tables of a plan; without a plan, the bundled example.

    A job array computes parts of one audit into one folder with --shard i/n; the same command without it assembles.

    Exit code 0 when the audit ran, whatever it found (judge it with 'synthaudit gate'), 2 on bad input, 3 if part of
    it could not be computed.
    """
    from synthaudit.audit.cli.finish import finish
    from synthaudit.audit.cli.progress import progress
    from synthaudit.audit.policy import read_policy, with_findings
    from synthaudit.audit.suite.execution.executors import affordable_workers
    from synthaudit.audit.suite.execution.run import read_shard, run_shard
    from synthaudit.audit.suite.execution.run import run as run_plan
    from synthaudit.audit.suite.execution.schedule import ExecutionOptions
    from synthaudit.audit.suite.plan import read_plan
    from synthaudit.audit.suite.plan.example import EXAMPLE

    override: dict[str, Any] = {}
    if preset is not None:
        override["preset"] = preset
    if seed is not None:
        override["seed"] = seed
    if limit_minutes is not None:
        override["limit_minutes"] = limit_minutes
    options = ExecutionOptions(
        workers=workers or affordable_workers(),
        scheduler=scheduler,
        device=device,
        scheduler_keys=scheduler_keys,
        clear_text=clear_text_scheduler,
    )
    part = read_shard(shard) if shard is not None else None
    read_policy(policy)  # a mistyped policy must not cost an audit
    chosen = read_plan(plan or EXAMPLE, override=override)
    base = plan.parent if plan is not None else EXAMPLE.parent
    if part is not None:
        with progress() as on_progress:
            done, total = run_shard(chosen, out, part, base=base, options=options, on_progress=on_progress)
        print(f"shard {shard}: {done} of {total} tasks; when every shard is done, run again without --shard")
        return
    with progress() as on_progress:
        result = run_plan(chosen, out, base=base, options=options, on_progress=on_progress, judge=with_findings)
    finish(result, out, policy=policy, as_json=json)
