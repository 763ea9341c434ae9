"""Who is distinctive is decided by the crowd of real patients, whichever side they are on."""

import numpy as np

from synthaudit.audit.records import Cohort, Column, Records, Schema
from synthaudit.audit.suite.context.distinctive import distinctive


def rows(*lines: str, patients: list[int] | None = None) -> Records:
    matrix = np.array([[int(bit) for bit in line] for line in lines], dtype=np.uint8)
    ids = np.arange(len(lines)) if patients is None else np.array(patients)
    return Records.binary([f"c{at}" for at in range(matrix.shape[1])], matrix, ids)


def test_a_record_near_another_patients_is_not_distinctive() -> None:
    # 0 and 1 differ in two codes, 2 is far from everybody, 3 and 4 are far apart.
    everyone = rows("1100000000", "1010000000", "0000001111", "0001110000", "1111111111")
    members, holdout = everyone.take(slice(0, 3)), everyone.take(slice(3, 5))
    found = distinctive(everyone, members, holdout)
    assert found.radius == 2
    assert found.members.tolist() == [False, False, True]
    assert found.holdout.tolist() == [True, True]
    assert found.share == 0.6


def test_the_radius_shrinks_where_few_would_remain() -> None:
    everyone = rows("1000", "0100", "0010", "0001")
    found = distinctive(everyone, everyone.take(slice(0, 2)), everyone.take(slice(2, 4)))
    assert found.radius == 1
    assert found.share == 1.0


def test_ones_own_rows_do_not_count_as_other_people() -> None:
    everyone = rows("111000", "111000", "000111", "000111", patients=[7, 7, 8, 9])
    found = distinctive(everyone, everyone.take(np.array([True, True, False, False])), everyone.take(slice(2, 4)))
    assert found.members.tolist() == [True]
    assert found.holdout.tolist() == [False, False]


def test_a_mixed_table_asks_for_a_record_of_ones_own() -> None:
    schema = Schema((Column("age", "continuous", low=0, high=100), Column("sex", "categorical", levels=("F", "M"))))
    columns = {"age": np.array([40.0, 40.0, 40.5, 70.0]), "sex": np.array([0.0, 0.0, 0.0, 1.0])}
    everyone = Records.of(schema, columns, np.arange(4))
    found = distinctive(everyone, everyone.take(slice(0, 2)), everyone.take(slice(2, 4)))
    assert found.radius == 0
    assert [*found.members, *found.holdout] == [False, False, True, True]


def test_strangers_hardly_ever_match_a_distinctive_record() -> None:
    cohort = Cohort(codes=150)
    members, holdout = cohort.draw(1000, seed=1), cohort.draw(1000, seed=2).with_patients(np.arange(1000, 2000))
    found = distinctive(Records.concat([members, holdout]), members, holdout)
    assert found.share > 0.7
    fresh = {row.tobytes() for row in cohort.draw(1000, seed=3).codes}
    matched = np.array([row.tobytes() in fresh for row in members.codes])
    assert matched.mean() > 0.01
    assert not matched[found.members].any()
