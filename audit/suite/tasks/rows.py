"""From what attackers said to rows of the result: who was right, among members and among people never seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, differences, intervals, roc
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.result import Level, Row, Section, Series, ThreatModel, number_of
from synthaudit.audit.suite.tasks.attribute_metrics import NO_CODE, AttributeGuesses, Columns, secondary_metrics

CONFIDENCE = 0.95
FALSE_POSITIVE_RATES = (0.001, 0.01, 0.1)
ROC_POINTS = 60
DISTINCTIVE = "distinctive records"
"""Slice of the targets whose record no other real patient of the audit comes near."""


@dataclass(frozen=True)
class RowTemplate:
    """What the rows of one cell have in common."""

    task: str
    section: Section
    system: str
    release: int | None
    method: str
    knowledge: ThreatModel | None
    members: int
    holdout: int
    level: Level = "release"

    def row(
        self,
        statistic: str,
        measurement: Measurement,
        *,
        part: str = "all",
        chance: float | None = None,
        worse: str = "higher",
    ) -> Row:
        """Return one row of the result."""
        return Row(
            id=f"{self.task}/{statistic}" + ("" if part == "all" else f"/{part}"),
            section=self.section,
            level=self.level,
            system=self.system,
            release=self.release,
            method=self.method,
            statistic=statistic,
            slice=part,
            knowledge=self.knowledge,
            number=number_of(measurement),
            chance=chance,
            worse="lower" if worse == "lower" else "higher",
            members=self.members,
            holdout=self.holdout,
        )

    def series(self, name: str, values: Mapping[str, np.ndarray]) -> Series:
        """Return the points of one figure."""
        return Series(
            id=f"{self.task}/{name}",
            section=self.section,
            system=self.system,
            release=self.release,
            method=self.method,
            name=name,
            knowledge=self.knowledge,
            values={key: tuple(float(point) for point in points) for key, points in values.items()},
        )


def per_patient(scores: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Return each patient's highest score: a patient is found if any of their rows is, shape ``(patients,)``."""
    _, owner = np.unique(patients, return_inverse=True)
    highest = np.full(owner.max(initial=-1) + 1, -np.inf)
    np.maximum.at(highest, owner, scores)
    return highest


def membership(
    label: RowTemplate,
    members: np.ndarray,
    holdout: np.ndarray,
    claims: Mapping[str, float],
    distinctive: Distinctive,
) -> tuple[list[Row], list[Series]]:
    """Grade a membership attack.

    Args:
        label: What the rows have in common.
        members: One score a member, shape ``(n1,)``.
        holdout: One score a holdout patient, shape ``(n0,)``.
        claims: Rules fixed beforehand: label to threshold.
        distinctive: Whose record no other real patient comes near. A match with a record that many people share
            gives nobody away, so claims are also graded on these patients alone.
    """
    rows = [label.row("auc", roc.auc(members, holdout, confidence=CONFIDENCE), chance=0.5)]
    for rate in FALSE_POSITIVE_RATES:
        measured = roc.tpr_at_fpr(members, holdout, fpr=rate, confidence=CONFIDENCE)
        rows.append(label.row("tpr_at_fpr", measured, part=f"fpr {rate:g}", chance=rate))
    for rule, threshold in claims.items():
        found, matched = members >= threshold, holdout >= threshold
        rows += _claim(label, rule, found, matched)
        rows += _claim(label, f"{rule}, {DISTINCTIVE}", found[distinctive.members], matched[distinctive.holdout])
    curve = roc.roc_curve(members, holdout, points=ROC_POINTS)
    if isinstance(curve, NotMeasured):
        return rows, []
    return rows, [label.series("roc", {"fpr": curve.fpr, "tpr": curve.tpr})]


def _claim(label: RowTemplate, rule: str, found: np.ndarray, matched: np.ndarray) -> Iterator[Row]:
    """Grade a rule fixed beforehand: who among the members was claimed, and who among the holdout."""
    label = replace(label, members=len(found), holdout=len(matched))
    if not (len(found) and len(matched)):
        yield label.row("excess", NotMeasured("no such patient on one side"), part=rule, chance=0.0)
        return
    hits, misses = int(found.sum()), int(matched.sum())
    sensitivity = intervals.binomial(hits, len(found), confidence=CONFIDENCE)
    false = intervals.binomial(misses, len(matched), confidence=CONFIDENCE)
    yield label.row("sensitivity", sensitivity, part=rule, chance=float(matched.mean()))
    yield label.row("false_positive_rate", false, part=rule)
    prior = label.knowledge.prior if label.knowledge is not None else 0.5
    right = precision(hits, misses, len(found), len(matched), prior=prior)
    yield label.row("precision", right, part=rule, chance=prior)
    yield label.row("excess", _minus(sensitivity, false), part=rule, chance=0.0)


def precision(found: int, matched: int, members: int, holdout: int, *, prior: float = 0.5) -> Measurement:
    """Return the share of claims that are right if a share ``prior`` of the people in question are members.

    Given the claims, the number of right ones is binomial; its odds, weighted by the sizes of the two sides and the
    odds of the prior, are the odds of precision, so the exact interval carries over.
    """
    claims = found + matched
    share = intervals.binomial(found, claims, confidence=CONFIDENCE) if claims else NotMeasured("nobody was claimed")
    if isinstance(share, NotMeasured):
        return share
    weight = holdout / members * prior / (1 - prior)

    def at_prior(p: float) -> float:
        return weight * p / (weight * p + (1 - p))  # in this order 1 stays exactly 1

    low, value, high = (at_prior(p) for p in (share.low, share.value, share.high))
    return Estimate(value, low, high, CONFIDENCE, claims, f"Clopper-Pearson, given the claims; prior {prior:g}")


@dataclass(frozen=True)
class GuessCounts:
    """How often an attacker of attributes was right, one entry a patient.

    Attributes:
        found: Codes that were guessed present and are.
        present: Codes that are present among those to be guessed.
        claimed: Codes that were guessed present.
        right: Other values that were guessed right.
        asked: Other values that were to be guessed.
    """

    found: np.ndarray
    present: np.ndarray
    claimed: np.ndarray
    right: np.ndarray
    asked: np.ndarray


def hits(side: AttributeGuesses, spread: np.ndarray) -> GuessCounts:
    """Count an attacker's right guesses by patient; numbers are right within ``spread``, shape ``(p,)``."""
    true, claimed, asked = side.targets.codes > 0, side.claimed_codes(), side.asked_codes()
    counts = [claimed & true, asked & true, claimed, side.right_rest(spread), side.asked_rest()]
    _, owner = np.unique(side.targets.patients, return_inverse=True)
    return GuessCounts(*(np.bincount(owner, weights=count.sum(axis=1)) for count in counts))


def attribute(
    label: RowTemplate,
    members: AttributeGuesses,
    holdout: AttributeGuesses,
    baseline: AttributeGuesses | None,
    columns: Columns,
) -> list[Row]:
    """Grade an attacker of attributes; only what it knows of members beyond holdout patients is their loss."""
    said = {"members": members, "holdout": holdout} | ({"baseline": baseline} if baseline is not None else {})
    counted = {name: hits(side, columns.spread) for name, side in said.items()}
    rows: list[Row] = []
    for name, part in _RATES.items():
        rows += _sides(label, name, {side: part(found) for side, found in counted.items()}, {})
    for name, measured, chance in secondary_metrics(members, holdout, baseline, columns):
        rows += _sides(label, name, measured, chance)
    return rows


def _sides(
    label: RowTemplate, name: str, measured: Mapping[str, Measurement], chance: Mapping[str, float]
) -> list[Row]:
    """Return a statistic of members, holdout and baseline, and what the first two differ from the next by."""
    rates = [rate for rate in measured.values() if not isinstance(rate, NotMeasured)]
    if not rates:  # said once; of a kind of column that the table has not, nothing is said
        reason = next(iter(measured.values()))
        return [label.row(f"leakage_{name}", reason, chance=0.0)] if reason is NO_CODE else []
    rows = [label.row(name, rate, part=side, chance=chance.get(side)) for side, rate in measured.items()]
    rows.append(label.row(f"leakage_{name}", _minus(measured["members"], measured["holdout"]), chance=0.0))
    if "baseline" in measured:
        rows.append(label.row(f"imputation_{name}", _minus(measured["holdout"], measured["baseline"]), chance=0.0))
    return rows


def reidentification(label: RowTemplate, members: np.ndarray, holdout: np.ndarray) -> list[Row]:
    """Grade tries against either side: what succeeds on strangers as often is nobody's loss.

    Tries that are chances, one a patient, have a mean in place of a rate.
    """
    label = replace(label, members=len(members), holdout=len(holdout))
    rates = [_success(side) for side in (members, holdout)]
    rows = [label.row("success", rate, part=side) for rate, side in zip(rates, ("members", "holdout"), strict=True)]
    rows.append(label.row("excess", _minus(*rates), chance=0.0))
    residual: Measurement = NotMeasured("the attacker saw nothing worth a try")
    if isinstance(rates[0], Estimate) and isinstance(rates[1], Estimate):
        certain = rates[1].value >= 1.0
        reason = "every try succeeds on strangers too, so nothing is left to measure"
        residual = NotMeasured(reason) if certain else differences.residual_risk(rates[0], rates[1])
    return [*rows, label.row("residual_risk", residual, chance=0.0)]


def _success(tries: np.ndarray) -> Measurement:
    if not len(tries):
        return NotMeasured("the attacker saw nothing worth a try")
    if tries.dtype == np.bool_:
        return intervals.binomial(int(tries.sum()), len(tries), confidence=CONFIDENCE)
    return intervals.clustered_rate(tries, np.ones(len(tries)), confidence=CONFIDENCE)


def _minus(left: Measurement, right: Measurement) -> Measurement:
    if isinstance(left, NotMeasured):
        return left
    return right if isinstance(right, NotMeasured) else differences.difference(left, right)


_RATES: dict[str, Callable[[GuessCounts], Measurement]] = {
    "sensitivity": lambda side: _rate(side.found, side.present, "no target has a code to be guessed"),
    "precision": lambda side: _rate(side.found, side.claimed, "the attacker guessed no code"),
    "f1": lambda side: _rate(2 * side.found, side.claimed + side.present, "no code to be guessed and none guessed"),
    "accuracy": lambda side: _rate(side.right, side.asked, "no other column to be guessed"),
}


def _rate(successes: np.ndarray, trials: np.ndarray, otherwise: str) -> Measurement:
    if not trials.sum():
        return NotMeasured(otherwise)
    return intervals.clustered_rate(successes, trials, confidence=CONFIDENCE)
