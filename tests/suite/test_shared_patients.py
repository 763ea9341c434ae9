"""Patients on two sides are refused whatever their ids say; honest tables are not, however much their rows collide."""

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.suite.context.shared_patients import LEVEL, require_disjoint_records

SMALL = 10


def labs(rows: int, seed: int) -> Records:
    values = np.random.default_rng([seed, 7]).standard_normal((rows, 6)).round(3)
    schema = Schema(tuple(Column(f"x{at}", "continuous") for at in range(6)))
    return Records.of(schema, {f"x{at}": column for at, column in enumerate(values.T)})


def codes(rows: int, seed: int, width: int = 60) -> Records:
    rng = np.random.default_rng([seed, 8])
    return Records.binary([f"c{at}" for at in range(width)], rng.random((rows, width)) < 0.08)


def changed(table: Records) -> Records:
    rest = table.rest.copy()
    rest[np.arange(len(rest)), np.arange(len(rest)) % rest.shape[1]] += 1
    return Records(table.schema, table.codes, rest, table.patients)


def numbered(members: Records, holdout: Records, reference: Records | None = None) -> dict[str, Records]:
    tables = {"members": members, "holdout": holdout} | ({} if reference is None else {"reference": reference})
    start, out = 0, {}
    for role, table in tables.items():
        out[role] = table.with_patients(np.arange(start, start + len(table)))
        start += len(table)
    return out


def moved(to: Records, rows: Records) -> Records:
    return Records.concat([to.take(slice(len(rows), None)), rows])


@pytest.mark.parametrize("make", [labs, codes])
@pytest.mark.parametrize("reference", [True, False])
def test_members_in_the_holdout_are_refused_with_their_number(make, reference: bool) -> None:
    members, holdout = make(1000, 1), make(1000, 2)
    known = make(500, 3) if reference else None
    require_disjoint_records(numbered(members, holdout, known), small_count=SMALL)
    with pytest.raises(InputError, match=r"members and holdout without a patient .* found \d\d of .* in every column"):
        require_disjoint_records(numbered(members, moved(holdout, members.take(slice(60))), known), small_count=SMALL)


def test_so_are_members_with_one_value_changed_and_members_in_the_reference() -> None:
    members, holdout, reference = labs(1000, 1), labs(1000, 2), labs(500, 3)
    near = moved(holdout, changed(members.take(slice(40))))
    with pytest.raises(InputError, match=r"found 40 of the holdout .* all columns but at most one"):
        require_disjoint_records(numbered(members, near, reference), small_count=SMALL)
    known = moved(reference, members.take(slice(40)))
    with pytest.raises(InputError, match=r"members and reference .* Remove from the reference"):
        require_disjoint_records(numbered(members, holdout, known), small_count=SMALL)


@pytest.mark.parametrize("digits", [4, 6])
def test_so_are_members_whose_numbers_were_cut_to_a_few_digits_and_one_changed_besides(digits: int) -> None:
    members, holdout = wide_labs(1000, 1), wide_labs(1000, 2)
    copied = members.take(slice(60))
    rounded = np.vectorize(lambda value: float(f"{value:.{digits}g}"))(copied.rest)
    shared = moved(holdout, changed(Records(copied.schema, copied.codes, rounded, copied.patients)))
    require_disjoint_records(numbered(members, holdout), small_count=SMALL)
    with pytest.raises(InputError, match=r"found \d\d of the holdout .* all columns but at most one"):
        require_disjoint_records(numbered(members, shared), small_count=SMALL)


def wide_labs(rows: int, seed: int) -> Records:
    table = labs(rows, seed)
    return Records(table.schema, table.codes, np.exp(table.rest) * 12_345.6789, table.patients)


def test_coarse_columns_that_collide_are_never_refused() -> None:
    for seed in range(60):  # refused with probability 1e-4 each
        rng = np.random.default_rng([seed, 9])
        schema = Schema(tuple(Column(f"x{at}", "continuous") for at in range(4)))
        sides = [Records.of(schema, {name: rng.integers(0, 9, 150) / 4 for name in schema.names}) for _ in range(3)]
        require_disjoint_records(numbered(*sides), small_count=SMALL)


def test_a_small_number_is_not_told() -> None:
    members, holdout, reference = labs(400, 1), labs(400, 2), labs(4000, 3)
    shared = moved(holdout, members.take(slice(8)))
    with pytest.raises(InputError, match="found fewer than 10 of the holdout"):
        require_disjoint_records(numbered(members, shared, reference), small_count=SMALL)
    require_disjoint_records(numbered(members, moved(holdout, members.take(slice(4))), reference), small_count=SMALL)


def test_patients_registered_twice_are_not_held_against_a_fair_split() -> None:
    # 300 of 1,500 people stand in the table twice: about half of the pairs fall across the sides, and may.
    people = labs(1500, 4)
    for seed in range(30):
        order = np.random.default_rng(seed).permutation(1800)
        table = Records.concat([people, people.take(slice(300))]).take(order)
        require_disjoint_records(numbered(table.take(slice(900)), table.take(slice(900, None))), small_count=SMALL)


@pytest.mark.parametrize("width", [1, 3, 8, 14, 40])
def test_honest_codes_that_collide_are_never_refused(width: int) -> None:
    assert LEVEL == 1e-4  # so 200 fair splits are refused with probability 2 %
    for seed in range(40):
        sides = numbered(*(codes(120, seed * 3 + at, width) for at in range(3)))
        require_disjoint_records(sides, small_count=SMALL)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_tiny_tables_are_not_refused(rows: int) -> None:
    require_disjoint_records(numbered(labs(rows, 1), labs(rows, 1)), small_count=SMALL)
    require_disjoint_records(numbered(codes(rows, 1), codes(rows, 1), codes(rows, 1)), small_count=SMALL)
