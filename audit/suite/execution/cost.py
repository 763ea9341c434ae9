"""About how long a plan takes: rough arithmetic on sizes, for a person who decides whether to wait."""

from collections.abc import Iterable

from synthaudit.audit.protocols import ShadowAttack
from synthaudit.audit.suite.context.audit_context import cores
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.task_kind import workload


def estimate(tasks: Iterable[Task], components: Components, sizes: TableSizes) -> dict[str, float]:
    """Return minutes by kind of task, and ``total`` as wall time when all cores work; good to a factor of three."""
    minutes: dict[str, float] = {}
    trained: set[tuple[str, int, str]] = set()
    for task in tasks:
        attack = components.membership.get(task.method)
        if isinstance(attack, ShadowAttack) and task.system in components.recipes:
            ensemble = (task.system, attack.models, attack.background)
            if ensemble not in trained:  # one ensemble serves every attack that asks for it
                trained.add(ensemble)
                seconds = attack.models * components.recipes[task.system].cost(workload(task, components, sizes))
                minutes["shadows"] = minutes.get("shadows", 0.0) + seconds / 60
        seconds = TASKS[task.kind].cost(task, components, sizes)
        minutes[task.kind] = minutes.get(task.kind, 0.0) + seconds / 60
    return {**minutes, "total": sum(minutes.values()) / cores()}
