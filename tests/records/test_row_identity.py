"""Rows that are word for word the same have one number, in one table and in several."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.row_identity import row_numbers

MIXED = Schema((Column("n", "count"), Column("x", "continuous", missing=True)))
ROW = st.lists(st.integers(0, 1), min_size=10, max_size=10)


def codes(rows):
    return Records.binary([f"c{at}" for at in range(10)], np.array(rows).reshape(-1, 10))


def mixed(counts, numbers):
    return Records.of(MIXED, {"n": np.array(counts), "x": np.array(numbers, float)})


@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=st.lists(ROW, min_size=1, max_size=20), cut=st.integers(0))
def test_rows_get_the_same_number_exactly_when_they_are_the_same(rows, cut):
    cut %= len(rows) + 1
    first, second = row_numbers(codes(rows[:cut]), codes(rows[cut:]))
    numbers = [*first, *second]
    assert (len(first), len(second)) == (cut, len(rows) - cut)
    for one, number in zip(rows, numbers, strict=True):
        for two, other in zip(rows, numbers, strict=True):
            assert (one == two) == (number == other)


def test_missing_cells_are_equal_and_so_are_both_zeros():
    (numbers,) = row_numbers(mixed([3, 3, 3, 3], [np.nan, -np.nan, 0.0, -0.0]))
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]


def test_tables_whose_codes_are_stored_in_different_widths_are_compared_by_value():
    narrow, wide = mixed([3, 200], [1, 1]), mixed([300, 3], [1, 1])
    first, second = row_numbers(narrow, wide)
    assert first[0] == second[1]
    assert len({*first, *second}) == 3


def test_tables_under_different_schemas_are_refused():
    with pytest.raises(ValueError, match="expected records under one schema"):
        row_numbers(codes([[0] * 10]), mixed([1], [1]))
