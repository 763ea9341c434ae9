"""Pairs of patients alike and like nobody else: by hand, and against a search of all pairs."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.lone_pairs import lone_pairs, partner_counts, row_hashes, stand_in

MIXED = Schema(
    (Column("a", "continuous", missing=True), Column("b", "continuous"), Column("c", "binary"), Column("d", "count"))
)


def mixed(rows: list[tuple[float, float, int, int]], patients: list[int] | None = None) -> Records:
    columns = {name: np.array(values) for name, values in zip("abcd", zip(*rows, strict=True), strict=True)}
    columns = {name: values.astype(int if name in "cd" else float) for name, values in columns.items()}
    return Records.of(MIXED, columns, None if patients is None else np.array(patients))


def test_a_pair_a_crowd_and_a_neighbour_by_hand() -> None:
    nan = float("nan")
    table = mixed(
        [(1, 2, 0, 3), (1, 2, 0, 3), (nan, 5, 1, 0), (-0.0, 5, 1, 0), (7, 8, 1, 9), (7, 8, 1, 9), (7, 8, 1, 9)]
    )
    assert lone_pairs(table, near=False).tolist() == [[0, 1]]  # rows 4 to 6 are three
    assert lone_pairs(table, near=True).tolist() == [[0, 1], [2, 3]]  # a missing value is one difference


@pytest.mark.parametrize("at", range(4))
def test_one_changed_cell_of_any_kind_is_near_and_two_are_not(at: int) -> None:
    first = (1.5, 2.5, 1, 3)
    second = [*first]
    second[at] = 0 if at == 2 else first[at] + 1
    other = (9.0, 8.0, 0, 7)
    assert lone_pairs(mixed([first, tuple(second), other]), near=True).tolist() == [[0, 1]]
    assert len(lone_pairs(mixed([first, tuple(second), other]), near=False)) == 0
    second[(at + 1) % 4] = 0 if (at + 1) % 4 == 2 else 6
    assert len(lone_pairs(mixed([first, tuple(second), other]), near=True)) == 0


def test_a_code_may_be_added_or_replaced() -> None:
    rows = np.eye(12, dtype=int)[[0, 0, 4, 4]]
    rows[:2, 1:4] = rows[2:, 5:8] = 1
    rows[1, 10], rows[3, 7], rows[3, 9] = 1, 0, 1
    assert lone_pairs(Records.binary("abcdefghijkl", rows), near=True).tolist() == [[0, 1], [2, 3]]


def test_rows_of_one_patient_make_no_pair_and_several_shared_rows_make_one() -> None:
    same, more = (1, 2, 0, 3), (4, 5, 1, 6)
    assert len(lone_pairs(mixed([same, same], [3, 3]), near=True)) == 0
    assert lone_pairs(mixed([same, more, same, more], [3, 3, 5, 5]), near=False).tolist() == [[3, 5]]


def test_a_patient_with_two_partners_is_in_no_pair() -> None:
    table = mixed([(1, 2, 0, 3), (4, 5, 1, 6), (1, 2, 0, 3), (4, 5, 1, 6)], [0, 0, 1, 2])
    assert len(lone_pairs(table, near=False)) == 0


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_a_search_of_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, [4, 4, 2, 4], size=(60, 4))
    table = mixed([tuple(row) for row in values])
    apart = (values[:, None] != values[None]).sum(axis=2)
    close = (apart <= 1) & ~np.eye(60, dtype=bool)
    # A group of three that agree on all but one column crowds them; with one partner each there is none.
    alone = close.sum(axis=1) == 1
    expected = [[i, j] for i, j in zip(*np.nonzero(np.triu(close)), strict=True) if alone[i] and alone[j]]
    assert lone_pairs(table, near=True).tolist() == expected


def test_equal_rows_of_two_tables_have_one_hash_and_others_have_not() -> None:
    rng = np.random.default_rng(0)
    rows = [(float(x), float(y), int(c), int(d)) for x, y, c, d in rng.integers(0, [99, 99, 2, 99], size=(2000, 4))]
    table = mixed(rows)
    assert len(np.unique(row_hashes(table))) == len(set(rows))
    assert (row_hashes(table)[::-1] == row_hashes(table.take(np.arange(2000)[::-1]))).all()


def test_a_table_of_one_column_has_no_near_pairs() -> None:
    assert len(lone_pairs(Records.binary("a", [[0], [1]]), near=True)) == 0


@pytest.mark.parametrize("near", [False, True])
def test_partners_and_rows_of_another_table_are_those_of_a_search_of_all_pairs(near: bool) -> None:
    rng = np.random.default_rng(5)
    rows = [tuple(row) for row in rng.integers(0, 3, size=(300, 4))]
    table = mixed([(float(a), float(b), int(c > 0), int(d)) for a, b, c, d in rows], list(rng.permutation(300) // 2))
    left, right = table.take(slice(0, 40)), table.take(slice(40, None))
    cells = np.column_stack([table.column(name) for name in "abcd"])
    agree = (cells[:, None] != cells[None]).sum(axis=2) <= near
    numbered = left.with_patients(np.unique(left.patients, return_inverse=True)[1])
    meets = agree[:40, :40] & (numbered.patients[:, None] != numbered.patients)
    others = [
        {int(one) for row in np.flatnonzero(numbered.patients == patient) for one in numbered.patients[meets[row]]}
        for patient in range(numbered.patients.max() + 1)
    ]
    assert partner_counts(numbered, near=near).tolist() == [min(len(met), 2) for met in others]
    assert stand_in(left, right, near=near).tolist() == agree[:40, 40:].any(axis=1).tolist()
    assert stand_in(left, right, near=near).any()
