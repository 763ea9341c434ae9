"""Refuting an epsilon with the best of several attacks: chosen on a third of the trials, judged on the others.

The choice of attack and of rule looks at the labels of that third only, so that the rest judges it as if it had been
fixed beforehand. Thirds are drawn 51 times and the median counts, each judged at half the significance (Meinshausen,
Meier & Buehlmann, 2009): no seed can be lucky, and the promise holds whatever the attacks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.special import betainc, betaincinv, ndtri

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics import epsilon, one_run
from synthaudit.audit.statistics.estimate import Estimate, NotMeasured
from synthaudit.audit.statistics.guessing_rules import Line, Rules, best_first, centred, ladder_rules, pure_epsilon

SPLITS = 51
CHOOSING = 1 / 3
"""Share of the trials on which attack and rule are chosen; a choice needs fewer than a bound."""

LEAST = 16
"""Trials below which nothing is said."""

STEPS, GRID, LEAST_P = 40, 64, 1e-12
"""Bisections of a p-value's logarithm; levels tried at once where each takes long; the smallest p-value told."""

Bound = Callable[[float], float]
"""Maps a significance to the bound at it."""


@dataclass(frozen=True)
class Refuted:
    """The largest epsilon (or mu) that was refuted.

    Attributes:
        bound: The bound at its confidence.
        p_value: Probability of such success, at most, were the claim true; None where nothing is claimed.
    """

    bound: Estimate
    p_value: float | None = None


def one_training(
    scores: np.ndarray,
    inserted: np.ndarray,
    *,
    delta: float,
    claim: float | None = None,
    paired: bool = False,
    gaussian: bool = False,
    significance: float = 0.05,
    seed: int = 0,
) -> Refuted | NotMeasured:
    """Bound epsilon from the coins of one training (Steinke et al., 2023), with the best of several attacks.

    Args:
        scores: One row an attack, shape ``(attacks, m)``, higher for "inserted". In pairs: the first one's score
            minus the second one's.
        inserted: What the fair and independent coins said, shape ``(m,)``, bool. In pairs: whether the first was in.
        delta: Delta of the claim.
        claim: Claimed epsilon at ``delta``, or claimed mu of a Gaussian mechanism; for the p-value.
        paired: Whether a coin chose between two records. Then the attacker guesses by the sign of the difference
            and abstains where it is small.
        gaussian: Use the Gaussian trade-off curve (Mahloujifar et al., 2025); for mechanisms known to be Gaussian.
        significance: Chance of a bound above the true epsilon.
        seed: Breaks ties and draws the thirds.

    Returns:
        The bound on epsilon and the p-value of the claim; ``NotMeasured`` for too few coins, or coins that cannot
        have been fair.

    Raises:
        ValueError: If shapes or options do not fit, or a score is NaN.
    """
    scores, inserted = np.atleast_2d(np.asarray(scores, dtype=np.float64)), np.asarray(inserted, dtype=bool)
    check_fraction(significance=significance, **({"delta": delta} if gaussian else {}))
    epsilon.check_delta(delta)
    if inserted.ndim != 1 or scores.shape != (len(scores), len(inserted)) or np.isnan(scores).any():
        raise ValueError(f"expected numbers of shape (attacks, {len(inserted)}), got {scores.shape}")
    size, inside = len(inserted), int(inserted.sum())
    if size < LEAST:
        return NotMeasured(f"a bound from one training needs at least {LEAST} coins, got {size}")
    if 2 * betainc(max(inside, size - inside), min(inside, size - inside) + 1, 0.5) < 1e-6:
        return NotMeasured(f"{inside} of {size} coins do not come from fair coins, which the bound rests on")
    bounds, p_values = [], []
    for rng, first in _thirds(size, seed):
        if paired:
            family = [Line.signed_by(row, inserted, rng) for row in scores]
        else:
            family = [Line.from_ends(row, inserted, rng) for row in scores]
            family += [Line.signed_by(centred(row, inserted, first), inserted, rng) for row in scores]
        guesses, correct = _chosen(family, first, significance / 2)
        judged = int((~first).sum())
        bounds.append(_one_run(judged, guesses, correct, delta, gaussian, significance / 2))
        if claim is not None:
            p_values.append(_one_run_p(judged, guesses, correct, delta, claim, gaussian))
    judged = size - round(CHOOSING * size)
    most = _one_run(judged, judged, judged, delta, gaussian, significance / 2)
    told = f"one run ({'Gaussian f-DP' if gaussian else 'Steinke et al.'}), {_chosen_text(len(scores))}"
    bound = epsilon.lower_bound(float(np.median(bounds)), significance, size, told, most)
    return Refuted(bound, _together(p_values))


def many_trainings(
    inside: np.ndarray,
    outside: np.ndarray,
    *,
    delta: float,
    claim: float | None = None,
    gaussian: bool = False,
    significance: float = 0.05,
    seed: int = 0,
) -> Refuted | NotMeasured:
    """Bound epsilon (or mu) from independent trainings with and without a record, with the best of several attacks.

    Args:
        inside: One row an attack, shape ``(attacks, k1)``: scores of the trainings with the record.
        outside: The same without it, shape ``(attacks, k0)``.
        delta: Delta of the claim.
        claim: Claimed epsilon at ``delta``, or claimed mu where ``gaussian``; for the p-value.
        gaussian: Bound mu instead (Nasr et al., 2023); for mechanisms known to be Gaussian.
        significance: Chance of a bound above the truth.
        seed: Draws the thirds.

    Returns:
        The bound, by exact limits of both error rates; ``NotMeasured`` for fewer than 8 trainings a side.

    Raises:
        ValueError: If shapes or options do not fit, or a score is NaN.
    """
    inside, outside = (np.atleast_2d(np.asarray(side, dtype=np.float64)) for side in (inside, outside))
    check_fraction(significance=significance)
    if len(inside) != len(outside) or np.isnan(inside).any() or np.isnan(outside).any():
        raise ValueError("expected the same attacks on both sides and no NaN")
    k1, k0 = inside.shape[1], outside.shape[1]
    if min(k1, k0) < LEAST // 2:
        return NotMeasured(f"a bound from trainings needs {LEAST // 2} with the record and without, got {k1} and {k0}")
    scores, truth = np.concatenate([inside, outside], axis=1), np.arange(k1 + k0) < k1
    bounds, p_values, ceilings = [], [], []
    for _, first in _thirds(k1 + k0, seed, strata=truth):
        attack, threshold = _best_cut(scores[:, first], truth[first], delta, gaussian, significance / 2)
        said = scores[attack, ~first] >= threshold
        own = truth[~first]
        counts = (int((said & own).sum()), int((said & ~own).sum()), int(own.sum()), int((~own).sum()))
        at = partial(_cut_bound, *counts, delta, gaussian)
        bounds.append(at(significance / 2))
        ceilings.append(_cut_bound(counts[2], 0, counts[2], counts[3], delta, gaussian, significance / 2))
        if claim is not None:
            p_values.append(_p_value(at, claim))
    kind = "mu-GDP" if gaussian else "Clopper-Pearson"
    told = f"{kind}, two error rates, {_chosen_text(len(scores))}"
    bound = epsilon.lower_bound(float(np.median(bounds)), significance, k1 + k0, told, float(np.median(ceilings)))
    return Refuted(bound, _together(p_values))


def _chosen_text(attacks: int) -> str:
    return (
        f"{'best of ' + str(attacks) + ' scores and ' if attacks > 1 else ''}rule chosen on a third, median of {SPLITS}"
    )


def _together(p_values: list[float]) -> float | None:
    return min(1.0, 2 * float(np.median(p_values))) if p_values else None


def _thirds(
    size: int, seed: int, *, strata: np.ndarray | None = None
) -> Iterator[tuple[np.random.Generator, np.ndarray]]:
    """Yield random thirds as masks, shape ``(size,)``; of each of two strata where given."""
    groups = [np.arange(size)] if strata is None else [np.flatnonzero(strata), np.flatnonzero(~strata)]
    for child in np.random.SeedSequence(seed).spawn(SPLITS):
        rng = np.random.default_rng(child)
        first = np.zeros(size, dtype=bool)
        for group in groups:
            first[rng.permutation(group)[: round(CHOOSING * len(group))]] = True
        yield rng, first


def _chosen(family: list[Line], first: np.ndarray, level: float) -> tuple[int, int]:
    """Choose attack and number of guesses on ``first``; return guesses made and right ones on the others."""
    size = int(first.sum())
    ends = ladder_rules(size)
    counts = np.unique(ends.top[ends.bottom == 0])
    signs = Rules(counts, np.zeros_like(counts))
    best, chosen = -1.0, (family[0], signs)
    for line in family:
        rules, here = signs if line.signed else ends, line.part(first)
        rule = int(best_first(here, rules, level)[0])
        one = Rules(rules.top[rule : rule + 1], rules.bottom[rule : rule + 1])
        value = float(pure_epsilon(one.guesses, here.correct(one), level)[0])
        if value > best:
            best, chosen = value, (line, one)
    line, rule_of_third = chosen
    judging = line.part(~first)
    # As large a share of the others as of the third; rounded down, so that they never exceed their number.
    one = Rules(*(side * judging.size // size for side in (rule_of_third.top, rule_of_third.bottom)))
    return int(one.guesses[0]), int(judging.correct(one)[0])


def _one_run(canaries: int, guesses: int, correct: int, delta: float, gaussian: bool, level: float) -> float:
    judge = one_run.epsilon_gdp if gaussian else one_run.epsilon
    return judge(canaries, guesses, correct, delta=delta, significance=level).value


def _one_run_p(canaries: int, guesses: int, correct: int, delta: float, claim: float, gaussian: bool) -> float:
    if not gaussian:
        return one_run.p_value(canaries, guesses, correct, epsilon=claim, delta=delta)
    low, high = LEAST_P, 1.0
    for _ in range(2):  # a grid in a grid: the smallest level that refutes, rounded up by less than 1 %
        levels = np.geomspace(low, high, GRID)
        refuted = np.append(one_run.refutes_mu(canaries, guesses, correct, mu=claim, significance=levels[:-1]), True)
        at = int(np.argmax(refuted))
        if at == 0:
            return float(levels[0])
        low, high = float(levels[at - 1]), float(levels[at])
    return high


def _p_value(bound: Bound, claim: float) -> float:
    """Return the smallest significance at which a bound exceeds the claim."""
    return _smallest(lambda level: bound(level) > claim)


def _smallest(refuted: Callable[[float], bool]) -> float:
    low, high = np.log(LEAST_P), 0.0
    if not refuted(1 - 1e-9):
        return 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if refuted(float(np.exp(middle))) else (middle, high)
    return float(np.exp(high))


def _cut_bound(tp: int, fp: int, members: int, holdout: int, delta: float, gaussian: bool, level: float) -> float:
    measured = (
        epsilon.gdp_mu(tp, fp, members, holdout, significance=level)
        if gaussian
        else epsilon.clopper_pearson(tp, fp, members, holdout, delta=delta, significance=level)
    )
    return measured.value if isinstance(measured, Estimate) else 0.0


def _best_cut(scores: np.ndarray, truth: np.ndarray, delta: float, gaussian: bool, level: float) -> tuple[int, float]:
    """Return the attack and the threshold with the largest bound on these trainings; thresholds lie between scores."""
    best, chosen = -np.inf, (0, float(np.inf))
    k1, k0 = int(truth.sum()), int((~truth).sum())
    for attack, row in enumerate(scores):
        values = np.unique(row)
        middles = [(a + b) / 2 if np.isfinite(a) and np.isfinite(b) else b for a, b in pairwise(values)]
        cuts = np.array([values[0], *middles, np.inf])
        tp = (row[truth][None] >= cuts[:, None]).sum(axis=1)  # (cuts,)
        fp = (row[~truth][None] >= cuts[:, None]).sum(axis=1)
        fnr, fpr = _upper(k1 - tp, k1, level / 2), _upper(fp, k0, level / 2)
        if gaussian:
            value = -ndtri(fpr) - ndtri(fnr)
        else:
            value = np.log(np.maximum(np.maximum((1 - delta - fnr) / fpr, (1 - delta - fpr) / fnr), 1e-300))
        at = int(np.argmax(value))
        if value[at] > best:
            best, chosen = float(value[at]), (attack, float(cuts[at]))
    return chosen


def _upper(successes: np.ndarray, trials: int, error: float) -> np.ndarray:
    """Return upper Clopper-Pearson limits, shape of ``successes``."""
    sure = successes >= trials
    limits = betaincinv(successes + 1, np.maximum(trials - successes, 1), 1 - error)
    return np.where(sure, 1.0, np.minimum(limits, 1.0))
