"""Bars that may be shown: round edges, at least ten patients of each real side in every bar, and nobody lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthaudit.audit.fidelity.bar_edges import bar_edges, edge_labels, round_step
from synthaudit.audit.fidelity.shown_bars import MISSING, OTHERS, shown_bars, wilson
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import intervals

AGE = Column("x", "continuous", missing=True)
STAGE = Column("x", "ordinal", levels=("i", "ii", "iii", "iv"))
WARD = Column("x", "categorical", levels=("a", "b", "c", "d"), missing=True)


def table(column, values, patients=None):
    return Records.of(Schema((column,)), {"x": np.asarray(values, float)}, patients)


def bars(column, members, holdout=None, synthetic=(), small_count=10):
    holdout = members if holdout is None else holdout
    real = (table(column, members), table(column, holdout))
    return shown_bars(column, real, (table(column, synthetic or members),), real[1], small_count)


def test_numbers_are_cut_at_round_values_inside_the_real_quantiles():
    values = np.random.default_rng(0).normal(60, 12, 5000)
    edges = bar_edges(AGE, values)
    assert np.diff(edges) == pytest.approx(5)
    assert set(edges % 5) == {0}
    assert values.min() < edges[0]
    assert edges[-1] < values.max()
    assert edge_labels(AGE, [40.0, 45.0]) == ["< 40", "40 – 45", "≥ 45"]
    assert edge_labels(Column("x", "count"), [1, 2, 5]) == ["0", "1", "2 – 4", "≥ 5"]


def test_a_crowded_bar_is_cut_finer_and_a_constant_is_not_cut():
    skewed = np.random.default_rng(0).lognormal(0, 2, 5000)
    edges = bar_edges(AGE, skewed)
    inside = np.bincount(np.searchsorted(edges, skewed, side="right"))
    assert inside.max() < 0.15 * len(skewed)
    assert all(f"{edge:.6g}" == f"{edge:.2g}" for edge in edges), "two digits"
    assert len(bar_edges(AGE, np.ones(100))) == len(bar_edges(AGE, np.empty(0))) == 0


def test_dates_are_cut_at_years_months_or_weeks():
    column = Column("x", "continuous", format="%Y-%m-%d")
    day = np.datetime64("2001-03-04").astype(int)
    years = edge_labels(column, list(bar_edges(column, day + np.arange(0, 9000.0))))
    assert years[1] == "2002 – 2004"
    months = edge_labels(column, list(bar_edges(column, day + np.arange(0, 300.0))))
    assert months[:2] == ["< 2001-04", "2001-04 – 2001-05"]
    assert len(bar_edges(column, day + np.arange(0, 40.0))) == 5


@pytest.mark.parametrize(("least", "step"), [(0.011, 0.02), (1, 1), (3, 5), (60, 100)])
def test_steps_are_1_2_or_5_times_a_power_of_ten(least, step):
    assert round_step(least) == pytest.approx(step)


def test_ordered_levels_join_their_neighbours_until_both_sides_have_enough():
    members = np.repeat([0, 1, 2, 3], [30, 9, 20, 4])
    found = bars(STAGE, members)
    assert found.labels == ("i", f"iii {OTHERS}"), "nine and four patients are not named"
    assert found.counts[0].tolist() == [30, 33]
    few_holdout = bars(STAGE, np.repeat([0, 1, 2, 3], 30), np.repeat([0, 1, 2, 3], [9, 30, 30, 30]))
    assert few_holdout.labels == (f"ii {OTHERS}", "iii", "iv"), "nor are nine of the holdout"
    rare = bars(STAGE, np.repeat([0, 1, 2, 3], [6, 7, 8, 9]))
    assert rare.labels == (OTHERS, f"{OTHERS} (2)")


def test_rare_levels_are_pooled_with_the_next_until_they_are_not_rare():
    found = bars(WARD, np.repeat([0, 1, 2, 3], [50, 30, 6, 5]))
    assert found.labels == ("a", "b", OTHERS)
    assert found.counts[0].tolist() == [50, 30, 11]
    one_rare = bars(WARD, np.repeat([0, 1, 2, 3], [50, 30, 20, 1]))
    assert one_rare.labels == ("a", "b", OTHERS), "one patient alone is no pool"
    assert one_rare.counts[0].tolist() == [50, 30, 21]
    assert bars(WARD, np.repeat([0, 1], [50, 9])) is None


def test_a_level_that_no_patient_has_is_still_counted():
    found = bars(WARD, np.repeat([0, 1, 2], [50, 30, 20]), synthetic=[3] * 40)
    assert found.labels == ("a", "b", OTHERS)
    assert found.counts[2].tolist() == [0, 0, 40]


def test_missing_values_have_a_bar_of_their_own_or_hide_in_the_commonest():
    some = bars(WARD, [*np.repeat([0.0, 1.0], [50, 30]), *[np.nan] * 12])
    assert some.labels == ("a", "b", MISSING)
    few = bars(WARD, [*np.repeat([0.0, 1.0], [50, 30]), *[np.nan] * 3])
    assert (few.labels[1], few.counts[0].tolist()) == ("b", [53, 30])


def test_patients_and_not_rows_are_counted():
    values, patients = np.repeat([0.0, 1.0], [60, 40]), np.concatenate([np.arange(60), np.repeat(np.arange(60, 65), 8)])
    real = table(Column("x", "binary", missing=True), values, patients)
    assert shown_bars(real.schema.columns[0], (real, real), (real,), real, 10) is None
    alone = table(Column("x", "binary", missing=True), values)
    assert shown_bars(alone.schema.columns[0], (alone, alone), (alone,), alone, 10).counts[0].tolist() == [60, 40]


@given(
    kind=st.sampled_from(["continuous", "ordinal", "categorical"]),
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 120),
    small_count=st.integers(2, 15),
)
def test_no_bar_of_a_real_side_rests_on_few_patients_and_nobody_is_lost(kind, seed, rows, small_count):
    rng = np.random.default_rng(seed)
    column = {"continuous": AGE, "ordinal": STAGE, "categorical": WARD}[kind]
    draw = (lambda n: rng.lognormal(0, 2, n)) if kind == "continuous" else (lambda n: rng.binomial(3, rng.random(), n))
    members, holdout, synthetic = (draw(n).astype(float) for n in (rows, rows // 2 + 1, 50))
    if column.missing:
        members[rng.random(rows) < 0.1] = np.nan
    found = bars(column, members, holdout, synthetic.tolist(), small_count)
    if found is not None:
        assert found.counts[:2].min() >= small_count
        assert found.counts.sum(axis=1).tolist() == [len(members), len(holdout), len(synthetic)]
        assert len(set(found.labels)) == len(found.labels) >= 2


def test_wilsons_interval_is_the_books():
    low, high = wilson(np.array([0.1, 0.0, 1.0]), 100)
    assert (low[0], high[0]) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert (low[1], high[2]) == (0, 1)
    exact = intervals.exact_bounds(10, 100, lower_error=0.025, upper_error=0.025)
    assert (low[0], high[0]) == pytest.approx(exact, abs=0.01)
