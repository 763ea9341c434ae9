"""A plan as one flat list of tasks: each a small computation with a label, a seed and a cache key of its own."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import CODE_VERSION, TableSizes, Task
from synthaudit.audit.suite.plan import options_of
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.synthetic_sizes import largest_size
from synthaudit.audit.suite.tasks.task_kind import TaskStage

DEPENDENT = frozenset(name for name, kind in TASKS.items() if kind.stage is TaskStage.SCORES)
"""Kinds of tasks that rest on the scores that others leave."""


def list_tasks(components: Components, sizes: TableSizes) -> tuple[Task, ...]:
    """Return every task of a plan, trainings first, each with its cache key."""
    tasks = _listed(TASKS.keys() - DEPENDENT, components, sizes, ())
    return (*tasks, *aggregate_tasks(tasks, components, sizes))


def aggregate_tasks(tasks: Sequence[Task], components: Components, sizes: TableSizes) -> tuple[Task, ...]:
    """Return the tasks that judge attacks together, from the scores that ``tasks`` leave."""
    return _listed(DEPENDENT, components, sizes, tasks)


def _listed(kinds: Iterable[str], components: Components, sizes: TableSizes, tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Return the tasks of some kinds: by stage, system, release, size where it matters, and kind."""
    kinds, order, systems = set(kinds), list(TASKS), list(components.systems)

    def place(task: Task) -> tuple[int, ...]:
        kind = TASKS[task.kind]
        system = systems.index(task.system) if task.system in systems else -1
        size = task.synthetic if kind.by_size else 0
        return (kind.stage, system, task.release, not kind.by_size, size, order.index(task.kind))

    found = [task for name in order if name in kinds for task in TASKS[name].enumerate(components, sizes, tasks)]
    return tuple(with_cache_key(task, components, sizes) for task in sorted(found, key=place))


def with_cache_key(task: Task, components: Components, sizes: TableSizes) -> Task:
    """Return the task with the key of its result: a hash of everything that its numbers depend on."""
    plan = components.plan
    parts = {"recipe": components.recipes.get(task.system), "method": components.methods.get(task.method)}
    depends = {
        "label": task.label,
        "seed": plan.seed,
        "small_count": plan.small_count,
        "targets": plan.targets.model_dump(),
        "tables": sizes.fingerprint,
        "components": {name: [type(part).__name__, options_of(part)] for name, part in parts.items()},
        "rows": largest_size(components, sizes, task.system) if task.system in components.recipes else None,
        "sources": task.sources,
        "code": CODE_VERSION,
        **TASKS[task.kind].key_parts(task, components),
    }
    return replace(task, key=hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32])
