"""One-column distances, by hand and against scipy."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from synthaudit.audit.fidelity.metrics.marginals import Marginals
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured


def read(real, synthetic):
    return Marginals().measure(real, synthetic, real, rng=np.random.default_rng(0))


def one(column, *values):
    return [Records.of(Schema((column,)), {column.name: np.asarray(v)}) for v in values]


def test_binary_columns_by_hand():
    real, synthetic = (
        Records.binary("abc", np.arange(50)[:, None] < np.array(counts)) for counts in ([10, 30, 9], [20, 20, 40])
    )
    reading = read(real, synthetic)
    assert reading.points["total_variation"] == pytest.approx((0.2, 0.2))  # 9 patients have the third
    assert reading.statistics["total_variation_mean"].value == pytest.approx(0.2)
    assert reading.statistics["columns_hidden"].value == 1
    assert isinstance(reading.statistics["wasserstein_mean"], NotMeasured)


def test_levels_and_missing_by_hand():
    column = Column("ward", "categorical", levels=("a", "b", "c"), missing=True)
    real, synthetic = one(column, [0.0] * 20 + [1.0] * 20 + [np.nan] * 10, [0.0] * 30 + [2.0] * 10 + [np.nan] * 10)
    reading = read(real, synthetic)
    assert reading.statistics["total_variation_max"].value == pytest.approx((0.2 + 0.4 + 0.2) / 2)


@pytest.mark.parametrize("kind", ["count", "ordinal"])
def test_wasserstein_of_whole_numbers_is_exact(kind):
    rng = np.random.default_rng(2)
    column = Column("stage", kind, levels=tuple("abcde") if kind == "ordinal" else ())
    left, right = rng.integers(5, size=(2, 400))
    left[left == 4] = rng.integers(5, size=(left == 4).sum())
    reading = read(*one(column, left, right))
    expected = wasserstein_distance(left, right) / left.std()
    assert reading.statistics["wasserstein_mean"].value == pytest.approx(expected)


def test_wasserstein_of_a_shifted_normal_is_the_shift():
    rng = np.random.default_rng(3)
    left, right = rng.normal(50, 8, size=2000), rng.normal(54, 8, size=2000)
    reading = read(*one(Column("age", "continuous"), left, right))
    assert reading.statistics["wasserstein_max"].value == pytest.approx(
        wasserstein_distance(left, right) / left.std(), rel=0.03
    )
    assert reading.statistics["wasserstein_max"].low > 0.4


def test_a_copy_is_at_no_distance():
    real = one(Column("age", "continuous", missing=True), np.r_[np.random.default_rng(1).normal(size=99), np.nan])[0]
    statistics = read(real, real).statistics
    assert statistics["total_variation_max"].value == statistics["wasserstein_max"].value == 0


def test_what_cannot_be_measured_says_why():
    constant, empty = Records.binary("ab", np.ones((30, 2))), Records.binary("ab", np.ones((0, 2)))
    assert "lie outside the commonest cell" in read(constant, constant).statistics["total_variation_mean"].reason
    for real, synthetic in ((constant, empty), (empty, constant)):
        statistics = read(real, synthetic).statistics
        assert all("needs 2 rows" in statistic.reason for statistic in statistics.values())
        assert set(statistics) == set(Marginals.better)
