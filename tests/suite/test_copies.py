"""Copies of patients: found after every small change, in tables of every kind, and not where records are shared."""

import numpy as np
import pytest

from synthaudit.audit.neighbours.near_copies import has_near_copy
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.suite.tasks.copies import NEARLY, VERBATIM, find_copies, grade_copies, tolerances
from synthaudit.audit.suite.tasks.rows import RowTemplate

MIXED = Schema(
    (
        Column("age", "continuous", integer=True),
        Column("lab", "continuous", missing=True),
        Column("ward", "categorical", levels=("a", "b", "c", "d")),
        *(Column(f"code{at}", "binary") for at in range(70)),
    )
)


def mixed(rows: int, seed: int) -> Records:
    rng = np.random.default_rng(seed)
    lab = rng.normal(100, 20, rows)
    lab[rng.random(rows) < 0.1] = np.nan
    values = {"age": rng.integers(20, 90, rows), "lab": lab, "ward": rng.integers(0, 4, rows)}
    values |= {f"code{at}": rng.random(rows) < 0.2 for at in range(70)}
    return Records.of(MIXED, values)


@pytest.mark.parametrize("differing", [0, 1, 2, 5])
def test_near_copies_are_those_of_the_formula_over_all_pairs(differing: int) -> None:
    left, right = mixed(150, 0), mixed(400, 1)
    columns = left.columns[:20]
    left, right = left.select(columns), right.select(columns)
    width = {"age": 20.0, "lab": 30.0}
    x, y = left.dense()[:, None, :], right.dense()[None, :, :]
    allowed = np.array([width.get(name, 0.0) for name in columns])
    agree = (np.abs(x - y) <= np.maximum(allowed, 1e-6 * np.abs(x))) | (np.isnan(x) & np.isnan(y))
    expected = ((~agree).sum(2) <= differing).any(1)
    np.testing.assert_array_equal(has_near_copy(left, right, width, differing=differing), expected)
    assert differing < 2 or expected.any()


def test_own_rows_are_no_strangers() -> None:
    rows = Records.binary(["a", "b", "c"], [[1, 1, 1], [1, 1, 1], [0, 0, 0]], np.array([1, 1, 2]))
    assert not has_near_copy(rows, rows, {}, strangers=True).any()
    assert has_near_copy(rows, rows, {}).all()


@pytest.mark.parametrize("change", ["none", "float32", "age", "code", "lab and ward"])
def test_a_copy_with_one_value_changed_is_found_and_one_with_two_is_not(change: str) -> None:
    members, holdout = mixed(200, 2), mixed(200, 3)
    holdout = holdout.with_patients(np.arange(200, 400))
    rest, codes = members.rest[:30].copy(), members.codes[:30].copy()
    if change == "float32":
        rest = rest.astype(np.float32).astype(np.float64)
    elif change == "age":
        rest[:, 0] += 1
    elif change == "code":
        codes[:, 5] = 1 - codes[:, 5]
    elif change == "lab and ward":
        rest[:, 1:] = np.column_stack([np.full(30, 500.0), (rest[:, 2] + 1) % 4])
    copied = Records(MIXED, codes, rest, np.arange(30))
    table = Records.concat([mixed(500, 4), copied])
    found = find_copies(members, holdout, table, tolerances(mixed(200, 5)))
    hits = 0 if change == "lab and ward" else 30
    assert found.nearly[:200].sum() == hits
    assert found.nearly[200:].sum() == 0
    unchanged = {"none": 30, "float32": np.isnan(rest[:, 1]).sum()}
    assert found.verbatim.sum() == unchanged.get(change, 0)
    apart = found.distinctive[NEARLY]
    assert apart is not None
    assert apart.mean() > 0.95


def test_records_that_everybody_shares_identify_nobody() -> None:
    rng = np.random.default_rng(0)
    sides = [Records.binary(["a", "b"], rng.integers(0, 2, (100, 2))) for _ in range(3)]
    found = find_copies(sides[0], sides[1].with_patients(np.arange(100, 200)), sides[2], {})
    assert found.nearly.all()
    assert found.distinctive == {VERBATIM: None, NEARLY: None}


def test_scale_comes_from_the_spread_and_not_from_the_extremes() -> None:
    ages = np.append(np.linspace(0, 100, 1001), 1e9)
    rows = Records.of(Schema((Column("age", "continuous"),)), {"age": ages})
    assert tolerances(rows)["age"] == pytest.approx(0.005 * 90, rel=0.01)


def test_strangers_say_how_often_chance_finds_somebody() -> None:
    members, holdout = mixed(200, 2), mixed(200, 3).with_patients(np.arange(200, 400))
    strangers = Records.concat([mixed(45, 9), members.take(range(3)), holdout.take(range(2))])
    found = find_copies(members, holdout, mixed(200, 8), {}, strangers=strangers)
    assert found.by_strangers[VERBATIM].sum() == 5
    label = RowTemplate("copies/x", "membership", "file", 0, "copies", None, 0, 0)
    rows = [row for row in grade_copies(label, found) if row.statistic == "stranger_rate"]
    assert [row.slice for row in rows] == ["verbatim, distinctive records", "verbatim or nearly, distinctive records"]
    assert [row.number.value * row.number.trials for row in rows] == pytest.approx([5, 5])
    assert rows[0].number.trials == 400
