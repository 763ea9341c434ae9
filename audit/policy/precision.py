"""Which numbers can settle a criterion: a rate of few patients is no evidence against a leak, nor for one.

A pooled rate of attribute inference, such as the sensitivity of all yes/no columns, can rest on a few carriers. Its
interval then reaches beyond the limit whatever the table is, and no honest table could pass. Such a number still fails
a table where it shows a leak; otherwise it is as good as not measured, and the verdict says so.

So does an excess over a control that chance finds often: in a table of birth year, sex and state one stranger in eight
has all values of a patient but one, and no number of near copies that a study can count comes near the limit. Where
chance does so to every number of a criterion, the one that it moves least decides, and may reach as far as chance alone
moves it: a leak that stays within that is left to the criterion's planted leaks, which must have been noticed all the
same.
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


def settling(found: Sequence[Candidate], criterion: Criterion) -> tuple[list[Candidate], str, float]:
    """Return the numbers that can keep a criterion or show a leak, what is said of others, and the limit to keep.

    Where no number can, all are returned. The limit is the criterion's, or further where chance alone reaches further.
    """
    if criterion.section in ("membership", "reidentification"):
        return _beyond_chance(found, criterion)
    enough = [one for one in found if _settles(one, criterion)]
    if criterion.section != "attribute" or not enough or len(enough) == len(found):
        return list(found), "", criterion.threshold
    few = len(found) - len(enough)
    number = "1 pooled rate rests" if few == 1 else f"{few} pooled rates rest"
    said = f"; {number} on too few patients to settle the limit, and none of them shows a leak"
    return enough, said, criterion.threshold


def _beyond_chance(found: Sequence[Candidate], criterion: Criterion) -> tuple[list[Candidate], str, float]:
    """Return all numbers but those that chance alone moves by more than the limit; at least the firmest."""
    drowned = [one for one in found if _drowns(one, criterion)]
    limit, said = criterion.threshold, ""
    if len(drowned) == len(found):
        firmest = min(drowned, key=_chance_reach)
        drowned.remove(firmest)
        limit = float(firmest.row.chance or 0.0) + _chance_reach(firmest)
        said = f"; records are so coarse that chance alone moves this number up to {limit:.2g}, which is taken as limit"
    if not drowned:
        return list(found), said, limit
    often = max(one.control or 0.0 for one in drowned)
    number = "1 number is" if len(drowned) == 1 else f"{len(drowned)} numbers are"
    return (
        [one for one in found if one not in drowned],
        f"{said}; {number} left out: chance alone finds up to {often:.2g} of other patients, too many to settle the "
        "limit, and none of them shows a leak",
        limit,
    )


def _drowns(one: Candidate, criterion: Criterion) -> bool:
    if one.control is None or one.row.chance is None or _shows(one, one.row.chance):
        return False
    return _chance_reach(one) > abs(criterion.threshold - one.row.chance)


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
    """Return how far chance alone may move an excess and its bound, by the rate at which it finds other patients."""
    if not one.control:
        return 0.0
    # One find more than were counted, since few are a rough guide.
    return _reach(min(one.control + 1 / one.control_trials, 1.0), one.control_trials)


def _shows(one: Candidate, chance: float) -> bool:
    return one.no_leak_p <= SHOWN if one.no_leak_p is not None else one.bounds(SHOWN)[0] > chance


def _settles(one: Candidate, criterion: Criterion) -> bool:
    if not one.statistic.startswith("leakage_") or one.row.chance is None:
        return True
    low, high = one.bounds(0.05)
    needed = 0.5 * (high - low) * (1 + normal_quantile(1 - 2 * BEYOND) / normal_quantile(0.9))
    return _shows(one, one.row.chance) or needed <= abs(criterion.threshold - one.row.chance)
