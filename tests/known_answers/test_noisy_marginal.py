"""Bounds on epsilon from independent trainings, held against a mechanism whose guarantee is known exactly.

A canary is alone in a private column of a table of which each patient holds one code: adding it moves the noisy
counts by exactly their sensitivity. With the threshold half way, both error rates are ``Phi(-mu / 2)``.
"""

import functools

import numpy as np
import pytest
from known_systems import NoisyMarginal, codes, most
from scipy.stats import binom, norm

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, epsilon

PUBLIC, ROWS, DELTA = 4, 1_500, 0.01
PRIVATE = PUBLIC  # the canary's own column


def world(system: NoisyMarginal) -> tuple[Records, Records]:
    """Return the patients with the canary (last) and the canary alone."""
    crowd = np.zeros((system.patients, PUBLIC + 1), dtype=np.uint8)
    crowd[np.arange(system.patients), np.arange(system.patients) % PUBLIC] = 1
    canary = np.zeros((1, PUBLIC + 1), dtype=np.uint8)
    canary[0, PRIVATE] = 1
    return codes(np.concatenate([crowd, canary])), codes(canary)


def claims(system: NoisyMarginal, trials: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return who was claimed "in" over trainings with and without the canary, each of shape ``(trials,)``."""
    members, _ = world(system)
    sides = (members, members.take(slice(0, len(members) - 1)))
    seeds = np.random.SeedSequence(seed).generate_state(2 * trials).reshape(2, trials)
    # Half a patient's worth of rows: the middle between the counts 0 and 1.
    half = ROWS / system.patients / 2
    said = [
        [
            system.fit(side, seed=int(one)).sample(ROWS, seed=int(one)).codes[:, PRIVATE].sum(dtype=int) > half
            for one in own
        ]
        for side, own in zip(sides, seeds, strict=True)
    ]
    return np.array(said[0]), np.array(said[1])


def bounds(inside: np.ndarray, outside: np.ndarray) -> tuple[float, float]:
    """Return the lower bounds on mu and on epsilon at ``DELTA``."""
    counts = (int(inside.sum()), int(outside.sum()), len(inside), len(outside))
    mu, eps = epsilon.gdp_mu(*counts), epsilon.clopper_pearson(*counts, delta=DELTA)
    assert isinstance(mu, Estimate)
    assert isinstance(eps, Estimate)
    return mu.value, eps.value


@functools.cache
def audits(system: NoisyMarginal, trials: int, seeds: int) -> np.ndarray:
    """Return both bounds of many audits, shape ``(seeds, 2)``."""
    return np.array([bounds(*claims(system, trials, seed=seed)) for seed in range(seeds)])


# 200 audits of 50 + 50 trainings. The union of two limits makes the true error rate about 1 %, so the promise of 5 %
# is asked for without an allowance: more than 10 of 200 would be a chance of 1e-5.
@pytest.mark.parametrize("system", [NoisyMarginal(1.0), NoisyMarginal(0.5)], ids=lambda s: s.sigma)
def test_bounds_stay_below_the_truth(system: NoisyMarginal) -> None:
    found = audits(system, 50, 200)
    assert np.mean(found[:, 0] > system.true_mu) <= 0.05
    assert np.mean(found[:, 1] > epsilon.gdp_epsilon(system.true_mu, delta=DELTA)) <= 0.05


def test_the_bound_is_tight_where_the_canary_is_alone() -> None:
    system, trials = NoisyMarginal(1.0), 8_000
    inside, outside = claims(system, trials, seed=1)
    # Rows are drawn from the noisy rates, and a count on the threshold is no claim: together less than .003.
    error = float(norm.cdf(-0.5))
    for seen in (1 - inside.mean(), outside.mean()):
        assert abs(seen - error) <= 4 * np.sqrt(error * (1 - error) / trials) + 0.003
    mu, _ = bounds(inside, outside)
    assert 0.86 <= mu <= system.true_mu  # .94 at the expected counts, with a standard error of .02


def test_more_trainings_tighten_the_bound() -> None:
    # At the expected counts: .27, .74, .92 and .97 of the truth.
    found = [
        epsilon.gdp_mu(round(trials * norm.cdf(0.5)), round(trials * norm.cdf(-0.5)), trials, trials)
        for trials in (50, 400, 4_000, 40_000)
    ]
    values = [one.value for one in found if isinstance(one, Estimate)]
    assert np.all(np.diff(values) > 0)
    assert values[-1] > 0.96


def test_a_patient_with_fewer_codes_than_the_noise_pays_for_is_better_protected_than_claimed() -> None:
    # Noise for four codes, a canary with one: its own mu is 1 where the claim is 2.
    system = NoisyMarginal(0.5, ones=4)
    found = audits(system, 50, 200)[:, 0]
    assert np.mean(found > system.true_mu / 2) <= 0.05
    assert found.max() < system.true_mu
    # The same seeds draw the same noise, so that it says exactly what is said of a mechanism with twice the sigma.
    assert found.tolist() == audits(NoisyMarginal(1.0), 50, 200)[:, 0].tolist()


def test_half_the_noise_is_found_out() -> None:
    # Claim mu = 1, truth mu = 2, 100 + 100 trainings: the power is a finite sum, and 100 audits agree with it.
    system, trials, seeds = NoisyMarginal(1.0, added=0.5), 100, 100
    k = np.arange(trials + 1)
    likely = [np.flatnonzero(binom.pmf(k, trials, p) > 1e-7) for p in norm.cdf([1, -1])]
    power = sum(
        binom.pmf(tp, trials, norm.cdf(1)) * binom.pmf(fp, trials, norm.cdf(-1))
        for tp in likely[0]
        for fp in likely[1]
        if epsilon.gdp_mu(int(tp), int(fp), trials, trials).value > system.claimed_mu
    )
    assert power > 0.95
    found = audits(system, trials, seeds)
    rejected = np.mean(found[:, 0] > system.claimed_mu)
    assert rejected >= 1 - most(1 - power, seeds) / seeds
    assert np.mean(found[:, 0] > system.true_mu) <= 0.05  # what replaces the claim is valid in its turn
    # The honest system under the same audit: rejected no more often than the promise.
    assert np.mean(audits(NoisyMarginal(1.0), 50, 200)[:, 0] > 1.0) <= 0.05


def test_an_attack_of_the_catalogue_is_bounded_too_and_finds_the_canary() -> None:
    # Tracing sees all columns; its threshold is chosen on the first half of the trainings.
    system, trials = NoisyMarginal(0.5), 200
    members, canary = world(system)
    without = members.take(slice(0, len(members) - 1))
    reference, attack, rng = without, MEMBERSHIP["tracing"](), np.random.default_rng(0)
    scores = np.array(
        [
            [
                attack.score(canary, Knowledge(system.fit(side, seed=one).sample(ROWS, seed=one), reference), rng=rng)[
                    0
                ]
                for one in range(start, start + trials)
            ]
            for side, start in ((members, 0), (without, trials))
        ]
    )
    chosen, judged = scores[:, : trials // 2], scores[:, trials // 2 :]
    threshold = (chosen[0].mean() + chosen[1].mean()) / 2
    mu, _ = bounds(judged[0] > threshold, judged[1] > threshold)
    assert 0.8 <= mu <= system.true_mu  # 1.37 at the expected counts of the best attack
