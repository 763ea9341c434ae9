"""Membership metrics of one release from scores: AUC, ROC curve, true positive rate at a low false positive rate.

Higher score = more likely a member. Ties count one half. All statements are conditional on the release: they
generalise to other patients, not to other trainings, and bound no epsilon.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from synthaudit.audit.statistics.decision_metrics import advantage, precision_at_prior, relative_f1
from synthaudit.audit.statistics.differences import difference
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.intervals import normal_quantile, wilson_bounds
from synthaudit.audit.statistics.low_fpr import holdout_needed, tpr_at_fpr
from synthaudit.audit.statistics.ranks import as_scores, placements, rank_sum_test
from synthaudit.audit.statistics.resampling import Statistic

__all__ = [
    "RocCurve",
    "advantage",
    "auc",
    "auc_difference",
    "auc_difference_unpaired",
    "delong",
    "holdout_needed",
    "precision_at_prior",
    "relative_f1",
    "roc_curve",
    "tpr_at_fpr",
    "weighted_auc",
]


@dataclass(frozen=True, eq=False)
class RocCurve:
    """Points of a ROC curve, from (0, 0) to (1, 1); straight lines between them are the randomised tests.

    Attributes:
        fpr: False positive rates, shape ``(points,)``, not falling.
        tpr: True positive rates, shape ``(points,)``, not falling.
    """

    fpr: np.ndarray
    tpr: np.ndarray


def delong(members: np.ndarray, holdout: np.ndarray) -> tuple[float, float]:
    """Return the AUC and its DeLong variance (DeLong et al., Biometrics 44, 1988).

    Args:
        members: Scores, shape ``(n1,)``, at least 2.
        holdout: Scores, shape ``(n0,)``, at least 2.

    Raises:
        ValueError: If a score is NaN.
    """
    members, holdout = as_scores(members=members, holdout=holdout)
    v10, v01 = placements(members, holdout)
    return float(v10.mean()), float(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))


def auc(members: np.ndarray, holdout: np.ndarray, *, confidence: float = 0.95) -> Measurement:
    """AUC: the chance that a random member scores above a random holdout record, ties one half (Mann-Whitney).

    The interval is Wilson's with the effective sample size that DeLong's variance implies. Two pseudo-records per
    side, scored above and below everything with weight z^2/2 (Agresti & Coull's idea), keep that variance honest:
    the plain logit-DeLong interval covers 85 to 90 % instead of 95 % where few scores differ, as when exact copies
    are counted, and with 20 records against 500. No variance exceeds ``A (1 - A) / min(n1, n0)``.

    Args:
        members: Scores, shape ``(n1,)``; infinities are ranks like any other.
        holdout: Scores, shape ``(n0,)``.
        confidence: Two-sided.

    Returns:
        The AUC with the one-sided p-value of exchangeable members and holdout; ``NotMeasured`` under 2 per side.

    Raises:
        ValueError: If a score is NaN.
    """
    z = normal_quantile(confidence)
    members, holdout = as_scores(members=members, holdout=holdout)
    n1, n0 = len(members), len(holdout)
    if min(n1, n0) < 2:
        return NotMeasured(f"an AUC needs at least 2 members and 2 holdout records, got {n1} and {n0}")
    v10, v01 = placements(members, holdout)
    value, fewest = float(np.clip(v10.mean(), 0, 1)), min(n1, n0)
    shrunk = (value * fewest + z * z / 2) / (fewest + z * z)
    effective = shrunk * (1 - shrunk) / (_padded_variance(v10, z) + _padded_variance(v01, z)) - z * z
    low, high = wilson_bounds(value, max(effective, fewest), confidence=confidence)
    p_value, statistic = rank_sum_test(members, holdout)
    return Estimate(value, low, high, confidence, n1 + n0, "DeLong, Wilson scale", p_value, statistic=statistic)


def _padded_variance(share: np.ndarray, z: float) -> float:
    """Return the variance of the mean of shares in [0, 1] after adding weight z^2/2 at 0 and at 1."""
    weight, half = len(share) + z * z, z * z / 2
    centre = (share.sum() + half) / weight
    return float((((share - centre) ** 2).sum() + half * (centre**2 + (1 - centre) ** 2)) / weight**2)


def weighted_auc(members: np.ndarray, holdout: np.ndarray) -> Statistic:
    """Return the AUC as a function of record weights (members first), for ``resampling.bootstrap``.

    Args:
        members: Scores, shape ``(n1,)``.
        holdout: Scores, shape ``(n0,)``.

    Raises:
        ValueError: If a score is NaN.
    """
    members, holdout = as_scores(members=members, holdout=holdout)
    _, level = np.unique(np.concatenate([members, holdout]), return_inverse=True)
    order, n1 = np.argsort(level, kind="stable"), len(members)
    starts = np.flatnonzero(np.diff(level[order], prepend=-1))
    is_member = (order < n1).astype(float)

    def statistic(weights: np.ndarray) -> np.ndarray:
        ordered = weights[:, order]
        member = np.add.reduceat(ordered * is_member, starts, axis=1)  # (b, levels)
        other = np.add.reduceat(ordered * (1 - is_member), starts, axis=1)
        wins = (member * (np.cumsum(other, axis=1) - other / 2)).sum(axis=1)
        with np.errstate(invalid="ignore"):  # no weight on one side: undefined, and NaN says so
            return np.asarray(wins / (member.sum(axis=1) * other.sum(axis=1)))

    return statistic


def auc_difference(
    members_a: np.ndarray,
    holdout_a: np.ndarray,
    members_b: np.ndarray,
    holdout_b: np.ndarray,
    *,
    confidence: float = 0.95,
) -> Measurement:
    """AUC of attack A minus AUC of attack B on the same targets in the same order (paired DeLong).

    The variance is not allowed below that of one record per side changing places, so that two attacks which order
    these targets alike are not declared equal for ever.

    Args:
        members_a: Scores of members by A, shape ``(n1,)``.
        holdout_a: Scores of holdout records by A, shape ``(n0,)``.
        members_b: Scores of the same members by B, in the same order.
        holdout_b: Scores of the same holdout records by B, in the same order.
        confidence: Two-sided.

    Returns:
        The difference with z and the two-sided p-value; ``NotMeasured`` under 2 per side.

    Raises:
        ValueError: If a score is NaN or the two attacks scored different numbers of targets.
    """
    z = normal_quantile(confidence)
    members_a, holdout_a, members_b, holdout_b = as_scores(
        members_a=members_a, holdout_a=holdout_a, members_b=members_b, holdout_b=holdout_b
    )
    n1, n0 = len(members_a), len(holdout_a)
    if (n1, n0) != (len(members_b), len(holdout_b)):
        raise ValueError(f"expected the same targets, got {n1} + {n0} and {len(members_b)} + {len(holdout_b)}")
    if min(n1, n0) < 2:
        return NotMeasured(f"an AUC needs at least 2 members and 2 holdout records, got {n1} and {n0}")
    (a10, a01), (b10, b01) = placements(members_a, holdout_a), placements(members_b, holdout_b)
    variance = (a10 - b10).var(ddof=1) / n1 + (a01 - b01).var(ddof=1) / n0
    error = float(np.sqrt(max(variance, n1**-2.0 + n0**-2.0)))
    value = float(a10.mean() - b10.mean())
    return Estimate(
        value,
        max(value - z * error, -1.0),
        min(value + z * error, 1.0),
        confidence,
        n1 + n0,
        "paired DeLong",
        p_value=float(2 * ndtr(-abs(value) / error)),
        statistic=value / error,
    )


def auc_difference_unpaired(
    members_a: np.ndarray,
    holdout_a: np.ndarray,
    members_b: np.ndarray,
    holdout_b: np.ndarray,
    *,
    confidence: float = 0.95,
) -> Measurement:
    """AUC of A minus AUC of B on disjoint targets, such as two releases of different patients.

    Newcombe's interval on the two intervals of ``auc``; the p-value is two-sided.

    Args:
        members_a: Scores of members by A, shape ``(n1,)``.
        holdout_a: Scores of holdout records by A, shape ``(n0,)``.
        members_b: Scores of other members by B, of any number.
        holdout_b: Scores of other holdout records by B, of any number.
        confidence: Two-sided.

    Returns:
        The difference with z and the two-sided p-value; ``NotMeasured`` under 2 per side.

    Raises:
        ValueError: If a score is NaN.
    """
    a = auc(members_a, holdout_a, confidence=confidence)
    b = auc(members_b, holdout_b, confidence=confidence)
    if isinstance(a, NotMeasured) or isinstance(b, NotMeasured):
        return a if isinstance(a, NotMeasured) else b
    contrast = difference(a, b)
    return replace(contrast, p_value=float(2 * ndtr(-abs(contrast.statistic or 0.0))))


def roc_curve(members: np.ndarray, holdout: np.ndarray, *, points: int | None = None) -> RocCurve | NotMeasured:
    """Return the corners of the ROC curve; points inside a straight run are dropped, since the line shows them.

    Args:
        members: Scores, shape ``(n1,)``.
        holdout: Scores, shape ``(n0,)``.
        points: Keep at most about so many corners (at least 4), half of them spread evenly over the FPR and half
            over its logarithm, so that the low end survives. Each kept point is exact.

    Returns:
        The curve; ``NotMeasured`` without members or holdout.

    Raises:
        ValueError: If a score is NaN or ``points`` is under 4.
    """
    members, holdout = as_scores(members=members, holdout=holdout)
    n1, n0 = len(members), len(holdout)
    if min(n1, n0) == 0:
        return NotMeasured(f"a ROC needs members and holdout, got {n1} and {n0}")
    if points is not None and points < 4:
        raise ValueError(f"expected points >= 4, got {points}")
    _, level = np.unique(-np.concatenate([members, holdout]), return_inverse=True)
    tp = np.append(0, np.cumsum(np.bincount(level[:n1], minlength=level.max() + 1)))
    fp = np.append(0, np.cumsum(np.bincount(level[n1:], minlength=level.max() + 1)))
    turn = np.diff(tp[:-1]) * np.diff(fp[1:]) != np.diff(tp[1:]) * np.diff(fp[:-1])
    corners = np.flatnonzero(np.concatenate([[True], turn, [True]]))
    if points is not None and len(corners) > points:
        grid = np.concatenate([np.linspace(0, 1, points // 2), np.geomspace(1 / n0, 1, points - points // 2 - 1)])
        nearest = np.searchsorted(fp[corners] / n0, grid).clip(0, len(corners) - 1)
        corners = corners[np.unique(np.append(nearest, [0, len(corners) - 1]))]
    return RocCurve(fp[corners] / n0, tp[corners] / n1)
