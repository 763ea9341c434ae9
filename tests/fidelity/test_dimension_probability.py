"""Dimension-wise probability, by hand, by closed form and by simulation."""

import numpy as np
import pytest

from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.fidelity.binary_features import BinaryFeatures
from synthaudit.audit.fidelity.metrics.dimension_probability import DimensionProbability
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import Estimate, NotMeasured


def read(real, synthetic, **options):
    return DimensionProbability().measure(real, synthetic, real, rng=np.random.default_rng(0), **options)


def codes(counts, rows):
    """Return ``rows`` patients of whom the first ``counts[k]`` have code k."""
    return Records.binary([f"c{k}" for k in range(len(counts))], np.arange(rows)[:, None] < np.array(counts))


def test_rates_and_errors_by_hand():
    reading = read(codes([10, 20, 30, 40], 50), codes([20, 20, 20, 0], 50))
    assert reading.points["real"] == pytest.approx((0.2, 0.4, 0.6, 0.8))
    assert reading.points["synthetic"] == pytest.approx((0.4, 0.4, 0.4, 0.0))
    values = {name: statistic.value for name, statistic in reading.statistics.items()}
    assert values["mean_error"] == pytest.approx((0.2 + 0 + 0.2 + 0.8) / 4)
    assert values["max_error"] == pytest.approx(0.8)
    assert values["codes_lost"] == 0.25
    assert values["facts_hidden"] == 0
    assert values["pearson"] == pytest.approx(np.corrcoef([0.2, 0.4, 0.6, 0.8], [0.4, 0.4, 0.4, 0])[0, 1])
    assert values["spearman"] == pytest.approx(-0.7745967)  # ranks 1 2 3 4 against 3 3 3 1


def test_a_copy_is_perfect():
    real = codes([12, 20, 30], 50)
    statistics = read(real, real).statistics
    assert statistics["pearson"].value == pytest.approx(1)
    assert statistics["mean_error"].value == statistics["max_error"].value == statistics["codes_lost"].value == 0


def test_facts_of_few_patients_are_hidden_on_both_sides_and_counted():
    reading = read(codes([9, 10, 30, 41, 40, 50], 50), codes([50, 3, 30, 0, 40, 50], 50))
    assert reading.points["real"] == pytest.approx((0.2, 0.6, 0.8, 1.0))  # 9 have the first, 9 lack the fourth
    assert reading.points["synthetic"] == pytest.approx((0.2, 0.6, 0.8, 1.0))  # 3 rows are drawn as 10
    assert reading.statistics["facts_hidden"].value == 2
    assert reading.statistics["codes_lost"].value == 0  # the lost one is hidden
    assert reading.statistics["max_error"].value == pytest.approx(0.2 - 3 / 50)


def test_small_counts_count_patients_not_rows():
    matrix = np.zeros((60, 4), np.uint8)
    matrix[:30, 0] = matrix[:40, 1] = matrix[10:40, 2] = matrix[20:45, 3] = 1
    one_each = Records.binary("abcd", matrix)
    assert read(one_each, one_each).statistics["facts_hidden"].value == 0
    # Rows :30, :40, 10:40 and 20:45 belong to 10, 14, 11 and 9 of the 20 patients; 6 lack b, 9 lack c.
    three_each = one_each.with_patients(np.arange(60) // 3)
    reading = read(three_each, three_each)
    assert reading.statistics["facts_hidden"].value == 3
    assert reading.points["real"] == pytest.approx((0.5,))


def test_every_kind_becomes_facts():
    schema = Schema(
        (
            Column("age", "continuous", missing=True),
            Column("sex", "categorical", levels=("f", "m")),
            Column("visits", "count"),
            Column("smokes", "binary", missing=True),
        )
    )
    records = Records.of(
        schema,
        {
            "age": np.array([1.0, 2, 3, np.nan]),
            "sex": np.array([0.0, 1, 1, 0]),
            "visits": np.array([0, 3, 1, 0]),
            "smokes": np.array([0.0, 1, np.nan, 1]),
        },
    )
    matrix = BinaryFeatures.of(records).matrix(records).toarray()
    age = [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]]  # cuts 1.2, 1.5, 2, 2.5, 2.8
    np.testing.assert_array_equal(matrix[:, 0], [0, 1, 1, 0])  # visits > 0 comes first
    np.testing.assert_array_equal(matrix[0, 1:7], [*age[0], 0])
    np.testing.assert_array_equal(matrix[1, 1:7], [*age[1], 0])
    np.testing.assert_array_equal(matrix[2, 1:7], [*age[2], 0])
    np.testing.assert_array_equal(matrix[3, 1:7], [0, 0, 0, 0, 0, 1])
    np.testing.assert_array_equal(matrix[:, 7:9], [[1, 0], [0, 1], [0, 1], [1, 0]])
    np.testing.assert_array_equal(matrix[:, 9:], [[0, 0], [1, 0], [0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("real", "synthetic", "reason"),
    [
        (codes([5, 5], 0), codes([5, 5], 20), "no rows"),
        (codes([1, 0], 1), codes([5, 5], 20), "no fact is had by 10"),
        (codes([20, 30], 50), codes([20, 30], 50), "needs 3 rates, 2"),
        (codes([20, 20, 20], 50), codes([20, 30, 40], 50), "all rates are alike"),
    ],
)
def test_what_cannot_be_measured_says_why(real, synthetic, reason):
    statistic = read(real, synthetic).statistics["pearson"]
    assert isinstance(statistic, NotMeasured)
    assert reason in statistic.reason


def test_the_same_seed_gives_the_same_reading():
    real, synthetic = codes([10, 20, 30, 40], 50), codes([20, 20, 20, 0], 50)
    assert read(real, synthetic) == read(real, synthetic)


@pytest.mark.parametrize("name", ["pearson", "mean_error", "max_error"])
def test_intervals_cover_what_other_patients_would_give(name):
    """The truth is the mean over 400 other pairs of samples; 150 repeats at .93 (as in 600): s.e. .02; at least .87."""
    rng = np.random.default_rng(11)
    rates = rng.uniform(0.05, 0.5, size=40)
    shifted = np.clip(rates + rng.normal(0, 0.05, size=40), 0.03, 0.9)

    def draw(rate):
        return Records.binary([str(k) for k in range(40)], rng.random((300, 40)) < rate)

    def number(left, right):
        gaps = np.abs(left - right)
        return {"pearson": np.corrcoef(left, right)[0, 1], "mean_error": gaps.mean(), "max_error": gaps.max()}[name]

    truth = np.mean([number(draw(rates).codes.mean(0), draw(shifted).codes.mean(0)) for _ in range(400)])
    hits = []
    for _ in range(150):
        statistic = read(draw(rates), draw(shifted)).statistics[name]
        assert isinstance(statistic, Estimate)
        hits.append(statistic.low <= truth <= statistic.high)
    assert np.mean(hits) >= 0.87


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_tells_its_title_question_source_and_directions(name):
    metric = METRICS[name]
    assert metric.title
    assert metric.question.endswith("?")
    assert metric.source
    assert set(metric.better.values()) <= {"higher", "lower"}
