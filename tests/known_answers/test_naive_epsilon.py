"""Procedures in use that certify a privacy loss which is not there, beside the ones here, which do not."""

import numpy as np
import pytest
from known_systems import Dump, RandomisedPresence, codes, most
from scipy.special import betaincinv, expit, ndtri
from test_one_training import trained

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, epsilon, one_run
from synthaudit.audit.statistics.guessing_rules import RankedCanaries, geometric_rules, pure_epsilon

CHANCE, CODES = 0.3, 60  # Dump is (0, .3)-DP: whatever is certified above 0 at delta .3 is false


def people(size: int, seed: int) -> Records:
    return codes(np.random.default_rng([seed, 5]).integers(0, 2, (size, CODES), dtype=np.uint8))


def matches(targets: Records, members: Records, seed: int) -> np.ndarray:
    """Return which targets one training of ``Dump`` published."""
    release = Dump(CHANCE).fit(members, seed=seed).sample(8 * len(members), seed=seed)
    found = MEMBERSHIP["exact"]().score(targets, Knowledge(release), rng=np.random.default_rng(0))
    return found > 0


def test_members_of_one_release_are_no_trials() -> None:
    # Record by record, one dump "certifies" 4.55 at delta .3, and 30 % of trainings are dumps; 5 % were promised.
    size, seeds = 500, 200
    everything = epsilon.clopper_pearson(size, 0, size, size, delta=CHANCE)
    assert isinstance(everything, Estimate)
    assert everything.value == pytest.approx(4.55, abs=0.005)
    false = 0
    for seed in range(seeds):
        members, holdout = people(size, seed), people(size, seed + 10_000)
        found = matches(Records.concat([members, holdout]), members, seed)
        # A dump of eight rounds with replacement misses three members in ten thousand.
        naive = epsilon.clopper_pearson(int(found[:size].sum()), int(found[size:].sum()), size, size, delta=CHANCE)
        assert isinstance(naive, Estimate)
        false += naive.value > 4
    assert abs(false / seeds - CHANCE) <= 4 * np.sqrt(CHANCE * (1 - CHANCE) / seeds)
    assert false > most(0.05, seeds, error=1e-9)


def test_trainings_are_trials_and_certify_nothing_of_a_dump() -> None:
    # 60 audits of 40 + 40 trainings on two fixed neighbours; the true error rate is at most 5 %.
    members, trials, false = people(20, 1), 40, 0
    canary, without = members.take(slice(19, 20)), members.take(slice(0, 19))
    for audit in range(60):
        seeds = 2 * trials * audit + np.arange(2 * trials)
        inside = sum(bool(matches(canary, members, int(seed))[0]) for seed in seeds[:trials])
        outside = sum(bool(matches(canary, without, int(seed))[0]) for seed in seeds[trials:])
        bound = epsilon.clopper_pearson(inside, outside, trials, trials, delta=CHANCE)
        assert isinstance(bound, Estimate)
        false += bound.value > 0
    assert false <= most(0.05, 60)


@pytest.mark.parametrize("threshold", one_run.THRESHOLDS)
def test_one_training_charges_for_delta_and_says_that_it_cannot_tell(threshold: one_run.Threshold) -> None:
    pool, dumps = people(200, 3), 0
    for seed in range(12):
        inserted = np.random.default_rng([seed, 9]).random(len(pool)) < 0.5
        found = matches(pool, pool.take(inserted), seed).astype(float)
        dumps += int(found.sum() > 90)
        bound = one_run.epsilon_from_scores(found[inserted], found[~inserted], delta=CHANCE, threshold=threshold)
        assert isinstance(bound, Estimate)
        assert bound.value == 0
        assert bound.ceiling == 0  # not even 200 right guesses out of 200 would have shown anything
    assert dumps  # otherwise there was nothing to be wrong about


def test_the_best_of_many_thresholds_has_to_be_paid_for() -> None:
    # A Gaussian mechanism with mu = 1, seen through 1,000 + 1,000 trainings, at 10 % a bound: the largest bound of all
    # thresholds is above the truth in a fifth of the audits; one threshold from half of the trainings is not.
    rng, size, audits, error = np.random.default_rng(4), 1_000, 300, 0.1
    free, split = 0, 0
    for _ in range(audits):
        inside, outside = rng.normal(1, 1, size), rng.normal(0, 1, size)
        free += _mu(inside, outside, np.concatenate([inside, outside]), error).max() > 1
        half = size // 2
        grid = np.concatenate([inside[:half], outside[:half]])
        best = grid[np.argmax(_mu(inside[:half], outside[:half], grid, error))]
        counts = int((inside[half:] >= best).sum()), int((outside[half:] >= best).sum())
        bound = epsilon.gdp_mu(*counts, half, half, significance=error)
        assert isinstance(bound, Estimate)
        split += bound.value > 1
    assert free > most(error, audits)
    assert split <= most(error, audits)


def _mu(inside: np.ndarray, outside: np.ndarray, thresholds: np.ndarray, significance: float) -> np.ndarray:
    """Return the bound on mu at every threshold, without a correction for their number."""
    size = len(inside)
    missed, alarms = (np.searchsorted(np.sort(side), thresholds) for side in (inside, outside))
    fnr, fpr = (
        np.where(k < size, betaincinv(k + 1, np.maximum(size - k, 1), 1 - significance / 2), 1.0)
        for k in (missed, size - alarms)
    )
    return np.asarray(-ndtri(fpr) - ndtri(fnr))


@pytest.mark.parametrize("eps", [0.0, 1.0])
def test_the_best_number_of_guesses_has_to_be_paid_for(eps: float) -> None:
    # Scores are a randomised answer and a strength that knows nothing: a scan over numbers of guesses finds luck.
    rng, canaries, runs = np.random.default_rng(6), 200, 150
    rules, free, paid = geometric_rules(canaries), 0, 0
    for seed in range(runs):
        inside, outside = (
            (2 * told - 1) * rng.random(len(told)) for told in trained(RandomisedPresence(eps), canaries, 1, seed)
        )
        ordered = RankedCanaries.by_score(inside, outside, rng)
        free += bool(pure_epsilon(rules.guesses, ordered.correct(rules), 0.05).max() > eps + 1e-9)
        bound = one_run.epsilon_from_scores(inside, outside, delta=0, threshold="split", seed=seed)
        assert isinstance(bound, Estimate)
        paid += bound.value > eps + 1e-9
    assert free > most(0.05, runs)
    assert paid <= most(0.05, runs)


def test_a_point_estimate_is_no_bound() -> None:
    # Ten trainings a side without a false alarm "show" an infinite epsilon; the truth here is 1.
    right = float(expit(1.0))
    rng, audits = np.random.default_rng(2), 400
    tp, fp = rng.binomial(10, right, audits), rng.binomial(10, 1 - right, audits)
    with np.errstate(divide="ignore"):
        points = np.log(np.minimum(tp, 10 - fp) / np.minimum(fp, 10 - tp))  # the two error rates at face value
    values = [epsilon.clopper_pearson(int(a), int(b), 10, 10, delta=0).value for a, b in zip(tp, fp, strict=True)]
    assert np.mean(points > 1) > 0.4
    assert np.isinf(points).any()
    assert np.count_nonzero(np.array(values) > 1) <= most(0.05, audits)
