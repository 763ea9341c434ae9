"""Confidence intervals for rates and for means over releases that cover the truth as often as they say.

None of them has zero width: a rate of 0 out of 50 is an upper limit, not a certainty.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

from synthaudit.audit.errors import check_choice, check_fraction
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured

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


def wilson_bounds(rate: float, trials: float, *, confidence: float) -> tuple[float, float]:
    """Return Wilson's score bounds for a rate seen in ``trials`` (possibly effective) trials; never of zero width."""
    z = normal_quantile(confidence)
    centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2)
    # At 0 and 1 the bound is the rate itself; rounding must not carry it past.
    return min(max(float(centre - half), 0.0), rate), max(min(float(centre + half), 1.0), rate)


def binomial(
    successes: int, trials: int, *, confidence: float = 0.95, method: Method = "clopper-pearson"
) -> Measurement:
    """Rate of a repeated yes/no event, with its confidence interval.

    Clopper-Pearson never covers less than it says. Wilson and Jeffreys are narrower and cover on average; the
    Jeffreys limits are 0 and 1 where no or only successes were seen (Brown, Cai & DasGupta, 2001).

    Args:
        successes: Events, a whole number.
        trials: Trials, a whole number.
        confidence: Two-sided.
        method: ``clopper-pearson``, ``wilson`` or ``jeffreys``.

    Returns:
        The rate; ``NotMeasured`` without a trial.

    Raises:
        ValueError: Unless 0 <= successes <= trials, or an option is out of range.

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
        low, high = wilson_bounds(rate, trials, confidence=confidence)
    elif method == "jeffreys":
        low = float(betaincinv(successes + 0.5, trials - successes + 0.5, tail)) if successes else 0.0
        high = float(betaincinv(successes + 0.5, trials - successes + 0.5, 1 - tail)) if successes < trials else 1.0
    else:
        low, high = exact_bounds(successes, trials, lower_error=tail, upper_error=tail)
    return Estimate(rate, low, high, confidence, int(trials), method)


def clustered_rate(successes: np.ndarray, trials: np.ndarray, *, confidence: float = 0.95) -> Measurement:
    """Rate over trials of which each patient has several: patients, not trials, are the sample.

    The rate is sum(successes) / sum(trials); its linearised variance between patients gives the effective sample
    size, a Student correction allows for estimating that variance, and Clopper-Pearson does the rest (Korn &
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
    counts, totals = np.asarray(successes, float), np.asarray(trials, float)
    if (
        counts.shape != totals.shape
        or counts.ndim != 1
        or not np.all((counts >= 0) & (counts <= totals) & np.isfinite(totals))
    ):
        raise ValueError("expected two arrays of one entry per patient with 0 <= successes <= trials")
    counts, totals = counts[totals > 0], totals[totals > 0]
    patients, total = len(totals), float(totals.sum())
    if patients < 2:
        return NotMeasured(f"{patients} patients with a trial; an interval over patients needs at least 2")
    rate = float(min(counts.sum() / total, 1.0))
    weight = normal_quantile(confidence) ** 2 / 4  # 0.96 of a patient at 95 %
    padded, size = patients + weight, total / patients
    shrunk = (rate * patients + weight / 2) / padded
    spread = float(((counts - rate * totals) ** 2).sum()) + weight / 2 * size**2 * (rate**2 + (1 - rate) ** 2)
    variance = patients / (patients - 1) * spread / (size * padded) ** 2
    effective = shrunk * (1 - shrunk) / variance
    if rate in (0.0, 1.0):
        effective = min(effective, total**2 / float((totals**2).sum()))  # all trials of a patient alike (Kish)
    tail = (1 - confidence) / 2
    correction = (float(stdtrit(max(total - 1, 1), tail)) / float(stdtrit(patients - 1, tail))) ** 2
    effective = min(effective * correction, total)
    low, high = exact_bounds(rate * effective, effective, lower_error=tail, upper_error=tail)
    return Estimate(rate, min(low, rate), max(high, rate), confidence, patients, "Korn-Graubard over patients")


def student_mean(
    values: np.ndarray, *, confidence: float = 0.95, bounds: tuple[float, float] | None = None
) -> Measurement:
    """Mean over independent releases, with Student's interval: a statement about the training procedure.

    Args:
        values: One number per release, shape ``(k,)``.
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


def mean_over_releases(estimates: Sequence[Estimate], *, bounds: tuple[float, float] | None = None) -> Measurement:
    """Mean over independent releases measured on the same patients; its interval covers trainings and patients.

    Student's half-width over releases and the patients' own half-width (the mean over releases, since the patients
    are the same in each and their luck does not average out) add up in squares. Releases that happen to agree
    therefore never give an interval of zero width.

    Args:
        estimates: One number per release, each with its interval over patients at one confidence.
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
