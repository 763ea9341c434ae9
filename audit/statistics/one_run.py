"""One-run bounds: lower bounds on epsilon from one training with randomly inserted canaries.

Each of m canaries is inserted by its own fair coin, the generator is trained once, the attacker scores all canaries
and guesses "inserted" for some, "left out" for others, and abstains on the rest (Steinke, Nasr & Jagielski, 2023).
The bound is valid for every attack and every mechanism, and can be far below the truth: near 0 does not mean private.
Adjacency follows the coin: a canary present or absent is add/remove; one of a pair is replace-one.
"""

from functools import partial
from typing import Literal, Protocol

import numpy as np
from scipy.special import betainc, expit, gammaln, ndtr, ndtri

from synthaudit.audit.errors import check_choice, check_fraction
from synthaudit.audit.statistics.epsilon import check_delta, gdp_epsilon, lower_bound
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.guessing_rules import (
    GuessingRules,
    RankedCanaries,
    equal_count_rules,
    geometric_rules,
    hull_rules,
    pure_epsilon,
    rank_rules,
)
from synthaudit.audit.statistics.ranks import as_scores
from synthaudit.audit.statistics.root_finding import bisect, grid_search

Threshold = Literal["split", "multi-split", "all", "hull"]
THRESHOLDS: tuple[Threshold, ...] = ("split", "multi-split", "all", "hull")
SPLITS = 51
GDP_CANDIDATES = 8
# Corners of a hull are the best cuts of all, so their number alone undercharges: with a factor of 1 false certificates
# reach 10 % at 5,000 canaries and epsilon 0, with 4 they stay at 4 %.
HULL_FACTOR = 4


class EpsilonFunction(Protocol):
    """Lower bound on epsilon as a function of the counts, at a fixed delta."""

    def __call__(self, canaries: int, guesses: int, correct: int, *, significance: float) -> float: ...


def one_run_p_value(canaries: int, guesses: int, correct: int, *, epsilon: float, delta: float) -> float:
    """Return a bound on the chance of so many correct guesses under (epsilon, delta)-DP.

    ``beta + 2 m delta alpha`` with ``beta = P[Bin(r, q) >= v]``, ``q = expit(epsilon)`` and
    ``alpha = max_i P[v > Bin(r, q) >= v - i] / i`` (Steinke et al., 2023, theorem 5.2). ``canaries`` counts
    all of them, also those without a guess; how many guesses are made must be fixed before the scores are seen.

    Args:
        canaries: Canaries in all, m.
        guesses: Guesses made, r.
        correct: Guesses that were correct, v.
        epsilon: Claimed epsilon.
        delta: Claimed delta.

    Raises:
        ValueError: Unless 0 <= correct <= guesses <= canaries, epsilon >= 0 and 0 <= delta < 1.
    """
    _check_counts(canaries, guesses, correct)
    check_delta(delta)
    if not 0 <= epsilon < np.inf:
        raise ValueError(f"expected epsilon >= 0, got {epsilon}")
    if correct == 0:
        return 1.0
    chance = float(expit(epsilon))
    beta = float(betainc(correct, guesses - correct + 1, chance))
    if delta == 0:
        return beta
    k = np.arange(correct - 1, -1, -1)  # P[Bin = k] for k = v-1 down to 0, in logarithms
    logs = gammaln(guesses + 1) - gammaln(k + 1) - gammaln(guesses - k + 1)
    logs += k * np.log(chance) + (guesses - k) * np.log(expit(-epsilon))
    alpha = float((np.cumsum(np.exp(logs)) / np.arange(1, correct + 1)).max())
    return min(1.0, beta + 2 * canaries * delta * alpha)


def one_run_epsilon(canaries: int, guesses: int, correct: int, *, delta: float, significance: float = 0.05) -> Estimate:
    """Lower bound on epsilon from one run: the largest epsilon that this many correct guesses refute.

    Args:
        canaries: Canaries in all, m.
        guesses: Guesses made, r; fixed beforehand.
        correct: Guesses that were correct, v.
        delta: Delta of the claim.
        significance: Chance of a bound above the true epsilon.

    Returns:
        The bound; its ceiling is the bound had every guess been correct.

    Raises:
        ValueError: If counts, delta or significance are out of range.
    """
    value = _steinke(canaries, guesses, correct, delta, significance)
    most = _steinke(canaries, guesses, guesses, delta, significance)
    return lower_bound(value, significance, canaries, "one run (Steinke et al.)", most)


def one_run_epsilon_gdp(
    canaries: int, guesses: int, correct: int, *, delta: float, significance: float = 0.05
) -> Estimate:
    """Epsilon at ``delta`` of the largest mu that this many correct guesses refute, if the mechanism is mu-GDP.

    The recursion of Mahloujifar, Melis & Chaudhuri (ICML 2025, algorithm 3) for the Gaussian trade-off curve.
    Epsilon is a label of that curve: report it only for mechanisms known to be Gaussian.

    Args:
        canaries: Canaries in all, m.
        guesses: Guesses made, r; fixed beforehand.
        correct: Guesses that were correct, v.
        delta: Delta at which epsilon is read off, in (0, 1).
        significance: Chance of a bound above the truth.

    Raises:
        ValueError: If counts or significance are out of range, or delta is not in (0, 1).
    """
    check_fraction(delta=delta)
    value = _f_dp(canaries, guesses, correct, delta, significance)
    most = _f_dp(canaries, guesses, guesses, delta, significance)
    return lower_bound(value, significance, canaries, "one run, Gaussian f-DP", most)


def one_run_refutes_mu(canaries: int, guesses: int, correct: int, *, mu: float, significance: np.ndarray) -> np.ndarray:
    """Return at which of these significances so many correct guesses refute mu-Gaussian-DP, bool, same shape.

    Raises:
        ValueError: If counts are out of range.
    """
    _check_counts(canaries, guesses, correct)
    return _refuted(np.full(len(significance), mu), canaries, guesses, correct, significance)


def epsilon_from_scores(
    inserted: np.ndarray,
    left_out: np.ndarray,
    *,
    delta: float,
    significance: float = 0.05,
    threshold: Threshold = "multi-split",
    gdp: bool = False,
    seed: int = 0,
) -> Measurement:
    """Lower bound on epsilon where the number of guesses is chosen from the scores, valid in spite of the choice.

    A rule guesses "inserted" for the top scores and "left out" for the bottom scores.

    - ``"split"`` chooses the rule on half of the canaries and applies it to the other half.
    - ``"multi-split"`` takes the median over 51 such splits at half the significance (Meinshausen, Meier &
      Buehlmann, 2009), so that no seed can be lucky.
    - ``"all"`` divides the significance by the number of rules with equally many or one-sided guesses.
    - ``"hull"`` divides it by four times the number of rules cut at corners of the ROC hull. A heuristic: that
      number depends on the data. False certificates stayed below the level in simulation, but no theorem says so.

    Args:
        inserted: Scores of the canaries whose coin said "in", shape ``(m1,)``.
        left_out: Scores of the others, shape ``(m0,)``. Coins must have been fair and independent.
        delta: Delta of the claim.
        significance: Chance of a bound above the true epsilon.
        threshold: How the rule is chosen.
        gdp: Use ``one_run_epsilon_gdp`` instead of ``one_run_epsilon``.
        seed: Breaks ties and draws the splits.

    Returns:
        The bound; ``NotMeasured`` under 8 canaries, or where the split is one that fair coins give with
        probability below one in a million.

    Raises:
        ValueError: If a score is NaN or an option is out of range.
    """
    check_choice(THRESHOLDS, threshold=threshold)
    check_fraction(significance=significance, **({"delta": delta} if gdp else {}))
    check_delta(delta)
    inserted, left_out = as_scores(inserted=inserted, left_out=left_out)
    m1, m0 = len(inserted), len(left_out)
    if m1 + m0 < 8:
        return NotMeasured(f"a bound from one run needs at least 8 canaries, got {m1 + m0}")
    if 2 * betainc(max(m1, m0), min(m1, m0) + 1, 0.5) < 1e-6:
        return NotMeasured(f"{m1} canaries in and {m0} out did not come from fair coins, which the bound rests on")
    ranked = RankedCanaries.by_score(inserted, left_out, np.random.default_rng(seed))
    bound = partial(_f_dp if gdp else _steinke, delta=delta)
    if threshold in ("split", "multi-split"):
        value, most = _by_split(ranked, bound, significance, SPLITS if threshold == "multi-split" else 1, seed)
    else:
        hull = threshold == "hull"
        rules = hull_rules(ranked, inserted, left_out) if hull else equal_count_rules(ranked.size)
        level = significance / (len(rules.top) * (HULL_FACTOR if hull else 1))
        value, most = _by_bonferroni(ranked, rules, bound, level=level, delta=delta, gdp=gdp)
    kind = "Gaussian f-DP" if gdp else "Steinke et al."
    note = ", heuristic" if threshold == "hull" else ""
    return lower_bound(value, significance, m1 + m0, f"one run ({kind}), {threshold}{note}", most)


def _by_split(
    ranked: RankedCanaries, bound: EpsilonFunction, significance: float, splits: int, seed: int
) -> tuple[float, float]:
    level = significance if splits == 1 else significance / 2
    half = ranked.size // 2
    rules = geometric_rules(half)
    bounds = []
    for child in np.random.SeedSequence(seed).spawn(splits):
        chosen = np.zeros(ranked.size, bool)
        chosen[np.random.default_rng(child).permutation(ranked.size)[:half]] = True
        choice, rest = RankedCanaries(ranked.inserted[chosen]), RankedCanaries(ranked.inserted[~chosen])
        rule = rules.rule(int(rank_rules(choice, rules, level)[0]))
        # Only the number of guesses is carried over, so that it is fixed for the other half.
        bounds.append(bound(rest.size, int(rule.guesses[0]), int(rest.correct(rule)[0]), significance=level))
    size = ranked.size - half
    # The lower median: at least half of the splits reach it.
    return sorted(bounds)[(splits - 1) // 2], bound(size, half, half, significance=level)


def _by_bonferroni(
    ranked: RankedCanaries, rules: GuessingRules, bound: EpsilonFunction, *, level: float, delta: float, gdp: bool
) -> tuple[float, float]:
    size, guesses, correct = ranked.size, rules.guesses, ranked.correct(rules)
    limits = pure_epsilon(guesses, correct, level)
    # alpha >= P[Bin < v] / v, so fewer correct guesses than this cannot get below the level at any epsilon.
    hopeless = correct < (0 if gdp else 2 * size * delta * (1 - level) / level)
    best = 0.0
    for rank, rule in enumerate(rank_rules(ranked, rules, level)):
        # Delta only lowers a bound, so the pure one says when to stop. No such order exists for f-DP, but any part
        # of a family that the correction covers in full may be looked at.
        if rank >= GDP_CANDIDATES if gdp else limits[rule] <= best:
            break
        if not hopeless[rule]:
            best = max(best, bound(size, int(guesses[rule]), int(correct[rule]), significance=level))
    most = int(guesses.max())
    return best, bound(size, most, most, significance=level)


def _steinke(canaries: int, guesses: int, correct: int, delta: float, significance: float) -> float:
    _check_counts(canaries, guesses, correct)
    check_delta(delta)
    check_fraction(significance=significance)
    high = float(pure_epsilon(np.array([guesses]), np.array([correct]), significance)[0])
    if delta == 0 or high == 0:
        return high

    def compatible(epsilon: float) -> bool:
        return not one_run_p_value(canaries, guesses, correct, epsilon=epsilon, delta=delta) < significance

    return 0.0 if compatible(0.0) else bisect(compatible, 0.0, high)[0]


def _f_dp(canaries: int, guesses: int, correct: int, delta: float, significance: float) -> float:
    """Return the epsilon at delta of the largest refuted mu, looked for up to 40."""
    _check_counts(canaries, guesses, correct)
    check_fraction(significance=significance)

    def compatible(mu: np.ndarray) -> np.ndarray:
        return np.asarray(~_refuted(mu, canaries, guesses, correct, significance))

    return gdp_epsilon(grid_search(compatible, 0.0, 40.0, rounds=5)[0], delta=delta)


def _refuted(mu: np.ndarray, canaries: int, guesses: int, correct: int, significance: float | np.ndarray) -> np.ndarray:
    """Return which mu are refuted: the recursion leaves more mass than there are guesses. Shape of ``mu``."""
    right = np.broadcast_to(significance, mu.shape) * (correct / canaries)
    wrong = np.broadcast_to(significance, mu.shape) * ((guesses - correct) / canaries)
    for i in range(correct - 1, -1, -1):
        grown = np.maximum(wrong, ndtr(ndtri(right) - mu))
        if np.array_equal(grown, wrong):
            break
        right = np.minimum(1.0, right + i / (guesses - i) * (grown - wrong))
        wrong = grown
    return np.asarray(right + wrong > guesses / canaries)


def _check_counts(canaries: int, guesses: int, correct: int) -> None:
    if not 0 <= correct <= guesses <= canaries or canaries < 1:
        raise ValueError(f"expected 0 <= correct <= guesses <= canaries, got {correct}, {guesses}, {canaries}")
