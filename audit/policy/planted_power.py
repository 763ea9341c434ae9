"""Power: how many members a leak must concern for a criterion's own rule to fire on it.

The result holds what attacks measured while leaks were planted. A criterion is asked of them as of the real table: the
rule fires in a repeat if one number's lower bound, corrected for as many numbers as the criterion looked at, lies above
its limit. What counts as detected is a repeat in which the rule fires with the leak and did not fire
without it: an attack that fires anyway has noticed nothing, nor has one that never looks at the synthetic table.

Where many patients share their record, a leak of many members may leave a risk within its limit, and nothing is missed
by not failing it. Nor is anything missed where another criterion of the same section surely fires on the leak: the
verdict is theirs together. Both are believed only of attacks whose numbers the strongest planted leak surely moves.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

import numpy as np

from synthaudit.audit.policy.bounds import counts_estimate, estimate_bounds
from synthaudit.audit.policy.criteria import Criterion, Policy
from synthaudit.audit.statistics import Estimate, intervals
from synthaudit.audit.suite.result import PlantedPower, PlantedTrials, Result

KINDS = ("verbatim", "near", "cells", "attribute", "key")
"""Kinds of leaks that are planted, the plainest first."""


def planted_power(
    result: Result, policy: Policy, criterion: Criterion, system: str, *, error: float
) -> tuple[PlantedPower, ...]:
    """Return how often a criterion detects each kind of leak.

    Leaks planted in the system's own table count; where there are none, those of another system, since power is
    a property of attacks and sizes rather than of the table.

    Args:
        result: What was measured.
        policy: What is asked, and which rate of detection.
        criterion: The criterion.
        system: The system under test.
        error: Probability with which each number's bound may err.
    """
    matching = [(of, trials) for of, trials in _trials(result) if _concerns(criterion, trials)]
    own = [trials for of, trials in matching if of == system]
    chosen = own or [trials for of, trials in matching if of == next(iter(matching), ("",))[0]]
    kinds = sorted({trials.kind for trials in chosen}, key=lambda kind: KINDS.index(kind) if kind in KINDS else 99)
    return tuple(_power(kind, [one for one in chosen if one.kind == kind], policy, criterion, error) for kind in kinds)


def has_trials(result: Result) -> bool:
    """Whether the result holds planted leaks that can be judged; older results hold finished rates in their place."""
    return any(True for _ in _trials(result))


def power_gap(
    powers: tuple[PlantedPower, ...],
    policy: Policy,
    criterion: Criterion,
    members: int,
    noticed_elsewhere: int | None = None,
) -> str | None:
    """Return why "no leak" cannot be concluded, or None if a leak as weak as the criterion asks would be noticed.

    Args:
        powers: Of the criterion, by kind of leak.
        policy: Which rate of detection is asked for.
        criterion: The criterion.
        members: Member patients.
        noticed_elsewhere: Members that a leak of the kind asked for must concern for another criterion of the section
            to surely fire; None where none does.
    """
    kind, share = criterion.required_leak
    power = next((one for one in powers if one.kind == kind), None)
    if power is not None and not power.patients:
        return None  # the table has nothing of this kind that could leak
    if power is None:
        return (
            f"no {kind} leak was planted for what this criterion looks at, so nothing shows that this audit could have "
            "noticed one"
        )
    most = share * members
    if power.smallest is not None and power.smallest <= most + 1e-9:
        return None
    if power.responds and noticed_elsewhere is not None and noticed_elsewhere <= most + 1e-9:
        return None
    tried = [at for at, count in enumerate(power.patients) if count <= most + 1e-9]
    if not tried:
        return f"no {kind} leak as weak as {share:.2%} of the members was planted"
    at = tried[-1]
    if power.responds and not power.beyond[at]:
        return None  # such a leak is seen, and what the criterion limits stays within the limit with it
    return (
        f"a planted {kind} leak of {power.patients[at]:,} members made this criterion's own rule fire in "
        f"{power.detected[at]:.0%} of {power.repeats} repeats, and surely more than {policy.detection_rate:.0%} is "
        "required: this audit could have missed one"
    )


def _trials(result: Result) -> Iterator[tuple[str, PlantedTrials]]:
    for series in result.series:
        trials = PlantedTrials.of(series)
        if trials is not None:
            yield series.system, trials


def _concerns(criterion: Criterion, trials: PlantedTrials) -> bool:
    """Whether a criterion looks at the statistic of these trials; rates of fixed rules stand under their difference."""
    wanted = ("excess",) if criterion.sampling_fraction is not None else criterion.statistic
    return (
        criterion.worse == "higher"
        and (not criterion.methods or trials.method in criterion.methods)
        and any(fnmatchcase(trials.statistic, pattern) for pattern in wanted)
        and any(fnmatchcase(trials.slice, pattern) for pattern in criterion.slice)
    )


def _power(kind: str, trials: list[PlantedTrials], policy: Policy, criterion: Criterion, error: float) -> PlantedPower:
    """Return how often any of the attacks fires because of a leak of one kind, by strength."""
    fired: dict[int, dict[int, bool]] = {}  # repeat -> members planted -> whether the rule fires
    above: dict[int, dict[int, bool]] = {}  # likewise, whether a number lies above the limit
    moved: dict[int, bool] = {}
    for one in trials:
        for repeat, at in enumerate(one.repeats()):
            of, over = fired.setdefault(repeat, {}), above.setdefault(repeat, {})
            bare = _value(one, at[0], criterion) if 0 in at else None
            for patients, place in at.items():
                value = _value(one, place, criterion)
                over[patients] = over.get(patients, False) or value > criterion.failing_limit
                of[patients] = of.get(patients, False) or _surpasses(
                    one, place, criterion, error, criterion.failing_limit
                )
            most = max(at)
            if bare is not None and most:
                surely = _surpasses(one, at[most], criterion, error, bare)
                moved[repeat] = moved.get(repeat, False) or surely
    counts = sorted({patients for of in fired.values() for patients in of} - {0})
    rates: list[Estimate] = []
    for patients in counts:
        noticed = [of[patients] and not of.get(0, False) for of in fired.values() if patients in of]
        rate = intervals.binomial(sum(noticed), len(noticed))
        if isinstance(rate, Estimate):
            rates.append(rate)
    smallest = None
    for patients, rate in zip(reversed(counts), reversed(rates), strict=True):
        if rate.low <= policy.detection_rate:
            break
        smallest = patients
    surely_moved = intervals.binomial(sum(moved.values()), len(moved))
    return PlantedPower(
        beyond=tuple(float(np.mean([over[n] for over in above.values() if n in over])) for n in counts),
        responds=isinstance(surely_moved, Estimate) and surely_moved.low > policy.detection_rate,
        kind=kind,
        repeats=len(fired),
        patients=tuple(counts),
        detected=tuple(rate.value for rate in rates),
        low=tuple(rate.low for rate in rates),
        high=tuple(rate.high for rate in rates),
        smallest=smallest,
    )


def _value(trials: PlantedTrials, place: int, criterion: Criterion) -> float:
    """Return one measurement."""
    numbers = {name: values[place] for name, values in trials.values.items()}
    if "found" not in numbers:
        return numbers["value"]
    return _counts_estimate(*_counts(numbers), criterion.sampling_fraction, 0.025).value


def _surpasses(trials: PlantedTrials, place: int, criterion: Criterion, error: float, limit: float) -> bool:
    """Whether the lower bound of one measurement lies above a limit: the criterion's own, where it would fail."""
    if _value(trials, place, criterion) <= limit:
        return False
    numbers = {name: values[place] for name, values in trials.values.items()}
    return _bound(numbers, trials.statistic, criterion, error) > limit


def _bound(numbers: dict[str, float], statistic: str, criterion: Criterion, error: float) -> float:
    if "found" in numbers:
        return _counts_estimate(*_counts(numbers), criterion.sampling_fraction, error).low
    estimate = Estimate(numbers["value"], numbers["low"], numbers["value"], 0.95, int(numbers["trials"]), "planted")
    return estimate_bounds(statistic, estimate)(error)[0]


def _counts(numbers: dict[str, float]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return members found, of how many, and holdout patients found, of how many."""
    found, members, matched, holdout = (int(numbers[name]) for name in ("found", "members", "matched", "holdout"))
    return (found, members), (matched, holdout)


_counts_estimate = lru_cache(maxsize=4_096)(counts_estimate)
"""Repeats often come to the same counts."""
