"""Dimension-wise prediction: closed forms, guards, and what is said of columns left out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from synthaudit.audit.fidelity.metrics.dimension_prediction import DimensionPrediction
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured

NAMES = [f"c{k}" for k in range(12)]


def pairs(rows, seed):
    """Return 12 codes in 6 pairs; the second of a pair is the first, wrong one time in ten."""
    rng = np.random.default_rng(seed)
    first = rng.random((rows, 6)) < 0.4
    matrix = np.empty((rows, 12), np.uint8)
    matrix[:, ::2], matrix[:, 1::2] = first, first ^ (rng.random((rows, 6)) < 0.1)
    return Records.binary(NAMES, matrix)


def independent(rows, seed):
    """Return the same rates without the pairs."""
    rng = np.random.default_rng(seed)
    return Records.binary(NAMES, rng.random((rows, 12)) < pairs(4000, 0).codes.mean(axis=0))


def read(real, synthetic, test, columns=None, **options):
    return DimensionPrediction(columns).measure(real, synthetic, test, rng=np.random.default_rng(0), **options)


def test_f1_is_that_of_scikit_learn_column_by_column():
    real, synthetic, test = pairs(600, 1), independent(500, 2), pairs(400, 3)
    reading = read(real, synthetic, test)
    for train, name in ((real, "f1_real"), (synthetic, "f1_synthetic")):
        expected = []
        for k in range(12):
            others = np.arange(12) != k
            model = LogisticRegression(tol=1e-9, max_iter=5000).fit(train.codes[:, others], train.codes[:, k])
            expected.append(f1_score(test.codes[:, k], model.predict(test.codes[:, others])))
        np.testing.assert_allclose(reading.points[name], expected, atol=1e-3)
        assert reading.statistics[name].value == pytest.approx(np.mean(expected), abs=1e-3)


def test_independent_sampling_is_perfect_on_rates_and_useless_on_prediction():
    statistics = read(pairs(3000, 1), independent(3000, 2), pairs(2000, 3)).statistics
    # With its twin known, a column is guessed right nine times in ten: AUC about .9; without, .5.
    assert statistics["auc_real"].low < 0.9 < statistics["auc_real"].high + 0.01
    assert statistics["auc_synthetic"].value < 0.65
    assert statistics["f1_loss"].low > 0.7
    assert statistics["f1_within_tenth"].value == 0


def test_fresh_rows_of_the_same_population_lose_nothing():
    statistics = read(pairs(3000, 1), pairs(3000, 2), pairs(2000, 3)).statistics
    assert abs(statistics["f1_loss"].value) < 0.005
    assert statistics["auc_within_tenth"].value == 1


def test_rare_columns_are_left_out_and_lost_ones_count_as_chance():
    real, synthetic, test = (pairs(500, seed).codes.copy() for seed in (1, 2, 3))
    real[9:, 0] = 0  # at most 9 real patients have it
    test[:, 2] = 0  # no test patient has it
    test[9:, 3] |= 1  # at most 9 test patients lack it
    synthetic[:, 4] = 0  # the generator never makes it
    synthetic[:, 5] = 1  # ... or always
    reading = read(*(Records.binary(NAMES, matrix) for matrix in (real, synthetic, test)))
    assert reading.statistics["columns_hidden"].value == 3
    assert reading.statistics["columns_lost"].value == 2
    assert reading.statistics["columns_scored"].value == 9
    assert {len(series) for series in reading.points.values()} == {9}
    # Of columns 1, 4, 5, 6 and so on, the two that the generator lost stand second and third.
    assert reading.points["f1_synthetic"][1:3] == (0.0, 0.0)
    assert reading.points["auc_synthetic"][1:3] == (0.5, 0.5)
    assert min(reading.points["f1_real"]) > 0.5
    kept = [at for at in range(9) if at not in (1, 2)]
    learnt = np.mean([reading.points["f1_synthetic"][at] for at in kept])
    assert reading.statistics["f1_synthetic"].value == pytest.approx(learnt * 7 / 9)


def test_a_generator_gains_nothing_by_losing_codes():
    real, honest, test = pairs(1000, 1), pairs(1000, 2), pairs(800, 3)
    lossy = honest.codes.copy()
    lossy[:, ::2] = 0
    statistics = read(real, Records.binary(NAMES, lossy), test).statistics
    assert statistics["f1_synthetic"].value < read(real, honest, test).statistics["f1_synthetic"].value / 2
    nothing = read(real, Records.binary(NAMES, np.zeros((50, 12))), test).statistics
    assert (nothing["f1_synthetic"].value, nothing["auc_synthetic"].value) == (0.0, 0.5)
    assert nothing["f1_loss"].value == pytest.approx(nothing["f1_real"].value)


def test_a_sample_of_columns_is_said_to_be_one_and_has_a_wider_interval():
    tables = pairs(500, 1), pairs(500, 2), pairs(500, 3)
    some, all_of_them = read(*tables, columns=4), read(*tables)
    assert some.statistics["columns_scored"].value == 4
    assert "4 of 12 columns drawn at random" in some.statistics["f1_loss"].method
    assert "drawn" not in all_of_them.statistics["f1_loss"].method
    assert set(some.points["f1_real"]) <= set(all_of_them.points["f1_real"])
    assert read(*tables, columns=50) == all_of_them


def test_other_kinds_are_features_only():
    rng = np.random.default_rng(4)
    schema = Schema(
        (
            Column("sick", "binary"),
            Column("lab", "continuous", missing=True),
            Column("stays", "count"),
            Column("ward", "categorical", levels=("a", "b", "c")),
            Column("stage", "ordinal", levels=("i", "ii"), missing=True),
        )
    )

    def table(rows):
        sick = rng.random(rows) < 0.5
        lab = np.where(rng.random(rows) < 0.1, np.nan, 70 + 10 * rng.normal(size=rows) + 15 * sick)
        ward, stage = rng.integers(3, size=rows), rng.integers(2, size=rows)
        columns = {"sick": sick, "lab": lab, "stays": rng.poisson(4, size=rows), "ward": ward, "stage": stage}
        return Records.of(schema, columns)

    reading = read(table(800), table(800), table(800))
    assert reading.statistics["columns_scored"].value == 1
    assert 0.75 < reading.points["auc_real"][0] < 0.9  # expected: Phi(1.5 / sqrt 2) = .856 where the lab is known
    assert isinstance(reading.statistics["f1_correlation"], NotMeasured)


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ((pairs(50, 1), pairs(50, 2), pairs(0, 3)), "the test table has no rows"),
        ((pairs(50, 1), pairs(0, 2), pairs(50, 3)), "the synthetic table has no rows"),
        ((pairs(1, 1), pairs(50, 2), pairs(50, 3)), "no binary column is had and lacked by 10 real"),
        (tuple(Records.binary("a", np.arange(40)[:, None] % 2) for _ in range(3)), "no second column"),
        (
            tuple(
                Records.of(Schema((Column("a", "count"), Column("b", "continuous"))), {"a": [1, 2], "b": [0.5, 1.5]})
                for _ in range(3)
            ),
            "no binary column to predict",
        ),
    ],
)
def test_what_cannot_be_measured_says_why(tables, reason):
    reading = read(*tables)
    assert isinstance(reading.statistics["f1_loss"], NotMeasured)
    assert reason in reading.statistics["f1_loss"].reason
    assert set(reading.statistics) == set(DimensionPrediction.better)


def test_statistics_are_those_with_a_direction():
    assert set(read(pairs(300, 1), pairs(300, 2), pairs(300, 3)).statistics) == set(DimensionPrediction.better)


def test_rejects_a_sample_of_no_columns():
    with pytest.raises(ValueError, match="expected columns > 0, got 0"):
        DimensionPrediction(columns=0)
