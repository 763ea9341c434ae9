"""At which sizes a system's synthetic table is attacked and measured, and how many reference records attackers hold."""

import math
from collections.abc import Sequence

from synthaudit.audit.knowledge import Need
from synthaudit.audit.protocols import AttributeAttack, MembershipAttack, ReidentificationAttack
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.plan import RowCount, rows_of
from synthaudit.audit.suite.tasks.task_kind import DropRank, DropReason


def synthetic_sizes(components: Components, sizes: TableSizes, system: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system is attacked, the largest last.

    A table that was handed in is published as a whole, so the whole is always attacked, whatever the plan sweeps; its
    first rows, as many as the plan says, serve the curves.
    """
    swept = _row_counts(components.plan.sweep.synthetic_rows, sizes.members, sizes.files.get(system))
    return tuple(sorted({*swept, sizes.files.get(system, swept[-1])}))


def is_part(sizes: TableSizes, system: str, rows: int) -> bool:
    """Whether so many rows are only a part of a table that was handed in."""
    return rows < sizes.files.get(system, 0)


def fidelity_sizes(components: Components, sizes: TableSizes, system: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system's fidelity is measured."""
    return _row_counts(components.plan.sweep.fidelity_rows, sizes.members, sizes.files.get(system))


def largest_size(components: Components, sizes: TableSizes, system: str) -> int:
    """Return the rows of a system's whole synthetic table."""
    return max(*synthetic_sizes(components, sizes, system), *fidelity_sizes(components, sizes, system))


def main_size(candidates: Sequence[int], sizes: TableSizes, system: str) -> int:
    """Return the size that is never left out: the whole of a given table, or that nearest to the members'."""
    if sizes.files.get(system) in candidates:
        return sizes.files[system]
    return min(candidates, key=lambda size: abs(size - sizes.members))


def rank_of_size(task: Task, candidates: Sequence[int], sizes: TableSizes) -> DropRank | None:
    """Return the rank of a task on a table of another size than the main one; the most different size goes first."""
    if task.synthetic == main_size(candidates, sizes, task.system):
        return None
    return DropRank(DropReason.OTHER_SIZE, -abs(math.log(task.synthetic / max(sizes.members, 1))))


def reference_sizes(
    components: Components, sizes: TableSizes, attack: MembershipAttack | AttributeAttack | ReidentificationAttack
) -> tuple[int, ...]:
    """Return how many reference records the attacker holds; one entry where the attack uses none.

    Who trains shadow models trains them on all the records there are: another number would be another ensemble. Who
    samples the generator compares with all of them.
    """
    if attack.needs & {Need.TRAINER, Need.SAMPLER}:
        return (sizes.reference,)
    if Need.REFERENCE not in attack.needs or not sizes.reference:
        return (0,)
    wanted = {min(rows_of(size, sizes.members), sizes.reference) for size in components.plan.sweep.reference_rows}
    return tuple(sorted(wanted - {0})) or (0,)


def _row_counts(wanted: Sequence[RowCount], members: int, limit: int | None) -> tuple[int, ...]:
    rows = {max(1, rows_of(size, members)) for size in wanted}
    return tuple(sorted({min(size, limit) for size in rows} if limit is not None else rows))
