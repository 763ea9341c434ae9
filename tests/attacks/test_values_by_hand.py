"""Attacks on exact values: their formulas, what they see that distances do not, and silence where nothing leaks."""

import numpy as np
import pytest

from synthaudit.attacks.membership.values.frequencies import reference_frequencies
from synthaudit.attacks.membership.values.rare_cells import RareCellAgreement
from synthaudit.attacks.membership.values.value_reuse import ValueReuse
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.cell_values import cell_values
from synthaudit.audit.statistics import Estimate, roc

SCHEMA = Schema(
    (
        Column("age", "count"),
        Column("cost", "continuous", missing=True),
        Column("ward", "categorical", levels=("A", "B", "C")),
        Column("E11", "binary"),
        Column("I10", "binary"),
    )
)


def patients(rows: int, seed: int) -> Records:
    """Return rows of every kind of column, costs to the cent and one in ten of them missing."""
    rng = np.random.default_rng(seed)
    cost = np.round(rng.lognormal(8, 1, rows), 2)
    cost[rng.random(rows) < 0.1] = np.nan
    columns = {"age": rng.integers(20, 90, rows), "cost": cost, "ward": rng.integers(0, 3, rows)}
    return Records.of(SCHEMA, {**columns, "E11": rng.random(rows) < 0.2, "I10": rng.random(rows) < 0.7})


def scores(
    attack: RareCellAgreement | ValueReuse, targets: Records, synthetic: Records, reference: Records
) -> np.ndarray:
    return attack.score(targets, Knowledge(synthetic, reference), rng=np.random.default_rng(0))


def auc(attack: RareCellAgreement | ValueReuse, members: Records, holdout: Records, knowledge: Knowledge) -> Estimate:
    rng = np.random.default_rng(0)
    found = roc.auc(attack.score(members, knowledge, rng=rng), attack.score(holdout, knowledge, rng=rng))
    assert isinstance(found, Estimate)
    return found


def shuffled(records: Records, seed: int) -> Records:
    """Return each column in an order of its own: every marginal exact, no row anybody's."""
    rng = np.random.default_rng(seed)
    columns = {name: records.column(name)[rng.permutation(len(records))] for name in records.columns}
    return Records.of(records.schema, columns)


@pytest.mark.parametrize("seed", range(4))
def test_rare_cells_is_the_best_weighted_agreement_with_one_row(seed: int) -> None:
    targets, synthetic, reference = (patients(rows, 10 * seed + at) for at, rows in enumerate((40, 60, 50)))
    synthetic = Records.concat([synthetic, targets.take(np.arange(5))])
    ours, theirs = ({name: cell_values(side, name) for name in SCHEMA.names} for side in (targets, synthetic))
    expected = np.zeros((len(targets), len(synthetic)))
    for name in SCHEMA.names:
        weight = -np.log(reference_frequencies(reference, name, ours[name]))
        expected += (ours[name][:, None] == theirs[name][None, :]) * weight[:, None]
    np.testing.assert_allclose(scores(RareCellAgreement(), targets, synthetic, reference), expected.max(axis=1))


def test_the_normalised_score_of_a_copied_record_is_one() -> None:
    targets, reference = patients(30, 1), patients(50, 2)
    found = scores(RareCellAgreement(normalized=True), targets, targets, reference)
    np.testing.assert_allclose(found, 1)


def test_a_frequency_counts_half_a_row_more() -> None:
    reference = Records.of(Schema((Column("age", "count"),)), {"age": np.array([40, 40, 50])})
    found = reference_frequencies(reference, "age", np.array([40.0, 50.0, 99.0], np.float32))
    np.testing.assert_allclose(found, np.array([2.5, 1.5, 0.5]) / (3 + 3 / 2))  # the three add up to one


def test_value_reuse_adds_up_the_columns_of_many_values() -> None:
    targets, synthetic, reference = patients(5, 1), patients(200, 2), patients(300, 3)
    expected = np.zeros(5)
    for name in ("age", "cost"):  # the ward and the codes have few values
        ours = cell_values(targets, name)
        counts = (ours[:, None] == cell_values(synthetic, name)[None, :]).sum(axis=1)
        expected += np.log(0.05 + counts / (200 * reference_frequencies(reference, name, ours)))
    np.testing.assert_allclose(scores(ValueReuse(), targets, synthetic, reference), expected)


def test_value_reuse_is_not_measured_where_every_value_is_common() -> None:
    codes = Records.binary(["a", "b"], np.random.default_rng(0).random((60, 2)) < 0.5)
    with pytest.raises(InsufficientKnowledge, match="no column has more than 50 different values"):
        scores(ValueReuse(), codes, codes, codes)
    with pytest.raises(ValueError, match="floor"):
        ValueReuse(floor=0.0)


def test_numbers_survive_single_precision() -> None:
    targets, reference = patients(40, 1), patients(200, 2)
    single = targets.column("cost").astype(np.float32).astype(float)
    columns = {name: targets.column(name) for name in SCHEMA.names}
    stored = Records.of(SCHEMA, {**columns, "cost": single})
    for attack in (RareCellAgreement(), ValueReuse()):
        exact = scores(attack, targets, targets, reference)
        np.testing.assert_array_equal(scores(attack, targets, stored, reference), exact)


# 400 + 400 targets: the AUC's standard error is at most .02 where nothing leaks.
def test_columns_shuffled_within_the_members_give_their_values_away() -> None:
    members, holdout, reference = (patients(400, seed) for seed in (1, 2, 3))
    knowledge = Knowledge(shuffled(members, 4), reference)
    assert auc(ValueReuse(), members, holdout, knowledge).low > 0.85
    assert auc(RareCellAgreement(), members, holdout, knowledge).low > 0.6


def test_rows_put_together_from_two_members_share_rare_cells() -> None:
    members, holdout, reference = (patients(400, seed) for seed in (1, 2, 3))
    first, second = {name: members.column(name) for name in SCHEMA.names}, shuffled(members, 5)
    mixed = Records.of(SCHEMA, {**first, "ward": second.column("ward"), "E11": second.column("E11")})
    assert auc(RareCellAgreement(), members, holdout, Knowledge(mixed, reference)).low > 0.85


@pytest.mark.parametrize("attack", [RareCellAgreement(), ValueReuse()], ids=lambda attack: type(attack).__name__)
def test_other_patients_give_nobody_away(attack: RareCellAgreement | ValueReuse) -> None:
    """20 tables of other patients: at 95 % one interval is expected to miss .5; five or more happen once in 400."""
    missed = 0
    for seed in range(20):
        members, holdout, reference, synthetic = (patients(300, 100 * seed + at) for at in range(4))
        found = auc(attack, members, holdout, Knowledge(synthetic, reference))
        missed += not found.low <= 0.5 <= found.high
    assert missed <= 4
