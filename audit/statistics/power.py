"""What an audit of this size can see: "nothing found" is worth as much as the smallest leak that would have been."""

from typing import NamedTuple

import numpy as np
from scipy.special import bdtrc, betaincinv, ndtri

from synthaudit.audit.errors import check_fraction, check_positive
from synthaudit.audit.statistics.estimate import NotMeasured
from synthaudit.audit.statistics.low_fpr import holdout_needed, low_fpr_plan


class Sizes(NamedTuple):
    """How many records an audit needs.

    Attributes:
        members: Members among the targets.
        holdout: Holdout records among the targets.
    """

    members: int
    holdout: int


def detectable_auc(members: int, holdout: int, *, power: float = 0.8, significance: float = 0.05) -> float:
    """Return the smallest true AUC that a one-sided rank test finds with this power; 1.0 if none is that large.

    ``A - z_power sd(A) = 1/2 + z_significance sd(1/2)``, with the null variance of the rank sum and Hanley &
    McNeil's variance (Radiology 143, 1982) under the alternative.
    """
    check_positive(members=members, holdout=holdout)
    check_fraction(power=power, significance=significance)
    low, high = 0.5, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if _sees(middle, members, holdout, power, significance) else (middle, high)
    return high


def required(auc: float, *, power: float = 0.8, significance: float = 0.05, ratio: float = 1.0) -> Sizes:
    """Return the smallest numbers of members and holdout, ``holdout = ratio * members``, that find this AUC.

    Raises:
        ValueError: Unless 0.5 < auc < 1.
    """
    check_fraction(power=power, significance=significance)
    check_positive(ratio=ratio)
    if not 0.5 < auc < 1:
        raise ValueError(f"expected auc in (0.5, 1), got {auc}")

    def sizes(members: int) -> Sizes:
        return Sizes(members, max(1, int(np.ceil(ratio * members))))

    low, high = 0, 1
    while not _sees(auc, *sizes(high), power, significance):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _sees(auc, *sizes(middle), power, significance) else (middle, high)
    return sizes(high)


def detectable_rate(
    members: int, holdout: int, *, fpr: float, power: float = 0.8, confidence: float = 0.95
) -> float | NotMeasured:
    """Return the smallest TPR at ``fpr`` whose lower bound clears ``fpr`` with this power, or why none does.

    The leak is a share of members that stands out beyond all others, such as exact copies; the rest are
    exchangeable with the holdout. The plan is that of ``roc.tpr_at_fpr`` at the same confidence.
    """
    check_positive(members=members, holdout=holdout)
    check_fraction(power=power, fpr=fpr, confidence=confidence)
    needed = holdout_needed(fpr, confidence=confidence)
    if holdout < needed:
        return NotMeasured(
            f"the rate at {fpr:.3g} false positives needs at least {needed} holdout records, got {holdout}"
        )
    below, error, _, _ = low_fpr_plan(holdout, fpr, confidence=confidence)
    # Fewest found members whose Clopper-Pearson lower limit is above fpr.
    counts = np.arange(1, members + 1)
    enough = counts[betaincinv(counts, members - counts + 1.0, error) > fpr]
    if len(enough) == 0:
        return NotMeasured(f"{members} members cannot show a rate above {fpr:.3g}, even if all are found")
    reached = (below + 1) / (holdout + 1)  # mean FPR at the threshold
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        seen = bdtrc(int(enough[0]) - 1, members, share + (1 - share) * reached) >= power
        low, high = (low, share) if seen else (share, high)
    return high + (1 - high) * fpr


def _sees(auc: float, members: int, holdout: int, power: float, significance: float) -> bool:
    n = members * holdout
    null = (members + holdout + 1) / (12 * n)
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    alternative = (auc * (1 - auc) + (members - 1) * (one - auc**2) + (holdout - 1) * (two - auc**2)) / n
    margin = -ndtri(significance) * np.sqrt(null) + ndtri(power) * np.sqrt(max(alternative, 0.0))
    return bool(auc - 0.5 >= margin)
