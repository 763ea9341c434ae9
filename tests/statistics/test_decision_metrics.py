"""Precision, relative F1 and advantage against their closed forms, and the coverage of their intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from synthaudit.audit.statistics import Estimate, NotMeasured, differences, intervals, roc

NAIVE = [(0.01, 0.019802), (0.05, 0.095238), (0.1, 0.181818), (0.25, 0.4), (0.5, 0.666667)]


def rate(successes, trials):
    return intervals.binomial(successes, trials, method="wilson")


@pytest.mark.parametrize(("t", "naive"), NAIVE)
def test_relative_f1_is_zero_for_accusing_everybody_and_one_for_perfection(t, naive):
    assert roc.relative_f1(1.0, 1.0, fraction=t) == pytest.approx(0)
    assert roc.relative_f1(1.0, 0.0, fraction=t) == pytest.approx(1)
    assert roc.relative_f1(0.0, 0.3, fraction=t) == pytest.approx(-naive / (1 - naive), abs=1e-5)


def test_relative_f1_equals_f1_counted_in_a_population():
    tp, fn, fp, tn = 30, 70, 45, 855  # 100 members of 1000
    f1, naive = 2 * tp / (2 * tp + fp + fn), 0.2 / 1.1
    assert roc.relative_f1(0.3, 0.05, fraction=0.1) == pytest.approx((f1 - naive) / (1 - naive))
    assert roc.precision_at_prior(0.3, 0.05, prior=0.1) == pytest.approx(tp / (tp + fp))
    assert tn == 900 - fp


def test_precision_without_a_positive_is_not_measured():
    with pytest.raises(ValueError, match="without a positive"):
        roc.precision_at_prior(0.0, 0.0, prior=0.1)
    assert isinstance(roc.precision_at_prior(rate(0, 50), rate(0, 50), prior=0.1), NotMeasured)
    with pytest.raises(ValueError, match="prior in"):
        roc.precision_at_prior(0.5, 0.1, prior=0.0)
    with pytest.raises(ValueError, match="fraction in"):
        roc.relative_f1(0.5, 0.1, fraction=1.0)


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.01, 0.99))
@settings(max_examples=80, deadline=None)
def test_bounds_enclose_the_value_and_are_never_of_zero_width(true, false, share):
    f1 = roc.relative_f1(rate(true, 40), rate(false, 40), fraction=share)
    assert f1.low <= f1.value <= f1.high <= 1
    assert f1.low < f1.high
    assert f1.value == pytest.approx(roc.relative_f1(true / 40, false / 40, fraction=share))
    if true + false:
        precision = roc.precision_at_prior(rate(true, 40), rate(false, 40), prior=share)
        assert 0 <= precision.low < precision.high <= 1


# 1500 repeats: s.e. .0056, so 94.5 % minus three s.e. is .928.
@pytest.mark.parametrize(("tpr", "fpr"), [(0.3, 0.05), (0.1, 0.1), (0.8, 0.4)])
def test_precision_and_relative_f1_cover(tpr, fpr):
    rng = np.random.default_rng(0)
    truths = roc.precision_at_prior(tpr, fpr, prior=0.1), roc.relative_f1(tpr, fpr, fraction=0.1)
    hits = np.zeros(2)
    for true, false in zip(rng.binomial(200, tpr, 1500), rng.binomial(200, fpr, 1500), strict=True):
        a, b = rate(int(true), 200), rate(int(false), 200)
        drawn = roc.precision_at_prior(a, b, prior=0.1), roc.relative_f1(a, b, fraction=0.1)
        hits += [e.low <= truth <= e.high for e, truth in zip(drawn, truths, strict=True)]
    assert (hits / 1500).min() >= 0.928


def test_advantage_at_a_fixed_threshold_is_a_difference_of_rates():
    members, holdout = np.r_[np.ones(30), np.zeros(70)], np.r_[np.ones(10), np.zeros(90)]
    fixed = roc.advantage(members, holdout, threshold=1.0)
    assert fixed == differences.difference(rate(30, 100), rate(10, 100))
    assert roc.advantage(members, holdout).value == pytest.approx(0.2)
    assert isinstance(roc.advantage(members, np.zeros(0)), NotMeasured)
    with pytest.raises(ValueError, match="got NaN"):
        roc.advantage(members, holdout, threshold=np.nan)


def test_the_largest_advantage_covers_and_its_test_keeps_its_level():
    # Level: 1000 null repeats at 5 %, s.e. .007. Coverage: DKW holds for all thresholds, so nothing misses.
    rng, truth = np.random.default_rng(1), 2 * ndtr(0.5) - 1
    null = [roc.advantage(rng.random(120), rng.random(90)).p_value <= 0.05 for _ in range(1000)]
    leak = [roc.advantage(rng.normal(1, 1, 120), rng.normal(0, 1, 90)) for _ in range(300)]
    assert np.mean(null) <= 0.071
    assert all(e.low <= truth <= e.high for e in leak)
    assert isinstance(leak[0], Estimate)
