"""Patients filed on two sides: holdout patients among the members, or either among the reference.

Ids can be missing or wrong, so records decide. Two patients whose records agree with each other's and with nobody
else's are a pair. Codes and few columns make such pairs by chance, and so do patients registered twice; but chance
does not know the sides. The pairs are found without looking at them, so under a fair split each falls across two
given sides with probability ``2 n1 n2 / (N (N - 1))``, and an exact binomial tail says whether too many do.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from scipy.stats import binom

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.records.lone_pairs import lone_pairs

LEVEL = 1e-4
"""Probability, for one audit, that fair sides are refused."""

GRID = 0.005
"""Steps to which numbers are rounded, as a share of the middle 90 % of all sides' values: what rounding may change."""

FEWEST = 5
"""Patients below which nothing is said, however improbable they are."""


def require_disjoint_records(tables: Mapping[str, Records], *, small_count: int) -> None:
    """Raise where two sides share more patients, by their records, than chance puts there.

    Args:
        tables: Members, holdout and, where there is one, reference; patients are numbered across them from 0.
        small_count: Patients below which the message gives no number.

    Raises:
        InputError: Two sides share patients.
    """
    pool = Records.concat(list(tables.values()))
    roles = list(tables)
    side = np.empty(int(pool.patients.max(initial=-1)) + 1, dtype=np.int64)
    for place, table in enumerate(tables.values()):
        side[table.patients] = place
    sizes = np.bincount(side, minlength=len(roles))
    tests = list(combinations(range(len(roles)), 2))
    # Word for word, then but for one cell, then so among rounded numbers: files cut to six digits agree in no cell.
    comparisons = ((pool, False), (pool, True), (_on_a_grid(pool), True))
    for rows, near in comparisons:
        sides = np.sort(side[lone_pairs(rows, near=near)], axis=1)
        for first, second in tests:
            across = int(((sides[:, 0] == first) & (sides[:, 1] == second)).sum())
            chance = 2 * sizes[first] * sizes[second] / (len(side) * (len(side) - 1))
            if across >= FEWEST and binom.sf(across - 1, len(sides), chance) <= LEVEL / (len(comparisons) * len(tests)):
                raise InputError(_problem(roles[first], roles[second], across, chance * len(sides), near, small_count))


def _on_a_grid(pool: Records) -> Records:
    """Return the records with each number rounded to a step of its own, the same for all sides."""
    scale, rest = NumericScale.of(pool), pool.rest.copy()
    for place, at in enumerate(pool.schema.rest):
        column = pool.schema.columns[at]
        step = GRID * scale.width(column.name) if column.is_numeric and column.kind != "binary" else 0.0
        if step > 0:
            rest[:, place] = np.rint(rest[:, place] / step)
    return Records(pool.schema, pool.codes, rest, pool.patients)


def _problem(first: str, second: str, across: int, expected: float, near: bool, small_count: int) -> str:
    count = f"{across:,}" if across >= small_count else f"fewer than {small_count}"
    alike = "all columns but at most one" if near else "every column"
    return (
        f"expected {first} and {second} without a patient in common, found {count} of the {second} whose records agree "
        f"in {alike} with a patient's of the {first} and nobody else's; chance explains about {expected:.0f}. "
        f"Remove from the {second} who is among the {first}, and split by patient, at random"
    )
