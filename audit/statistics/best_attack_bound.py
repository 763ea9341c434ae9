"""Lower bounds on epsilon by the best of several attacks: chosen on a third of the trials, applied to the others.

The choice of attack and of rule looks at the labels of that third only, so that the bound of the others is valid as if
it had been fixed beforehand. The split is repeated 51 times and the median counts, each at half the significance
(Meinshausen, Meier & Buehlmann, JASA 104, 2009): no seed can be lucky, and the bound is valid whatever the attacks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import betainc

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics import epsilon, one_run
from synthaudit.audit.statistics.attack_choice import CHOICE_SHARE, SPLITS, best_guesses, best_threshold, random_thirds
from synthaudit.audit.statistics.estimate import Estimate, NotMeasured
from synthaudit.audit.statistics.guessing_rules import RankedGuesses, centre_on_best_threshold
from synthaudit.audit.statistics.root_finding import bisect, grid_search

MIN_TRIALS = 16
MIN_P_VALUE = 1e-12
"""Smallest p-value that is looked for."""


@dataclass(frozen=True)
class EpsilonBound:
    """A lower bound on epsilon (or mu), and how improbable the claim makes it.

    Attributes:
        bound: The bound at its confidence.
        p_value: Probability, at most, of such success if the claim were true; None without a claim.
    """

    bound: Estimate
    p_value: float | None = None


def one_run_bound(
    scores: np.ndarray,
    inserted: np.ndarray,
    *,
    delta: float,
    claim: float | None = None,
    paired: bool = False,
    gaussian: bool = False,
    significance: float = 0.05,
    seed: int = 0,
) -> EpsilonBound | NotMeasured:
    """Lower bound on epsilon from canaries of one training (Steinke et al., 2023), by the best of several attacks.

    Args:
        scores: One row per attack, shape ``(attacks, m)``, higher for "inserted". In pairs: the first one's score
            minus the second one's.
        inserted: Which canaries fair and independent coins inserted, shape ``(m,)``, bool. In pairs: whether the
            first was inserted.
        delta: Delta of the claim.
        claim: Claimed epsilon at ``delta``, or claimed mu of a Gaussian mechanism; for the p-value.
        paired: Whether a coin chose between two records. Then the attacker guesses by the sign of the difference
            and abstains where it is small.
        gaussian: Use the Gaussian trade-off curve (Mahloujifar et al., 2025); for mechanisms known to be Gaussian.
        significance: Chance of a bound above the true epsilon.
        seed: Breaks ties and draws the splits.

    Returns:
        The bound on epsilon and the p-value of the claim; ``NotMeasured`` for fewer than 16 coins, or coins that
        cannot have been fair.

    Raises:
        ValueError: If shapes or options do not fit, or a score is NaN.
    """
    scores, inserted = np.atleast_2d(np.asarray(scores, dtype=np.float64)), np.asarray(inserted, dtype=bool)
    check_fraction(significance=significance, **({"delta": delta} if gaussian else {}))
    epsilon.check_delta(delta)
    if inserted.ndim != 1 or scores.shape != (len(scores), len(inserted)) or np.isnan(scores).any():
        raise ValueError(f"expected numbers of shape (attacks, {len(inserted)}), got {scores.shape}")
    size, inside = len(inserted), int(inserted.sum())
    if size < MIN_TRIALS:
        return NotMeasured(f"a bound from one training needs at least {MIN_TRIALS} coins, got {size}")
    if 2 * betainc(max(inside, size - inside), min(inside, size - inside) + 1, 0.5) < 1e-6:
        return NotMeasured(f"{inside} of {size} coins do not come from fair coins, which the bound rests on")
    bounds, p_values = [], []
    epsilon_at = partial(_epsilon_from_counts, delta=delta, gaussian=gaussian, significance=significance / 2)
    for rng, first in random_thirds(size, seed):
        if paired:
            candidates = [RankedGuesses.from_signs(row, inserted, rng) for row in scores]
        else:
            candidates = [RankedGuesses.from_scores(row, inserted, rng) for row in scores]
            centred = [centre_on_best_threshold(row, inserted, first) for row in scores]
            candidates += [RankedGuesses.from_signs(row, inserted, rng) for row in centred]
        guesses, correct = best_guesses(candidates, first, significance / 2)
        rest = int((~first).sum())
        bounds.append(epsilon_at(rest, guesses, correct))
        if claim is not None:
            p_values.append(_claim_p_value(rest, guesses, correct, delta=delta, claim=claim, gaussian=gaussian))
    rest = size - round(CHOICE_SHARE * size)
    method = f"one run ({'Gaussian f-DP' if gaussian else 'Steinke et al.'}), {_choice_text(len(scores))}"
    most = epsilon_at(rest, rest, rest)
    bound = epsilon.lower_bound(float(np.median(bounds)), significance, size, method, most)
    return EpsilonBound(bound, _median_p_value(p_values))


def multi_run_bound(
    inside: np.ndarray,
    outside: np.ndarray,
    *,
    delta: float,
    claim: float | None = None,
    gaussian: bool = False,
    significance: float = 0.05,
    seed: int = 0,
) -> EpsilonBound | NotMeasured:
    """Lower bound on epsilon (or mu) from trainings with and without a record, by the best of several attacks.

    Args:
        inside: One row per attack, shape ``(attacks, k1)``: scores of the independent trainings with the record.
        outside: The same without it, shape ``(attacks, k0)``.
        delta: Delta of the claim.
        claim: Claimed epsilon at ``delta``, or claimed mu where ``gaussian``; for the p-value.
        gaussian: Bound mu instead (Nasr et al., 2023); for mechanisms known to be Gaussian.
        significance: Chance of a bound above the truth.
        seed: Draws the splits.

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
    if min(k1, k0) < MIN_TRIALS // 2:
        return NotMeasured(
            f"a bound from trainings needs {MIN_TRIALS // 2} with the record and without, got {k1} and {k0}"
        )
    scores, truth = np.concatenate([inside, outside], axis=1), np.arange(k1 + k0) < k1
    bounds, p_values, ceilings = [], [], []
    for _, first in random_thirds(k1 + k0, seed, strata=truth):
        attack, threshold = best_threshold(
            scores[:, first], truth[first], delta=delta, gaussian=gaussian, level=significance / 2
        )
        positive, member = scores[attack, ~first] >= threshold, truth[~first]
        tp, fp = int((positive & member).sum()), int((positive & ~member).sum())
        members, holdout = int(member.sum()), int((~member).sum())
        bound_at = partial(_threshold_bound, tp, fp, members, holdout, delta=delta, gaussian=gaussian)
        bounds.append(bound_at(significance=significance / 2))
        ceilings.append(
            _threshold_bound(
                members, 0, members, holdout, delta=delta, gaussian=gaussian, significance=significance / 2
            )
        )
        if claim is not None:
            p_values.append(_smallest_level(bound_at, claim))
    kind = "mu-GDP" if gaussian else "Clopper-Pearson"
    method = f"{kind}, two error rates, {_choice_text(len(scores))}"
    bound = epsilon.lower_bound(float(np.median(bounds)), significance, k1 + k0, method, float(np.median(ceilings)))
    return EpsilonBound(bound, _median_p_value(p_values))


def _choice_text(attacks: int) -> str:
    best = f"best of {attacks} scores and " if attacks > 1 else ""
    return f"{best}rule chosen on a third, median of {SPLITS}"


def _median_p_value(p_values: list[float]) -> float | None:
    return min(1.0, 2 * float(np.median(p_values))) if p_values else None


def _epsilon_from_counts(
    canaries: int, guesses: int, correct: int, *, delta: float, gaussian: bool, significance: float
) -> float:
    bound = one_run.one_run_epsilon_gdp if gaussian else one_run.one_run_epsilon
    return bound(canaries, guesses, correct, delta=delta, significance=significance).value


def _claim_p_value(canaries: int, guesses: int, correct: int, *, delta: float, claim: float, gaussian: bool) -> float:
    if not gaussian:
        return one_run.one_run_p_value(canaries, guesses, correct, epsilon=claim, delta=delta)

    def refuted(levels: np.ndarray) -> np.ndarray:
        return one_run.one_run_refutes_mu(canaries, guesses, correct, mu=claim, significance=levels)

    # A grid in a grid: the smallest level that refutes, rounded up by less than 1 %.
    return grid_search(refuted, MIN_P_VALUE, 1.0, rounds=2, spacing=np.geomspace)[1]


def _smallest_level(bound_at: Callable[..., float], claim: float) -> float:
    """Return the smallest significance whose bound exceeds the claim, which is its p-value; 1 if there is none."""
    if not bound_at(significance=1 - 1e-9) > claim:
        return 1.0

    def refuted(log: float) -> bool:
        return bound_at(significance=float(np.exp(log))) > claim

    return float(np.exp(bisect(refuted, np.log(MIN_P_VALUE), 0.0, steps=40)[1]))


def _threshold_bound(
    tp: int, fp: int, members: int, holdout: int, *, delta: float, gaussian: bool, significance: float
) -> float:
    measured = (
        epsilon.gdp_mu(tp, fp, members, holdout, significance=significance)
        if gaussian
        else epsilon.clopper_pearson(tp, fp, members, holdout, delta=delta, significance=significance)
    )
    return measured.value if isinstance(measured, Estimate) else 0.0
