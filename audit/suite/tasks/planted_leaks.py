"""Positive controls: members' rows planted among the synthetic ones, fewer and fewer, until an attack misses them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured, intervals, roc
from synthaudit.audit.statistics.exact_test import fisher_p
from synthaudit.audit.suite.context.distinctive import Distinctive
from synthaudit.audit.suite.plan import ControlPlan
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate

POWER = 0.8
SIGNIFICANCE = 0.05
GIVE_UP = 6
"""Misses at the start after which a strength is given up: one noticed 4 times in 5 would do so once in 15,000."""

Scores = Callable[[Records, np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""Attack a synthetic table: scores of target members and of target holdout, one per patient."""


@dataclass(frozen=True, eq=False)
class DetectionTest:
    """An attack's own test of "no leak", whose power is measured.

    Attributes:
        attack: Key of the attack.
        claims: Its rules fixed beforehand: label to threshold.
        distinctive: Which targets have a record that no other real patient comes near.
        plan: The ladder.
    """

    attack: str
    claims: Mapping[str, float]
    distinctive: Distinctive
    plan: ControlPlan

    def notices(self, members: np.ndarray, holdout: np.ndarray) -> bool:
        """Whether the attack's own test rejects "no leak" at 5 %, Bonferroni over its ranking and its claims."""
        level = SIGNIFICANCE / (1 + len(self.claims))
        ranked = roc.auc(members, holdout, confidence=CONFIDENCE)
        if isinstance(ranked, Estimate) and ranked.p_value is not None and ranked.p_value <= level:
            return True
        ours, theirs = members[self.distinctive.members], holdout[self.distinctive.holdout]
        counts = [(int((ours >= rule).sum()), int((theirs >= rule).sum())) for rule in self.claims.values()]
        return any(fisher_p(found, matched, len(ours), len(theirs)) <= level for found, matched in counts)


def planted_rows(
    template: RowTemplate,
    test: DetectionTest,
    synthetic: Records,
    members: Records,
    scores: Scores,
    *,
    rng: np.random.Generator,
) -> list[Row]:
    """Plant members' rows at a ladder of strengths and count how often the attack notices.

    Verbatim rows are copies; perturbed rows have each cell redrawn from its synthetic column with a given
    probability.
    """
    plan, attack = test.plan, test.attack
    caught = test.notices(*scores(synthetic, rng))
    unplanted = detection_rate([caught], 1)
    rows = [template.row("detection_rate", unplanted, part=f"{attack}: nothing planted 0", chance=SIGNIFICANCE)]
    for kind, redrawn in (("verbatim", 0.0), ("perturbed", plan.perturbation_rate)):
        rates: list[tuple[float, Estimate]] = []
        for fraction in sorted(plan.planted_fractions):
            if rates and rates[-1][1].value == 1.0:
                break  # stronger leaks are noticed as well
            noticed: list[bool] = []
            while len(noticed) < plan.repeats and (any(noticed) or len(noticed) < GIVE_UP):
                noticed.append(test.notices(*scores(plant(synthetic, members, fraction, redrawn, rng), rng)))
            rate = detection_rate(noticed, plan.repeats)
            rates.append((fraction, rate))
            part = f"{attack}: {kind} {fraction:g}"
            rows.append(template.row("detection_rate", rate, part=part, chance=SIGNIFICANCE, worse="lower"))
        own = NotMeasured("the attack fires before anything is planted: the system leaks by itself")
        rows.append(template.row("smallest_leak", own if caught else _smallest(rates), part=f"{attack}: {kind}"))
    return rows


def plant(synthetic: Records, members: Records, fraction: float, redrawn: float, rng: np.random.Generator) -> Records:
    """Return the synthetic table with a share of its rows replaced by members' rows, each cell redrawn or not.

    A planted row takes a synthetic row's place and id, so that nothing but its content gives it away.
    """
    count = max(1, round(fraction * len(synthetic)))
    gone = rng.choice(len(synthetic), size=count, replace=False)
    leaked = members.take(rng.choice(len(members), size=count, replace=count > len(members)))
    blocks = []
    for real, made in ((leaked.codes, synthetic.codes), (leaked.rest, synthetic.rest)):
        mixed = made.astype(np.result_type(real.dtype, made.dtype), copy=True)
        fresh = made[rng.integers(len(made), size=real.shape), np.arange(real.shape[1])]
        mixed[gone] = np.where(rng.random(real.shape) < redrawn, fresh, real)
        blocks.append(mixed)
    return Records(synthetic.schema, blocks[0], blocks[1], synthetic.patients.copy())


def detection_rate(noticed: list[bool], most: int) -> Estimate:
    """Return how often a leak was noticed, with an exact interval for a series that may have been given up.

    Outcomes are ordered by their number of successes, "given up" first; each bound errs with half of the error
    (Clopper and Pearson's construction, for this rule of stopping instead of none).
    """
    found, tried = sum(noticed), len(noticed)
    if most <= GIVE_UP:
        rate = intervals.binomial(found, tried, confidence=CONFIDENCE)
        if isinstance(rate, NotMeasured):
            raise ValueError("expected at least one planting")
        return rate
    from scipy.optimize import brentq
    from scipy.stats import binom

    tail = (1 - CONFIDENCE) / 2

    def at_most(successes: int, p: float) -> float:
        stopped = (1 - p) ** GIVE_UP
        if successes < 1:
            return stopped if successes == 0 else 0.0
        return float(stopped + binom.cdf(successes, most, p) - stopped * binom.cdf(successes, most - GIVE_UP, p))

    low = brentq(lambda p: 1 - at_most(found - 1, p) - tail, 0, 1) if found else 0.0
    high = brentq(lambda p: at_most(found, p) - tail, 0, 1) if found < most else 1.0
    return Estimate(found / tried, low, high, CONFIDENCE, tried, f"exact; given up after {GIVE_UP} misses at the start")


def _smallest(rates: list[tuple[float, Estimate]]) -> Measurement:
    """Return the smallest planted share that was noticed four times in five, with what the repeats allow to say."""
    enough = [fraction for fraction, rate in rates if rate.value >= POWER]
    if not enough:
        return NotMeasured(f"no planted leak up to {max(f for f, _ in rates):.0%} of the rows was noticed 4 times in 5")
    surely = [fraction for fraction, rate in rates if rate.low >= POWER]
    missed = [fraction for fraction, rate in rates if rate.high < POWER]
    return Estimate(
        value=enough[0],
        low=max([f for f in missed if f <= enough[0]], default=0.0),
        high=surely[0] if surely else float("inf"),
        confidence=CONFIDENCE,
        trials=rates[0][1].trials,
        method="ladder of planted shares; Clopper-Pearson at each",
    )
