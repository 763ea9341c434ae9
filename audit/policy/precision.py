"""Which numbers can settle a criterion: a rate of few patients is no evidence against a leak, nor for one.

A pooled rate of attribute inference, such as the sensitivity of all yes/no columns, can rest on a few carriers. Its
interval then reaches beyond the limit whatever the table is, and no honest table could pass. Such a number still fails
a table where it shows a leak; otherwise it is as good as not measured, and the verdict says so.
"""

from collections.abc import Sequence

from synthaudit.audit.policy.bounds import Candidate
from synthaudit.audit.policy.criteria import Criterion
from synthaudit.audit.statistics.intervals import normal_quantile

BEYOND = 0.01
"""Probability at which a number without a leak may come too close to the limit to keep it."""
SHOWN = 0.005
"""One-sided p-value at which a number of few patients counts all the same."""


def settling(found: Sequence[Candidate], criterion: Criterion) -> tuple[list[Candidate], str]:
    """Return the numbers that can keep a criterion of attribute inference or show a leak, and what is said of others.

    Where no number can, all are returned.
    """
    enough = [one for one in found if _settles(one, criterion)]
    if criterion.section != "attribute" or not enough or len(enough) == len(found):
        return list(found), ""
    few = len(found) - len(enough)
    number = "1 pooled rate rests" if few == 1 else f"{few} pooled rates rest"
    return enough, f"; {number} on too few patients to settle the limit, and none of them shows a leak"


def _settles(one: Candidate, criterion: Criterion) -> bool:
    if not one.statistic.startswith("leakage_") or one.row.chance is None:
        return True
    shown = one.no_leak_p <= SHOWN if one.no_leak_p is not None else one.bounds(SHOWN)[0] > one.row.chance
    low, high = one.bounds(0.05)
    needed = 0.5 * (high - low) * (1 + normal_quantile(1 - 2 * BEYOND) / normal_quantile(0.9))
    return shown or needed <= abs(criterion.threshold - one.row.chance)
