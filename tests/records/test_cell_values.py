"""Equal cells: what a generator or a file in single precision keeps of a number is still that number."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.cell_values import cell_values, counts_of, places_of


def numbers(*values: float) -> Records:
    return Records.of(Schema((Column("lab", "continuous", missing=True),)), {"lab": np.array(values, float)})


@pytest.mark.parametrize("decimals", [0, 1, 2, 6, 12])
def test_single_precision_and_back_is_the_same_value(decimals):
    values = np.round(np.random.default_rng(decimals).lognormal(3, 3, 5000), decimals)
    there = values.astype(np.float32).astype(np.float64)
    assert decimals == 0 or (there != values).any()
    np.testing.assert_array_equal(cell_values(numbers(*values), "lab"), cell_values(numbers(*there), "lab"))
    as_text = [float(str(value)) for value in values.astype(np.float32)]
    np.testing.assert_array_equal(cell_values(numbers(*values), "lab"), cell_values(numbers(*as_text), "lab"))


def test_numbers_of_six_digits_that_differ_stay_apart():
    values = np.arange(100_000, 1_000_000) / 1000
    assert len(np.unique(cell_values(numbers(*values), "lab"))) == len(values)


def test_missing_equals_missing_and_no_number():
    cells = cell_values(numbers(np.nan, np.nan, 1e300, -1e300, 0.0, -0.0), "lab")
    assert cells[0] == cells[1]
    assert len(set(cells.tolist())) == 4
    assert not np.signbit(cells[4:]).any()


def test_places_and_counts_by_hand():
    vocabulary = np.array([1.0, 3.0, np.inf], np.float32)
    assert places_of(np.array([3.0, np.inf, 2.0, 9.0], np.float32), vocabulary).tolist() == [1, 2, -1, -1]
    assert places_of(np.array([3.0]), np.empty(0)).tolist() == [-1]
    counts, distinct = counts_of(np.array([3.0, 4.0]), np.array([3.0, 3.0, 5.0]))
    assert (counts.tolist(), distinct) == ([2, 0], 2)
