"""The units of numbers: by hand, and out of reach of the table under test."""

import numpy as np
import pytest

from synthaudit.attacks.attacker_scale import plausible_rows
from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.records import Column, NumericScale, Records, Schema
from synthaudit.audit.statistics.roc import auc

NUMBERS = Schema((Column("lab", "continuous"), Column("visits", "count"), Column("flat", "continuous", low=0, high=8)))
BY_ROWS = [name for name, attack in MEMBERSHIP.items() if attack.needs <= {Need.SYNTHETIC, Need.REFERENCE}]
SENTINEL = 999_999.0


def table(lab, visits, flat):
    return Records.of(NUMBERS, {"lab": np.array(lab, float), "visits": np.array(visits), "flat": np.array(flat, float)})


def patients(values):
    schema = Schema(tuple(Column(f"x{at}", "continuous") for at in range(values.shape[1])))
    return Records.of(schema, {f"x{at}": values[:, at] for at in range(values.shape[1])})


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


@pytest.mark.parametrize("name", BY_ROWS)
def test_ten_sentinel_rows_hide_no_leak(name):
    """400 of 1,000 synthetic rows are blurred members; ten rows of 999999 must cost no attack its AUC (METHODS 8.4)."""
    rng = np.random.default_rng(20_261)
    members, holdout, reference, others = (rng.normal(size=(size, 8)) for size in (400, 400, 400, 600))
    rows = np.concatenate([members + 0.2 * rng.normal(size=members.shape), others])
    targets, found = patients(np.concatenate([members, holdout])), []
    for synthetic in (rows, np.concatenate([rows, np.full((10, 8), SENTINEL)])):
        knowledge = Knowledge(patients(synthetic), patients(reference))
        try:
            scores = MEMBERSHIP[name]().score(targets, knowledge, rng=np.random.default_rng(0))
        except InsufficientKnowledge:
            pytest.skip("this attack does not apply to blurred numbers")
        found.append(auc(scores[:400], scores[400:]).value)
    assert abs(found[0] - found[1]) < 0.03, found


@pytest.mark.parametrize("name", list(ATTRIBUTE))
def test_ten_sentinel_rows_leave_a_guess_as_good(name):
    """Every attack of attributes still finds the number that goes with the known ones."""
    rng = np.random.default_rng(20_262)

    def draw(size):
        first = rng.normal(size=(size, 3))
        return np.column_stack([first, first.sum(axis=1)])

    rows, targets, reference = draw(500), patients(draw(200)), patients(draw(300))
    known, errors = np.tile([True, True, True, False], (200, 1)), []
    for synthetic in (rows, np.concatenate([rows, np.full((10, 4), SENTINEL)])):
        knowledge = Knowledge(patients(synthetic), reference)
        guesses = ATTRIBUTE[name]().guess(targets, known, knowledge, rng=np.random.default_rng(0))
        errors.append(float(np.median(np.abs(guesses.values[:, 3] - targets.column("x3")))))
    assert errors[1] < 1.5 * errors[0] + 0.05, errors


def test_rows_far_outside_the_real_range_are_left_out_unless_most_are():
    scale = NumericScale.of(table(np.arange(101), np.arange(101), np.arange(101)))
    rows = table([50, 180, 200, 999], [0, 0, 0, 0], [0, 0, 0, 0])
    assert scale.plausible(rows).tolist() == [True, True, False, False]  # the real ones end at 100, a range is 90
    assert len(plausible_rows(Knowledge(rows, scale=scale))) == 2
    assert len(plausible_rows(Knowledge(rows.take([1, 2, 3]), scale=scale))) == 3
