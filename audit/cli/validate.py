"""``synthaudit validate``: what would run, and about how long it would take."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from synthaudit.audit.cli.table_options import Decimal, Delimiter, Drop, Encoding, Missing, Sheet, data_options


def validate(
    plan: Annotated[Path, typer.Argument(help="A plan in TOML.")],
    preset: Annotated[str | None, typer.Option(help="quick, standard or thorough; overrides the plan.")] = None,
    drop: Drop = None,
    missing: Missing = None,
    decimal: Decimal = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    sheet: Sheet = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check a plan and its tables, say what would run, how many tasks, and about how long; nothing is written.

    Options of tables replace those of the plan's [data]; put them there once they are right.
    """
    from synthaudit.audit.suite.execution.preview import preview
    from synthaudit.audit.suite.plan import read_plan

    chosen = read_plan(plan, override={"preset": preset} if preset else None)
    options = data_options(
        drop=drop, missing=missing, decimal=decimal, delimiter=delimiter, encoding=encoding, sheet=sheet
    )
    chosen = chosen.model_copy(update={"data": chosen.data.with_options(options)})
    shown = preview(chosen, base=plan.parent)
    total = sum(shown.tasks.values())
    if json:
        summary = {
            "tasks": dict(shown.tasks),
            "total": total,
            "minutes": dict(shown.minutes),
            "dropped": shown.dropped,
        }
        print(jsonlib.dumps(summary, indent=1))
        return
    data, split = shown.data, shown.split
    print(f"{plan.name}: a valid plan, preset {chosen.preset}")
    print(f"  {data.rows:,} rows of {data.patients:,} patients, {data.columns:,} columns")
    print(
        f"  members {split.members.patients:,}, holdout {split.holdout.patients:,}, "
        f"reference {split.reference.patients:,} patients"
    )
    for note in (*data.notes, *split.notes):
        print(f"  note: {note}")
    for kind, count in shown.tasks.items():
        print(f"  {count:>5} {kind:<11} about {shown.minutes[kind]:.1f} min")
    print(f"  {total:>5} tasks in all, about {shown.minutes['total']:.0f} min on this machine's cores")
    for note in shown.dropped:
        print(f"  left out: {note}")
