"""``synthaudit validate``: what would run, and what it would cost."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from synthaudit.audit.cli.errors import user_errors


def validate(
    plan: Annotated[Path, typer.Argument(help="A plan in TOML.")],
    preset: Annotated[str | None, typer.Option(help="quick, standard or thorough; overrides the plan.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check a plan and its tables, say what would run, how many tasks, and about how long; nothing is written."""
    with user_errors():
        import json as jsonlib

        from synthaudit.audit.suite.context.components import Components
        from synthaudit.audit.suite.context.prepare import prepare
        from synthaudit.audit.suite.execution.budget import within_budget
        from synthaudit.audit.suite.execution.cost import estimate
        from synthaudit.audit.suite.plan import read_plan
        from synthaudit.audit.suite.tasks.listing import list_tasks

        chosen = read_plan(plan, override={"preset": preset} if preset else None)
        components = Components(chosen)
        prepared = prepare(chosen, base=plan.parent, salt=b"")
        tasks, dropped = within_budget(list_tasks(components, prepared.sizes), components, prepared.sizes)
        cost = estimate(tasks, components, prepared.sizes)
        counts = Counter(task.kind for task in tasks)
        if json:
            summary = {"tasks": dict(counts), "total": len(tasks), "minutes": cost, "dropped": dropped}
            print(jsonlib.dumps(summary, indent=1))
            return
        split = prepared.split
        print(f"{plan.name}: a valid plan, preset {chosen.preset}")
        print(
            f"  {prepared.data.rows:,} rows of {prepared.data.patients:,} patients, {prepared.data.columns:,} columns"
        )
        print(
            f"  members {split.members.patients:,}, holdout {split.holdout.patients:,}, "
            f"reference {split.reference.patients:,} patients"
        )
        for note in (*prepared.data.notes, *split.notes):
            print(f"  note: {note}")
        for kind, count in counts.items():
            print(f"  {count:>5} {kind:<11} about {cost[kind]:.1f} min")
        print(f"  {len(tasks):>5} tasks in all, about {cost['total']:.0f} min on this machine's cores")
        for left_out in dropped:
            print(f"  left out: {left_out}")
