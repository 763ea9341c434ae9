"""Rates, clustered rates, means and differences: exact values, edges, and coverage."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from synthaudit.audit.statistics import NotMeasured, differences, intervals


def wilson_rate(successes, trials):
    return intervals.binomial(int(successes), trials, method="wilson")


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [  # Brown, Cai & DasGupta (2001) style reference: 4 of 20
        ("clopper-pearson", beta.ppf(0.025, 4, 17), beta.isf(0.025, 5, 16)),
        ("jeffreys", beta.ppf(0.025, 4.5, 16.5), beta.isf(0.025, 4.5, 16.5)),
        ("wilson", 0.080658, 0.416017),
    ],
)
def test_binomial_matches_its_definition(method, low, high):
    estimate = intervals.binomial(4, 20, method=method)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((0.2, low, high), abs=1e-6)
    assert (estimate.trials, estimate.method) == (20, method)


@pytest.mark.parametrize("method", intervals.METHODS)
def test_binomial_never_has_zero_width_and_mirrors(method):
    for successes in (0, 3, 17, 20):
        e = intervals.binomial(successes, 20, method=method)
        mirror = intervals.binomial(20 - successes, 20, method=method)
        assert e.low < e.high
        assert (mirror.low, mirror.high) == pytest.approx((1 - e.high, 1 - e.low))
    assert intervals.binomial(0, 20, method=method).low == 0
    assert intervals.binomial(20, 20, method=method).high == 1


def test_binomial_refuses_what_is_no_count():
    assert isinstance(intervals.binomial(0, 0), NotMeasured)
    for successes, trials in [(-1, 5), (6, 5), (2.5, 5)]:
        with pytest.raises(ValueError, match="expected whole counts"):
            intervals.binomial(successes, trials)
    with pytest.raises(ValueError, match="expected method to be one of"):
        intervals.binomial(1, 2, method="wald")
    with pytest.raises(ValueError, match="expected confidence in"):
        intervals.binomial(1, 2, confidence=95)


@pytest.mark.parametrize(("method", "floor"), [("clopper-pearson", 0.95), ("wilson", 0.92), ("jeffreys", 0.92)])
def test_binomial_covers_exactly_as_promised(method, floor):
    # No simulation: the coverage is a sum over all outcomes. Wilson and Jeffreys may dip to about .92 near 0 and 1.
    every = [intervals.binomial(k, 60, method=method) for k in range(61)]
    for p in np.linspace(0.03, 0.97, 48):
        inside = np.array([e.low <= p <= e.high for e in every])
        assert binom.pmf(np.arange(61), 60, p)[inside].sum() >= floor


def test_clustered_equals_the_binomial_case_when_trials_are_independent():
    rng = np.random.default_rng(0)
    successes = (rng.random(4000) < 0.3).astype(float)
    clustered = intervals.clustered_rate(successes, np.ones(4000))
    plain = intervals.binomial(int(successes.sum()), 4000)
    assert (clustered.low, clustered.high) == pytest.approx((plain.low, plain.high), abs=2e-4)
    assert clustered.trials == 4000


def test_clustered_widens_with_copies_and_counts_patients_at_the_edges():
    successes = np.repeat([0.0, 1.0], 20)
    once, tenfold = (
        intervals.clustered_rate(successes, np.ones(40)),
        intervals.clustered_rate(10 * successes, np.full(40, 10.0)),
    )
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high), abs=0.01)
    none, every = (
        intervals.clustered_rate(np.zeros(40), np.full(40, 10)),
        intervals.clustered_rate(np.full(40, 10), np.full(40, 10)),
    )
    assert none.high == pytest.approx(intervals.binomial(0, 40).high, abs=0.01)  # 40 patients, not 400 trials
    assert every.low == pytest.approx(1 - none.high)


def test_clustered_ignores_patients_without_trials_and_refuses_nonsense():
    with_idle = intervals.clustered_rate(np.array([1, 0, 2, 0]), np.array([2, 3, 4, 0]))
    assert with_idle == intervals.clustered_rate(np.array([1, 0, 2]), np.array([2, 3, 4]))
    assert isinstance(intervals.clustered_rate(np.array([1]), np.array([2])), NotMeasured)
    assert isinstance(intervals.clustered_rate(np.array([]), np.array([])), NotMeasured)
    with pytest.raises(ValueError, match="one entry per patient"):
        intervals.clustered_rate(np.array([3, 1]), np.array([2, 2]))
    with pytest.raises(ValueError, match="one entry per patient"):
        intervals.clustered_rate(np.array([1, 1]), np.array([2, 2, 2]))


# 1500 repeats: s.e. .0056, so 94.5 % minus three s.e. is .928.
@pytest.mark.parametrize(("p", "alike"), [(0.1, 0.3), (0.5, 0.9), (0.03, 0.05), (0.01, 0.5)])
def test_clustered_covers_when_trials_of_a_patient_are_alike(p, alike):
    rng, strength, covered = np.random.default_rng(7), (1 - alike) / alike, []
    for _ in range(1500):
        tries = rng.integers(1, 9, 60)
        e = intervals.clustered_rate(rng.binomial(tries, rng.beta(p * strength, (1 - p) * strength, 60)), tries)
        covered.append(e.low <= p <= e.high)
    assert np.mean(covered) >= 0.928


def test_mean_is_students_interval():
    e = intervals.student_mean(np.array([1.0, 2.0, 3.0, 4.0]))
    half = 3.182446 * np.std([1, 2, 3, 4], ddof=1) / 2
    assert (e.value, e.low, e.high, e.trials) == pytest.approx((2.5, 2.5 - half, 2.5 + half, 4), abs=1e-5)
    assert intervals.student_mean(np.array([0.0, 0.1, 0.9]), bounds=(0, 1)).low == 0


def test_mean_says_nothing_where_nothing_can_be_said():
    assert isinstance(intervals.student_mean(np.array([0.5, 0.6])), NotMeasured)
    assert isinstance(intervals.student_mean(np.full(9, 0.5)), NotMeasured)
    bounded = intervals.student_mean(np.full(10, 0.5), bounds=(0, 1))
    assert (bounded.low, bounded.high) == pytest.approx((0.5 * 0.025**0.1, 1 - 0.5 * 0.025**0.1))
    for wrong in (np.array([0.1, np.nan, 0.2]), np.array([0.1, 2.0, 0.2])):
        with pytest.raises(ValueError, match="finite values within the bounds"):
            intervals.student_mean(wrong, bounds=(0, 1))


def test_difference_matches_newcombes_published_example():
    # Newcombe (Statistics in Medicine 17, 1998), table II: 56/70 - 48/80, method 10: .0524 to .3339.
    e = differences.difference(wilson_rate(56, 70), wilson_rate(48, 80))
    assert (e.value, e.low, e.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert e.trials == 150
    with pytest.raises(ValueError, match="equal confidence"):
        differences.difference(wilson_rate(1, 9), intervals.binomial(1, 9, confidence=0.9))


@given(st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=80, deadline=None)
def test_difference_mirrors_and_its_p_value_agrees_with_its_interval(a, b):
    e, back = (differences.difference(wilson_rate(x, 30), wilson_rate(y, 30)) for x, y in ((a, b), (b, a)))
    assert (back.value, back.low, back.high) == pytest.approx((-e.value, -e.high, -e.low), abs=1e-12)
    assert e.p_value + back.p_value == pytest.approx(1)
    assert (e.low > 1e-12) == (e.p_value < 0.025 - 1e-12)


@given(st.integers(0, 30), st.integers(0, 29))
@settings(max_examples=80, deadline=None)
def test_residual_excludes_zero_exactly_where_the_difference_does(a, c):
    attack, control = wilson_rate(a, 30), wilson_rate(c, 30)
    risk, gap = differences.residual_risk(attack, control), differences.difference(attack, control)
    assert risk.value == pytest.approx((a - c) / (30 - c))
    assert risk.low < risk.high <= 1
    assert (risk.low > 1e-9) == (gap.low > 1e-9)
    assert (risk.high < -1e-9) == (gap.high < -1e-9)


def test_residual_refuses_a_control_that_leaves_nothing_open():
    with pytest.raises(ValueError, match="control's below 1"):
        differences.residual_risk(wilson_rate(5, 9), wilson_rate(9, 9))
    with pytest.raises(ValueError, match="two rates"):
        differences.residual_risk(replace(wilson_rate(5, 9), high=1.2), wilson_rate(2, 9))


# 1500 repeats: s.e. .0056, so 94.5 % minus three s.e. is .928.
@pytest.mark.parametrize(("a", "c", "n"), [(0.3, 0.1, 150), (0.1, 0.1, 300), (0.9, 0.6, 80), (0.02, 0.01, 500)])
def test_difference_and_residual_cover(a, c, n):
    rng, hits = np.random.default_rng(9), np.zeros(2)
    for x, y in zip(rng.binomial(n, a, 1500), rng.binomial(n, c, 1500), strict=True):
        attack, control = wilson_rate(x, n), wilson_rate(y, n)
        for i, (make, truth) in enumerate(
            [(differences.difference, a - c), (differences.residual_risk, (a - c) / (1 - c))]
        ):
            e = make(attack, control)
            hits[i] += e.low <= truth <= e.high
    assert (hits / 1500).min() >= 0.928
