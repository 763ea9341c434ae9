"""What to leave out where time is short: variants first, the main question last, controls never; and it is said."""

import math
from collections.abc import Sequence

from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.tasks.listing import DEPENDENT, aggregate_tasks, fidelity_sizes, synthetic_sizes

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
    tasks: Sequence[Task], components: Components, sizes: TableSizes
) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """Return the tasks that fit into the plan's minutes by the estimate of their cost, and what was left out.

    Trainings of first releases, controls, yardsticks, and the best informed attacks on a synthetic table of about the
    members' size always stay. What stays has the address it would have without a budget, so no number moves.
    """
    minutes = components.plan.max_minutes
    if minutes is None or _minutes(tasks, components, sizes) <= minutes:
        return tuple(tasks), ()
    most = _most(tasks)
    first = [task for task in tasks if task.kind not in DEPENDENT]
    ranks = {task: rank for task in first if (rank := _rank(task, components, sizes, most)) is not None}
    kept: tuple[Task, ...] = tuple(tasks)
    dropped: dict[int, int] = {}
    for rank in sorted(set(ranks.values())):
        gone = {task for task in first if ranks.get(task) == rank}
        dropped[int(rank[0])] = dropped.get(int(rank[0]), 0) + len(gone)
        first = [task for task in first if task not in gone]
        kept = (*first, *aggregate_tasks(first, components, sizes))
        if _minutes(kept, components, sizes) <= minutes:
            break
    said = [f"To stay within {minutes:g} minutes, {count} tasks of {WORDS[why]}." for why, count in dropped.items()]
    left = _minutes(kept, components, sizes)
    if left > minutes:
        said.append(f"Nothing more could be left out; the rest takes about {left:.1f} minutes, beyond {minutes:g}.")
    return kept, tuple(said)


def _minutes(tasks: Sequence[Task], components: Components, sizes: TableSizes) -> float:
    return estimate(tasks, components, sizes)["total"]


def _most(tasks: Sequence[Task]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the most reference records and known columns at which a method is tried, by kind and method."""
    most: dict[tuple[str, str], tuple[int, int]] = {}
    for task in tasks:
        reference, known = most.get((task.kind, task.method), (0, 0))
        if not task.shifted and task.columns == "random":
            most[task.kind, task.method] = (max(reference, task.reference), max(known, task.known))
    return most


def _rank(
    task: Task, components: Components, sizes: TableSizes, most: dict[tuple[str, str], tuple[int, int]]
) -> Rank | None:
    """Return how early a task is dropped, smallest first; None for never."""
    if task.kind in ("blind", "yardstick", "planted", "canaries"):
        return None
    if task.kind == "trainings":
        return (5,)
    kinds = components.plan.sweep.known_choice
    other_columns = task.kind == "attribute" and task.columns != (kinds[0] if "random" not in kinds else "random")
    if task.noise > min(components.plan.sweep.error_rate) or task.targets or task.copies > 1 or other_columns:
        return (1,)
    if task.shifted and "same" in components.plan.sweep.reference_population:
        return (1,)
    reference, known = most.get((task.kind, task.method), (0, 0))
    knows_less = task.reference < reference or (task.columns == "random" and task.known < known)
    if task.kind in ("membership", "attribute") and not task.shifted and knows_less:
        return (2,)
    rows = (fidelity_sizes if task.kind == "fidelity" else synthetic_sizes)(components, sizes, task.system)
    if task.kind != "fit" and task.synthetic != min(rows, key=lambda size: abs(size - sizes.members)):
        return (3, -abs(math.log(task.synthetic / max(sizes.members, 1))))
    attack = components.membership.get(task.method)
    if attack is not None and Need.TRAINER in attack.needs:
        return (4,)
    return (6, -task.release) if task.release else None
