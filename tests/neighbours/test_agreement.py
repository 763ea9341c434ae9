"""Weighted agreement against the formula written out over all pairs."""

import numpy as np
import pytest

from synthaudit.audit.neighbours import agreement
from synthaudit.audit.neighbours.agreement import weighted_agreement
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.cell_values import cell_values

SCHEMA = Schema(
    (
        Column("rare", "binary"),
        Column("even", "binary"),
        Column("visits", "count"),
        Column("stays", "count"),
        Column("site", "categorical", levels=tuple("abcd"), missing=True),
        Column("lab", "continuous", missing=True),
        Column("seldom", "continuous", missing=True),
        Column("constant", "continuous"),
    )
)


def table(rows, seed):
    rng = np.random.default_rng(seed)

    def maybe(values, share):
        return np.where(rng.random(rows) < share, np.nan, values)

    values = {
        "rare": rng.random(rows) < 0.05,
        "even": rng.random(rows) < 0.5,
        "visits": rng.poisson(0.3, rows),
        "stays": rng.poisson(6, rows),
        "site": maybe(rng.integers(0, 4, rows), 0.1),
        "lab": maybe(rng.integers(0, 40, rows) / 10, 0.1),
        "seldom": maybe(rng.integers(0, 9, rows), 0.8),
        "constant": np.full(rows, 2.5),
    }
    return Records.of(SCHEMA, values)


def weigh(column, values):
    """Return weights that depend on the column and the value, missing included."""
    place = 1 + SCHEMA.position[column]
    return np.abs(np.sin(place * np.nan_to_num(values.astype(float), posinf=77.0) + place)) + 0.1


def by_formula(targets, base):
    sums = np.zeros((len(targets), len(base)))
    for name in targets.columns:
        x, s = cell_values(targets, name), cell_values(base, name)
        sums += (x[:, None] == s) * weigh(name, x)[:, None]
    return sums.max(axis=1)


@pytest.mark.parametrize("dense", [-1.0, 1 / 16, 2.0], ids=["masks", "both", "lists"])
@pytest.mark.parametrize("rows", [1, 2, 7, 61, 700])
def test_it_equals_the_formula_in_every_layout(rows, dense, monkeypatch):
    monkeypatch.setattr(agreement, "DENSE", dense)
    targets, base = table(300, 1), table(rows, 2)
    np.testing.assert_allclose(weighted_agreement(targets, base, weigh), by_formula(targets, base), atol=1e-12)


def test_rows_beyond_the_first_block_are_found():
    base = table(agreement.BLOCK + 300, 3)
    targets = Records.concat([base.take(slice(agreement.BLOCK + 5, agreement.BLOCK + 45)), table(40, 4)])
    np.testing.assert_allclose(weighted_agreement(targets, base, weigh), by_formula(targets, base), atol=1e-12)


def test_codes_are_those_of_the_formula_whatever_their_prevalence():
    rng = np.random.default_rng(5)
    prevalence = np.array([0.0, 0.001, 0.02, 0.3, 0.5, 0.9, 1.0])
    names = [f"c{j}" for j in range(7)]
    targets, base = (Records.binary(names, rng.random((rows, 7)) < prevalence) for rows in (200, 150))

    def worth(column, values):
        return 0.5 + int(column[1:]) + values

    sums = np.zeros((200, 150))
    for name in names:
        x, s = cell_values(targets, name), cell_values(base, name)
        sums += (x[:, None] == s) * worth(name, x)[:, None]
    np.testing.assert_allclose(weighted_agreement(targets, base, worth), sums.max(axis=1), atol=1e-12)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_threads_and_batches_change_no_bit(threads, monkeypatch):
    targets, base = table(900, 6), table(400, 7)
    whole = weighted_agreement(targets, base, weigh)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    np.testing.assert_array_equal(weighted_agreement(targets, base, weigh), whole)
    np.testing.assert_array_equal(weighted_agreement(targets.take(slice(5, 9)), base, weigh), whole[5:9])


def test_an_empty_base_and_other_columns_are_refused():
    rows = table(5, 8)
    for base in (rows.take(slice(0, 0)), rows.select(["rare", "lab"])):
        with pytest.raises(ValueError, match="expected base rows under the columns of the targets"):
            weighted_agreement(rows, base, weigh)
