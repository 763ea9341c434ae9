"""Intervals for rates, means and differences that cover the truth as often as they say.

None of them has zero width: a rate of 0 out of 50 is an upper limit, not a certainty.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri, stdtrit

from synthaudit.audit.errors import check_choice, check_fraction
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.resampling import bootstrap

__all__ = [
    "binomial",
    "bootstrap",
    "clustered",
    "difference",
    "exact_bounds",
    "implicit",
    "linear",
    "mean",
    "residual",
    "wilson",
]

Method = Literal["clopper-pearson", "wilson", "jeffreys"]
METHODS: tuple[Method, ...] = ("clopper-pearson", "wilson", "jeffreys")


def normal_quantile(confidence: float) -> float:
    """Return the z of a two-sided interval: 1.96 at 0.95."""
    check_fraction(confidence=confidence)
    return float(-ndtri((1 - confidence) / 2))


def exact_bounds(successes: float, trials: float, *, lower_error: float, upper_error: float) -> tuple[float, float]:
    """Return Clopper-Pearson bounds whose two sides may err with different probabilities.

    Counts need not be whole: a design effect divides them. Clopper & Pearson, Biometrika 26 (1934).
    """
    # The beta quantile is undefined at the ends, where the exact bound is 0 or 1.
    low = float(betaincinv(successes, trials - successes + 1, lower_error)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1 - upper_error)) if successes < trials else 1.0
    return low, high


def wilson(rate: float, trials: float, *, confidence: float) -> tuple[float, float]:
    """Return Wilson's score bounds for a rate seen in ``trials`` (possibly effective) trials; never of zero width."""
    z = normal_quantile(confidence)
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2)
    # At 0 and 1 the bound is the rate itself; rounding must not carry it past.
    return min(max(float(centre - half), 0.0), rate), max(min(float(centre + half), 1.0), rate)


def binomial(
    successes: int, trials: int, *, confidence: float = 0.95, method: Method = "clopper-pearson"
) -> Measurement:
    """Rate of a repeated yes/no event and the interval it lies in.

    Clopper-Pearson never covers less than it says. Wilson and Jeffreys are narrower and cover on average; the
    Jeffreys limits are 0 and 1 where no or only successes were seen (Brown, Cai & DasGupta, 2001).

    >>> print(binomial(9, 10))
    0.900 [0.555, 0.997]
    """
    check_choice(METHODS, method=method)
    check_fraction(confidence=confidence)
    if not (0 <= successes <= trials and int(successes) == successes and int(trials) == trials):
        raise ValueError(f"expected whole counts with 0 <= successes <= trials, got {successes} of {trials}")
    if trials == 0:
        return NotMeasured("no trial took place")
    tail, rate = (1 - confidence) / 2, successes / trials
    if method == "wilson":
        low, high = wilson(rate, trials, confidence=confidence)
    elif method == "jeffreys":
        low = float(betaincinv(successes + 0.5, trials - successes + 0.5, tail)) if successes else 0.0
        high = float(betaincinv(successes + 0.5, trials - successes + 0.5, 1 - tail)) if successes < trials else 1.0
    else:
        low, high = exact_bounds(successes, trials, lower_error=tail, upper_error=tail)
    return Estimate(rate, low, high, confidence, int(trials), method)


def clustered(successes: np.ndarray, trials: np.ndarray, *, confidence: float = 0.95) -> Measurement:
    """Rate over all trials where trials of one patient resemble each other: patients, not trials, are counted.

    The rate is sum(successes) / sum(trials); its linearised variance between patients gives the effective sample
    size, a Student correction pays for estimating that variance, and Clopper-Pearson does the rest (Korn &
    Graubard, Survey Methodology 24, 1998). One pseudo-patient, half of it all successes and half none, stands for
    the unlike patient that a small sample has not met; without it 30 patients cover 91 % where few succeed. Where
    all or no trials succeed, each patient's trials are taken to be copies of one another, the worst case.

    Args:
        successes: Successes of each patient, shape ``(patients,)``; fractions are allowed.
        trials: Trials of each patient, shape ``(patients,)``; patients without a trial carry no weight.
        confidence: Two-sided.

    Returns:
        The rate, with ``trials`` the number of patients; ``NotMeasured`` under two patients with trials.

    Raises:
        ValueError: Unless 0 <= successes <= trials for every patient.
    """
    check_fraction(confidence=confidence)
    hits, tries = np.asarray(successes, float), np.asarray(trials, float)
    if hits.shape != tries.shape or hits.ndim != 1 or not np.all((hits >= 0) & (hits <= tries) & np.isfinite(tries)):
        raise ValueError("expected two arrays of one entry a patient with 0 <= successes <= trials")
    hits, tries = hits[tries > 0], tries[tries > 0]
    patients, total = len(tries), float(tries.sum())
    if patients < 2:
        return NotMeasured(f"{patients} patients with a trial; an interval over patients needs at least 2")
    rate = float(min(hits.sum() / total, 1.0))
    weight = normal_quantile(confidence) ** 2 / 4  # 0.96 of a patient at 95 %
    padded, size = patients + weight, total / patients
    shrunk = (rate * patients + weight / 2) / padded
    spread = float(((hits - rate * tries) ** 2).sum()) + weight / 2 * size**2 * (rate**2 + (1 - rate) ** 2)
    variance = patients / (patients - 1) * spread / (size * padded) ** 2
    effective = shrunk * (1 - shrunk) / variance
    if rate in (0.0, 1.0):
        effective = min(effective, total**2 / float((tries**2).sum()))  # all trials of a patient alike (Kish)
    tail = (1 - confidence) / 2
    correction = (float(stdtrit(max(total - 1, 1), tail)) / float(stdtrit(patients - 1, tail))) ** 2
    effective = min(effective * correction, total)
    low, high = exact_bounds(rate * effective, effective, lower_error=tail, upper_error=tail)
    return Estimate(rate, min(low, rate), max(high, rate), confidence, patients, "Korn-Graubard over patients")


def mean(values: np.ndarray, *, confidence: float = 0.95, bounds: tuple[float, float] | None = None) -> Measurement:
    """Mean over independent releases with Student's interval: what the recipe does, not one file.

    Args:
        values: One number a release, shape ``(k,)``.
        confidence: Two-sided.
        bounds: Smallest and largest possible value. The interval is clipped to them; and where all releases
            agree they make an interval possible: the share q of releases that could differ satisfies
            ``(1 - q)^k >= (1 - confidence) / 2``.

    Returns:
        The mean; ``NotMeasured`` under three releases, or where all agree and no bounds are given.

    Raises:
        ValueError: If a value is not finite or lies outside the bounds.
    """
    check_fraction(confidence=confidence)
    numbers = np.asarray(values, float).ravel()
    least, most = bounds if bounds is not None else (-np.inf, np.inf)
    if not np.all(np.isfinite(numbers) & (numbers >= least) & (numbers <= most)):
        raise ValueError("expected finite values within the bounds")
    count, tail = len(numbers), (1 - confidence) / 2
    if count < 3:
        return NotMeasured(f"{count} releases; an interval over releases needs at least 3")
    centre = float(np.clip(numbers.mean(), numbers.min(), numbers.max()))
    if np.ptp(numbers) == 0:
        if bounds is None or least == most:
            return NotMeasured(f"all {count} releases gave the same value, so their spread is unknown")
        share = 1 - tail ** (1 / count)
        low, high = centre - share * (centre - least), centre + share * (most - centre)
        return Estimate(centre, low, high, confidence, count, "bounded mean of equal values")
    half = float(-stdtrit(count - 1, tail) * numbers.std(ddof=1) / np.sqrt(count))
    low, high = min(max(centre - half, least), centre), max(min(centre + half, most), centre)
    return Estimate(centre, low, high, confidence, count, "Student t over releases")


def over_releases(estimates: Sequence[Estimate], *, bounds: tuple[float, float] | None = None) -> Measurement:
    """Mean over independent releases measured on the same patients: trainings and patients both vary.

    Student's half-width over releases and the patients' own half-width (the mean over releases, since the patients
    are the same in each and their luck does not average out) add up in squares. Releases that happen to agree
    therefore never give an interval of zero width.

    Args:
        estimates: One number a release, each with its interval over patients at one confidence.
        bounds: Smallest and largest possible value, to which the interval is clipped.

    Returns:
        The mean; ``NotMeasured`` under three releases.

    Raises:
        ValueError: If confidences differ.
    """
    count = len(estimates)
    if count < 3:
        return NotMeasured(f"{count} releases; an interval over releases needs at least 3")
    confidence = estimates[0].confidence
    if any(one.confidence != confidence for one in estimates):
        raise ValueError("expected estimates of equal confidence")
    numbers = np.array([one.value for one in estimates])
    centre = float(np.clip(numbers.mean(), numbers.min(), numbers.max()))
    trainings = float(-stdtrit(count - 1, (1 - confidence) / 2) * numbers.std(ddof=1) / np.sqrt(count))
    down = float(np.hypot(trainings, np.mean([one.value - one.low for one in estimates])))
    up = float(np.hypot(trainings, np.mean([one.high - one.value for one in estimates])))
    least, most = bounds if bounds is not None else (-np.inf, np.inf)
    low, high = min(max(centre - down, least), centre), max(min(centre + up, most), centre)
    return Estimate(centre, low, high, confidence, count, "Student t over releases, with the patients' interval")


def linear(a: Estimate, b: Estimate, weight_a: float, weight_b: float) -> tuple[float, float]:
    """Return bounds of ``weight_a * a - weight_b * b`` for independent a and b and weights >= 0.

    Each side takes back the distance from the estimate to the bound that matters there (MOVER; Zou & Donner,
    Statistics in Medicine 27, 2008). With Wilson intervals this is Newcombe's method 10.
    """
    if a.confidence != b.confidence:
        raise ValueError(f"expected two estimates of equal confidence, got {a.confidence} and {b.confidence}")
    centre = weight_a * a.value - weight_b * b.value
    down = np.hypot(weight_a * (a.value - a.low), weight_b * (b.high - b.value) if weight_b else 0.0)
    up = np.hypot(weight_a * (a.high - a.value) if weight_a else 0.0, weight_b * (b.value - b.low))
    return float(centre - down), float(centre + up)


def implicit(
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
    """

    def crossing(side: int, inner: float, outer: float) -> float:
        def gap(x: float) -> float:
            weight_a, weight_b, constant = terms(x)
            return linear(a, b, weight_a, weight_b)[side] - constant

        sign = 1.0 if outer < inner else -1.0
        if sign * gap(outer) <= 0:
            return outer
        for _ in range(100):  # halves the bracket beyond double precision
            middle = (inner + outer) / 2
            inner, outer = (inner, middle) if sign * gap(middle) > 0 else (middle, outer)
        return outer

    return crossing(0, value, least), crossing(1, value, most)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Difference ``a - b`` of two independent estimates, with Newcombe's interval.

    The p-value is one-sided, for a being above b: the standard error comes from the bounds that face each other,
    so it falls below ``(1 - confidence) / 2`` exactly where the interval clears 0.

    Raises:
        ValueError: If the two confidences differ.
    """
    low, high = linear(a, b, 1, 1)
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


def residual(attack: Estimate, control: Estimate) -> Estimate:
    """Share of what the control left open that the attack closes: ``(a - c) / (1 - c)``.

    Anonymeter's privacy risk (Giomi et al., 2023), with bounds that are the x at which the bound of
    ``a - (1 - x) c - x`` is zero (Fieller's argument on MOVER bounds), not independent half-widths propagated. They
    exclude 0 exactly where Newcombe's interval of ``a - c`` does. Negative where the control does better.

    Raises:
        ValueError: If a rate leaves [0, 1], the control's rate is 1 (nothing is left open), or confidences differ.
    """
    if min(attack.low, control.low) < 0 or max(attack.high, control.high) > 1 or control.value >= 1:
        raise ValueError("expected two rates in [0, 1], the control's below 1")

    value = (attack.value - control.value) / (1 - control.value)
    low, high = implicit(attack, control, lambda x: (1.0, 1.0 - x, x), value=value, least=-1e9, most=1.0)
    contrast = difference(attack, control)
    shell = Estimate(value, low, high, attack.confidence, contrast.trials, "MOVER on (a - c) / (1 - c)")
    return replace(shell, p_value=contrast.p_value, statistic=contrast.statistic)
