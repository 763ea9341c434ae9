"""Cells that no real record resembles: counted by hand, silent on other patients, and small counts hidden."""

import numpy as np
import pytest

from synthaudit.audit.policy.value_ranges import MOST_OUTSIDE, range_warnings, unreadable_columns
from synthaudit.audit.records import Column, NumericScale, Records, Schema
from synthaudit.audit.suite.result import Estimated, Unmeasured
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.audit.suite.tasks.value_ranges import find_odd_cells, odd_cell_rows

SCHEMA = Schema(
    (
        Column("cost", "continuous", missing=True),
        Column("age", "continuous", integer=True),
        Column("visits", "count"),
        Column("sex", "categorical", levels=("f", "m", "x")),
        Column("code", "binary"),
    )
)


def patients(rows, seed):
    rng = np.random.default_rng([seed, 11])
    cost = np.where(rng.random(rows) < 0.1, np.nan, rng.lognormal(6, 1, rows).round(1))
    columns = {"cost": cost, "age": rng.integers(20, 90, rows), "visits": rng.poisson(2, rows)}
    return Records.of(SCHEMA, columns | {"sex": rng.integers(0, 2, rows), "code": rng.random(rows) < 0.3})


def changed(table, **columns):
    return Records.of(SCHEMA, {name: table.column(name) for name in SCHEMA.names} | columns)


KNOWN = patients(400, 1)
REAL = Records.concat([KNOWN, patients(800, 2)])
SCALE = NumericScale.of(KNOWN)
TEMPLATE = RowTemplate("value_ranges/a", "control", "a", 0, "value ranges", None, 400, 400)


def odd(table):
    return find_odd_cells(table, KNOWN, REAL, SCALE)


def rows_of(table):
    return odd_cell_rows(TEMPLATE, odd(table), 0.001, small_count=10)


def test_cells_are_counted_by_column():
    table = patients(500, 3)
    age, cost, sex = (table.column(name).astype(float).copy() for name in ("age", "cost", "sex"))
    age[:30], age[30:34], cost[:5], sex[:12] = 999, -999, 3.14159, 2
    found = odd(changed(table, age=age, cost=cost, sex=sex))
    assert found.outside["age"] == 34
    assert found.outside["visits"] == 0
    assert found.finer["cost"] == 5
    assert found.unseen == {"sex": 12}
    assert found.units == {}
    assert found.coarser == []
    assert found.cells("outside") == 1_000 + (~np.isnan(cost)).sum()


def test_units_and_lost_decimals_are_named():
    table = patients(500, 3)
    found = odd(changed(table, cost=np.rint(table.column("cost")), age=table.column("age") * 12))
    assert found.units == {"age": "about 12 times the real values"}
    assert found.coarser == ["cost"]
    ages = np.where(np.arange(500) < 280, 500, table.column("age"))
    assert odd(changed(table, age=ages)).units == {"age": "mostly outside the real range"}


def test_small_counts_are_not_told():
    table = patients(500, 3)
    ages = np.where(np.arange(500) < 3, 999, table.column("age"))
    rows = {(row.statistic, row.slice): row for row in rows_of(changed(table, age=ages))}
    hidden = rows["outside_cells", "age"].number
    assert isinstance(hidden, Unmeasured)
    assert hidden.reason == "fewer than 10 cells"
    total = rows["outside_share", "all"]
    assert isinstance(total.number, Estimated)
    assert total.number.value == 0.0  # nor can they be told from a share
    assert total.chance == 0.001
    ages = np.where(np.arange(500) < 10, 999, table.column("age"))
    rows = {(row.statistic, row.slice): row for row in rows_of(changed(table, age=ages))}
    assert rows["outside_share", "all"].number.value == 10 / rows["outside_share", "all"].number.trials
    assert rows["outside_cells", "age"].number.value == 10
    assert len({row.id for row in rows.values()}) == len(rows)


def test_other_patients_leave_no_reason_and_no_warning_of_units():
    """Forty tables of other patients: a few numbers of a skewed column may lie far out, none is in other units."""
    for seed in range(40):
        rows = rows_of(patients(500, 100 + seed))
        assert unreadable_columns(rows, "a") is None
        assert {row.number.value for row in rows if row.statistic == "columns_in_other_units"} == {0.0}
        assert next(row.number.value for row in rows if row.statistic == "outside_share") < 0.01


def test_silence_on_a_column_in_other_units_or_on_many_wild_numbers_is_no_pass():
    table = patients(500, 3)
    reason = unreadable_columns(rows_of(changed(table, cost=table.column("cost") * 1000)), "a")
    assert reason is not None
    assert "units differ: 1 column is" in reason
    assert "cost (about 1,000 times the real values)" in reason
    wild = np.arange(500) < 200  # of three columns of numbers, two fifths of one are 13 %
    reason = unreadable_columns(rows_of(changed(table, age=np.where(wild, 9999, table.column("age")))), "a")
    assert reason is not None
    assert "far outside the range" in reason
    assert MOST_OUTSIDE < 0.13
    assert unreadable_columns(rows_of(changed(table, cost=table.column("cost") * 1000)), "another") is None


class Result:
    def __init__(self, rows):
        self.rows = rows


def test_warnings_name_columns_and_counts():
    table = patients(500, 3)
    ages = np.where(np.arange(500) < 50, 999, table.column("age"))
    lines = range_warnings(Result(rows_of(changed(table, age=ages, cost=table.column("cost") * 1000))))
    assert any("far outside the real range: " in line and "'age' 50 cells" in line for line in lines)
    assert any("1 column is in other units than the real records: cost (about 1,000 times" in line for line in lines)
    assert not any("decimals" in line for line in range_warnings(Result(rows_of(table))))


@pytest.mark.parametrize("rows", [0, 1])
def test_tiny_tables_are_looked_through(rows):
    assert unreadable_columns(rows_of(patients(rows, 1)), "a") is None
