"""About how long a plan takes: the sizes of each task, and what its generator, attack or metric says that they cost."""

from collections.abc import Iterable

from synthaudit.audit.protocols import ShadowAttack
from synthaudit.audit.suite.context.audit_context import cores
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.tasks.listing import MECHANISM
from synthaudit.audit.workload import Workload

OVERHEAD = 0.15
"""Seconds that a task takes besides: reading, writing, statistics."""

TRAINING_OVERHEAD = 0.04
"""Seconds that one of many small trainings takes besides its passes."""


def estimate(tasks: Iterable[Task], components: Components, sizes: TableSizes) -> dict[str, float]:
    """Return minutes by kind of task, and ``total`` as wall time when all cores work; good to a factor of three."""
    minutes: dict[str, float] = {}
    trained: set[tuple[str, int, str]] = set()
    for task in tasks:
        ensemble = _ensemble(task, components)
        if ensemble is not None and ensemble not in trained:  # one ensemble serves every attack that asks for it
            trained.add(ensemble)
            system, models, _ = ensemble
            seconds = models * components.recipes[system].cost(workload(task, components, sizes))
            minutes["shadows"] = minutes.get("shadows", 0.0) + seconds / 60
        seconds = OVERHEAD + _seconds(task, components, sizes)
        minutes[task.kind] = minutes.get(task.kind, 0.0) + seconds / 60
    return {**minutes, "total": sum(minutes.values()) / cores()}


def workload(task: Task, components: Components, sizes: TableSizes) -> Workload:
    """Return the sizes that a task works on."""
    targets = components.plan.targets
    return Workload(
        targets=min(targets.members, sizes.members) + min(targets.holdout, sizes.holdout),
        members=sizes.members,
        synthetic=task.synthetic,
        reference=task.reference,
        columns=sizes.columns,
        known=task.known,
    )


def _seconds(task: Task, components: Components, sizes: TableSizes) -> float:
    work = workload(task, components, sizes)
    if task.kind == "fit":
        return float(components.recipes[task.system].cost(work))
    if task.kind in MECHANISM:
        return _dp_audit(task, components, sizes)
    if task.kind == "planted":
        plan = components.plan.controls
        repeats = 1 + 2 * len(plan.planted_fractions) * plan.repeats
        return repeats * (work.pair_seconds + 2e-9 * work.columns * (work.targets + work.synthetic) + 0.01)
    method = components.methods.get(task.method)
    return work.comparison_seconds if method is None else float(method.cost(work))


def _dp_audit(task: Task, components: Components, sizes: TableSizes) -> float:
    """Return seconds of an audit of a privacy claim: its trainings, and attacks on all canaries."""
    plan = components.plan.dp_audit
    if task.kind == "pairs":
        return 0.3
    recipe = components.recipes[task.system]
    if task.kind == "trainings":
        small = Workload(members=plan.patients_per_training + plan.target_copies, columns=sizes.columns + 1)
        return float(plan.trainings * (TRAINING_OVERHEAD + recipe.cost(small)))
    canaries = Workload(
        targets=plan.canaries,
        members=sizes.members + plan.canaries // 2,
        synthetic=task.synthetic,
        reference=sizes.reference,
        columns=sizes.columns + plan.unique_code_canaries,
    )
    return float((1 + plan.data_dependent_domain) * (1 + recipe.cost(canaries) + 4 * canaries.pair_seconds))


def _ensemble(task: Task, components: Components) -> tuple[str, int, str] | None:
    """Return an ensemble of shadow models: system, models, which records fill it; None where none is."""
    attack = components.membership.get(task.method)
    if task.kind != "membership" or task.system not in components.recipes or not isinstance(attack, ShadowAttack):
        return None
    return task.system, attack.models, attack.background
