"""Bounds on epsilon from independent trainings: ceilings, conversions, mirrors, and the exact error rate."""

import math

import numpy as np
import pytest
from scipy.special import expit, ndtr, ndtri
from scipy.stats import binom

from synthaudit.audit.statistics import NotMeasured, epsilon


@pytest.mark.parametrize(
    ("n", "most"), [(50, 2.570), (100, 3.281), (500, 4.906), (1000, 5.601), (5000, 7.212), (10000, 7.905)]
)
def test_no_bound_exceeds_its_ceiling(n, most):
    perfect = epsilon.clopper_pearson(n, 0, n, n, delta=0)
    assert perfect.value == pytest.approx(most, abs=5e-4)
    assert perfect.ceiling == epsilon.ceiling(n, n, delta=0) == perfect.value
    flawed = epsilon.clopper_pearson(n - 1, 0, n, n, delta=0)
    assert flawed.value < flawed.ceiling == perfect.ceiling


def test_an_attack_below_chance_certifies_nothing():
    below = epsilon.clopper_pearson(100, 900, 1000, 1000, delta=0)
    assert below.value == below.low == 0
    assert below.high == math.inf
    assert epsilon.gdp_mu(100, 900, 1000, 1000).value == 0
    assert epsilon.clopper_pearson(3, 2, 5, 5, delta=0).value == 0  # a rectangle across the diagonal


def test_no_trials_and_wrong_counts():
    assert isinstance(epsilon.clopper_pearson(0, 0, 0, 9, delta=0), NotMeasured)
    assert isinstance(epsilon.gdp_mu(0, 0, 5, 0), NotMeasured)
    assert isinstance(epsilon.joint_beta(0, 5, 5, 0, delta=0), NotMeasured)
    for call in (
        lambda: epsilon.clopper_pearson(6, 0, 5, 5, delta=0),
        lambda: epsilon.gdp_mu(1, -1, 5, 5),
        lambda: epsilon.joint_beta(-1, 2, 3, 4, delta=0),
        lambda: epsilon.clopper_pearson(1, 0, 5, 5, delta=0, significance=0),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()


# Randomised response: both error rates are 1 - expit(eps). The chance of a bound above the truth is a finite sum.
@pytest.mark.parametrize("n", [20, 60])
@pytest.mark.parametrize("truth", [0.0, 0.5, 1.0, 2.0])
def test_the_bound_errs_no_more_often_than_it_says(n, truth):
    right, k = float(expit(truth)), np.arange(n + 1)
    above = np.array([[epsilon.clopper_pearson(tp, fp, n, n, delta=0).value > truth for fp in k] for tp in k])
    chance = binom.pmf(k, n, right) @ above @ binom.pmf(k, n, 1 - right)
    assert chance <= 0.05


def test_the_gdp_bound_errs_no_more_often_than_it_says():
    n, mu, k = 40, 1.0, np.arange(41)
    hit, alarm = float(ndtr(0.5)), float(ndtr(-0.5))
    above = np.array([[epsilon.gdp_mu(tp, fp, n, n).value > mu for fp in k] for tp in k])
    assert binom.pmf(k, n, hit) @ above @ binom.pmf(k, n, alarm) <= 0.05


def test_the_gaussian_bound_extrapolates_and_says_so():
    cautious = epsilon.clopper_pearson(900, 100, 1000, 1000, delta=1e-5)
    mu = epsilon.gdp_mu(900, 100, 1000, 1000)
    wild = epsilon.gdp_epsilon(mu, delta=1e-5)
    assert (cautious.value, mu.value, wild.value) == pytest.approx((1.990, 2.347, 12.198), abs=5e-4)
    assert wild.high == math.inf
    assert wild.ceiling > wild.value
    assert "mu-GDP" in mu.method


@pytest.mark.parametrize(
    ("mu", "at_2", "at_5", "at_6", "auc", "tpr_2", "tpr_3"),
    [
        (0.5, 0.919458, 1.993091, 2.254085, 0.638163, 0.033899, 0.004796),
        (1, 2.317789, 4.377178, 4.886554, 0.760250, 0.092362, 0.018298),
        (2, 5.997893, 9.997256, 10.997151, 0.921350, 0.372081, 0.137805),
        (4, 16.522789, 24.381611, 26.356964, 0.997661, 0.952901, 0.818527),
    ],
)
def test_gdp_conversions(mu, at_2, at_5, at_6, auc, tpr_2, tpr_3):
    for delta, expected in ((1e-2, at_2), (1e-5, at_5), (1e-6, at_6)):
        assert epsilon.gdp_epsilon(mu, delta=delta) == pytest.approx(expected, abs=1e-6)
    closed = (ndtr(mu / math.sqrt(2)), ndtr(mu + ndtri(0.01)), ndtr(mu + ndtri(0.001)))
    assert closed == pytest.approx((auc, tpr_2, tpr_3), abs=1e-6)


def test_gdp_epsilon_at_the_edges():
    assert epsilon.gdp_epsilon(0.0, delta=1e-5) == 0
    assert epsilon.gdp_epsilon(0.01, delta=0.1) == 0  # delta alone pays for so small a mu
    assert epsilon.gdp_epsilon(0.5325, delta=1e-2) == pytest.approx(1, abs=1e-3)
    huge = epsilon.gdp_epsilon(100.0, delta=1e-5)
    assert 5000 < huge < 5600  # mu^2/2 + mu z; in logarithms, exp would overflow
    for mu in (-1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="finite mu"):
            epsilon.gdp_epsilon(mu, delta=1e-5)
    with pytest.raises(ValueError, match="delta in"):
        epsilon.gdp_epsilon(1.0, delta=0)


@pytest.mark.parametrize("counts", [(90, 80, 20, 10), (50, 50, 50, 50), (30, 30, 0, 0)])
def test_joint_beta_is_the_posterior_of_epsilon(counts):
    # 100,000 posterior draws pushed through the definition of epsilon; s.e. of a probability is .0007 at 5 %.
    tp, tn, fp, fn = counts
    rng, e = np.random.default_rng(0), epsilon.joint_beta(*counts, delta=1e-3)
    fnr, fpr = rng.beta(fn + 0.5, tp + 0.5, 100_000), rng.beta(fp + 0.5, tn + 0.5, 100_000)
    flip = fpr > 1 - fnr
    fnr, fpr = np.where(flip, 1 - fnr, fnr), np.where(flip, 1 - fpr, fpr)
    small, large = np.minimum(fnr, fpr), np.maximum(fnr, fpr)
    drawn = np.log(np.maximum((1 - 1e-3 - large) / small, 1))
    for bound, level in ((e.low, 0.025), (e.value, 0.5), (e.high, 0.975)):
        assert np.mean(drawn <= bound) == pytest.approx(level, abs=0.006)
    assert e.low <= e.ceiling
    assert "credible" in e.method


def test_joint_beta_is_positive_at_chance_which_is_why_it_accuses_nobody():
    assert epsilon.joint_beta(50, 50, 50, 50, delta=0).low > 0
    assert epsilon.clopper_pearson(50, 50, 100, 100, delta=0).low == 0
