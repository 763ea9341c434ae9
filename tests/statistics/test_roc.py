"""AUC and its differences: published values, closed forms, invariances, and inputs without any spread."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.statistics import Estimate, NotMeasured, roc
from synthaudit.audit.statistics.ranks import order_test, rank_sum_test

SCORES = st.lists(st.integers(-4, 4), min_size=2, max_size=30).map(lambda x: np.array(x, float))


def gaussian(seed, n1, n0, mu=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(mu, 1, n1), rng.normal(0, 1, n0)


def test_delong_matches_the_published_small_case():
    value, variance = roc.delong(np.array([0.8, 0.4, 0.6, 0.7, 0.9]), np.array([0.1, 0.4, 0.35, 0.8]))
    assert value == pytest.approx(0.8, abs=1e-12)
    assert variance == pytest.approx(0.0323958333, abs=1e-10)


def test_auc_counts_pairs_and_half_of_ties():
    members, holdout = np.array([1.0, 2.0, 2.0, 5.0]), np.array([2.0, 0.0, 5.0])
    pairs = np.sign(members[:, None] - holdout[None, :])
    assert roc.auc(members, holdout).value == pytest.approx(((pairs + 1) / 2).mean())


@given(SCORES, SCORES)
@settings(max_examples=60, deadline=None)
def test_auc_sees_only_the_order_and_swapping_sides_mirrors_it(members, holdout):
    plain = roc.auc(members, holdout)
    stretched = roc.auc(np.exp(members), np.exp(holdout))
    swapped = roc.auc(holdout, members)
    assert stretched == plain
    assert (swapped.value, swapped.low, swapped.high) == pytest.approx((1 - plain.value, 1 - plain.high, 1 - plain.low))
    assert plain.low < plain.high


@given(SCORES, SCORES, SCORES)
@settings(max_examples=40, deadline=None)
def test_weighted_auc_equals_the_auc_of_repeated_records(members, holdout, repeats):
    weights = np.abs(np.resize(repeats, len(members) + len(holdout))) + 1
    doubled = (
        np.repeat(part, w.astype(int))
        for part, w in ((members, weights[: len(members)]), (holdout, weights[len(members) :]))
    )
    assert roc.weighted_auc(members, holdout)(weights[None, :])[0] == pytest.approx(roc.delong(*doubled)[0])


@pytest.mark.parametrize(
    ("members", "holdout", "value"),
    [
        (np.ones(50), np.zeros(50), 1.0),
        (np.zeros(50), np.ones(50), 0.0),
        (np.ones(50), np.ones(50), 0.5),
        (np.full(50, np.inf), np.full(50, -np.inf), 1.0),
        (np.array([np.inf, 1.0]), np.array([np.inf, -np.inf]), 0.625),
    ],
)
def test_scores_without_spread_still_have_an_interval(members, holdout, value):
    estimate = roc.auc(members, holdout)
    assert estimate.value == pytest.approx(value)
    assert estimate.high - estimate.low > 0.02
    assert 0 <= estimate.low <= estimate.high <= 1


def test_too_few_records_are_not_measured_and_nan_is_refused():
    assert isinstance(roc.auc(np.array([1.0]), np.zeros(9)), NotMeasured)
    assert isinstance(roc.auc(np.zeros(0), np.zeros(9)), NotMeasured)
    with pytest.raises(ValueError, match="1 NaN"):
        roc.auc(np.array([1.0, np.nan]), np.zeros(9))
    with pytest.raises(ValueError, match=r"one score a record in members, got shape \(2, 2\)"):
        roc.auc(np.zeros((2, 2)), np.zeros(9))


def test_three_exact_copies_against_none_are_not_yet_evidence():
    # Given 3 hits in all, 3 : 0 happens with probability 1/8; the normal approximation would say .042.
    p_value, _ = rank_sum_test(np.r_[np.ones(3), np.zeros(497)], np.zeros(500))
    assert p_value == pytest.approx(0.125, abs=0.015)  # 9999 permutations: s.e. 0.0033


@pytest.mark.parametrize(("n1", "n0"), [(3, 4), (4, 3), (3, 200), (200, 3)])
def test_small_rank_tests_agree_with_the_exact_distribution(n1, n0):
    members, holdout = np.arange(n1) + n0 - 1.5, np.arange(n0) * 1.0
    wins = int((members[:, None] > holdout).sum())
    counts = np.zeros(n1 * n0 + 1)  # Mann-Whitney counts by the classical recursion, as a product of polynomials
    counts[0] = 1.0
    for i in range(1, n1 + 1):
        counts = np.convolve(counts, np.r_[1.0, np.zeros(n0 + i - 1), -1.0])[: n1 * n0 + 1]
        divided = np.zeros_like(counts)
        for k in range(len(counts)):
            divided[k] = counts[k] + (divided[k - i] if k >= i else 0.0)
        counts = divided
    exact = counts[wins:].sum() / math.comb(n1 + n0, n1)
    assert rank_sum_test(members, holdout)[0] == pytest.approx(exact, abs=0.02)  # 4 s.e. of 9999 permutations


def test_p_values_are_uniform_when_nothing_leaks():
    # Kolmogorov's 99.9 % limit for 300 p-values is 1.95 / sqrt(300) = .113: wrong once in a thousand seeds.
    p = np.sort([roc.auc(*gaussian(seed, 150, 200, mu=0.0)).p_value for seed in range(300)])
    grid = np.arange(1, 301) / 300
    assert max((grid - p).max(), (p - grid + 1 / 300).max()) < 0.113


def test_paired_difference_is_delong_on_the_differences():
    members, holdout = gaussian(0, 200, 150)
    rng = np.random.default_rng(1)
    noisy_m, noisy_h = members + rng.normal(0, 1, 200), holdout + rng.normal(0, 1, 150)
    estimate = roc.auc_difference(members, holdout, noisy_m, noisy_h)
    (a, _), (b, _) = roc.delong(members, holdout), roc.delong(noisy_m, noisy_h)
    assert estimate.value == pytest.approx(a - b)
    back = roc.auc_difference(noisy_m, noisy_h, members, holdout)
    assert (back.value, back.low, back.high) == pytest.approx((-estimate.value, -estimate.high, -estimate.low))
    assert back.p_value == pytest.approx(estimate.p_value)
    assert back.statistic == pytest.approx(-estimate.statistic)
    wide = roc.auc_difference_unpaired(members, holdout, noisy_m, noisy_h)
    assert wide.high - wide.low > estimate.high - estimate.low  # pairing pays


def test_the_unpaired_difference_is_newcombe_on_the_two_aucs():
    (members, holdout), (others, strangers) = gaussian(0, 200, 150), gaussian(1, 90, 300)
    a, b = roc.auc(members, holdout), roc.auc(others, strangers)
    contrast = roc.auc_difference_unpaired(members, holdout, others, strangers)
    assert contrast.value == pytest.approx(a.value - b.value)
    assert contrast.low == pytest.approx(contrast.value - math.hypot(a.value - a.low, b.high - b.value))
    assert contrast.high == pytest.approx(contrast.value + math.hypot(a.high - a.value, b.value - b.low))
    assert (contrast.p_value < 0.05) == (contrast.low > 0 or contrast.high < 0)


def test_an_attack_compared_with_itself_differs_by_nothing_but_not_by_certainty():
    members, holdout = gaussian(0, 100, 100)
    estimate = roc.auc_difference(members, holdout, np.exp(members), np.exp(holdout))
    assert estimate.value == 0
    assert estimate.p_value == 1
    assert 0.02 < estimate.high - estimate.low < 0.08


def test_differences_refuse_different_targets_and_tiny_ones():
    with pytest.raises(ValueError, match=r"expected the same targets, got 3 \+ 4 and 4 \+ 4"):
        roc.auc_difference(np.zeros(3), np.zeros(4), np.zeros(4), np.zeros(4))
    assert isinstance(roc.auc_difference(np.zeros(1), np.zeros(4), np.zeros(1), np.zeros(4)), NotMeasured)
    assert isinstance(roc.auc_difference_unpaired(np.zeros(1), np.zeros(4), np.zeros(9), np.zeros(4)), NotMeasured)


@given(SCORES, SCORES)
@settings(max_examples=60, deadline=None)
def test_the_area_under_the_curve_is_the_auc(members, holdout):
    drawn = roc.roc_curve(members, holdout)
    assert drawn.fpr[0] == drawn.tpr[0] == 0
    assert drawn.fpr[-1] == drawn.tpr[-1] == 1
    assert np.trapezoid(drawn.tpr, drawn.fpr) == pytest.approx(roc.auc(members, holdout).value)


def test_a_thinned_curve_keeps_exact_corners_and_the_low_end():
    members, holdout = gaussian(3, 5000, 5000)
    full, thin = roc.roc_curve(members, holdout), roc.roc_curve(members, holdout, points=60)
    corners = set(zip(full.fpr, full.tpr, strict=True))
    assert len(thin.fpr) <= 62
    assert corners.issuperset(zip(thin.fpr, thin.tpr, strict=True))
    assert np.sum(thin.fpr < 0.01) >= 8
    assert np.trapezoid(thin.tpr, thin.fpr) == pytest.approx(np.trapezoid(full.tpr, full.fpr), abs=0.005)
    assert isinstance(roc.roc_curve(np.zeros(0), holdout), NotMeasured)
    with pytest.raises(ValueError, match="points >= 4"):
        roc.roc_curve(members, holdout, points=3)


def test_order_test_is_the_chance_of_the_count_under_exchangeability():
    # 2 members, 2 holdout: both members lead in 1 of 6 orders, at least one leads in 3 of 6.
    assert order_test(2, 1, 2, 2) == pytest.approx(1 / 6)
    assert order_test(1, 1, 2, 2) == pytest.approx(1 / 2)
    assert order_test(0, 1, 2, 2) == pytest.approx(1)
    assert order_test(2, 2, 2, 2) == pytest.approx(1 / 2)


# 1000 repeats: s.e. .0072 at 94.5 %, and three of them below that is .923; fails by chance once in a thousand seeds.
@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda r: (r.normal(1, 1, 60), r.normal(0, 1, 60)), 0.7602499),
        (lambda r: (r.normal(2, 1, 20), r.normal(0, 1, 500)), 0.9213504),
        (lambda r: (r.normal(0, 3, 50), r.normal(0, 1, 50)), 0.5),
        (lambda r: ((r.random(300) < 5 / 300) * 1.0, np.zeros(300)), 0.5 + 2.5 / 300),
        (lambda r: ((r.random(300) < 0.02) * 1.0, (r.random(300) < 0.02) * 1.0), 0.5),
    ],
    ids=["gaussian", "unbalanced", "unequal-spread", "few-copies", "rare-ties"],
)
def test_auc_interval_covers(draw, truth):
    rng = np.random.default_rng(11)
    drawn = [roc.auc(*draw(rng)) for _ in range(1000)]
    assert np.mean([e.low <= truth <= e.high for e in drawn]) >= 0.923


def test_paired_difference_covers():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(1500):
        members, holdout = rng.normal(1, 1, 80), rng.normal(0, 1, 80)
        e = roc.auc_difference(members, holdout, members + rng.normal(0, 1, 80), holdout + rng.normal(0, 1, 80))
        covered.append(e.low <= 0.7602499 - 0.6914625 <= e.high)
    assert np.mean(covered) >= 0.928


def test_estimates_carry_their_size_and_method():
    estimate = roc.auc(*gaussian(0, 30, 40), confidence=0.9)
    assert isinstance(estimate, Estimate)
    assert (estimate.trials, estimate.confidence, estimate.method) == (70, 0.9, "DeLong, Wilson scale")
