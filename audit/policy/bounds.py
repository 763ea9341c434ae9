"""One-sided bounds of the numbers of a result, at whatever error a verdict can afford.

A result holds two-sided intervals at one confidence. A verdict that looks at many numbers needs a stricter level
than that, and "pass" a looser one (one-sided 95 % is two-sided 90 %), so the bounds are recomputed:

- a Clopper-Pearson rate gives its counts back and is computed again, exactly;
- the excess of an attack with fixed claims is computed again from the two rates it is the difference of;
- relative F1 exists only here, and is computed from the same two rates;
- a number in [0, 1] moves on the logit scale, a correlation on Fisher's, every other one as it stands, all in
  proportion to Student's quantile with ``trials - 1`` degrees of freedom: exact for a mean over releases, the normal
  one for thousands of patients. Towards a stricter level that is conservative for small rates, whose true lower
  bound moves less. A bound at the end of the scale stays there; one with no limit stays without.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np
from scipy.special import expit, logit, stdtrit

from synthaudit.audit.policy.criteria import Criterion
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.statistics.decision_metrics import relative_f1
from synthaudit.audit.statistics.differences import difference
from synthaudit.audit.statistics.exact_test import fisher_p
from synthaudit.audit.statistics.intervals import exact_bounds
from synthaudit.audit.suite.result import Estimated, Result, Row, Unmeasured, measurement_of, number_of
from synthaudit.audit.suite.result.small_counts import TOLD, counts_told, told_coarsely

Bounds = Callable[[float], tuple[float, float]]
"""Maps an error probability to the lower and the upper bound that each err with that probability."""

Scale = tuple[float, Callable[[float], float], Callable[[float], float]]
"""The least value (the greatest is 1), the way to a scale on which intervals are symmetric, and the way back."""

UNIT = frozenset(
    {"auc", "tpr_at_fpr", "sensitivity", "false_positive_rate", "precision", "f1", "accuracy", "detection_rate"}
)


@dataclass(frozen=True)
class Candidate:
    """A measured number that a criterion looks at.

    Attributes:
        row: The row it stands in, or the first of those it was computed from.
        statistic: What it is.
        number: The number with the interval of the result.
        bounds: Its one-sided bounds at any error.
        sources: Ids of the rows it rests on.
        no_leak_p: One-sided p-value of "no more than chance", where a test of its own gives one.
        by_chance: How often chance finds a patient, read off real records alone: the reference, as many rows of it as
            there are members'. None where it was not measured, or is told coarsely as that of few.
        holdout: Holdout patients behind the number, where it is what members have more than those.
    """

    row: Row
    statistic: str
    number: Estimated
    bounds: Bounds
    sources: tuple[str, ...]
    no_leak_p: float | None = None
    by_chance: float | None = None
    holdout: int = 0


def candidates(result: Result, criterion: Criterion, system: str) -> tuple[list[Candidate], list[str]]:
    """Return the measured numbers that a criterion looks at, and the reasons why others are missing.

    All attacks, synthetic sizes, kinds of knowledge and releases count: an adversary picks the best of them.
    """
    found: list[Candidate] = []
    missing: list[str] = []
    relative = criterion.sampling_fraction is not None
    paired = relative or any(fnmatchcase("excess", pattern) for pattern in criterion.statistic)
    rates = _rates(result, criterion, system) if paired else {}
    for row in matching_rows(result, criterion, system):
        if isinstance(row.number, Unmeasured):
            missing.append(row.number.reason)
            continue
        pair = rates.get(_key(row))
        if criterion.sampling_fraction is not None:
            if pair is not None:
                found.append(_relative(row, pair, criterion.sampling_fraction))
            continue
        counted = pair is not None and row.statistic == "excess"
        bounds = _excess(pair) if pair is not None and counted else row_bounds(row)
        p_value = _fisher(pair) if pair is not None and counted else row.number.p_value
        chance = _by_chance(result, row, pair) if pair is not None and counted else (None, 0)
        found.append(Candidate(row, row.statistic, row.number, bounds, (row.id,), p_value, *chance))
    return found, list(dict.fromkeys(missing))


def matching_rows(result: Result, criterion: Criterion, system: str) -> Iterator[Row]:
    """Yield the rows that a criterion is about, measured or not."""
    wanted = ("sensitivity",) if criterion.sampling_fraction is not None else criterion.statistic
    for row in result.rows:
        if (
            row.system == system
            and row.section == criterion.section
            and row.level == criterion.level
            and (not criterion.methods or row.method in criterion.methods)
            and any(fnmatchcase(row.statistic, pattern) for pattern in wanted)
            and any(fnmatchcase(row.slice, pattern) for pattern in criterion.slice)
        ):
            yield row


def row_bounds(row: Row) -> Bounds:
    """Return the bounds of a row's number; ``ValueError`` if there is none."""
    number = row.number
    if isinstance(number, Unmeasured):
        raise ValueError(f"expected a measured row, got {row.id}")
    counts = _counts(number)
    if counts is not None:
        successes, trials = counts
        least, most = counts_told(number, successes)
        return lambda error: (
            exact_bounds(least, trials, lower_error=error, upper_error=error)[0],
            exact_bounds(most, trials, lower_error=error, upper_error=error)[1],
        )
    estimate = measurement_of(number)
    if not isinstance(estimate, Estimate):
        raise ValueError(f"expected an estimate, got {estimate}")
    return estimate_bounds(row.statistic, estimate)


def estimate_bounds(statistic: str, estimate: Estimate) -> Bounds:
    """Return the bounds of a number that is no exact rate."""
    bounded = statistic in UNIT
    scale: Scale | None = None
    if "Fisher" in estimate.method:
        scale = (-1.0, np.arctanh, np.tanh)
    elif bounded and not estimate.method.startswith("Student"):
        scale = (0.0, logit, expit)
    return lambda error: _rescale(estimate, error, scale, bounded=bounded)


def counts_estimate(found: tuple[int, int], matched: tuple[int, int], fraction: float | None, error: float) -> Estimate:
    """Return how much more members are found than holdout patients, or relative F1.

    Args:
        found: Members found, of how many.
        matched: Holdout patients found, of how many.
        fraction: Sampling fraction of relative F1; None for the difference of the two rates.
        error: Probability with which each rate's bound may err, below one half.
    """
    left, right = (_exact_rate(*side, error) for side in (found, matched))
    return difference(left, right) if fraction is None else relative_f1(left, right, fraction=fraction)


def _exact_rate(successes: int, trials: int, error: float) -> Estimate:
    low, high = exact_bounds(successes, trials, lower_error=error, upper_error=error)
    return Estimate(successes / trials, low, high, 1 - 2 * error, trials, "clopper-pearson")


def _rescale(estimate: Estimate, error: float, scale: Scale | None, *, bounded: bool) -> tuple[float, float]:
    freedom = max(estimate.trials - 1, 1)
    ratio = float(stdtrit(freedom, error) / stdtrit(freedom, (1 - estimate.confidence) / 2))
    if ratio < 1 and estimate.method.startswith("bounded mean"):
        ratio = 1.0  # such an interval shrinks more slowly than Student's
    low, high = (_rescale_end(estimate.value, end, ratio, scale) for end in (estimate.low, estimate.high))
    return (max(low, min(0.0, estimate.low)), min(high, max(1.0, estimate.high))) if bounded else (low, high)


def _rescale_end(value: float, end: float, ratio: float, scale: Scale | None) -> float:
    if math.isinf(end) or end == value:
        return end
    if scale is not None:
        least, there, back = scale
        if least < value < 1 and least < end < 1:
            centre = float(there(value))
            return float(back(centre + ratio * (float(there(end)) - centre)))
    return value + ratio * (end - value)


def _counts(number: Estimated) -> tuple[int, int] | None:
    """Return successes and trials of a Clopper-Pearson rate, or None for any other number."""
    if number.method.partition(TOLD)[0].lower() != "clopper-pearson":
        return None
    successes = round(number.value * number.trials)
    return (successes, number.trials) if math.isclose(successes, number.value * number.trials, abs_tol=1e-6) else None


Pair = tuple[Row, Row]


def _key(row: Row) -> tuple[object, ...]:
    return row.release, row.method, row.slice, row.knowledge


def _rates(result: Result, criterion: Criterion, system: str) -> dict[tuple[object, ...], Pair]:
    """Return the sensitivity and the false positive rate of each fixed claim, where both are exact rates."""
    sides: dict[str, dict[tuple[object, ...], Row]] = {"sensitivity": {}, "false_positive_rate": {}}
    for row in result.select(system=system, section=criterion.section, level=criterion.level):
        if row.statistic in sides and isinstance(row.number, Estimated) and _counts(row.number) is not None:
            sides[row.statistic][_key(row)] = row
    true, false = sides["sensitivity"], sides["false_positive_rate"]
    return {key: (true[key], false[key]) for key in true.keys() & false.keys()}


def _exact(row: Row, error: float) -> Estimate:
    """Return a Clopper-Pearson rate as an estimate whose bounds each err with the given probability."""
    if isinstance(row.number, Unmeasured):
        raise ValueError(f"expected a measured row, got {row.id}")
    low, high = row_bounds(row)(error)
    value = row.number.value
    return Estimate(value, min(low, value), max(high, value), 1 - 2 * error, row.number.trials, "clopper-pearson")


def _excess(pair: Pair) -> Bounds:
    def bounds(error: float) -> tuple[float, float]:
        estimate = difference(_exact(pair[0], error), _exact(pair[1], error))
        return estimate.low, estimate.high

    return bounds


def _relative(row: Row, pair: Pair, fraction: float) -> Candidate:
    def at(error: float) -> Estimate:
        return relative_f1(_exact(pair[0], error), _exact(pair[1], error), fraction=fraction)

    def bounds(error: float) -> tuple[float, float]:
        return at(error).low, at(error).high

    number = number_of(replace(at(0.025), method=f"from the two exact rates, MOVER, sampling fraction {fraction:g}"))
    if isinstance(number, Unmeasured):
        raise ValueError(f"expected an estimate, got {number}")
    return Candidate(row, "relative_f1", number, bounds, (pair[0].id, pair[1].id), _fisher(pair))


def _by_chance(result: Result, row: Row, pair: Pair) -> tuple[float | None, int]:
    """Return how often chance finds a patient in as many rows of strangers as are the members', and the holdout's size.

    Strangers are the reference: the table under test has no say in it, nor has its length.
    """
    wanted = {"system": row.system, "section": row.section, "method": row.method, "level": row.level}
    found = result.select(**wanted, statistic="stranger_rate", slice=row.slice)
    number = next((one.number for one in found if one.release == row.release), None)
    told = [side.number for side in (*pair,) if isinstance(side.number, Estimated)]
    if not isinstance(number, Estimated) or any(told_coarsely(one) for one in (number, *told)):
        return None, 0
    split = result.split
    # One find more than were counted, since few are a rough guide; none stays none.
    finds = number.value * number.trials
    rate = (finds + (finds > 0)) / number.trials * split.members.rows / max(split.reference.rows, 1)
    return min(rate, 1.0), told[1].trials


def _fisher(pair: Pair) -> float:
    if any(isinstance(row.number, Estimated) and TOLD in row.number.method for row in pair):
        return 1.0  # what stands for several counts proves nothing
    counts = [_counts(row.number) for row in pair if isinstance(row.number, Estimated)]
    (found, members), (matched, holdout) = (one or (0, 0) for one in counts)
    return fisher_p(found, matched, members, holdout)
