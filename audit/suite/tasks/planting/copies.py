"""Planted leaks and copies: how many more patients stand in a table that leaks ever more members."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.suite.tasks.copies import NEARLY, VERBATIM, CopiedPatients
from synthaudit.audit.suite.tasks.membership_rows import DISTINCTIVE
from synthaudit.audit.suite.tasks.planting.leaks import Ladder, leaking_blocks
from synthaudit.audit.suite.tasks.planting.trials import Trials

LADDER = Ladder(0.0025, 40, (1, 2, 3, 4, 6, 8, 12, 20))
"""Up to one member in twenty."""

KINDS = ("verbatim", "near")


def plant_copies(
    found: CopiedPatients,
    sides: tuple[Records, Records],
    synthetic: Records,
    tolerance: dict[str, float],
    trials: Trials,
    seeds: Sequence[int],
) -> None:
    """Add how many patients of either side are copied at each strength, among those whose record is distinctive.

    Args:
        found: Who stands in the table with nothing planted.
        sides: Members and holdout.
        synthetic: The table.
        tolerance: Difference up to which numbers agree, by column.
        trials: Where the measurements go.
        seeds: One per repeat.
    """
    from synthaudit.audit.neighbours.near_copies import has_near_copy

    pool = Records.concat(sides)
    place = {patient: at for at, patient in enumerate(found.patients.tolist())}
    owner = np.array([place[patient] for patient in pool.patients.tolist()], np.intp)
    size, counts = LADDER.size(found.members), LADDER.strengths(found.members)
    for kind in KINDS:
        blocks = leaking_blocks(kind, sides[0], synthetic, LADDER, np.random.default_rng(seeds[0]))
        verbatim, near = np.zeros((2, len(blocks), len(found.patients)), dtype=bool)
        for at, rows in enumerate(blocks):
            real, new = row_numbers(pool, rows)
            verbatim[at, owner[np.isin(real, new)]] = True
            near[at, owner[has_near_copy(pool, rows, tolerance)]] = True
        near |= verbatim
        for order in LADDER.orders(len(blocks), seeds):
            for count in (0, *counts):
                chosen = order[: count // size]
                new_copies = (found.verbatim | verbatim[chosen].any(axis=0), found.nearly | near[chosen].any(axis=0))
                _add(trials, kind, count, replace(found, verbatim=new_copies[0], nearly=new_copies[1]))


def _add(trials: Trials, kind: str, planted: int, found: CopiedPatients) -> None:
    for part, copied in ((VERBATIM, found.verbatim), (NEARLY, found.nearly)):
        apart = found.distinctive[part]
        name = part if apart is None else f"{part}, {DISTINCTIVE}"
        chosen = np.ones(len(copied), dtype=bool) if apart is None else apart
        ours, theirs = (
            copied[: found.members][chosen[: found.members]],
            copied[found.members :][chosen[found.members :]],
        )
        if len(ours) and len(theirs):
            counted = {"found": ours.sum(), "members": len(ours), "matched": theirs.sum(), "holdout": len(theirs)}
            trials.add(kind, "excess", name, planted, counted)
