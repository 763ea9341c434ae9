"""Metrics of the decision "member where score >= threshold": precision, relative F1, advantage."""

from typing import overload

import numpy as np

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics.differences import difference, fieller_bounds
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.intervals import binomial
from synthaudit.audit.statistics.ranks import as_scores


@overload
def precision_at_prior(tpr: float, fpr: float, *, prior: float) -> float: ...
@overload
def precision_at_prior(tpr: Estimate, fpr: Estimate, *, prior: float) -> Measurement: ...
def precision_at_prior(tpr: float | Estimate, fpr: float | Estimate, *, prior: float) -> float | Measurement:
    """Precision of the attacker's positives, where a share ``prior`` of the candidates are members.

    ``prior TPR / (prior TPR + (1 - prior) FPR)``. Two independent estimates give an estimate whose bounds invert
    ``prior (1 - x) TPR - x (1 - prior) FPR`` (MOVER); two numbers give a number.

    Args:
        tpr: True positive rate, a number or an estimate.
        fpr: False positive rate, of the same type.
        prior: Share of members among the candidates, in (0, 1).

    Returns:
        The precision; ``NotMeasured`` where two estimates are 0, so that there is no positive.

    Raises:
        ValueError: If ``prior`` is no rate, or two numbers are 0.
    """
    check_fraction(prior=prior)

    def share(true: float, false: float) -> float:
        return prior * true / (prior * true + (1 - prior) * false)

    if not (isinstance(tpr, Estimate) and isinstance(fpr, Estimate)):
        true, false = float(tpr), float(fpr)  # type: ignore[arg-type]
        if true <= 0 and false <= 0:
            raise ValueError("expected tpr or fpr > 0: precision is undefined without a positive")
        return share(true, false)
    if tpr.value <= 0 and fpr.value <= 0:
        return NotMeasured("nobody was accused, so there is no precision")
    value = share(tpr.value, fpr.value)
    low, high = fieller_bounds(
        tpr, fpr, lambda x: (prior * (1 - x), x * (1 - prior), 0.0), value=value, least=0.0, most=1.0
    )
    return Estimate(value, low, high, tpr.confidence, tpr.trials + fpr.trials, f"MOVER, prior {prior:g}")


@overload
def relative_f1(tpr: float, fpr: float, *, fraction: float) -> float: ...
@overload
def relative_f1(tpr: Estimate, fpr: Estimate, *, fraction: float) -> Estimate: ...
def relative_f1(tpr: float | Estimate, fpr: float | Estimate, *, fraction: float) -> float | Estimate:
    """F1, rescaled so that calling everybody a member scores 0 and a perfect attacker 1.

    ``(F1 - F0) / (1 - F0)`` with ``F0 = 2t / (1 + t)`` and t the share of the population that is in the training
    data (El Emam, Mosquera & Fang, JAMIA Open 2022). F1 comes from the rates by reweighting,
    ``2t TPR / (t TPR + (1 - t) FPR + t)``. It means nothing without t, and is negative for an attacker who does
    worse than calling everybody a member.

    Args:
        tpr: True positive rate, a number or an estimate.
        fpr: False positive rate, of the same type.
        fraction: t, in (0, 1).

    Raises:
        ValueError: If ``fraction`` is no rate.
    """
    check_fraction(fraction=fraction)
    t, naive = fraction, 2 * fraction / (1 + fraction)

    def f1(true: float, false: float) -> float:
        return 2 * t * true / (t * true + (1 - t) * false + t)

    def rescaled(x: float) -> float:
        return (x - naive) / (1 - naive)

    if not (isinstance(tpr, Estimate) and isinstance(fpr, Estimate)):
        return rescaled(f1(float(tpr), float(fpr)))  # type: ignore[arg-type]
    value = f1(tpr.value, fpr.value)
    low, high = fieller_bounds(tpr, fpr, lambda x: (t * (2 - x), x * (1 - t), x * t), value=value, least=0.0, most=1.0)
    return Estimate(
        rescaled(value), rescaled(low), rescaled(high), tpr.confidence, tpr.trials + fpr.trials, f"MOVER, t = {t:g}"
    )


def advantage(
    members: np.ndarray, holdout: np.ndarray, *, threshold: float | None = None, confidence: float = 0.95
) -> Measurement:
    """Membership advantage: true minus false positive rate of "member where score >= threshold" (Yeom et al., 2018).

    With a threshold fixed beforehand the interval is Newcombe's on two Wilson rates. Without one the value is the
    largest advantage of any threshold, which is above 0 by luck alone; its interval holds for every threshold at
    once (Dvoretzky-Kiefer-Wolfowitz with Massart's constant on both curves) and its p-value is Smirnov's.

    Args:
        members: Scores, shape ``(n1,)``.
        holdout: Scores, shape ``(n0,)``.
        threshold: Fixed beforehand; None for the best of all.
        confidence: Two-sided.

    Returns:
        The advantage; ``NotMeasured`` without members or holdout.

    Raises:
        ValueError: If a score or the threshold is NaN.
    """
    check_fraction(confidence=confidence)
    members, holdout = as_scores(members=members, holdout=holdout)
    n1, n0 = len(members), len(holdout)
    if min(n1, n0) == 0:
        return NotMeasured(f"an advantage needs members and holdout, got {n1} and {n0}")
    if threshold is not None:
        if np.isnan(threshold):
            raise ValueError("expected a threshold that is a number, got NaN")
        true = binomial(int((members >= threshold).sum()), n1, confidence=confidence, method="wilson")
        false = binomial(int((holdout >= threshold).sum()), n0, confidence=confidence, method="wilson")
        if isinstance(true, NotMeasured) or isinstance(false, NotMeasured):
            return NotMeasured("there is nothing to classify")
        return difference(true, false)
    scores = np.unique(np.concatenate([members, holdout]))
    gaps = (
        np.searchsorted(np.sort(holdout), scores, "left") / n0 - np.searchsorted(np.sort(members), scores, "left") / n1
    )
    value = float(max(gaps.max(), 0.0))
    # Each side errs with (1 - confidence) / 2, shared by the two curves.
    margin = float(np.sqrt(np.log(4 / (1 - confidence)) / 2) * (n1**-0.5 + n0**-0.5))
    p_value = float(np.exp(-2 * value**2 * n1 * n0 / (n1 + n0)))
    low, high = max(value - margin, 0.0), min(value + margin, 1.0)
    return Estimate(value, low, high, confidence, n1 + n0, "DKW over all thresholds", p_value)


def precision_of_claims(found: int, matched: int, members: int, holdout: int, *, prior: float = 0.5) -> Measurement:
    """Return the share of claims that are right if a share ``prior`` of the people in question are members.

    Given the claims, the number of right ones is binomial; its odds, weighted by the sizes of the two sides and the
    odds of the prior, are the odds of precision, so the exact interval carries over.
    """
    claims = found + matched
    share = binomial(found, claims, confidence=0.95) if claims else NotMeasured("nobody was claimed")
    if isinstance(share, NotMeasured):
        return share
    weight = holdout / members * prior / (1 - prior)

    def at_prior(p: float) -> float:
        return weight * p / (weight * p + (1 - p))  # in this order 1 stays exactly 1

    low, value, high = (at_prior(p) for p in (share.low, share.value, share.high))
    return Estimate(value, low, high, 0.95, claims, f"Clopper-Pearson, given the claims; prior {prior:g}")
