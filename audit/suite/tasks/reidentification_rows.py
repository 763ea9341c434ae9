"""From attempts at single patients to rows: success on members, on holdout patients, and what lies between.

Holdout patients are the control: what succeeds on them as often owes nothing to the training data. Intervals count
patients. An attempt at one patient is one trial; a predicate is one trial only as far as it describes other patients
than the other predicates do. How far it does is measured by dealing the patients of both sides out to two sides at
random: the variance of the difference over such deals, against that of independent trials, divides their number.
"""

from dataclasses import replace

import numpy as np

from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, differences, intervals
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate

PRECISION = 0.05
"""Difference in success that the attempts must be able to settle, for "no leak" to be said of an attack."""

SETTLED = 1.645 + 1.96
"""Standard deviations from that difference: 95 % certainty, missed by 1 in 40 attacks without a leak."""

SURELY = 0.01
"""P-value below which a leak is shown by attempts that are too few to settle anything else."""

DEALS = 400
"""Random deals of all patients to two sides."""

NOTHING = "the attacker saw nothing worth an attempt"


def grade_reidentification(
    template: RowTemplate, members: np.ndarray, holdout: np.ndarray, *, wanted: int | None = None
) -> list[Row]:
    """Grade attempts at patients of either side, one attempt per patient.

    Tries that are chances have a mean in place of a rate.

    Args:
        template: What all rows have in common.
        members: Whether each attempt at a member succeeded, or its chance.
        holdout: Likewise for holdout patients.
        wanted: Attempts wanted, where there may be fewer.
    """
    return _rows(template, (_success(members), _success(holdout)), (len(members), len(holdout)), wanted)


def grade_predicates(
    template: RowTemplate, members: np.ndarray, holdout: np.ndarray, *, wanted: int, seed: int
) -> list[Row]:
    """Grade predicates, each of which singles a patient out if it describes exactly one.

    Args:
        template: What all rows have in common.
        members: Which members each predicate describes, shape ``(patients, attempts)``, bool.
        holdout: Likewise for as many holdout patients.
        wanted: Predicates wanted.
        seed: Seed of the deals.
    """
    attempts = members.shape[1]
    singled = [(side.sum(axis=0) == 1).mean() if attempts else 0.0 for side in (members, holdout)]
    trials = attempts / shared_luck(members, holdout, seed=seed) if attempts else 0.0
    rates = [_discounted(float(rate), trials, attempts) for rate in singled]
    return _rows(template, (rates[0], rates[1]), (attempts, attempts), wanted)


def shared_luck(members: np.ndarray, holdout: np.ndarray, *, seed: int) -> float:
    """Return by how much predicates that describe the same patients widen the difference's variance; at least 1.

    Args:
        members: Which members each predicate describes, shape ``(patients, attempts)``, bool.
        holdout: Likewise for as many holdout patients.
        seed: Seed of the deals.
    """
    described = np.concatenate([members, holdout])
    described = described[described.any(axis=1)].astype(np.float32)
    patients, attempts = described.shape
    rng = np.random.default_rng(seed)
    first = (rng.random((DEALS, len(members) + len(holdout))).argsort(axis=1) < len(members))[:, :patients]
    counts = first.astype(np.float32) @ described  # (deals, attempts); exact, since counts are far below 2^24
    sides = [(side == 1).mean(axis=1) for side in (counts, described.sum(axis=0) - counts)]
    alone = sum(rate.mean() * (1 - rate.mean()) for rate in sides) / max(attempts, 1)
    together = float(((sides[0] - sides[1]) ** 2).mean())
    return max(together / float(alone), 1.0) if alone > 0 else 1.0


def _rows(
    template: RowTemplate, rates: tuple[Measurement, Measurement], attempts: tuple[int, int], wanted: int | None
) -> list[Row]:
    template = replace(template, members=attempts[0], holdout=attempts[1])
    rows = [template.row("success", rate, part=side) for rate, side in zip(rates, ("members", "holdout"), strict=True)]
    excess: Measurement = NotMeasured(NOTHING)
    residual: Measurement = NotMeasured(NOTHING)
    if isinstance(rates[0], Estimate) and isinstance(rates[1], Estimate):
        excess = differences.difference(rates[0], rates[1])
        reason = "every attempt succeeds on strangers too, so nothing is left to measure"
        residual = NotMeasured(reason) if rates[1].value >= 1 else differences.residual_risk(rates[0], rates[1])
        rated = "Korn" not in rates[1].method  # a mean of chances is told as it is
        if rated and (problem := _too_few(rates[1], excess, attempts[0], wanted)):
            excess, residual = NotMeasured(problem), NotMeasured(problem)
    rows.append(template.row("excess", excess, chance=0.0))
    return [*rows, template.row("residual_risk", residual, chance=0.0)]


def _too_few(holdout: Estimate, excess: Estimate, attempts: int, wanted: int | None) -> str | None:
    """Return why these attempts settle nothing, or None if they do, or if they show a leak.

    The spread is that of two sides that succeed as often as the holdout does, seen from its upper bound's half.
    """
    half = (holdout.high - holdout.low) / 2 / intervals.normal_quantile(holdout.confidence)
    if half * np.sqrt(2) * SETTLED <= PRECISION or (excess.p_value is not None and excess.p_value <= SURELY):
        return None
    made = (
        f"{attempts} attempts"
        if wanted is None or attempts >= wanted
        else f"{attempts} of the {wanted} attempts asked for"
    )
    return f"{made} could be made, too few to settle a difference of {PRECISION:.0%}, and they show no leak"


def _success(attempts: np.ndarray) -> Measurement:
    if not len(attempts):
        return NotMeasured(NOTHING)
    if attempts.dtype == np.bool_:
        return intervals.binomial(int(attempts.sum()), len(attempts), confidence=CONFIDENCE)
    return intervals.clustered_rate(attempts, np.ones(len(attempts)), confidence=CONFIDENCE)


def _discounted(rate: float, trials: float, attempts: int) -> Measurement:
    if not attempts:
        return NotMeasured(NOTHING)
    tail = (1 - CONFIDENCE) / 2
    low, high = intervals.exact_bounds(rate * trials, trials, lower_error=tail, upper_error=tail)
    method = "Clopper-Pearson; trials discounted for patients described together"
    return Estimate(rate, min(low, rate), max(high, rate), CONFIDENCE, attempts, method)
