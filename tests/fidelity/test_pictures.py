"""Metrics behind the pictures, by hand: which columns differ, maps, the plane, and who is closest."""

import numpy as np
import pytest

from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured

MIXED = Schema(
    (
        Column("age", "continuous"),
        Column("ward", "categorical", levels=("a", "b", "c")),
        Column("sick", "binary"),
        Column("rare", "binary"),
    )
)


def patients(rows, seed, older=0.0, tied=True):
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 10, rows)
    sick = rng.random(rows) < (1 / (1 + np.exp(-(age - 60) / 5)) if tied else 0.5)
    columns = {"age": age + older, "ward": rng.integers(3, size=rows), "sick": sick, "rare": np.arange(rows) < 4}
    return Records.of(MIXED, columns)


def measure(name, *tables, small_count=10):
    return METRICS[name]().measure(*tables, rng=np.random.default_rng(7), small_count=small_count)


def test_the_column_that_was_shifted_differs_and_no_other():
    found = measure("column_distributions", patients(2000, 1), patients(2000, 2, older=4), patients(2000, 3))
    assert found.statistics["columns_differ"].value == pytest.approx(1 / 3)
    assert (found.statistics["columns_not_shown"].value, found.statistics["columns_not_shown"].trials) == (1, 4)
    assert next(iter(found.figures["column distances"])) == "age", "the farthest comes first"
    assert list(found.figures["binary columns"]) == ["sick"]
    assert list(found.figures["column: ward"]) == ["a", "b", "c"]
    assert "rare" not in str(found.figures), "four patients have it"


def test_new_patients_differ_in_no_column():
    found = measure("column_distributions", patients(2000, 1), patients(2000, 2), patients(2000, 3))
    assert found.statistics["columns_differ"].value == 0


def test_a_columns_numbers_are_those_of_the_tables():
    real, synthetic, test = patients(400, 1), patients(500, 2), patients(300, 3)
    found = measure("column_distributions", real, synthetic, test).figures
    rates = [float(np.mean(table.column("sick"))) for table in (real, test, synthetic)]
    sick = found["binary columns"]["sick"]
    assert sick[0::3] == pytest.approx(rates, abs=1e-4)
    assert all(low < value < high for value, low, high in zip(sick[0::3], sick[1::3], sick[2::3], strict=True))
    far = found["column distances"]["sick"]
    assert (far[0], far[3]) == pytest.approx((abs(rates[2] - rates[0]), abs(rates[1] - rates[0])), abs=1e-4)
    assert far[1] <= far[0] <= far[2]
    shares = np.array([bar[0::3] for bar in found["column: age"].values()])
    assert shares.sum(axis=0) == pytest.approx([1, 1, 1], abs=2e-3)


def test_a_few_synthetic_rows_stand_at_the_small_count():
    real = patients(400, 1)
    synthetic = Records.of(MIXED, {name: real.column(name) for name in ("age", "ward", "rare")}
                           | {"sick": np.arange(400) < 3})  # fmt: skip
    sick = measure("column_distributions", real, synthetic, patients(300, 3)).figures["binary columns"]["sick"]
    assert sick[6] == pytest.approx(10 / 400), "3 rows are told as 10"


def test_only_so_many_columns_are_kept():
    tables = [patients(400, seed) for seed in (1, 2, 3)]
    metric = METRICS["column_distributions"](most=1, most_codes=1)
    figures = metric.measure(*tables, rng=np.random.default_rng(7)).figures
    assert len(figures["binary columns"]) == sum(name.startswith("column: ") for name in figures) == 1
    assert len(figures["column distances"]) == 2


def test_the_map_of_correlations_is_the_tables_and_sees_a_lost_one():
    real, test = patients(3000, 1), patients(3000, 3)
    lost = measure("correlation_map", real, patients(3000, 2, tied=False), test)
    kept = measure("correlation_map", real, patients(3000, 2), test)
    drawn = lost.figures["correlations real"]
    place = list(drawn).index("sick")
    assert drawn["age"][place] == pytest.approx(np.corrcoef(real.column("age"), real.column("sick"))[0, 1], abs=1e-3)
    assert abs(lost.figures["correlations synthetic"]["age"][place]) < 0.06
    assert lost.statistics["map_error_max"].value == pytest.approx(drawn["age"][place], abs=0.06)
    assert kept.statistics["map_error_max"].high < lost.statistics["map_error_max"].low
    assert "rare" not in drawn
    assert {"ward: a", "ward: b", "ward: c"} <= set(drawn)


def test_one_wild_value_makes_no_correlation():
    real, test = patients(300, 1), patients(300, 3)
    ages = real.column("age").copy()
    ages[5] = 1e12
    wild = Records.of(MIXED, {name: real.column(name) for name in ("ward", "sick", "rare")} | {"age": ages})
    found = measure("correlation_map", wild, wild, test).figures["correlations real"]
    place = list(found).index("sick")
    assert found["age"][place] > 0.3


def test_the_plane_sees_rows_where_no_patient_is_and_blanks_squares_of_few():
    real, test = patients(2000, 1), patients(2000, 3)
    alike = measure("projection", real, patients(2000, 2), test)
    far = measure("projection", real, patients(2000, 2, older=40), test)
    assert far.statistics["projected_overlap"].high < alike.statistics["projected_overlap"].low
    for shares in alike.figures["projection"].values():
        counts = np.array(shares) * 2000
        assert counts.sum() <= 2000.1
        assert counts[counts > 0].min() >= 9.9
    assert len(alike.figures["projection"]["members"]) == 10**2, "2,000 patients, 20 for each square"
    assert measure("projection", real, patients(20, 2), test).statistics["projected_overlap"].reason


def test_rows_of_nobody_lie_closer_to_members_half_of_the_time():
    found = measure("closest_record", patients(2000, 1), patients(2000, 2), patients(2000, 3))
    share = found.statistics["closer_to_members"]
    assert share.low < 0.5 < share.high


def test_copies_lie_closer_to_members_and_one_patient_is_one_observation():
    real, test = patients(1000, 1), patients(1000, 3)
    copies = measure("closest_record", real, real, test).statistics["closer_to_members"]
    assert copies.value == 1
    assert copies.low > 0.99
    once = measure("closest_record", real, real.take(np.zeros(500, int)), test).statistics["closer_to_members"]
    assert isinstance(once, NotMeasured), "500 rows near one patient are one patient"


def test_ties_count_one_half():
    real = Records.binary("ab", np.array([[1, 0], [0, 1]] * 20))
    found = measure("closest_record", real, real, real).statistics["closer_to_members"]
    assert found.value == pytest.approx(0.5)


def test_distances_are_shares_and_no_bar_rests_on_few():
    figure = measure("closest_record", patients(1000, 1), patients(1000, 2), patients(1000, 3)).figures["distances"]
    for name in ("members", "holdout", "real"):
        counts = np.array(figure[name]) * 1000
        assert counts.sum() == pytest.approx(1000, abs=1)
        assert not ((counts > 0.5) & (counts < 9.5)).any()
    assert figure["from"][0] == 0
    assert figure["from"][1:] == figure["to"][:-1]


def test_a_few_synthetic_rows_are_not_told_by_what_the_other_bars_lack():
    real, test = patients(400, 1), patients(300, 3)
    values = {name: real.column(name).copy() for name in real.schema.names}
    values["ward"][:] = 0
    values["ward"][:3] = 1  # three rows
    bars = measure("column_distributions", real, Records.of(MIXED, values), test).figures["column: ward"]
    synthetic = {name: numbers[6] for name, numbers in bars.items()}
    assert synthetic["b"] == pytest.approx(10 / 400)
    assert sum(synthetic.values()) == pytest.approx(1, abs=2e-3)


def test_a_pair_with_a_constant_column_has_no_correlation():
    real, test = patients(800, 1), patients(800, 3)
    values = {name: real.column(name).copy() for name in real.schema.names}
    values["sick"][:] = 1
    some = measure("correlation_map", real, Records.of(MIXED, values), test).statistics["map_error_max"]
    assert "pairs with a constant column left out" in some.method
    assert some.value == pytest.approx(0, abs=1e-6), "the other columns are the same"
    one = Records.concat([patients(1, 5)] * 50)
    assert isinstance(measure("correlation_map", real, one, test).statistics["map_error_mean"], NotMeasured)
