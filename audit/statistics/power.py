"""Power of an audit: the smallest leak that so many records detect, and the records that a leak needs."""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np
from scipy.special import bdtrc, betaincinv, ndtri

from synthaudit.audit.errors import check_fraction, check_positive
from synthaudit.audit.statistics.estimate import NotMeasured
from synthaudit.audit.statistics.low_fpr import holdout_needed, low_fpr_ranks
from synthaudit.audit.statistics.root_finding import bisect


class Sizes(NamedTuple):
    """How many records an audit needs.

    Attributes:
        members: Members among the targets.
        holdout: Holdout records among the targets.
    """

    members: int
    holdout: int


def detectable_auc(members: int, holdout: int, *, power: float = 0.8, significance: float = 0.05) -> float:
    """Return the smallest true AUC that a one-sided rank test detects with this power; 1.0 if none is that large.

    ``A - z_power sd(A) = 1/2 + z_significance sd(1/2)``, with the null variance of the rank sum and Hanley &
    McNeil's variance (Radiology 143, 1982) under the alternative.

    Args:
        members: Members among the targets.
        holdout: Holdout records among the targets.
        power: Chance of detecting it.
        significance: Chance of a false alarm, one-sided.

    Raises:
        ValueError: If a size is not positive, or power or significance is no rate.
    """
    check_positive(members=members, holdout=holdout)
    check_fraction(power=power, significance=significance)
    return bisect(lambda auc: _detects(auc, members, holdout, power, significance), 0.5, 1.0)[1]


def required_sizes(auc: float, *, power: float = 0.8, significance: float = 0.05, ratio: float = 1.0) -> Sizes:
    """Return the smallest numbers of members and holdout, ``holdout = ratio * members``, that detect this AUC.

    Args:
        auc: True AUC to be detected by the test of ``detectable_auc``.
        power: Chance of detecting it.
        significance: Chance of a false alarm, one-sided.
        ratio: Holdout records per member.

    Raises:
        ValueError: Unless 0.5 < auc < 1, the ratio is positive, and power and significance are rates.
    """
    check_fraction(power=power, significance=significance)
    check_positive(ratio=ratio)
    if not 0.5 < auc < 1:
        raise ValueError(f"expected auc in (0.5, 1), got {auc}")

    def sizes(members: int) -> Sizes:
        return Sizes(members, max(1, int(np.ceil(ratio * members))))

    def enough(members: int) -> bool:
        return _detects(auc, *sizes(members), power, significance)

    low, high = 0, 1
    while not enough(high):
        low, high = high, 2 * high
    return sizes(low + 1 + bisect_left(range(low + 1, high), True, key=enough))


def detectable_rate(
    members: int, holdout: int, *, fpr: float, power: float = 0.8, confidence: float = 0.95
) -> float | NotMeasured:
    """Return the smallest TPR at ``fpr`` whose lower bound exceeds ``fpr`` with this power, or why none does.

    The leak is a share of members whose scores exceed all others, such as exact copies; the rest are exchangeable
    with the holdout. Thresholds are those of ``roc.tpr_at_fpr`` at the same confidence.

    Args:
        members: Members among the targets.
        holdout: Holdout records among the targets.
        fpr: False positive rate, in (0, 1).
        power: Chance of detecting the leak.
        confidence: Two-sided confidence of ``roc.tpr_at_fpr``.

    Raises:
        ValueError: If a size is not positive, or a rate is out of range.
    """
    check_positive(members=members, holdout=holdout)
    check_fraction(power=power, fpr=fpr, confidence=confidence)
    needed = holdout_needed(fpr, confidence=confidence)
    if holdout < needed:
        return NotMeasured(
            f"the rate at {fpr:.3g} false positives needs at least {needed} holdout records, got {holdout}"
        )
    ranks = low_fpr_ranks(holdout, fpr, confidence=confidence)
    # Fewest true positives whose Clopper-Pearson lower limit is above fpr.
    counts = np.arange(1, members + 1)
    enough = counts[betaincinv(counts, members - counts + 1.0, ranks.lower_error) > fpr]
    if len(enough) == 0:
        return NotMeasured(f"{members} members cannot show a rate above {fpr:.3g}, even if all are found")
    mean_fpr = (ranks.lower_rank + 1) / (holdout + 1)  # at the threshold

    def detects(share: float) -> bool:
        return bool(bdtrc(int(enough[0]) - 1, members, share + (1 - share) * mean_fpr) >= power)

    share = bisect(detects, 0.0, 1.0)[1]
    return share + (1 - share) * fpr


def _detects(auc: float, members: int, holdout: int, power: float, significance: float) -> bool:
    n = members * holdout
    null = (members + holdout + 1) / (12 * n)
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    alternative = (auc * (1 - auc) + (members - 1) * (one - auc**2) + (holdout - 1) * (two - auc**2)) / n
    margin = -ndtri(significance) * np.sqrt(null) + ndtri(power) * np.sqrt(max(alternative, 0.0))
    return bool(auc - 0.5 >= margin)
