"""The control of number formats: silent where sides are stored alike, awake where one has other decimals."""

import numpy as np

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.suite.tasks.number_format import compare_formats

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
    assert columns == ("cost",)


def test_numbers_stored_in_single_precision_on_one_side_are_named() -> None:
    members = side(300, 1)
    columns = {name: members.column(name) for name in SCHEMA.names}
    single = Records.of(SCHEMA, {**columns, "cost": columns["cost"].astype(np.float32).astype(float)})
    assert compare_formats(single, side(300, 2))[1] == ("cost",)


def test_sides_stored_alike_seldom_differ() -> None:
    """400 fair splits at 5 %, Bonferroni over two columns: 36 or more happen once in 500 at a level of exactly 5 %."""
    values = [compare_formats(side(150, 2 * seed), side(150, 2 * seed + 1))[0] for seed in range(400)]
    assert sum(isinstance(one, Estimate) and one.value <= 0.05 for one in values) <= 35


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
