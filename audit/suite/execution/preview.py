"""What a plan would do, without doing it: its tables are read and its tasks listed, and nothing is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import prepare
from synthaudit.audit.suite.context.schema_roles import with_schema_roles
from synthaudit.audit.suite.execution.budget import within_budget
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import DataCard, SplitCard
from synthaudit.audit.suite.tasks.listing import list_tasks


@dataclass(frozen=True)
class Preview:
    """What would run, and about how long.

    Attributes:
        data: The real table.
        split: Members, holdout and reference.
        tasks: How many tasks of each kind.
        minutes: About how long each kind takes; ``total`` is wall time on all cores of this machine.
        dropped: What ``max_minutes`` leaves out.
    """

    data: DataCard
    split: SplitCard
    tasks: Mapping[str, int]
    minutes: Mapping[str, float]
    dropped: tuple[str, ...]


def preview(plan: Plan, *, base: Path) -> Preview:
    """Return what a plan would run; relative paths start from ``base``.

    Raises:
        AuditError: The plan or a table is not what it should be.
    """
    plan = with_schema_roles(plan, base)
    components = Components(plan)
    prepared = prepare(plan, base=base, salt=b"")
    tasks, dropped = within_budget(list_tasks(components, prepared.sizes), components, prepared.sizes)
    return Preview(
        data=prepared.data,
        split=prepared.split,
        tasks=Counter(task.kind for task in tasks),
        minutes=estimate(tasks, components, prepared.sizes),
        dropped=dropped,
    )
