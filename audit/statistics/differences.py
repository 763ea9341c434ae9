"""Differences and ratios of two independent estimates, from their two intervals (MOVER).

Each side of the result takes back the distances from the estimates to the bounds that matter there: the method of
variance estimates recovery (Zou & Donner, Statistics in Medicine 27, 2008). On Wilson intervals it is Newcombe's
method 10.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from synthaudit.audit.statistics.estimate import Estimate
from synthaudit.audit.statistics.intervals import normal_quantile
from synthaudit.audit.statistics.root_finding import bisect


def mover_bounds(a: Estimate, b: Estimate, weight_a: float, weight_b: float) -> tuple[float, float]:
    """Return bounds of ``weight_a * a - weight_b * b`` for independent a and b and weights >= 0.

    Raises:
        ValueError: If the two confidences differ.
    """
    if a.confidence != b.confidence:
        raise ValueError(f"expected two estimates of equal confidence, got {a.confidence} and {b.confidence}")
    centre = weight_a * a.value - weight_b * b.value
    down = np.hypot(weight_a * (a.value - a.low), weight_b * (b.high - b.value) if weight_b else 0.0)
    up = np.hypot(weight_a * (a.high - a.value) if weight_a else 0.0, weight_b * (b.value - b.low))
    return float(centre - down), float(centre + up)


def fieller_bounds(
    a: Estimate,
    b: Estimate,
    terms: Callable[[float], tuple[float, float, float]],
    *,
    value: float,
    least: float,
    most: float,
) -> tuple[float, float]:
    """Return bounds of the x that solves ``wa(x) a - wb(x) b = c(x)``, for a left side minus right that falls in x.

    A bound of x is where the bound of ``wa a - wb b - c`` is zero, as Fieller inverts a ratio of means.

    Args:
        a: Estimate that raises x.
        b: Independent estimate that lowers x.
        terms: Maps x to (wa, wb, c), both weights >= 0 on [least, most].
        value: The solution at the point estimates.
        least: Smallest value x can take.
        most: Largest value x can take.

    Raises:
        ValueError: If the two confidences differ.
    """

    def crossing(side: int, inner: float, outer: float) -> float:
        def gap(x: float) -> float:
            weight_a, weight_b, constant = terms(x)
            return mover_bounds(a, b, weight_a, weight_b)[side] - constant

        sign = 1.0 if outer < inner else -1.0
        if sign * gap(outer) <= 0:
            return outer
        # 100 halvings go beyond double precision.
        return bisect(lambda x: sign * gap(x) > 0, inner, outer, steps=100)[1]

    return crossing(0, value, least), crossing(1, value, most)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Difference ``a - b`` of two independent estimates, with Newcombe's interval.

    The p-value is one-sided, for a being above b: the standard error comes from the bounds that face each other,
    so it falls below ``(1 - confidence) / 2`` exactly where the interval clears 0.

    Raises:
        ValueError: If the two confidences differ.
    """
    low, high = mover_bounds(a, b, 1, 1)
    value = a.value - b.value
    error = (value - low if value >= 0 else high - value) / normal_quantile(a.confidence)
    z = float(value / error) if error > 0 else 0.0
    return Estimate(
        value,
        low,
        high,
        a.confidence,
        a.trials + b.trials,
        "Newcombe (MOVER)",
        p_value=float(ndtr(-z)),
        statistic=z,
    )


def residual_risk(attack: Estimate, control: Estimate) -> Estimate:
    """Share of what the control left open that the attack closes: ``(a - c) / (1 - c)``.

    Anonymeter's privacy risk (Giomi et al., PoPETs 2023), with bounds that are the x at which the bound of
    ``a - (1 - x) c - x`` is zero (Fieller's argument on MOVER bounds), not independent half-widths propagated. They
    exclude 0 exactly where Newcombe's interval of ``a - c`` does. Negative where the control does better.

    Args:
        attack: Success rate of the attack on members, in [0, 1].
        control: Success rate of the same attack on holdout patients, in [0, 1).

    Raises:
        ValueError: If a rate leaves [0, 1], the control's rate is 1 (nothing is left open), or confidences differ.
    """
    if min(attack.low, control.low) < 0 or max(attack.high, control.high) > 1 or control.value >= 1:
        raise ValueError("expected two rates in [0, 1], the control's below 1")
    value = (attack.value - control.value) / (1 - control.value)
    low, high = fieller_bounds(attack, control, lambda x: (1.0, 1.0 - x, x), value=value, least=-1e9, most=1.0)
    contrast = difference(attack, control)
    risk = Estimate(value, low, high, attack.confidence, contrast.trials, "MOVER on (a - c) / (1 - c)")
    return replace(risk, p_value=contrast.p_value, statistic=contrast.statistic)
