"""Comparison of two results of the same patients, split and attacks: by how much each risk increased.

What differs in data, split or audit version is refused by name: a difference would then say nothing about the
system. Once those agree, both results attacked the same targets, and two tests are possible:

- with three or more releases on both sides, the spread over releases decides (Welch's t). Every release of either
  side meets the same targets, so that chance in them cancels: this is the paired test, a statement about the training
  procedures on these patients.
- with fewer, the intervals over patients decide (MOVER on the difference; Zou & Donner, Statistics in Medicine 27,
  2008), as if the targets were others. Releases are averaged as if they were one. The same targets make both sides
  err alike, so this test is conservative.

An increase counts only after Bonferroni's correction for the numbers compared.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from synthaudit.audit.errors import ResultError
from synthaudit.audit.policy.bounds import Bounds, Candidate, candidates
from synthaudit.audit.policy.criteria import Criterion
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.statistics.differences import mover_bounds
from synthaudit.audit.statistics.root_finding import bisect
from synthaudit.audit.suite.result import MethodCard, Result, Row, ThreatModel, without_small_counts

PAIRED_RELEASES = 3
SCHEMAS = "data: the columns were read in two ways; give both audits the same file by --schema"


@dataclass(frozen=True)
class RiskChange:
    """A risk in two results, and the bounds of its increase.

    Attributes:
        system: Key of the system under test.
        method: Key of the attack.
        statistic: What was measured.
        slice: Which part of it.
        knowledge: What the attacker knew.
        before: Mean over the releases before.
        after: Mean over the releases after.
        increase: How much worse it became; positive is more risk.
        bounds: One-sided bounds of the increase at any error.
        test: Which test the bounds are of.
        chance: Value without a leak.
        rows: Ids of the rows after.
    """

    system: str
    method: str
    statistic: str
    slice: str
    knowledge: ThreatModel | None
    before: float
    after: float
    increase: float
    bounds: Bounds
    test: str
    chance: float | None
    rows: tuple[str, ...]

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the two-sided interval of the increase."""
        return self.bounds((1 - confidence) / 2)


def risk_changes(before: Result, after: Result, criterion: Criterion, system: str) -> list[RiskChange]:
    """Return the changes of the numbers that a criterion looks at, for attacks that are the same in both results."""
    different = {card.key for card in after.methods if method_difference(before, card) is not None}
    sides = []
    for result in (before, after):
        groups: dict[tuple[object, ...], list[Candidate]] = {}
        for candidate in candidates(result, criterion, system)[0]:
            row = candidate.row
            if row.method not in different and not is_about_group(row):
                groups.setdefault((row.method, candidate.statistic, row.slice, row.knowledge), []).append(candidate)
        sides.append(groups)
    return [_change(sides[0][key], after_group) for key, after_group in sides[1].items() if key in sides[0]]


def is_about_group(row: Row) -> bool:
    """Return whether a row is about a group of patients."""
    return row.slice.startswith("group: ")


def _change(before: list[Candidate], after: list[Candidate]) -> RiskChange:
    first = after[0]
    sign = 1.0 if first.row.worse == "higher" else -1.0
    means = [float(np.mean([one.number.value for one in side])) for side in (before, after)]
    bounds = _over_releases(before, after, sign)
    test = "paired: spread over releases on the same targets"
    if bounds is None:
        bounds, test = _over_patients(before, after, sign), "unpaired: intervals over patients"
    return RiskChange(
        system=first.row.system,
        method=first.row.method,
        statistic=first.statistic,
        slice=first.row.slice,
        knowledge=first.row.knowledge,
        before=means[0],
        after=means[1],
        increase=sign * (means[1] - means[0]),
        bounds=bounds,
        test=test,
        chance=first.row.chance,
        rows=tuple(source for one in after for source in one.sources),
    )


def _over_releases(before: list[Candidate], after: list[Candidate], sign: float) -> Bounds | None:
    """Return Welch's bounds; None with too few releases or without spread."""
    if min(len(before), len(after)) < PAIRED_RELEASES:
        return None
    values = [np.array([one.number.value for one in side]) for side in (before, after)]
    parts = [float(side.var(ddof=1)) / len(side) for side in values]
    error = math.sqrt(sum(parts))
    if error == 0:
        return None
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, values, strict=True))
    increase = sign * float(values[1].mean() - values[0].mean())

    def bounds(level: float) -> tuple[float, float]:
        reach = -float(stdtrit(freedom, level)) * error
        return increase - reach, increase + reach

    return bounds


def _over_patients(before: list[Candidate], after: list[Candidate], sign: float) -> Bounds:
    def bounds(level: float) -> tuple[float, float]:
        old, new = (_mean(side, level) for side in (before, after))
        worse, better = (new, old) if sign > 0 else (old, new)
        return mover_bounds(worse, better, 1, 1)

    return bounds


def _mean(side: list[Candidate], level: float) -> Estimate:
    """Average releases as if their errors were one and the same, the least that averaging can gain."""
    ends = np.array([one.bounds(level) for one in side])
    value = float(np.mean([one.number.value for one in side]))
    low, high = float(ends[:, 0].mean()), float(ends[:, 1].mean())
    return Estimate(value, min(low, value), max(high, value), 1 - 2 * level, side[0].number.trials)


def increase_p_value(bounds: Callable[[float], tuple[float, float]]) -> float:
    """Return the smallest error at which the lower bound is above 0: the one-sided p-value of "no increase".

    Between 1e-9 and 0.5, to about a thousandth.
    """
    low, high = math.log(1e-9), math.log(0.5)
    if bounds(math.exp(high) * 0.999)[0] <= 0:
        return 0.5
    return math.exp(bisect(lambda log: bounds(math.exp(log))[0] > 0, low, high, steps=40)[1])


def check_comparable(before: Result, after: Result) -> None:
    """Raise ``ResultError`` with what differs unless both results audit the same patients with the same audit."""
    found = incompatibilities(before, after)
    if found:
        raise ResultError(
            f"the two results cannot be compared: {'; '.join(found)}. Measure the baseline again with the same "
            "data, split and version"
        )


def incompatibilities(before: Result, after: Result) -> list[str]:
    """Return what differs in data, split or version, in words."""
    before, after = without_small_counts(before), without_small_counts(after)  # one of them may be published
    found = []
    files = {card.source for result in (before, after) for card in result.systems if card.role == "file"}
    for what, old, new, ignored in (
        ("data", before.data, after.data, {"notes", "sources"}),
        ("split", before.split, after.split, {"notes"}),
    ):
        left, right = old.model_dump(exclude=ignored), new.model_dump(exclude=ignored)
        if "kinds" in left and left["schema_sha256"] != right["schema_sha256"]:
            left.pop("kinds")  # follows from how the columns were read
        found += [
            SCHEMAS if name == "schema_sha256" else f"{what}: {name} is {left[name]}, then {right[name]}"
            for name in left
            if left[name] != right[name]
        ]
    # A synthetic file is what is under test; the real files must be the same.
    old_files, new_files = (
        {source.name: source.sha256 for source in result.data.sources if source.name not in files}
        for result in (before, after)
    )
    if sorted(old_files.values()) != sorted(new_files.values()):
        names = sorted({name for name, _ in set(old_files.items()) ^ set(new_files.items())})
        found.append(f"data: other content in {', '.join(names)}")
    versions = [result.run.versions.get("synthaudit", "unknown") for result in (before, after)]
    if versions[0] != versions[1]:
        found.append(f"version of synthaudit: {versions[0]}, then {versions[1]}")
    return found


def method_difference(before: Result, card: MethodCard) -> str | None:
    """Return how an attack differs from the one of the earlier result, or None."""
    earlier = next((other for other in before.methods if other.key == card.key), None)
    if earlier is None:
        return "is only in the second"
    names = sorted(earlier.options.keys() | card.options.keys())
    changed = [name for name in names if earlier.options.get(name) != card.options.get(name)]
    if not changed:
        return None
    first = changed[0]
    return f"has {first} = {earlier.options.get(first)}, then {card.options.get(first)}"
