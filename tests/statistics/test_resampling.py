"""The bootstrap: weights equal copies, whole clusters move together, and the interval covers."""

import numpy as np
import pytest

from synthaudit.audit.statistics import NotMeasured, intervals, resampling, roc


def mean_of(values):
    return lambda weights: weights @ values / weights.sum(axis=1)


def test_bootstrap_of_a_mean_agrees_with_student():
    values = np.random.default_rng(0).normal(3, 2, 400)
    boot, student = resampling.bootstrap(mean_of(values), 400), intervals.student_mean(values)
    assert boot.value == pytest.approx(student.value)
    assert (boot.low, boot.high) == pytest.approx((student.low, student.high), abs=0.03)
    assert resampling.bootstrap(mean_of(values), 400) == boot  # same seed, same numbers
    assert resampling.bootstrap(mean_of(values), 400, seed=1) != boot


def test_whole_clusters_are_drawn():
    # Ten copies of each of 50 values carry the information of 50 values, not 500.
    values = np.random.default_rng(1).normal(0, 1, 50)
    copies = resampling.bootstrap(mean_of(np.repeat(values, 10)), 500, clusters=np.repeat(np.arange(50), 10))
    once = resampling.bootstrap(mean_of(values), 50)
    assert (copies.low, copies.high, copies.trials) == pytest.approx((once.low, once.high, 50))


def test_strata_keep_their_size():
    values = np.repeat([0.0, 1.0], [30, 70])
    share = lambda weights: weights @ values  # noqa: E731
    assert isinstance(resampling.bootstrap(share, 100, strata=values), NotMeasured)  # the count cannot vary
    assert resampling.bootstrap(share, 100).low < 70


def test_bootstrap_says_nothing_where_it_cannot():
    few = resampling.bootstrap(mean_of(np.arange(9.0)), 9)
    assert "9 clusters" in few.reason
    holes = resampling.bootstrap(lambda w: np.where(w[:, 0] == 0, np.nan, w.sum(axis=1)), 20)
    assert "undefined" in holes.reason
    with pytest.raises(ValueError, match="within one stratum"):
        resampling.bootstrap(mean_of(np.arange(20.0)), 20, clusters=np.zeros(20), strata=np.arange(20) % 2)
    with pytest.raises(ValueError, match="one cluster and one stratum"):
        resampling.bootstrap(mean_of(np.arange(20.0)), 20, clusters=np.zeros(19))
    with pytest.raises(ValueError, match="finite statistic"):
        resampling.bootstrap(lambda w: np.full(len(w), np.nan), 20)


def test_bootstrap_covers_a_skewed_mean_and_an_auc():
    # 200 repeats: s.e. .015 at 95 %; BCa on 60 skewed values is known to reach about .92, so .87 is three s.e. below.
    rng, hits = np.random.default_rng(2), np.zeros(2)
    for seed in range(200):
        values = rng.exponential(1, 60)
        members, holdout = rng.normal(1, 1, 50), rng.normal(0, 1, 50)
        mean = resampling.bootstrap(mean_of(values), 60, resamples=999, seed=seed)
        area = resampling.bootstrap(
            roc.weighted_auc(members, holdout), 100, strata=np.repeat([1, 0], 50), resamples=999, seed=seed
        )
        hits += [mean.low <= 1 <= mean.high, area.low <= 0.7602499 <= area.high]
    assert (hits / 200).min() >= 0.87
