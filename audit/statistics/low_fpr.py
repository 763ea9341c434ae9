"""True positive rate at a low false positive rate, with an interval that allows for an estimated threshold."""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.intervals import exact_bounds
from synthaudit.audit.statistics.ranks import as_scores, members_above, order_test


def threshold_rank(holdout: int, fpr: float, *, error: float) -> int | None:
    """Return the largest k whose (k+1)-th largest holdout score is a threshold of FPR above ``fpr`` with P <= error.

    That FPR follows Beta(k+1, n0-k) whatever the scores, so P = P[Bin(n0, fpr) <= k]. None if even the largest
    score fails.
    """
    k = int(np.searchsorted(bdtr(np.arange(holdout), holdout, fpr), error, side="right")) - 1
    return k if k >= 0 else None


def holdout_needed(fpr: float, *, confidence: float = 0.95) -> int:
    """Return the fewest holdout records that allow a statement at this FPR: 368 at 1 %, 3688 at 0.1 %."""
    check_fraction(fpr=fpr, confidence=confidence)
    return int(np.floor(np.log((1 - confidence) / 2) / np.log1p(-fpr))) + 1


@dataclass(frozen=True)
class LowFprRanks:
    """The thresholds of ``tpr_at_fpr``, as ranks of holdout scores, and the errors left for the rate above each.

    Attributes:
        lower_rank: k of the lower bound, whose threshold is the (k+1)-th largest holdout score.
        lower_error: Error probability that the rate's lower limit may spend.
        upper_rank: k of the upper bound; None where no threshold has an FPR above the wanted one with enough certainty.
        upper_error: Error probability that the rate's upper limit may spend.
    """

    lower_rank: int
    lower_error: float
    upper_rank: int | None
    upper_error: float


def low_fpr_ranks(holdout: int, fpr: float, *, confidence: float) -> LowFprRanks:
    """Return the thresholds for the lower and for the upper bound of ``tpr_at_fpr``.

    Each side may err with (1 - confidence)/2, half of it through the threshold and the rest through the rate; near
    the smallest possible holdout the threshold takes what it needs. Depends on sizes alone, never on scores.
    """
    side = (1 - confidence) / 2
    below = threshold_rank(holdout, fpr, error=side / 2) or 0
    # For the upper bound the FPR must be at least fpr: P[Beta(k+1, n0-k) < fpr] = 1 - P[Bin(n0, fpr) <= k].
    short = 1 - bdtr(np.arange(holdout), holdout, fpr)
    enough = np.flatnonzero(short <= side / 2)
    above = int(enough[0]) if len(enough) else None
    spent = float(short[above]) if above is not None else 0.0
    return LowFprRanks(below, side - float(bdtr(below, holdout, fpr)), above, side - spent)


def tpr_at_fpr(
    members: np.ndarray, holdout: np.ndarray, *, fpr: float, confidence: float = 0.95, seed: int = 0
) -> Measurement:
    """True positive rate of the threshold at which the false positive rate is ``fpr``, ties broken by a coin.

    The usual recipe (an empirical quantile of the holdout as threshold, then Clopper-Pearson) forgets that the
    threshold is itself estimated and covers 46 to 60 %. Here the lower bound takes a threshold whose true FPR is at
    most ``fpr``, the upper bound one whose true FPR is at least ``fpr``, each with the certainty of an order
    statistic, then Clopper-Pearson with what is left of the error. Valid for every score and every sample size.

    The point estimate puts the threshold at position ``fpr (n0 + 1)``, where the FPR is right on average, and
    averages over the order of ties. The p-value is exact for exchangeable members and holdout.

    Args:
        members: Scores, shape ``(n1,)``.
        holdout: Scores, shape ``(n0,)``.
        fpr: False positive rate, in (0, 1).
        confidence: Two-sided; each bound alone holds with ``(1 + confidence) / 2``.
        seed: Breaks ties between scores.

    Returns:
        The rate; ``NotMeasured`` without members or with fewer than ``holdout_needed`` holdout records.

    Raises:
        ValueError: If a score is NaN or ``fpr`` is no rate.
    """
    members, holdout = as_scores(members=members, holdout=holdout)
    n1, n0, needed = len(members), len(holdout), holdout_needed(fpr, confidence=confidence)
    if n0 < needed:
        return NotMeasured(f"the rate at {fpr:.3g} false positives needs at least {needed} holdout records, got {n0}")
    if n1 == 0:
        return NotMeasured("there are no members")
    above = members_above(members, holdout, seed=seed)
    ranks = low_fpr_ranks(n0, fpr, confidence=confidence)
    low, _ = exact_bounds(float(above[ranks.lower_rank]), n1, lower_error=ranks.lower_error, upper_error=0.5)
    most = n1 if ranks.upper_rank is None else float(above[ranks.upper_rank])
    _, high = exact_bounds(most, n1, lower_error=0.5, upper_error=ranks.upper_error)
    position = min(max(round(fpr * (n0 + 1)), 1), n0)
    p_value = order_test(int(above[position - 1]), position, n1, n0)
    value = float(np.clip(_expected_rate(members, holdout, fpr * (n0 + 1)), low, high))
    return Estimate(value, low, high, confidence, n1 + n0, "order statistic + Clopper-Pearson", p_value)


def _expected_rate(members: np.ndarray, holdout: np.ndarray, position: float) -> float:
    """Return the share of members above the ``position``-th largest holdout score, averaged over orders of ties."""
    fallen, n1 = np.sort(holdout)[::-1], len(members)
    rising = np.sort(members)

    def share(j: int) -> float:
        if j == 0 or j > len(fallen):
            return float(j > 0)
        score = fallen[j - 1]
        higher = n1 - np.searchsorted(rising, score, "right")
        tied = np.searchsorted(rising, score, "right") - np.searchsorted(rising, score, "left")
        first = len(fallen) - np.searchsorted(fallen[::-1], score, "right")  # holdout records above the tie
        among = len(fallen) - np.searchsorted(fallen[::-1], score, "left") - first
        return float(higher + tied * (j - first) / (among + 1)) / n1

    whole = int(np.floor(position))
    return share(whole) + (position - whole) * (share(whole + 1) - share(whole))
