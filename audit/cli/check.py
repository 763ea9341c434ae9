"""``synthaudit check``: audit one synthetic table, straight from files."""

from pathlib import Path
from typing import Annotated

import typer

from synthaudit.audit.cli.table_options import Decimal, Delimiter, Drop, Encoding, Missing, Sheet, data_options


def check(
    members: Annotated[Path, typer.Option(help="Table of the patients the generator was trained on.")],
    holdout: Annotated[Path, typer.Option(help="Table of patients of the same population that it was not trained on.")],
    synthetic: Annotated[Path, typer.Option(help="The synthetic table.")],
    reference: Annotated[
        Path | None, typer.Option(help="Table of further real patients, known to the attacker.")
    ] = None,
    schema: Annotated[Path | None, typer.Option(help="A schema.toml; without it column kinds are inferred.")] = None,
    id: Annotated[str | None, typer.Option(help="Column of patient ids.")] = None,
    drop: Drop = None,
    missing: Missing = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    claim_epsilon: Annotated[
        float | None, typer.Option(help="Claimed epsilon of the table's differential privacy.")
    ] = None,
    claim_delta: Annotated[float, typer.Option(help="Delta of that claim.")] = 1e-5,
    claim_adjacency: Annotated[
        str, typer.Option(help="Which tables the claim compares: 'add or remove one' or 'replace one'.")
    ] = "add or remove one",
    random_split: Annotated[
        bool,
        typer.Option(
            "--random-split", help="Patients were assigned to members and holdout at random: a claim can be audited."
        ),
    ] = False,
    secret: Annotated[
        list[str] | None, typer.Option(help="Column that attackers are after; repeat for several. Default: every one.")
    ] = None,
    quasi_identifier: Annotated[
        list[str] | None,
        typer.Option(
            help="Column that an attacker can know of a named person; repeat for several. Default: by name (age, sex, "
            "race, place, dates), or else the 16 most frequent codes."
        ),
    ] = None,
    drawn_at_random: Annotated[bool, typer.Option("--drawn-at-random", hidden=True)] = False,
    preset: Annotated[str, typer.Option(help="quick, standard or thorough.")] = "standard",
    out: Annotated[Path, typer.Option(help="Folder for results and report.")] = Path("audit-report"),
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one per core, if memory allows.")] = 0,
    limit_minutes: Annotated[
        float | None, typer.Option(help="Minutes after which a single task is stopped and named as not computed.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    policy: Annotated[str, typer.Option(help="Policy that judges the result: a name or a TOML file.")] = "default",
    record: Annotated[
        Path | None,
        typer.Option(help="TOML file that fills the report's decision record: purpose, recipient, release_mode, ..."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Audit a synthetic table, given its members and a holdout; no generator needed.

    The result is about this release alone. With --claim-epsilon the claim is attacked too, as far as one release
    allows. Exit code 0 when the audit ran, 2 on bad input, 3 if part of it could not be computed.
    """
    from synthaudit.audit.cli.finish import finish
    from synthaudit.audit.cli.progress import progress
    from synthaudit.audit.errors import PlanError
    from synthaudit.audit.policy import read_policy, with_findings
    from synthaudit.audit.suite.execution.executors import affordable_workers
    from synthaudit.audit.suite.execution.run import run as run_plan
    from synthaudit.audit.suite.execution.schedule import ExecutionOptions
    from synthaudit.audit.suite.plan import plan_from_files, read_record

    if drawn_at_random:
        raise PlanError("--drawn-at-random: this option is now called --random-split")
    read_policy(policy)  # a mistyped policy must not cost an audit
    claim = {"epsilon": claim_epsilon, "delta": claim_delta, "adjacency": claim_adjacency}
    plan = plan_from_files(
        members,
        holdout,
        synthetic,
        reference=reference,
        schema=schema,
        id=id,
        options=data_options(
            drop=drop, missing=missing, decimal=decimal, delimiter=delimiter, encoding=encoding, sheet=sheet
        ),
        claim=claim if claim_epsilon is not None else None,
        random_split=random_split,
        secrets=secret or (),
        quasi_identifiers=quasi_identifier or (),
        preset=preset,
        seed=seed,
        limit_minutes=limit_minutes,
        record=read_record(record) if record is not None else None,
    )
    options = ExecutionOptions(workers=workers or affordable_workers())
    with progress() as on_progress:
        result = run_plan(plan, out, base=Path(), options=options, on_progress=on_progress, judge=with_findings)
    finish(result, out, policy=policy, as_json=json)
