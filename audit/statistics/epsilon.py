"""Multi-run bounds: lower bounds on epsilon from independent trainings on two fixed neighbouring data sets.

One trial is one training, of which the attack says "the record was in" or "it was out". Members of one release are
not such trials, because they share one model; their counts belong in ``roc``. For canaries of one training see
``one_run``.

Every bound is an ``Estimate`` whose value is the lower bound itself, whose upper end is infinite, and whose
``ceiling`` is the bound that this many trials would have given without a single error.
"""

from typing import overload

import numpy as np
from scipy.special import betainc, betaincinv, log_ndtr, ndtri

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.intervals import exact_bounds
from synthaudit.audit.statistics.root_finding import bisect

NODES = 1024  # quadrature nodes of the posterior; doubling them moves a lower bound by less than 1e-3


def check_delta(delta: float) -> None:
    """Raise ``ValueError`` unless 0 <= delta < 1."""
    if not 0 <= delta < 1:
        raise ValueError(f"expected delta in [0, 1), got {delta}")


def clopper_pearson(
    tp: int, fp: int, members: int, holdout: int, *, delta: float, significance: float = 0.05
) -> Measurement:
    """Lower bound on epsilon from one confusion matrix, exact for every mechanism.

    Both error rates get a Clopper-Pearson upper limit at ``significance / 2`` each; then
    ``log((1 - delta - fnr) / fpr)`` or its mirror image, whichever is larger, and 0 where both are negative.

    Args:
        tp: Trainings with the record that the attack called "in".
        fp: Trainings without it that the attack called "in".
        members: Trainings with the record.
        holdout: Trainings without it.
        delta: Delta of the claim.
        significance: Chance of a bound above the true epsilon. The attack's threshold must be fixed beforehand or
            on other trials.

    Returns:
        The bound; ``NotMeasured`` without trials in one of the two worlds.

    Raises:
        ValueError: If counts do not fit, or delta or significance is out of range.
    """
    limits = _error_limits(tp, fp, members, holdout, significance)
    check_delta(delta)
    if isinstance(limits, NotMeasured):
        return limits
    most = ceiling(members, holdout, delta=delta, significance=significance)
    return lower_bound(
        _region_bound(*limits, delta), significance, members + holdout, "Clopper-Pearson, two error rates", most
    )


def ceiling(members: int, holdout: int, *, delta: float, significance: float = 0.05) -> float:
    """Return the largest bound ``clopper_pearson`` can give: no error in any trial.

    >>> round(ceiling(50, 50, delta=0, significance=0.05), 2)
    2.57
    """
    check_delta(delta)
    limits = _error_limits(members, 0, members, holdout, significance)
    return 0.0 if isinstance(limits, NotMeasured) else _region_bound(*limits, delta)


def joint_beta(tp: int, tn: int, fp: int, fn: int, *, delta: float, confidence: float = 0.95) -> Measurement:
    """Credible interval for epsilon under Jeffreys priors on both error rates (Zanella-Beguelin et al., 2023).

    The posterior mass of the (epsilon, delta) region is a distribution function in epsilon; its quantiles are the
    interval and its median is the value. It is Bayesian: it guarantees no error rate, and since epsilon is never
    negative its lower end is above 0 even for an attack at chance. Use it to describe, not to refute a claim.

    Args:
        tp: Trainings with the record that the attack called "in".
        tn: Trainings without it that the attack called "out".
        fp: Trainings without it that the attack called "in".
        fn: Trainings with the record that the attack called "out".
        delta: Delta of the claim.
        confidence: Posterior mass of the interval, equal tails.

    Returns:
        The posterior median and the interval; ``NotMeasured`` without trials in one of the two worlds.

    Raises:
        ValueError: If a count is negative, or delta or confidence is out of range.
    """
    check_delta(delta)
    check_fraction(confidence=confidence)
    if min(tp, tn, fp, fn) < 0:
        raise ValueError("expected counts >= 0")
    if tp + fn == 0 or fp + tn == 0:
        return NotMeasured("an epsilon needs trials both with and without the record")
    tail = (1 - confidence) / 2
    low, value, high = (_quantile(tp, tn, fp, fn, delta=delta, level=level) for level in (tail, 0.5, 1 - tail))
    most = _quantile(tp + fn, fp + tn, 0, 0, delta=delta, level=tail)
    return Estimate(value, low, high, confidence, tp + tn + fp + fn, "joint beta, credible", ceiling=most)


def gdp_mu(tp: int, fp: int, members: int, holdout: int, *, significance: float = 0.05) -> Measurement:
    """Lower bound on mu, if the mechanism is mu-Gaussian-DP (Nasr et al., USENIX Security 2023).

    ``mu >= z(1 - fpr) - z(fnr)`` at the Clopper-Pearson limits of ``clopper_pearson``. Valid only for a mechanism
    known to be Gaussian: for any other, the one pair of error rates says nothing about the rest of the curve.

    Args:
        tp: Trainings with the record that the attack called "in".
        fp: Trainings without it that the attack called "in".
        members: Trainings with the record.
        holdout: Trainings without it.
        significance: Chance of a bound above the true mu.

    Returns:
        The bound on mu; ``NotMeasured`` without trials in one of the two worlds.

    Raises:
        ValueError: If counts do not fit or significance is out of range.
    """
    limits = _error_limits(tp, fp, members, holdout, significance)
    if isinstance(limits, NotMeasured):
        return limits
    best = _error_limits(members, 0, members, holdout, significance)
    most = 0.0 if isinstance(best, NotMeasured) else _mu(*best)
    return lower_bound(_mu(*limits), significance, members + holdout, "mu-GDP, two error rates", most)


@overload
def gdp_epsilon(mu: float, *, delta: float) -> float: ...
@overload
def gdp_epsilon(mu: Estimate, *, delta: float) -> Estimate: ...
def gdp_epsilon(mu: float | Estimate, *, delta: float) -> float | Estimate:
    """Return the epsilon at ``delta`` of a mu-Gaussian-DP mechanism (Dong, Roth & Su, 2022, corollary 2.13).

    Solves ``Phi(-e/mu + mu/2) - exp(e) Phi(-e/mu - mu/2) = delta`` in logarithms. An estimate of mu becomes an
    estimate of epsilon end by end, since epsilon rises with mu.

    Raises:
        ValueError: If mu is negative or not finite, or delta is not in (0, 1).
    """
    check_fraction(delta=delta)
    if isinstance(mu, Estimate):
        low, value, high = (np.inf if x == np.inf else gdp_epsilon(x, delta=delta) for x in (mu.low, mu.value, mu.high))
        most = None if mu.ceiling is None else gdp_epsilon(mu.ceiling, delta=delta)
        return Estimate(value, low, high, mu.confidence, mu.trials, f"{mu.method} at delta {delta:g}", ceiling=most)
    if not 0 <= mu < np.inf:
        raise ValueError(f"expected a finite mu >= 0, got {mu}")
    if mu == 0:
        return 0.0

    def satisfied(e: float) -> bool:
        first, second = log_ndtr(mu / 2 - e / mu), log_ndtr(-mu / 2 - e / mu)
        return not float(first + np.log1p(-np.exp(min(e + second - first, -1e-300))) - np.log(delta)) > 0

    if satisfied(0.0):
        return 0.0
    # Phi(mu/2 - e/mu) alone falls below delta here, so the root lies before it.
    return bisect(satisfied, 0.0, max(mu * (mu / 2 - float(ndtri(delta))), 0.0))[0]


def lower_bound(value: float, significance: float, trials: int, method: str, most: float) -> Estimate:
    """Return a one-sided bound as an ``Estimate``: the value is its lower end, the upper end infinite."""
    value = max(float(value), 0.0)
    # A ceiling and the bound it equals are computed along different ways; rounding must not part them.
    return Estimate(value, value, float(np.inf), 1 - significance, trials, method, ceiling=max(float(most), value))


def _error_limits(
    tp: int, fp: int, members: int, holdout: int, significance: float
) -> tuple[float, float] | NotMeasured:
    """Return upper limits of (fnr, fpr) that hold together with ``1 - significance``."""
    check_fraction(significance=significance)
    if not (0 <= tp <= members and 0 <= fp <= holdout):
        raise ValueError(f"expected 0 <= tp <= members and 0 <= fp <= holdout, got {tp}/{members} and {fp}/{holdout}")
    if min(members, holdout) == 0:
        return NotMeasured("an epsilon needs trials both with and without the record")
    _, fnr = exact_bounds(members - tp, members, lower_error=0.5, upper_error=significance / 2)
    _, fpr = exact_bounds(fp, holdout, lower_error=0.5, upper_error=significance / 2)
    return fnr, fpr


def _region_bound(fnr: float, fpr: float, delta: float) -> float:
    # Upper limits must not be reflected: a rectangle across the diagonal proves nothing.
    odds = max((1 - delta - fnr) / fpr, (1 - delta - fpr) / fnr)
    return float(np.log(max(odds, 1.0)))


def _mu(fnr: float, fpr: float) -> float:
    return max(float(-ndtri(fpr) - ndtri(fnr)), 0.0)


def _quantile(tp: int, tn: int, fp: int, fn: int, *, delta: float, level: float) -> float:
    """Return the epsilon whose region holds ``level`` of the posterior; 0 where epsilon 0 already holds more."""
    fnr = betaincinv(fn + 0.5, tp + 0.5, (np.arange(NODES) + 0.5) / NODES)  # (NODES,), equal posterior mass each

    def reached(e: float) -> bool:
        grow, shrink = np.exp(e), np.exp(-e)
        least = np.maximum.reduce([np.zeros(NODES), 1 - delta - fnr * grow, (1 - delta - fnr) * shrink])
        most = np.minimum.reduce([np.ones(NODES), 1 + (delta - fnr) * shrink, delta + (1 - fnr) * grow])
        mass = betainc(fp + 0.5, tn + 0.5, np.maximum(most, least)) - betainc(fp + 0.5, tn + 0.5, least)
        return not level - float(mass.mean()) > 0

    return 0.0 if reached(0.0) else bisect(reached, 0.0, 60.0)[0]
