"""What to leave out where time is short: variants first, the main question last, controls never; and it is said."""

import math
from collections.abc import Sequence

from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.tasks.listing import (
    AFTERWARDS,
    Components,
    TableSizes,
    Task,
    fidelity_sizes,
    judging,
    sizes,
)

Rank = tuple[float, ...]

WORDS = {
    1: "variants of knowledge: noise, shifted references, other kinds of columns, fewer targets, several releases",
    2: "attackers who know less than the best informed",
    3: "synthetic sizes other than that of the members",
    4: "attacks with shadow models",
    5: "audits of a privacy claim by many trainings",
    6: "releases beyond the first",
}
"""What is dropped, in this order, until the rest fits."""


def within_budget(
    cells: Sequence[Task], components: Components, sides: TableSizes
) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """Return the cells that fit into the plan's minutes by the estimate of their cost, and what was left out.

    Trainings of first releases, controls, yardsticks, and the best informed attacks on a synthetic table of about the
    members' size always stay. What stays has the address it would have without a budget, so no number moves.
    """
    minutes = components.plan.max_minutes
    if minutes is None or _minutes(cells, components, sides) <= minutes:
        return tuple(cells), ()
    most = _most(cells)
    first = [cell for cell in cells if cell.kind not in AFTERWARDS]
    ranks = {cell: rank for cell in first if (rank := _rank(cell, components, sides, most)) is not None}
    kept: tuple[Task, ...] = tuple(cells)
    dropped: dict[int, int] = {}
    for rank in sorted(set(ranks.values())):
        gone = {cell for cell in first if ranks.get(cell) == rank}
        dropped[int(rank[0])] = dropped.get(int(rank[0]), 0) + len(gone)
        first = [cell for cell in first if cell not in gone]
        kept = (*first, *judging(first, components, sides))
        if _minutes(kept, components, sides) <= minutes:
            break
    said = [f"To stay within {minutes:g} minutes, {count} cells of {WORDS[why]}." for why, count in dropped.items()]
    left = _minutes(kept, components, sides)
    if left > minutes:
        said.append(f"Nothing more could be left out; the rest takes about {left:.1f} minutes, beyond {minutes:g}.")
    return kept, tuple(said)


def _minutes(cells: Sequence[Task], components: Components, sides: TableSizes) -> float:
    return estimate(cells, components, sides)["total"]


def _most(cells: Sequence[Task]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the most reference records and known columns at which a method is tried, by kind and method."""
    most: dict[tuple[str, str], tuple[int, int]] = {}
    for cell in cells:
        reference, known = most.get((cell.kind, cell.method), (0, 0))
        if not cell.shifted and cell.columns == "random":
            most[cell.kind, cell.method] = (max(reference, cell.reference), max(known, cell.known))
    return most


def _rank(
    cell: Task, components: Components, sides: TableSizes, most: dict[tuple[str, str], tuple[int, int]]
) -> Rank | None:
    """Return how early a cell is dropped, smallest first; None for never."""
    if cell.kind in ("blind", "yardstick", "planted", "canaries"):
        return None
    if cell.kind == "trainings":
        return (5,)
    kinds = components.plan.sweep.known_choice
    other_columns = cell.kind == "attribute" and cell.columns != (kinds[0] if "random" not in kinds else "random")
    if cell.noise > min(components.plan.sweep.error_rate) or cell.targets or cell.copies > 1 or other_columns:
        return (1,)
    if cell.shifted and "same" in components.plan.sweep.reference_population:
        return (1,)
    reference, known = most.get((cell.kind, cell.method), (0, 0))
    knows_less = cell.reference < reference or (cell.columns == "random" and cell.known < known)
    if cell.kind in ("membership", "attribute") and not cell.shifted and knows_less:
        return (2,)
    rows = (fidelity_sizes if cell.kind == "fidelity" else sizes)(components, sides, cell.system)
    if cell.kind != "fit" and cell.synthetic != min(rows, key=lambda size: abs(size - sides.members)):
        return (3, -abs(math.log(cell.synthetic / max(sides.members, 1))))
    attack = components.membership.get(cell.method)
    if attack is not None and Need.TRAINER in attack.needs:
        return (4,)
    return (6, -cell.release) if cell.release else None
