"""True positives at few false positives: the table of ranks, the smallest holdout, and bounds that cover."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from synthaudit.audit.statistics import NotMeasured, roc
from synthaudit.audit.statistics.low_fpr import low_fpr_ranks, threshold_rank
from synthaudit.audit.statistics.ranks import order_test


@pytest.mark.parametrize(
    ("holdout", "fpr", "k"),
    [
        (500, 0.01, 0),
        (500, 0.1, 36),
        (5000, 0.001, 0),
        (5000, 0.01, 36),
        (5000, 0.1, 458),
        (20000, 0.001, 11),
        (20000, 0.01, 172),
    ],
)
def test_threshold_rank_matches_the_table(holdout, fpr, k):
    assert threshold_rank(holdout, fpr, error=0.025) == k


def test_threshold_rank_is_none_where_the_largest_score_is_too_uncertain():
    assert threshold_rank(367, 0.01, error=0.025) is None
    assert threshold_rank(368, 0.01, error=0.025) == 0


@pytest.mark.parametrize(("fpr", "needed"), [(0.01, 368), (0.001, 3688)])
def test_below_the_smallest_holdout_nothing_is_said(fpr, needed):
    assert roc.holdout_needed(fpr) == needed
    rng = np.random.default_rng(0)
    short = roc.tpr_at_fpr(rng.normal(3, 1, 500), rng.normal(0, 1, needed - 1), fpr=fpr)
    assert isinstance(short, NotMeasured)
    assert f"at least {needed} holdout records, got {needed - 1}" in short.reason
    enough = roc.tpr_at_fpr(rng.normal(3, 1, 500), rng.normal(0, 1, needed), fpr=fpr)
    assert 0 < enough.low < enough.value < enough.high <= 1


@pytest.mark.parametrize("holdout", [368, 400, 500, 2000, 50_000])
def test_each_side_spends_exactly_its_error(holdout):
    ranks = low_fpr_ranks(holdout, 0.01, confidence=0.95)
    assert ranks.upper_rank is not None
    draws = np.random.default_rng(0)
    # FPR at the (k+1)-th largest of n0 scores is Beta(k+1, n0-k): 100,000 draws, s.e. .0005.
    too_high = np.mean(draws.beta(ranks.lower_rank + 1, holdout - ranks.lower_rank, 100_000) > 0.01)
    too_low = np.mean(draws.beta(ranks.upper_rank + 1, holdout - ranks.upper_rank, 100_000) < 0.01)
    assert too_high + ranks.lower_error == pytest.approx(0.025, abs=0.002)
    assert too_low + ranks.upper_error == pytest.approx(0.025, abs=0.002)
    assert ranks.lower_error > 0
    assert ranks.upper_error >= 0.0125


def test_degenerate_scores_give_wide_intervals_and_no_members_give_none():
    same = roc.tpr_at_fpr(np.zeros(500), np.zeros(500), fpr=0.01)
    assert same.value == pytest.approx(0.01, abs=1e-9)
    assert same.high - same.low > 0.01
    perfect = roc.tpr_at_fpr(np.full(500, np.inf), np.zeros(500), fpr=0.01)
    assert perfect.value == perfect.high == 1
    assert 0.98 < perfect.low < 1
    assert isinstance(roc.tpr_at_fpr(np.zeros(0), np.zeros(500), fpr=0.01), NotMeasured)
    with pytest.raises(ValueError, match="fpr in"):
        roc.tpr_at_fpr(np.zeros(5), np.zeros(500), fpr=1.0)
    with pytest.raises(ValueError, match="NaN"):
        roc.tpr_at_fpr(np.array([np.nan]), np.zeros(500), fpr=0.1)


def test_exact_copies_beside_ties_have_the_randomised_rate():
    # A tenth of the members is copied, nothing else differs: the ROC runs from (0, .1) straight to (1, 1).
    members, holdout = np.r_[np.ones(100), np.zeros(900)], np.zeros(1000)
    for fpr in (0.01, 0.05, 0.3):
        assert roc.tpr_at_fpr(members, holdout, fpr=fpr).value == pytest.approx(0.1 + 0.9 * fpr, abs=1e-9)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.lists(st.integers(0, 6), min_size=60, max_size=90))
@settings(max_examples=50, deadline=None)
def test_only_the_order_of_scores_counts(members, holdout):
    m, h = np.array(members, float), np.array(holdout, float)
    plain = roc.tpr_at_fpr(m, h, fpr=0.1)
    assert roc.tpr_at_fpr(m**3, h**3, fpr=0.1) == plain
    assert plain.low <= plain.value <= plain.high
    assert plain.low < plain.high


def test_the_point_estimate_is_less_biased_than_the_empirical_quantile():
    rng, plain, ours = np.random.default_rng(3), [], []
    for _ in range(400):
        members, holdout = rng.normal(1, 1, 400), np.sort(rng.normal(0, 1, 400))
        plain.append(np.mean(members > holdout[-5]))  # four false positives of 400: the usual recipe at 1 %
        ours.append(roc.tpr_at_fpr(members, holdout, fpr=0.01).value)
    truth = ndtr(1 + ndtri(0.01))
    assert abs(np.mean(ours) - truth) < 0.6 * abs(np.mean(plain) - truth)


def test_the_p_value_is_exact_when_nothing_leaks():
    # The count above the 5th of 500 holdout scores: simulated tail against the hypergeometric one, s.e. .004.
    rng = np.random.default_rng(1)
    above = [np.sum(rng.random(300) > np.sort(rng.random(500))[-5]) for _ in range(4000)]
    assert np.mean(np.array(above) >= 6) == pytest.approx(order_test(6, 5, 300, 500), abs=0.016)


# Nominal 95 %. The bounds hold for every score, so they are cautious on easy ones: 99 % and more, here with 400
# repeats. At a ROC that jumps exactly at the FPR they are all but tight: each side may then err in 2.5 %, s.e. .004
# at 1500 repeats.
@pytest.mark.parametrize(("n1", "n0", "fpr", "mu"), [(400, 400, 0.01, 1), (300, 2000, 0.01, 3), (500, 500, 0.1, 0)])
def test_the_interval_covers_a_gaussian_shift(n1, n0, fpr, mu):
    rng, truth = np.random.default_rng(2), ndtr(mu + ndtri(fpr))
    drawn = [roc.tpr_at_fpr(rng.normal(mu, 1, n1), rng.normal(0, 1, n0), fpr=fpr) for _ in range(400)]
    assert np.mean([e.low <= truth <= e.high for e in drawn]) >= 0.98


@pytest.mark.parametrize(("height", "truth"), [(1 - 0.05 - 1e-9, 0.0), (1 - 0.05 + 1e-9, 1.0)])
def test_the_interval_covers_where_the_curve_jumps(height, truth):
    rng = np.random.default_rng(4)
    drawn = [roc.tpr_at_fpr(np.full(200, height), rng.random(200), fpr=0.05) for _ in range(1500)]
    assert np.mean([e.low <= truth <= e.high for e in drawn]) >= 0.975 - 0.012


def test_the_interval_covers_under_heavy_ties():
    rng = np.random.default_rng(6)
    truth = 0.3 + 0.7 * (0.05 - 0.02) / 0.98  # 30 % of members and 2 % of holdout score 1, the rest 0
    drawn = [
        roc.tpr_at_fpr((rng.random(300) < 0.3) * 1.0, (rng.random(300) < 0.02) * 1.0, fpr=0.05) for _ in range(600)
    ]
    assert np.mean([e.low <= truth <= e.high for e in drawn]) >= 0.95
