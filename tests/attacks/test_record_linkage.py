"""Record linkage: weights by hand, donors against a search of all rows, and shared columns found without labels."""

import numpy as np
import pytest

from synthaudit.attacks.attribute.record_linkage import LinkedCells, copy_probabilities, guess_each_column
from synthaudit.attacks.attribute.record_linkage.cells import code_block, value_block
from synthaudit.audit.records import Column, Records, Schema

MIXED = Schema(
    (
        Column("age", "continuous"),
        Column("ward", "categorical", levels=("a", "b", "c", "d", "e")),
        Column("fever", "binary"),
        Column("pain", "binary"),
        Column("lab", "continuous", missing=True),
    )
)


def table(rows: int, seed: int) -> Records:
    rng = np.random.default_rng(seed)
    columns = {
        "age": rng.normal(60, 10, rows),
        "ward": rng.integers(5, size=rows),
        "fever": rng.random(rows) < 0.3,
        "pain": rng.random(rows) < 0.1,
        "lab": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(0, 1, rows)),
    }
    return Records.of(MIXED, columns)


def pair_scores(cells: LinkedCells, probability: np.ndarray, donors: Records) -> np.ndarray:
    weights = cells.weights(probability)
    return cells.score(weights, code_block(donors, cells.binary), value_block(donors, cells.valued))


def test_a_pair_is_worth_the_log_likelihood_ratio_of_its_cells() -> None:
    real = Records.binary(("x", "y"), np.array([[1, 0]] * 24 + [[0, 1]] * 75))
    target = Records.binary(("x", "y"), np.array([[1, 0]]))
    donors = Records.binary(("x", "y"), np.array([[1, 0], [0, 0], [1, 1]]))
    cells = LinkedCells.of(target, real)
    np.testing.assert_allclose(cells.rate, [0.245, 0.755], rtol=1e-6)
    both, neither = np.log(0.8 / 0.245 + 0.2), np.log(0.6 / 0.245 + 0.4)
    expected = [both + neither, np.log(0.2) + neither, both + np.log(0.4)]
    np.testing.assert_allclose(pair_scores(cells, np.array([0.8, 0.6]), donors)[0], expected, rtol=1e-5)


def test_the_donor_is_the_best_row_by_all_columns_but_the_secret() -> None:
    targets, donors, real = table(60, 0), table(300, 1), table(200, 2)
    cells, probability = LinkedCells.of(targets, real), np.array([0.9, 0.4, 0.7, 0.99, 0.2])
    guess = guess_each_column(cells, probability, donors)
    for column in range(5):
        without = probability.copy()
        without[column] = 1e-12  # agreement is then worth nothing
        score = pair_scores(cells, without, donors)
        ties = score >= score.max(axis=1, keepdims=True) - 2e-3
        said = guess[:, column][:, None]
        values = donors.dense()[:, column]
        assert (ties & ((values == said) | (np.isnan(values) & np.isnan(said)))).any(axis=1).all()


@pytest.mark.parametrize("codes", [40, 3])
def test_codes_that_few_rows_carry_are_sought_in_all_rows(codes: int) -> None:
    rng = np.random.default_rng(codes)
    names = [f"c{at}" for at in range(codes)]
    draw = [Records.binary(names, rng.random((rows, codes)) < 0.03) for rows in (50, 500, 200)]
    cells, probability = LinkedCells.of(draw[0], draw[2]), rng.uniform(0.05, 0.995, codes)
    guess = guess_each_column(cells, probability, draw[1])
    for column in range(codes):
        without = probability.copy()
        without[column] = 1e-12
        score = pair_scores(cells, without, draw[1])
        ties = score >= score.max(axis=1, keepdims=True) - 2e-3
        assert (ties & (draw[1].codes[:, column] == guess[:, [column]])).any(axis=1).all()


def test_columns_copied_together_are_found_among_strangers_columns() -> None:
    targets, synthetic, real = table(600, 0), table(300, 1), table(300, 2)
    values = {name: synthetic.column(name).copy() for name in MIXED.names}
    values["age"], values["lab"] = targets.column("age")[:300].copy(), targets.column("lab")[:300].copy()
    spliced = Records.of(MIXED, values)
    cells = LinkedCells.of(targets, real)
    found = dict(zip(MIXED.names, copy_probabilities(cells, spliced), strict=True))
    assert min(found["age"], found["lab"]) > 0.9
    assert max(found["ward"], found["fever"], found["pain"]) < 0.5
    guess = guess_each_column(cells, np.array([found[name] for name in MIXED.names]), spliced)
    truth = targets.column("lab")
    right = (guess[:, 4] == truth) | (np.isnan(guess[:, 4]) & np.isnan(truth))
    assert right[:300].mean() > 0.9
    assert right[300:].mean() < 0.3
