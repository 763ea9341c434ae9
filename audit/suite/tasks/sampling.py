"""How many targets a task takes: all of them, or where each costs much a sample that stands for them."""

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes

CELLS = 20_000_000
"""Cells of targets that are held, guessed or learned from at once: 160 MB in double precision."""


def sample(components: Components, sizes: TableSizes, most: int | None = None) -> int:
    """Return the targets of each side of a task that takes no more than ``most`` of them; 0 for all there are.

    Args:
        components: Hold the plan, whose ``sampled`` is the least that a sample has, and all where ``most`` is None.
        sizes: Rows of the sides.
        most: Targets of each side that the task has room for.
    """
    targets = components.plan.targets
    larger = max(min(targets.members, sizes.members), min(targets.holdout, sizes.holdout))
    most = targets.sampled if most is None else max(most, targets.sampled)
    return most if larger > most else 0


def sample_of_cells(components: Components, sizes: TableSizes) -> int:
    """Return the targets of each side of a task that holds all their cells several times; 0 for all there are."""
    return sample(components, sizes, CELLS // (2 * max(sizes.columns, 1)))
