"""About how long a plan takes: rough arithmetic on sizes, for a person who decides whether to wait."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.audit_context import cores
from synthaudit.audit.suite.tasks.listing import MECHANISM, Components, TableSizes, Task

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


def estimate(cells: Iterable[Task], components: Components, sides: TableSizes) -> dict[str, float]:
    """Return minutes by kind of cell, and ``total`` as wall time when all cores work; good to a factor of three."""
    minutes: dict[str, float] = {}
    trained: set[tuple[object, ...]] = set()
    for cell in cells:
        shadows = _shadows(cell, components)
        if shadows is not None and shadows not in trained:  # one ensemble serves every attack that asks for it
            trained.add(shadows)
            seconds = int(str(shadows[1])) * _training(components.recipes[cell.system], sides)
            minutes["shadows"] = minutes.get("shadows", 0.0) + seconds / 60
        minutes[cell.kind] = minutes.get(cell.kind, 0.0) + _seconds(cell, components, sides) / 60
    return {**minutes, "total": sum(minutes.values()) / cores()}


def _seconds(cell: Task, components: Components, sides: TableSizes) -> float:
    targets = min(components.plan.targets.members, sides.members) + min(components.plan.targets.holdout, sides.holdout)
    pairs = targets * (cell.synthetic + cell.reference) / PAIRS_PER_SECOND
    if cell.kind == "fit":
        return OVERHEAD + _training(components.recipes[cell.system], sides)
    if cell.kind in MECHANISM:
        return OVERHEAD + _mechanism(cell, components, sides)
    if cell.kind == "attribute":
        return OVERHEAD + 3 * pairs * (1 + cell.known / 8) + 3e-8 * targets * sides.columns
    if cell.kind == "planted":
        tries = 1 + 2 * len(components.plan.controls.planted_fractions) * components.plan.controls.repeats
        return OVERHEAD + tries * (pairs + 2e-9 * sides.columns * (targets + cell.synthetic) + 0.01)
    if cell.kind in ("fidelity", "yardstick") and "prediction" in cell.method:
        asked = getattr(components.metrics[cell.method], "columns", None) or sides.columns
        return OVERHEAD + 60 * (asked / 930) * (2 * sides.members / 30_000) * (sides.columns / 930)
    if cell.kind in ("fidelity", "yardstick") and "discriminator" in cell.method:
        return OVERHEAD + 3e-6 * sides.members * sides.columns
    if cell.kind == "reidentification":
        return OVERHEAD + pairs + 2e-7 * sides.columns * cell.synthetic
    return OVERHEAD + pairs + 2e-8 * sides.columns * (targets + cell.synthetic)


def _mechanism(cell: Task, components: Components, sides: TableSizes) -> float:
    """Return seconds of an audit of a privacy claim: its trainings, and attacks on all canaries."""
    plan = components.plan.dp_audit
    if cell.kind == "pairs":
        return 0.3
    recipe = components.recipes[cell.system]
    if cell.kind == "trainings":
        small = replace(sides, members=plan.patients_per_training + plan.target_copies, columns=sides.columns + 1)
        return plan.trainings * (0.04 + _training(recipe, small))
    larger = replace(
        sides, members=sides.members + plan.canaries // 2, columns=sides.columns + plan.unique_code_canaries
    )
    attacks = plan.canaries * (cell.synthetic + sides.reference) / PAIRS_PER_SECOND
    return (1 + plan.data_dependent_domain) * (1 + _training(recipe, larger) + 4 * attacks)


def _shadows(cell: Task, components: Components) -> tuple[object, ...] | None:
    """Return what tells one ensemble of shadow models from another, or None where a cell needs none."""
    attack = components.membership.get(cell.method)
    if cell.kind != "membership" or attack is None or Need.TRAINER not in attack.needs:
        return None
    if cell.system not in components.recipes:
        return None
    return (cell.system, attack.models, getattr(attack, "background", "reference"))


def _training(recipe: Any, sides: TableSizes) -> float:
    """Return seconds of training: passes over the members, each touching every cell a few times."""
    if not is_dataclass(recipe):
        return 0.0
    named = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    passes = sum(value for name, value in named.items() if name.endswith("epochs") and isinstance(value, int))
    cells = passes * sides.members * sides.columns
    if named.get("epochs") is None and isinstance(named.get("steps"), int):
        # A step of an adversarial pair: the generator's and so many of the critic's.
        rows = (
            named["steps"]
            * min(int(named.get("batch_size") or 1), sides.members)
            * (1 + int(named.get("critic_steps") or 1))
        )
        cells += rows * sides.columns
    return float(cells / CELLS_PER_SECOND) * (NOISY if named.get("privacy") is not None else 1.0)
