"""Two samples of numbers: gaps by hand, levels of the tests, and units that are told apart or not."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from synthaudit.audit.statistics.homogeneity import chi_square_p, greatest_gap, smirnov_p
from synthaudit.audit.statistics.unit_change import FACTORS, unit_change


def cost(rows, seed):
    return np.random.default_rng([seed, 5]).lognormal(8, 1.2, rows).round(2)


def pressure(rows, seed):
    return np.random.default_rng([seed, 6]).normal(85, 12, rows).round()


def test_the_chi_square_p_value_is_that_of_the_table_of_counts():
    first, second = np.repeat([0, 1, 2], [30, 50, 20]), np.repeat([0, 1, 2], [45, 40, 15])
    expected = chi2_contingency([[30, 50, 20], [45, 40, 15]]).pvalue
    assert chi_square_p(first, second) == pytest.approx(expected)
    # A class with fewer than five expected on a side joins the other rare ones, and is left out where these are few.
    assert chi_square_p(np.append(first, [7, 8]), second) == pytest.approx(expected)
    assert chi_square_p(np.zeros(9, int), np.zeros(9, int)) is None


def test_the_greatest_gap_and_its_p_value_are_smirnovs():
    first, second = np.sort(cost(300, 1)), np.sort(cost(400, 2) * 1.2)
    expected = ks_2samp(first, second, method="asymp")
    gap = greatest_gap(first, second)
    assert gap == pytest.approx(expected.statistic)
    assert smirnov_p(gap, 300, 400) == pytest.approx(expected.pvalue, rel=0.2)
    assert greatest_gap(first * 2.0, first, 2.0) == 0.0


@pytest.mark.parametrize("make", [cost, pressure])
@pytest.mark.parametrize("factor", [10, 1000, 0.01, 2.2046, 1 / 18.016, 12, 365.25, 1 / 88.42])
def test_a_converted_column_is_named_with_its_factor(make, factor):
    found = unit_change(make(500, 1) * factor, make(400, 2))
    assert found is not None
    # Costs spread over decades, so that 500 of them cannot tell 10 from 12; pressures can.
    assert found.factor == pytest.approx(factor, rel=0.3 if make is cost else 0.06)


def test_columns_without_overlap_are_named_without_a_factor():
    assert str(unit_change(pressure(500, 1) + 400, pressure(400, 2))) == "hardly overlaps the real values"
    assert str(unit_change(np.full(90, -999.0), pressure(400, 2))) == "hardly overlaps the real values"


def test_factors_read_as_words():
    assert str(unit_change(cost(500, 1) * 1000, cost(400, 2))) == "about 1,000 times the real values"
    assert str(unit_change(cost(500, 1) / 60, cost(400, 2))).startswith("about 1/")


@pytest.mark.parametrize("make", [cost, pressure])
def test_other_patients_and_poor_synthetic_columns_keep_their_unit(make):
    for seed in range(200):
        real, other = make(60, 2 * seed), make(60, 2 * seed + 1)
        assert unit_change(other, real) is None
    real = make(500, 1)
    assert (
        unit_change(make(500, 2) * 1.4, real) is None or make is pressure
    )  # pressures 1.4 times as high do not overlap
    assert unit_change(np.full(500, np.median(real)), real) is None
    assert unit_change(np.r_[make(490, 2), np.full(10, 1e30)], real) is None
    assert unit_change(np.full(5, np.nan), real) is None
    assert unit_change(real * 1000, np.repeat([1.0, 2.0], 30)) is None  # two values have no unit


def test_every_factor_can_be_undone():
    assert {round(np.log(factor), 9) for factor in FACTORS} == {-round(np.log(factor), 9) for factor in FACTORS}
