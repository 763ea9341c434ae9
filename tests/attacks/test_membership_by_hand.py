"""Membership scores on tables small enough to work out by hand."""

import numpy as np
import pytest

from synthaudit.attacks.euclidean_rows import EuclideanRows
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.membership.density.tracing import Tracing
from synthaudit.attacks.membership.distance.calibrated import CalibratedDistance
from synthaudit.attacks.membership.distance.cosine import CosineThreshold
from synthaudit.attacks.membership.distance.exact import ExactMatch
from synthaudit.attacks.membership.distance.local_distance import LocalDistance
from synthaudit.attacks.membership.distance.mc_ball import MonteCarloBall
from synthaudit.attacks.membership.distance.nearest import DCR, MeanDCR
from synthaudit.attacks.membership.distance.nndr import NNDR
from synthaudit.attacks.membership.distance.presence import PresenceDisclosure
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Column, NumericScale, Records, Schema
from synthaudit.audit.statistics import roc

MIXED = Schema(
    (
        Column("flag", "binary"),
        Column("age", "continuous", low=0, high=100),
        Column("ward", "categorical", levels=("a", "b", "c"), missing=True),
        Column("stage", "ordinal", levels=("1", "2", "3")),
    )
)


def codes(*rows):
    return Records.binary([f"c{j}" for j in range(len(rows[0]))], np.array(rows))


def ages(*values):
    schema = Schema((Column("age", "continuous", low=0, high=100),))
    return Records.of(schema, {"age": np.array(values, float)})


def mixed(*rows):
    columns = np.array(rows, float).T
    return Records.of(MIXED, dict(zip(MIXED.names, columns, strict=True)))


def score(attack, targets, synthetic, reference=None):
    return attack.score(targets, Knowledge(synthetic, reference), rng=np.random.default_rng(0))


FOUR = codes([1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1])


def test_nearest_is_minus_the_smallest_hamming_distance():
    np.testing.assert_array_equal(score(DCR(), codes([1, 1, 0, 0], [0, 0, 0, 1]), FOUR), [0, -1])


def test_nearest_takes_the_mean_of_k():
    np.testing.assert_allclose(score(DCR(k=2), codes([1, 1, 0, 0]), FOUR), [-0.5])
    np.testing.assert_allclose(score(MeanDCR(), codes([1, 1, 0, 0]), FOUR), [-(0 + 1 + 4) / 3])


@pytest.mark.parametrize(("metric", "expected"), [("cosine", 1 / np.sqrt(3) - 1), ("jaccard", 1 / 3 - 1)])
def test_nearest_in_other_metrics(metric, expected):
    found = score(DCR(metric=metric), codes([1, 0, 0, 0]), codes([1, 1, 1, 0]))
    np.testing.assert_allclose(found, [expected])


def test_nearest_on_a_mixed_table_is_gower():
    found = score(DCR(), mixed([1, 40, 0, 2]), mixed([0, 60, np.nan, 1]))
    np.testing.assert_allclose(found, [-(1 + 0.2 + 1 + 0.5) / 4])


def test_presence_claims_within_a_number_of_columns():
    attack = PresenceDisclosure(max_differences=(0, 2))
    scores = score(attack, codes([1, 1, 0, 0], [1, 0, 0, 1]), FOUR)
    np.testing.assert_array_equal(scores, [0, -2])
    assert attack.claims() == {"within 0": 0.0, "within 2": -2.0}
    assert [bool(s >= t) for s in scores for t in attack.claims().values()] == [True, True, False, True]


def test_presence_counts_columns_on_a_mixed_table_too():
    scores = score(PresenceDisclosure(), mixed([1, 40, 0, 2], [1, 70, 0, 0]), mixed([1, 40, 1, 2]))
    np.testing.assert_array_equal(scores, [-1, -2.3])


@pytest.mark.parametrize("h", [(), (-1,), (1, 1)])
def test_presence_rejects_odd_distances(h):
    with pytest.raises(ValueError, match="expected max_differences >= 0, each once"):
        PresenceDisclosure(max_differences=h)


def test_exact_counts_copies():
    release = codes([1, 0], [0, 1], [1, 0])
    np.testing.assert_array_equal(score(ExactMatch(), codes([1, 0], [0, 1], [1, 1]), release), [2, 1, 0])
    np.testing.assert_array_equal(score(ExactMatch(count_copies=False), codes([1, 0], [1, 1]), release), [1, 0])


def test_exact_match_of_missing_values_and_of_both_zeros():
    release = mixed([1, 0.0, np.nan, 2], [0, 5, 1, 0])
    targets = mixed([1, -0.0, -np.nan, 2], [0, 5, 1, 0], [0, 5, np.nan, 0], [0, 5, 0, 0])
    np.testing.assert_array_equal(score(ExactMatch(), targets, release), [1, 1, 0, 0])


def test_exact_match_between_counts_of_different_width():
    schema = Schema((Column("n", "count"),))
    narrow, wide = (Records.of(schema, {"n": np.array(v)}) for v in ([1, 44], [1, 300]))
    np.testing.assert_array_equal(score(ExactMatch(), narrow, wide), [1, 0])


def test_calibrated_is_the_log_ratio_of_the_two_distances():
    found = score(CalibratedDistance(), ages(40, 58), ages(41), ages(60))
    np.testing.assert_allclose(found, np.log([20 / 1, 2 / 17]))


def test_calibrated_difference_is_that_of_the_two_distances():
    found = score(CalibratedDistance(form="difference"), ages(40, 58), ages(41), ages(60))
    np.testing.assert_allclose(found, [0.20 - 0.01, 0.02 - 0.17])


def test_calibrated_can_cut_the_larger_set_to_the_size_of_the_smaller():
    # One reference row against synthetic rows at 0 and 1: each cut keeps one of the two, so scores average to between.
    found = score(CalibratedDistance(form="difference", repeats=400), ages(0), ages(0, 100), ages(100))
    assert 0.4 < found[0] < 0.6  # mean of 400 coin flips: standard error 0.025
    assert score(CalibratedDistance(form="difference"), ages(0), ages(0, 100), ages(100))[0] == 1  # the whole tables


def deviation(values):
    """Return the standard deviation of 121 quantiles without the first and the last."""
    return np.quantile(values, np.linspace(0, 1, 121))[1:-1].std()


def test_squared_euclidean_distance_is_mismatches_and_squared_deviations():
    real = mixed(*([j % 2, j, j % 3, j % 3] for j in range(100)))
    rows = EuclideanRows.fit(real.schema, NumericScale.of(real))
    age, stage = deviation(np.arange(100)), deviation(np.arange(100) % 3)
    base = mixed([0, 40, 0, 0], [1, 50, 1, 2], [1, 50, np.nan, 0])
    expected = [0, 2 + (10 / age) ** 2 + (2 / stage) ** 2, 2 + (10 / age) ** 2]
    found = rows.distances(mixed([0, 40, 0, 0]), base, 3)
    np.testing.assert_allclose(found, [np.sqrt(np.sort(expected))], rtol=1e-5)
    assert found[0, 0] == 0  # a copy lies at no distance, not at one of rounding


def test_euclidean_distance_of_codes_is_the_root_of_hamming():
    rows = EuclideanRows.fit(FOUR.schema, NumericScale.of(FOUR))
    np.testing.assert_allclose(rows.distances(codes([1, 1, 0, 0]), FOUR, 3), [[0, 1, 2]])


def test_euclidean_neighbours_equal_those_of_all_pairs(monkeypatch):
    rng = np.random.default_rng(0)
    tables = [mixed(*zip(*(rng.integers(0, 2, n), rng.normal(50, 20, n), rng.integers(0, 3, n), rng.integers(0, 3, n)),
                         strict=True)) for n in (70, 90)]  # fmt: skip
    monkeypatch.setattr("synthaudit.attacks.euclidean_rows.CELLS", 90 * 16)  # five blocks
    rows = EuclideanRows.fit(tables[1].schema, NumericScale.of(tables[1]))
    ours, theirs = (rows.encoder.dense(one) * rows.weights for one in tables)
    apart = np.sqrt(np.square(ours[:, None] - theirs[None]).sum(axis=2))
    np.testing.assert_allclose(rows.distances(*tables, 4), np.sort(apart, axis=1)[:, :4], atol=1e-5)


def test_local_distance_weighs_the_nearest_row_against_the_other_neighbours():
    # Target 50: synthetic rows 1, 4 and 9 years away, reference records 2 and 20.
    reference = ages(30, 52)
    found = score(LocalDistance(k=1, weight=0.5), ages(50), ages(51, 54, 41), reference)
    unit = deviation([30, 52])
    expected = 0.5 * (np.log(2 / unit) + np.log(4 / unit)) / 2 - np.log(1 / unit)
    np.testing.assert_allclose(found, [expected], rtol=1e-5)
    copied = score(LocalDistance(k=1, weight=0.5), ages(51), ages(51, 54, 41), reference)
    np.testing.assert_allclose(copied, [0.5 * (np.log(1 / unit) + np.log(3 / unit)) / 2 - np.log(0.01)], rtol=1e-5)


# 400 of 800 members with noise of a fifth of a deviation in each of ten numbers: AUC's standard error is .02 at most.
def test_noise_of_a_fifth_of_a_deviation_hides_nobody_from_local_distances():
    schema = Schema(tuple(Column(f"x{j}", "continuous") for j in range(10)))
    rng = np.random.default_rng(0)
    members, holdout, reference, others = (rng.normal(size=(n, 10)) for n in (800, 800, 400, 800))
    jitter = members[:400] + 0.2 * members.std(axis=0) * rng.normal(size=(400, 10))
    targets, published, sealed, real = (
        Records.of(schema, {f"x{j}": part[:, j] for j in range(10)})
        for part in (np.concatenate([members, holdout]), np.concatenate([jitter, others[:400]]), others, reference)
    )
    found = {}
    for name, rows in (("leak", published), ("none", sealed)):
        scores = score(LocalDistance(), targets, rows, real)
        found[name] = roc.auc(scores[:400], scores[800:])
    assert found["leak"].low > 0.9
    assert found["none"].low <= 0.5 <= found["none"].high


def test_ratio_is_minus_first_over_second_distance():
    found = score(NNDR(), ages(10, 50, 90), ages(10, 14, 60, 80, 90, 90))
    np.testing.assert_allclose(found, [0, -10 / 30, 0])


def test_cosine_is_the_largest_similarity_and_an_empty_record_is_similar_to_nothing():
    attack = CosineThreshold(thresholds=(0.5, 1.0))
    found = score(attack, codes([1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]), FOUR)
    np.testing.assert_allclose(found, [1, 1 / np.sqrt(2), 0], atol=1e-6)
    assert attack.claims() == {"similarity 0.5": 0.5, "similarity 1": 1.0}
    assert found[0] >= attack.claims()["similarity 1"]


def test_cosine_on_a_mixed_table_finds_a_copy():
    release = mixed([1, 40, 0, 2], [0, 60, 1, 0], [1, 80, 2, 1])
    found = score(CosineThreshold(), mixed([0, 60, 1, 0], [0, 61, 2, 0]), release)
    assert found[0] == 1.0
    assert found[1] < 1.0


def test_ball_counts_synthetic_rows_within_the_reference_radius():
    # Reference rows lie 1, 3 and 10 years from the nearest synthetic row: the median radius is 3 years.
    found = score(MonteCarloBall(), ages(20, 41, 70), ages(20, 22, 40, 90), ages(21, 43, 80))
    np.testing.assert_allclose(found, [0.5, 0.25, 0])


def test_tracing_leans_with_the_synthetic_means():
    # p = (1/2, 1/2), s = (1, 1/2); pooled mean of column 0 is 3/4, so v_0 = (6 + .5) / 9 - (6.5 / 9)^2 over 8 rows.
    reference, release = codes([1, 0], [0, 1], [1, 0], [0, 1]), codes([1, 0], [1, 1], [1, 0], [1, 1])
    variance = 6.5 / 9 - (6.5 / 9) ** 2
    found = score(Tracing(), codes([1, 1], [0, 0]), release, reference)
    np.testing.assert_allclose(found, np.array([0.25, -0.25]) / variance, rtol=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: DCR(k=0), "expected k > 0"),
        (lambda: DCR(metric="euclid"), "expected metric to be one of"),
        (lambda: CalibratedDistance(repeats=-1), "expected repeats >= 0"),
        (lambda: CalibratedDistance(form="sum"), "expected form to be one of"),
        (lambda: LocalDistance(k=0), "expected k > 0"),
        (lambda: LocalDistance(weight=0.0), "expected weight > 0"),
        (lambda: NNDR(k=1), "expected k >= 2"),
        (lambda: CosineThreshold(thresholds=(0.0,)), "expected thresholds in"),
        (lambda: MonteCarloBall(radius_quantile=1.0), "expected radius_quantile in"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_an_attack_without_its_reference_says_so():
    needy = [name for name, attack in MEMBERSHIP.items() if attack.needs == {Need.SYNTHETIC, Need.REFERENCE}]
    assert "calibrated" in needy
    for name in needy:
        with pytest.raises(ValueError, match="expected reference records"):
            score(MEMBERSHIP[name](), FOUR, FOUR)
