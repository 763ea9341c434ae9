"""The best of several attacks against an epsilon: levels with a choice that is paid for, power, and p-values."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom, norm

from synthaudit.audit.statistics import NotMeasured
from synthaudit.audit.statistics.best_attack_bound import EpsilonBound, multi_run_bound, one_run_bound
from synthaudit.audit.statistics.epsilon import gdp_epsilon

COINS = 240


def most(rate: float, trials: int) -> int:
    """Return the count that a true rate of ``rate`` exceeds once in a thousand times."""
    return int(binom.isf(1e-3, trials, rate))


def response(epsilon: float, seed: int, *, useless: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of randomised response, the tightest of all mechanisms, among useless ones; and the coins."""
    rng = np.random.default_rng(seed)
    coins = rng.random(COINS) < 0.5
    said = np.where(rng.random(COINS) < expit(epsilon), coins, ~coins)
    return np.vstack([rng.random((useless, COINS)), said]), coins


def refuted(found: EpsilonBound | NotMeasured) -> EpsilonBound:
    assert isinstance(found, EpsilonBound)
    return found


# 80 audits each: a true error rate of 5 % shows more than most(.05) once in a thousand.
@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("epsilon", [0.0, 1.0])
def test_choosing_attack_and_rule_is_paid_for(epsilon: float, paired: bool) -> None:
    runs, above, low_p = 80, 0, 0
    for seed in range(runs):
        scores, coins = response(epsilon, seed)
        if paired:  # the sign says which of the two, the size how sure
            scores = np.vstack([scores[:-1] - 0.5, 2 * scores[-1:] - 1])
        found = refuted(one_run_bound(scores, coins, delta=0, claim=epsilon, paired=paired, seed=seed))
        above += found.bound.value > epsilon
        low_p += found.p_value is not None and found.p_value <= 0.05
    assert above <= most(0.05, runs)
    assert low_p <= most(0.05, runs)


def test_the_naive_choice_is_not_valid() -> None:
    # What this module replaces: the best of 5 useless attacks over all numbers of guesses, each judged as if alone.
    from synthaudit.audit.statistics import one_run

    wrong = 0
    for seed in range(40):
        scores, coins = response(0.0, seed)
        bounds = []
        for row in scores:
            right = coins[np.argsort(-row)]
            bounds += [
                one_run.one_run_epsilon(COINS, k, int(right[:k].sum()), delta=0).value for k in range(5, COINS // 2, 5)
            ]
        wrong += max(bounds) > 0
    assert wrong > most(0.05, 40)


def test_a_useful_attack_among_useless_ones_is_found() -> None:
    values = [refuted(one_run_bound(*response(3.0, seed), delta=0, seed=seed)).bound.value for seed in range(20)]
    # 240 guesses, 95 % right, half of them judged at half the level: about 1.9 is what that shows.
    assert min(values) > 1.0
    assert max(values) <= 3.0


def test_bound_and_p_value_say_the_same() -> None:
    for seed in range(8):
        scores, coins = response(1.5, seed)
        for claim in (0.3, 0.8, 1.2):
            found = refuted(one_run_bound(scores, coins, delta=1e-6, claim=claim, seed=seed))
            assert found.p_value is not None
            assert (found.bound.value > claim) == (found.p_value < 0.05)


def test_a_gaussian_claim_is_judged_in_mu() -> None:
    # Each coin in a Gaussian mechanism of its own: 2-GDP each. Claims of mu 2 stand, of mu 0.4 do not.
    delta, fell = 1e-5, 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        coins = rng.random(400) < 0.5
        scores = 2.0 * coins + rng.standard_normal(400)
        true = refuted(one_run_bound(scores, coins, delta=delta, claim=2.0, gaussian=True, seed=seed))
        false = refuted(one_run_bound(scores, coins, delta=delta, claim=0.4, gaussian=True, seed=seed))
        assert true.bound.value <= gdp_epsilon(2.0, delta=delta)
        assert true.p_value is not None
        assert false.p_value is not None
        assert true.p_value > 0.05
        fell += false.p_value <= 0.05
    assert fell == 6


def test_trainings_hold_their_level_for_the_tightest_mechanism() -> None:
    # 120 audits of 60 + 60 trainings of a 1-GDP mechanism whose score is its output, among useless attacks.
    runs, above, claims = 120, 0, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        inside, outside = rng.standard_normal((2, 4, 60))
        inside[2] += 1.0
        found = refuted(multi_run_bound(inside, outside, delta=1e-5, claim=1.0, gaussian=True, seed=seed))
        above += found.bound.value > 1.0
        claims += found.p_value is not None and found.p_value <= 0.05
    assert above <= most(0.05, runs)
    assert claims <= most(0.05, runs)


def test_trainings_refute_a_false_claim_with_the_power_that_the_counts_give() -> None:
    # True mu 4, claimed 1: at the best cut 2.3 % err on both sides, which 100 + 100 judged trainings show as about 3.
    fell = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        outside = rng.standard_normal((1, 200))
        found = refuted(
            multi_run_bound(rng.standard_normal((1, 200)) + 4, outside, delta=1e-5, claim=1.0, gaussian=True, seed=seed)
        )
        fell += found.p_value is not None and found.p_value <= 1e-3
        assert found.bound.value <= 4.0
        assert found.bound.ceiling is not None
        assert found.bound.value <= found.bound.ceiling
    assert fell == 20


def test_epsilon_of_trainings_is_never_above_what_rates_allow() -> None:
    # Randomised response in trainings, epsilon 1: exact, 100 audits of 50 + 50.
    above = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        inside = (rng.random((1, 50)) < expit(1.0)).astype(float)
        outside = (rng.random((1, 50)) < expit(-1.0)).astype(float)
        above += refuted(multi_run_bound(inside, outside, delta=0.0, seed=seed)).bound.value > 1.0
    assert above <= most(0.05, 100)


def test_what_cannot_be_said_is_not_said() -> None:
    few = one_run_bound(np.zeros((1, 15)), np.arange(15) % 2 == 0, delta=0)
    assert isinstance(few, NotMeasured)
    assert "at least 16 coins" in few.reason
    unfair = one_run_bound(np.zeros((1, 100)), np.arange(100) < 90, delta=0)
    assert isinstance(unfair, NotMeasured)
    assert "fair coins" in unfair.reason
    lopsided = multi_run_bound(np.zeros((1, 30)), np.zeros((1, 7)), delta=0)
    assert isinstance(lopsided, NotMeasured)
    tied = refuted(one_run_bound(np.zeros((2, 100)), np.arange(100) % 2 == 0, delta=0, claim=0.0))
    assert tied.bound.value == 0.0


def test_rejects_scores_that_are_no_numbers_or_fit_nothing() -> None:
    coins = np.arange(40) % 2 == 0
    with pytest.raises(ValueError, match="expected numbers of shape"):
        one_run_bound(np.full((1, 40), np.nan), coins, delta=0)
    with pytest.raises(ValueError, match="expected numbers of shape"):
        one_run_bound(np.zeros((1, 39)), coins, delta=0)
    with pytest.raises(ValueError, match="same attacks"):
        multi_run_bound(np.zeros((1, 30)), np.zeros((2, 30)), delta=0)
    with pytest.raises(ValueError, match="delta"):
        one_run_bound(np.zeros((1, 40)), coins, delta=1.0)


def test_a_paired_attacker_abstains_where_scores_agree() -> None:
    # 30 pairs differ and are told right, 970 do not differ at all: the bound is that of about 15 judged guesses.
    rng = np.random.default_rng(5)
    first = rng.random(1000) < 0.5
    apart = np.zeros(1000)
    apart[:30] = np.where(first[:30], 1.0, -1.0)
    value = refuted(one_run_bound(apart, first, delta=0, paired=True)).bound.value
    assert 0.5 < value < np.log(0.025 ** (1 / 30) / (1 - 0.025 ** (1 / 30)))


def test_mu_is_what_norm_says() -> None:
    # A sanity check of the cut: with very many trainings the bound comes near the truth.
    rng = np.random.default_rng(1)
    outside = rng.standard_normal((1, 4000))
    found = refuted(multi_run_bound(rng.standard_normal((1, 4000)) + 1.0, outside, delta=1e-5, gaussian=True))
    assert 0.8 < found.bound.value < 1.0
    assert norm.cdf(found.bound.value / 2) < norm.cdf(0.5)
