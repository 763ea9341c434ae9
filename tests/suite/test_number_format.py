"""The control of number formats: silent where sides are stored alike, awake where one has other decimals."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.suite.tasks.number_format import compare_formats, compare_with_reference

SCHEMA = Schema(
    (Column("cost", "continuous"), Column("dose", "continuous"), Column("sex", "categorical", levels=("f", "m")))
)


def side(rows: int, seed: int, *, decimals: int = 2) -> Records:
    rng = np.random.default_rng(seed)
    cost = np.round(rng.lognormal(5, 1, rows), decimals)
    dose = rng.integers(0, 40, rows) / 4
    return Records.of(SCHEMA, {"cost": cost, "dose": dose, "sex": rng.integers(0, 2, rows)})


def test_other_decimals_are_named_by_their_column() -> None:
    found, columns = compare_formats(side(300, 1), side(300, 2, decimals=1))
    assert isinstance(found, Estimate)
    assert found.value < 1e-6
    assert columns == ("cost (decimals and repeated values)",)


def test_numbers_stored_in_single_precision_on_one_side_are_named() -> None:
    members = side(300, 1)
    columns = {name: members.column(name) for name in SCHEMA.names}
    single = Records.of(SCHEMA, {**columns, "cost": columns["cost"].astype(np.float32).astype(float)})
    assert compare_formats(single, side(300, 2))[1] == ("cost (decimals)",)


def test_sides_stored_alike_seldom_differ() -> None:
    """400 fair splits at 5 %, Bonferroni over two columns: 36 or more happen once in 500 at a level of exactly 5 %."""
    values = [compare_formats(side(150, 2 * seed), side(150, 2 * seed + 1))[0] for seed in range(400)]
    assert sum(isinstance(one, Estimate) and one.value <= 0.05 for one in values) <= 35


WIDE = Schema(
    (
        Column("cost", "continuous", missing=True),
        Column("age", "continuous", integer=True),
        Column("ward", "categorical", levels=("ICU", "icu", "surgery")),
        Column("visits", "count"),
    )
)


def wide(rows: int, seed: int, **columns: object) -> Records:
    rng = np.random.default_rng([seed, 12])
    cost = np.where(rng.random(rows) < 0.2, np.nan, rng.lognormal(5, 1, rows).round(1))
    usual = {"cost": cost, "age": rng.integers(20, 90, rows), "visits": rng.poisson(2, rows)}
    usual["ward"] = np.where(rng.random(rows) < 0.5, 2, rng.integers(0, 2, rows))
    made = {name: change(usual[name]) for name, change in columns.items() if callable(change)}
    return Records.of(WIDE, usual | made)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"age": lambda age: age * 2.2046}, "age (decimals and units)"),
        ({"cost": lambda cost: np.where(np.arange(len(cost)) % 4 == 0, np.nan, cost)}, "cost (missing values)"),
        ({"cost": lambda cost: np.rint(cost / 5) * 5}, "cost (decimals and repeated values)"),
        ({"ward": lambda ward: np.where(ward == 1, 0, ward)}, "ward (spelling of levels)"),
        ({"visits": lambda visits: visits * 10}, "visits"),
    ],
)
def test_what_differs_is_said(columns: dict[str, object], named: str) -> None:
    measured, found = compare_formats(wide(600, 1, **columns), wide(600, 2))
    assert isinstance(measured, Estimate)
    assert measured.value < 1e-4
    assert found[0].startswith(named)


def test_a_reference_that_is_stored_otherwise_is_named() -> None:
    targets = wide(900, 1)
    for change, named in (
        ({"cost": np.rint}, "cost (decimals)"),
        ({"age": lambda age: age / 12}, "age (decimals and units)"),
        ({"ward": lambda ward: np.where(ward == 1, 0, ward)}, "ward (levels)"),
    ):
        measured, found = compare_with_reference(targets, wide(400, 2, **change))
        assert isinstance(measured, Estimate)
        assert measured.value < 1e-6
        assert found == (named,)


def test_a_reference_of_other_patients_written_alike_is_not_named() -> None:
    """Older and dearer patients of another ward, in the same units and decimals, are no other format."""
    for seed in range(50):
        other = wide(
            400, 1_000 + seed, age=lambda age: np.minimum(age + 9, 95), cost=lambda cost: np.round(cost + 99, 1)
        )
        measured, found = compare_with_reference(wide(900, seed), other)
        assert isinstance(measured, Estimate)
        assert measured.value > 0.05
        assert found == ()


def test_wide_sides_drawn_alike_seldom_differ() -> None:
    """600 fair splits, 13 tests each with Bonferroni: 45 or more at 5 % happen once in 600 at that level."""
    values = [compare_formats(wide(200, 2 * seed), wide(200, 2 * seed + 1))[0] for seed in range(600)]
    assert sum(isinstance(one, Estimate) and one.value <= 0.05 for one in values) <= 44


def test_without_numbers_there_is_nothing_to_compare() -> None:
    codes = Records.binary(["a"], np.ones((30, 1), dtype=bool))
    found, columns = compare_formats(codes, codes)
    assert isinstance(found, NotMeasured)
    assert columns == ()


def test_rows_of_one_patient_count_once() -> None:
    members, holdout = side(200, 1), side(200, 2)
    repeated = Records.concat([members.take(np.arange(40)), members.take(np.zeros(160, dtype=int))])
    repeated = repeated.with_patients(np.r_[np.arange(40), np.full(160, 0)])
    found, _ = compare_formats(repeated, holdout)
    assert isinstance(found, Estimate)
    assert found.trials == 240
