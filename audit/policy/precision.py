"""Which numbers can settle a criterion: a rate of few patients is no evidence against a leak, nor for one.

A pooled rate of attribute inference, such as the sensitivity of all yes/no columns, can rest on a few carriers. Its
interval then reaches beyond the limit whatever the table is, and no honest table could pass. Such a number still fails
a table where it shows a leak; otherwise it is as good as not measured, and the verdict says so.

So does an excess over a control that chance finds often: in a table of birth year, sex and state one stranger in eight
has all values of a patient but one, and no number of near copies that a study can count comes near the limit. How far
chance reaches is read off the reference, real records that the table under test has no say in. A number may reach as
far as chance does, but no further than the criterion's ``coarse_limit``; one that chance moves beyond that is as good
as not measured where another is, unless it shows a leak.
"""

from collections.abc import Sequence
from functools import lru_cache

from scipy.special import bdtr, bdtrik

from synthaudit.audit.policy.bounds import Candidate, counts_estimate
from synthaudit.audit.policy.criteria import Criterion
from synthaudit.audit.statistics.intervals import normal_quantile

BEYOND = 0.01
"""Probability at which a number without a leak may come too close to the limit to keep it."""
SHOWN = 0.005
"""One-sided p-value at which a number of few patients counts all the same."""


def settling(found: Sequence[Candidate], criterion: Criterion) -> tuple[list[tuple[Candidate, float]], str]:
    """Return the numbers that can keep a criterion or show a leak, each with the limit it must keep, and a caveat.

    Where no number can, all are returned. The caveat says which are left out and whose limit is raised; often none.
    """
    if criterion.coarse_limit is not None:
        return _beyond_chance(found, criterion, criterion.coarse_limit)
    enough = [one for one in found if _settles(one, criterion)]
    if criterion.section != "attribute" or not enough:
        enough = list(found)
    few = len(found) - len(enough)
    number = "1 pooled rate rests" if few == 1 else f"{few} pooled rates rest"
    said = f"{number} on too few patients to settle the limit, and none of them shows a leak" if few else ""
    return [(one, criterion.threshold) for one in enough], said


def _beyond_chance(
    found: Sequence[Candidate], criterion: Criterion, most: float
) -> tuple[list[tuple[Candidate, float]], str]:
    """Return the numbers that chance moves no further than ``most``, or that show a leak; at least the firmest."""
    reach = {id(one): (one.row.chance or 0.0) + _chance_reach(one) for one in found}
    kept = [one for one in found if reach[id(one)] <= most or _shows(one, one.row.chance or 0.0)]
    kept = kept or [min(found, key=lambda one: reach[id(one)])]
    limits = [(one, min(max(reach[id(one)], criterion.threshold), most)) for one in kept]
    said = []
    raised = [limit for _, limit in limits if limit > criterion.threshold]
    if raised:
        said.append(f"limit raised to {max(raised):.2g}, as far as chance alone reaches among the reference records")
    left_out = [one for one in found if not any(one is other for other in kept)]
    if left_out:
        often = max(one.by_chance or 0.0 for one in left_out)
        names = ", ".join(dict.fromkeys(one.row.slice for one in left_out))
        said.append(
            f"not measurable in a table so coarse, where chance alone finds up to {often:.2g} of other patients, and "
            f"showing no leak: {names}"
        )
    return limits, "; ".join(said)


@lru_cache(maxsize=1_024)
def _reach(rate: float, trials: int) -> float:
    """Return the one-sided 95 % bound on an excess that chance alone surpasses in about one table of a hundred.

    So many are found among as many members as there are holdout patients, and fewer than most often in the holdout.
    """
    found, matched = (_binomial_quantile(level, trials, rate) for level in (1 - BEYOND, 0.25))
    return counts_estimate((found, trials), (matched, trials), None, 0.05).high


def _binomial_quantile(level: float, trials: int, rate: float) -> int:
    """Return the fewest successes that are not surpassed with probability ``level``, as ``scipy.stats.binom.ppf``.

    A gate must answer at once, and ``scipy.stats`` takes half a second to import.
    """
    if rate >= 1:
        return trials
    least = max(int(bdtrik(level, trials, rate)) - 2, 0)
    return next(found for found in range(least, trials + 1) if bdtr(found, trials, rate) >= level)


def _chance_reach(one: Candidate) -> float:
    """Return how far chance alone may move an excess and its bound, by how often it finds other patients."""
    return _reach(one.by_chance, one.holdout) if one.by_chance else 0.0


def _shows(one: Candidate, chance: float) -> bool:
    return one.no_leak_p <= SHOWN if one.no_leak_p is not None else one.bounds(SHOWN)[0] > chance


def _settles(one: Candidate, criterion: Criterion) -> bool:
    if not one.statistic.startswith("leakage_") or one.row.chance is None:
        return True
    low, high = one.bounds(0.05)
    needed = 0.5 * (high - low) * (1 + normal_quantile(1 - 2 * BEYOND) / normal_quantile(0.9))
    return _shows(one, one.row.chance) or needed <= abs(criterion.threshold - one.row.chance)
