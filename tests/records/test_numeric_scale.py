"""The units of numbers: by hand, and out of reach of the table under test."""

import numpy as np
import pytest

from synthaudit.attacks.attacker_scale import plausible_rows
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Column, NumericScale, Records, Schema

NUMBERS = Schema((Column("lab", "continuous"), Column("visits", "count"), Column("flat", "continuous", low=0, high=8)))


def table(lab, visits, flat):
    return Records.of(NUMBERS, {"lab": np.array(lab, float), "visits": np.array(visits), "flat": np.array(flat, float)})


def test_a_range_is_that_of_the_middle_nine_tenths():
    scale = NumericScale.of(table(np.r_[np.arange(100.0), 1e9], np.arange(101), np.arange(101.0)))
    assert scale.ranges == pytest.approx({"lab": 90.0, "visits": 90.0, "flat": 90.0})
    assert scale.deviation("lab") == pytest.approx(90 / 3.2897)
    assert scale.deviation("visits", np.log1p) == pytest.approx(np.log(96 / 6) / 3.2897)
    assert scale.centre("lab") == pytest.approx(50)
    np.testing.assert_allclose(scale.cuts("visits", 4), [25, 50, 75])
    np.testing.assert_allclose(scale.cuts("visits", 7), np.arange(1, 7) * 100 / 7, atol=0.02)


def test_a_column_whose_quantiles_agree_falls_back_to_all_values_then_to_bounds_then_to_equality():
    rare = np.arange(101) == 50
    scale = NumericScale.of(table(np.where(rare, 7.0, 2.0), np.zeros(101, int), np.full(101, 3.0)))
    assert scale.ranges == {"lab": 5.0, "visits": 0.0, "flat": 8.0}
    assert scale.deviation("visits") == 1.0


def test_missing_values_set_no_scale():
    empty = Records.of(Schema((Column("lab", "continuous", missing=True),)), {"lab": np.full(9, np.nan)})
    scale = NumericScale.of(empty)
    assert scale.ranges == {"lab": 0.0}
    assert scale.centre("lab") == 0.0
    assert len(scale.cuts("lab", 6)) == 0


def test_the_scale_is_the_given_one_else_the_references():
    small, large = (table(np.arange(101.0) * by, np.arange(101), np.arange(101)) for by in (1, 1000))
    assert Knowledge(large, small).units.ranges["lab"] == pytest.approx(90)
    assert Knowledge(large, large, scale=NumericScale.of(small)).units.ranges["lab"] == pytest.approx(90)
    np.testing.assert_allclose(FeatureEncoder.fit(NUMBERS, Knowledge(large, small).units).centre, [50, 50])


def test_rows_far_outside_the_real_range_are_left_out_unless_most_are():
    scale = NumericScale.of(table(np.arange(101), np.arange(101), np.arange(101)))
    rows = table([50, 180, 200, 999], [0, 0, 0, 0], [0, 0, 0, 0])
    assert scale.plausible(rows).tolist() == [True, True, False, False]  # the real ones end at 100, a range is 90
    assert len(plausible_rows(Knowledge(rows, scale=scale))) == 2
    assert len(plausible_rows(Knowledge(rows.take([1, 2, 3]), scale=scale))) == 3


def test_bounds_lie_one_range_beyond_the_real_values_or_their_size_where_all_are_equal():
    scale = NumericScale.of(table(np.arange(101), np.zeros(101, int), np.full(101, -40.0)))
    assert scale.bounds("lab") == pytest.approx((-90.0, 190.0))
    assert scale.bounds("visits") == (-1.0, 1.0)
    assert scale.bounds("flat") == (-48.0, -32.0)  # the declared bounds are 8 apart
    assert scale.bounds("unknown") == (-np.inf, np.inf)
    assert scale.outside("lab", np.array([190.0, 190.1, np.nan, -91.0, 1e308])).tolist() == [0, 1, 0, 1, 1]


def test_half_of_the_values_lie_within_the_median_deviation():
    scale = NumericScale.of(table(np.arange(101), np.arange(101), np.full(101, 3.0)))
    assert scale.median_deviation("lab") == pytest.approx(25, abs=0.5)
    assert scale.median_deviation("flat") == 0.0


@pytest.mark.parametrize("sentinel", [-999.0, 999_999.0])
def test_sentinels_in_real_records_set_no_scale(sentinel):
    """A tenth of the real values are a sentinel: the range stays within ten quartile distances, the middle near 50."""
    values = np.where(np.arange(1_000) % 10 == 0, sentinel, np.arange(1_000) / 10)
    scale = NumericScale.of(table(values, np.zeros(1_000, int), np.zeros(1_000)))
    quartiles = np.ptp(np.quantile(values, [0.25, 0.75]))
    assert scale.middle("lab") == pytest.approx(10 * quartiles, rel=0.01)
    assert abs(scale.centre("lab") - 50) < 60
    assert scale.cuts("lab", 4)[1] == pytest.approx(np.median(values), abs=0.1)


def test_a_skewed_column_keeps_its_range():
    skewed = np.exp(1.5 * np.random.default_rng(3).normal(size=5_000))
    scale = NumericScale.of(table(skewed, np.zeros(5_000, int), np.zeros(5_000)))
    assert scale.middle("lab") == pytest.approx(np.ptp(np.quantile(skewed, [0.05, 0.95])))
