"""Bounds from one training run with canaries, each alone in a private column and inserted by its own fair coin."""

import numpy as np
import pytest
from known_systems import NoisyMarginal, RandomisedPresence, codes, most
from scipy.special import betaincinv, expit, logit
from scipy.stats import norm

from synthaudit.audit.protocols import Generator
from synthaudit.audit.statistics import Estimate, epsilon, one_run


def trained(system: Generator, canaries: int, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of inserted and of left-out canaries: how often the release shows their codes."""
    inserted = np.random.default_rng([seed, 7]).random(canaries) < 0.5
    pool = codes(np.eye(canaries, dtype=np.uint8))
    release = system.fit(pool.take(inserted), seed=seed).sample(rows, seed=seed)
    scores = release.codes.sum(axis=0, dtype=int).astype(float)
    return scores[inserted], scores[~inserted]


# 250 trainings: a true error rate of 5 % shows more than most(.05) bounds above the truth once in a thousand.
@pytest.mark.parametrize("eps", [0.0, 1.0, 3.0])
def test_randomised_presence_is_bounded_at_the_level_and_tightly(eps: float) -> None:
    canaries, runs = 1_000, 250
    system, found, right = RandomisedPresence(eps), [], 0
    for seed in range(runs):
        inside, outside = trained(system, canaries, 1, seed)
        # One row tells all; every canary is guessed, so nothing was chosen from the scores.
        correct = int((inside == 1).sum() + (outside == 0).sum())
        right += correct
        found.append(one_run.one_run_epsilon(canaries, canaries, correct, delta=0).value)
    accuracy = float(expit(eps))
    assert abs(right / (runs * canaries) - accuracy) <= 4 * np.sqrt(accuracy * (1 - accuracy) / (runs * canaries))
    assert np.count_nonzero(np.array(found) > eps + 1e-9) <= most(0.05, runs)
    if eps:
        # Local randomised response is where one run loses nothing: the bound is the logit of an exact limit.
        correct = round(canaries * accuracy)
        limit = float(logit(betaincinv(correct, canaries - correct + 1, 0.05)))
        spread = 1 / np.sqrt(canaries * accuracy * (1 - accuracy))
        assert abs(np.mean(found) - limit) <= 4 * spread / np.sqrt(runs) + 0.02 * spread
        assert limit > 0.8 * eps


@pytest.mark.parametrize("threshold", one_run.THRESHOLDS)
@pytest.mark.parametrize("eps", [0.0, 1.0])
def test_thresholds_chosen_from_the_scores_are_paid_for(threshold: one_run.Threshold, eps: float) -> None:
    # 200 trainings, 40 where 51 splits are judged; the pure mechanism, where the truth is one number.
    system, canaries, runs = RandomisedPresence(eps), 200, 40 if threshold == "multi-split" else 200
    found = []
    for seed in range(runs):
        bound = one_run.epsilon_from_scores(*trained(system, canaries, 1, seed), delta=0, threshold=threshold)
        assert isinstance(bound, Estimate)
        found.append(bound.value)
    assert np.count_nonzero(np.array(found) > eps + 1e-9) <= most(0.05, runs)
    # A bound that is always 0 would be valid as well.
    assert np.mean(found) >= 0.1 * eps


def test_a_gaussian_curve_is_bounded_at_the_level_and_more_tightly() -> None:
    canaries, runs, delta = 300, 60, 1e-5
    system = NoisyMarginal(1.0, patients=canaries)
    truth = epsilon.gdp_epsilon(system.true_mu, delta=delta)
    pure, curved = [], []
    for seed in range(runs):
        inside, outside = trained(system, canaries, 4_000, seed)
        half = 4_000 / canaries / 2
        correct = int((inside > half).sum() + (outside <= half).sum())
        pure.append(one_run.one_run_epsilon(canaries, canaries, correct, delta=delta).value)
        curved.append(one_run.one_run_epsilon_gdp(canaries, canaries, correct, delta=delta).value)
    assert np.count_nonzero(np.array(curved) > truth) <= most(0.05, runs)
    assert np.mean(pure) < np.mean(curved) < truth
    # Twice the privacy loss is told from it: no honest audit of mu = 1 reaches what mu = 2 shows at its mean.
    correct = round(canaries * norm.cdf(1.0))
    assert max(curved) < one_run.one_run_epsilon_gdp(canaries, canaries, correct, delta=delta).value


def test_a_quarter_of_the_noise_is_found_out_in_one_training() -> None:
    # Claim mu = 1, truth mu = 4, 300 canaries, all guessed at the threshold half way: 98 % are right, which shows
    # an epsilon of 6.3 against the claim's 4.4. Half the noise (84 %, 2.6) is more than one training can tell.
    canaries, rows, runs, delta = 300, 18_000, 40, 1e-5
    system = NoisyMarginal(1.0, added=0.25, patients=canaries)
    claim, truth = (epsilon.gdp_epsilon(mu, delta=delta) for mu in (system.claimed_mu, system.true_mu))
    found = []
    for seed in range(runs):
        inside, outside = trained(system, canaries, rows, seed)
        half = rows / canaries / 2
        correct = int((inside > half).sum() + (outside <= half).sum())
        found.append(one_run.one_run_epsilon_gdp(canaries, canaries, correct, delta=delta).value)
    assert min(found) > claim
    assert max(found) < truth
