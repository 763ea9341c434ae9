"""What the attackers who know a plant look for, on tables small enough to check by eye."""

import numpy as np
import pytest

from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.selftest.matching import best_agreement, found_in, guesses, least_distance, reuse, surprise
from synthaudit.audit.selftest.population import Population

NAN = np.nan
SCHEMA = Schema(
    (Column("a", "continuous", missing=True), Column("b", "binary"), Column("c", "categorical", ("x", "y")))
)


@pytest.fixture
def people() -> Population:
    strangers = np.array([[0.0, 0, 0], [10.0, 1, 0], [10.0, 1, 1], [0.0, 0, 1]])
    return Population(SCHEMA, strangers[:1], strangers[:1], strangers[:2], strangers[2:])


def test_equal_rows_are_found_and_gaps_are_equal() -> None:
    table = np.array([[1.0, 0, 1], [NAN, 1, 0], [-0.0, 0, 0]])
    targets = np.array([[1.0, 0, 1], [NAN, 1, 0], [0.0, 0, 0], [1.0, 0, 0]])
    assert found_in(targets, table).tolist() == [True, True, True, False]


def test_agreement_counts_cells_of_the_best_row(people: Population) -> None:
    table = np.array([[5.0, 1, 0], [7.0, 0, 1], [NAN, 1, 1]])
    targets = np.array([[5.0, 0, 0], [NAN, 1, 1], [9.0, 1, 0]])
    assert best_agreement(people, targets, table, np.ones((3, 3))).tolist() == [2, 3, 2]
    weights = np.array([[1.0, 5, 1], [1, 1, 1], [1, 1, 1]])
    assert best_agreement(people, targets, table, weights)[0] == 5  # the second row, by the flag alone


def test_distance_is_the_mean_over_columns(people: Population) -> None:
    assert people.spread[0] == 10
    targets = np.array([[2.0, 1, 0], [NAN, 0, 0]])
    table = np.array([[4.0, 1, 1], [NAN, 0, 1]])
    assert least_distance(people, targets, table) == pytest.approx([(0.2 + 0 + 1) / 3, (0 + 0 + 1) / 3])


def test_rare_cells_surprise_most(people: Population) -> None:
    cells = surprise(people, np.array([[0.0, 0, 0], [3.0, 0, 0]]))
    assert cells[0] == pytest.approx([-np.log(2.5 / 5)] * 3)
    assert cells[1, 0] == pytest.approx(-np.log(0.5 / 5))


def test_reuse_compares_a_table_with_strangers(people: Population) -> None:
    table = np.array([[3.0, 0, 0]] * 4)
    targets = np.array([[3.0, 0, 0]])
    expected = np.log(4.3 / 0.3) + 2 * np.log(4.3 / 2.3)
    assert reuse(people, targets, table) == pytest.approx([expected])


def test_a_secret_is_read_off_the_row_that_agrees_most() -> None:
    table = np.array([[1.0, 0, 5], [1.0, 1, 6], [2.0, 1, 7]])
    assert guesses(np.array([[1.0, 1, 0], [2.0, 0, 0]]), table, [0, 1], 2).tolist() == [6, 5]
