"""About how long a plan takes: rough arithmetic on sizes, for a person who decides whether to wait."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.audit_context import cores
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.tasks.listing import MECHANISM

PAIRS_PER_SECOND = 2e9
"""Row pairs that the neighbour kernel compares a second and core on diagnosis codes (benchmarks/nearest.py)."""

MIXED_PAIRS_PER_SECOND = 2e8
"""The same on a mixed table of a dozen columns."""

CELLS_PER_SECOND = 1.5e7
"""Cells of a batch (rows x columns) that training passes a second and core: 1.3e7 to 2.8e7 for the catalogue's."""

NOISY = 4.0
"""How many times longer a step takes whose gradients are clipped one by one."""

OVERHEAD = 0.15
"""Seconds a cell takes besides: reading, writing, statistics."""


def estimate(tasks: Iterable[Task], components: Components, sizes: TableSizes) -> dict[str, float]:
    """Return minutes by kind of cell, and ``total`` as wall time when all cores work; good to a factor of three."""
    minutes: dict[str, float] = {}
    trained: set[tuple[object, ...]] = set()
    for task in tasks:
        shadows = _shadows(task, components)
        if shadows is not None and shadows not in trained:  # one ensemble serves every attack that asks for it
            trained.add(shadows)
            seconds = int(str(shadows[1])) * _training(components.recipes[task.system], sizes)
            minutes["shadows"] = minutes.get("shadows", 0.0) + seconds / 60
        minutes[task.kind] = minutes.get(task.kind, 0.0) + _seconds(task, components, sizes) / 60
    return {**minutes, "total": sum(minutes.values()) / cores()}


def _seconds(task: Task, components: Components, sizes: TableSizes) -> float:
    targets = min(components.plan.targets.members, sizes.members) + min(components.plan.targets.holdout, sizes.holdout)
    pairs = targets * (task.synthetic + task.reference) / PAIRS_PER_SECOND
    if task.kind == "fit":
        return OVERHEAD + _training(components.recipes[task.system], sizes)
    if task.kind in MECHANISM:
        return OVERHEAD + _mechanism(task, components, sizes)
    if task.kind == "attribute":
        return OVERHEAD + 3 * pairs * (1 + task.known / 8) + 3e-8 * targets * sizes.columns
    if task.kind == "planted":
        tries = 1 + 2 * len(components.plan.controls.planted_fractions) * components.plan.controls.repeats
        return OVERHEAD + tries * (pairs + 2e-9 * sizes.columns * (targets + task.synthetic) + 0.01)
    if task.kind in ("fidelity", "yardstick") and "prediction" in task.method:
        asked = getattr(components.metrics[task.method], "columns", None) or sizes.columns
        return OVERHEAD + 60 * (asked / 930) * (2 * sizes.members / 30_000) * (sizes.columns / 930)
    if task.kind in ("fidelity", "yardstick") and "discriminator" in task.method:
        return OVERHEAD + 3e-6 * sizes.members * sizes.columns
    if task.kind == "reidentification":
        return OVERHEAD + pairs + 2e-7 * sizes.columns * task.synthetic
    return OVERHEAD + pairs + 2e-8 * sizes.columns * (targets + task.synthetic)


def _mechanism(task: Task, components: Components, sizes: TableSizes) -> float:
    """Return seconds of an audit of a privacy claim: its trainings, and attacks on all canaries."""
    plan = components.plan.dp_audit
    if task.kind == "pairs":
        return 0.3
    recipe = components.recipes[task.system]
    if task.kind == "trainings":
        small = replace(sizes, members=plan.patients_per_training + plan.target_copies, columns=sizes.columns + 1)
        return plan.trainings * (0.04 + _training(recipe, small))
    larger = replace(
        sizes, members=sizes.members + plan.canaries // 2, columns=sizes.columns + plan.unique_code_canaries
    )
    attacks = plan.canaries * (task.synthetic + sizes.reference) / PAIRS_PER_SECOND
    return (1 + plan.data_dependent_domain) * (1 + _training(recipe, larger) + 4 * attacks)


def _shadows(task: Task, components: Components) -> tuple[object, ...] | None:
    """Return what tells one ensemble of shadow models from another, or None where a cell needs none."""
    attack = components.membership.get(task.method)
    if task.kind != "membership" or attack is None or Need.TRAINER not in attack.needs:
        return None
    if task.system not in components.recipes:
        return None
    return (task.system, attack.models, getattr(attack, "background", "reference"))


def _training(recipe: Any, sizes: TableSizes) -> float:
    """Return seconds of training: passes over the members, each touching every cell a few times."""
    if not is_dataclass(recipe):
        return 0.0
    named = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    passes = sum(value for name, value in named.items() if name.endswith("epochs") and isinstance(value, int))
    tasks = passes * sizes.members * sizes.columns
    if named.get("epochs") is None and isinstance(named.get("steps"), int):
        # A step of an adversarial pair: the generator's and so many of the critic's.
        rows = (
            named["steps"]
            * min(int(named.get("batch_size") or 1), sizes.members)
            * (1 + int(named.get("critic_steps") or 1))
        )
        tasks += rows * sizes.columns
    return float(tasks / CELLS_PER_SECOND) * (NOISY if named.get("privacy") is not None else 1.0)
