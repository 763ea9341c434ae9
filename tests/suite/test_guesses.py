"""What guesses are worth beyond hits: worked out by hand, and without a leak where there is none."""

import numpy as np
import pytest

from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Cohort, Column, Records, Schema
from synthaudit.audit.suite.result import Estimated, Row, Unmeasured
from synthaudit.audit.suite.tasks.attribute_metrics import NO_CODE, AttributeGuesses, Columns, _cuts, secondary_metrics
from synthaudit.audit.suite.tasks.attribute_rows import count_guesses, grade_attributes
from synthaudit.audit.suite.tasks.rows import RowTemplate

MIXED = Schema((Column("a", "binary"), Column("b", "binary"), Column("ward", "categorical", levels=("x", "y", "z"))))
LABEL = RowTemplate("attribute/x", "attribute", "vae", 0, "donors", None, 0, 0)


def said(
    rows: list[list[float]], values: list[list[float]], sure: list[list[float]], patients: object = None
) -> AttributeGuesses:
    targets = Records.of(MIXED, {name: np.array(rows, float)[:, at] for at, name in enumerate(MIXED.names)})
    targets = targets if patients is None else targets.with_patients(np.asarray(patients))
    return AttributeGuesses(
        targets, np.ones((len(rows), 3), bool), Guesses(np.array(values, float), np.array(sure, float))
    )


ONE = said(
    [[1, 0, 0], [0, 1, 1], [1, 1, np.nan], [0, 0, 2]],
    [[1, 0, 0], [1, 1, 2], [0, 0, 1], [0, 0, 2]],
    [[0.9, 0.8, 0.5], [0.6, 0.7, 0.9], [0.6, 0.9, 1.0], [0.9, 0.9, 0.9]],
)


def test_hits_are_counted_by_patient() -> None:
    counted = count_guesses(ONE, np.zeros(3))
    assert counted.found.tolist() == [1, 1, 0, 0]
    assert counted.present.tolist() == [1, 1, 2, 0]
    assert counted.claimed.tolist() == [1, 2, 0, 0]
    assert counted.right.tolist() == [1, 0, 0, 1]
    assert counted.to_guess.tolist() == [1, 1, 0, 1]
    twice = said(
        ONE.targets.dense().tolist(), ONE.guesses.values.tolist(), ONE.guesses.confidence.tolist(), [5, 5, 7, 7]
    )
    assert count_guesses(twice, np.zeros(3)).claimed.tolist() == [3, 0]


def test_f1_weighted_by_entropy_by_hand() -> None:
    columns = Columns.of(ONE.targets, np.zeros(3))
    even, thirds = np.log(2), np.log(3)
    np.testing.assert_allclose(columns.entropy, [even, even, thirds])
    found = {name: sides["members"] for name, sides, _ in secondary_metrics(ONE, ONE, None, columns)}
    # Code a: one of two claims right, one of two carriers found; b: the only claim right, one of two found.
    expected = (even * 2 / 4 + even * 2 / 3 + thirds * 2 / 3) / (2 * even + thirds)
    assert found["weighted_f1"].value == pytest.approx(expected)  # type: ignore[union-attr]


def test_the_surest_claims_are_cut_by_column_and_ties_stay_together() -> None:
    column, sure = np.array([0, 0, 0, 2, 2]), np.array([0.5, 0.9, 0.9, 0.2, 0.1])
    np.testing.assert_array_equal(_cuts(column, sure, 4), [0.9, np.inf, 0.2, np.inf])
    found = {
        name: sides["members"]
        for name, sides, _ in secondary_metrics(ONE, ONE, None, Columns.of(ONE.targets, np.zeros(3)))
    }
    assert found["confident_precision"].value == 1.0  # type: ignore[union-attr]  # .9 for a and .7 for b, both right
    assert found["confident_accuracy"].value == 0.5  # type: ignore[union-attr]  # of the two surest wards one is wrong


def side(records: Records, rng: np.random.Generator, skill: float, secret: np.ndarray) -> AttributeGuesses:
    """Return guesses that see each truth with probability ``skill`` and are otherwise somebody else's values."""
    truth = records.dense()
    values = np.where(rng.random(truth.shape) < skill, truth, truth[rng.permutation(len(truth))])
    return AttributeGuesses(records, secret, Guesses(np.nan_to_num(values), rng.random(truth.shape)))


def rows_of(skill: tuple[float, float], seed: int, cohort: Cohort, size: int = 500) -> dict[tuple[str, str], Row]:
    rng = np.random.default_rng(seed)
    pair = [cohort.draw(size, seed=2 * seed + at) for at in (0, 1)]
    secret = rng.random((size, len(cohort.schema))) < 0.7
    members, holdout = (side(one, rng, level, secret) for one, level in zip(pair, skill, strict=True))
    columns = Columns.of(Records.concat(pair), np.full(len(cohort.schema), 0.1))
    rows = grade_attributes(LABEL, members, holdout, holdout, columns)
    return {(row.statistic, row.slice): row for row in rows}


LEAKS = ("f1", "average_precision", "weighted_f1", "confident_precision", "accuracy", "confident_accuracy")


def test_who_is_guessed_better_leaks_by_every_measure_beside_chance_and_imputation() -> None:
    rows = rows_of((0.5, 0.1), 1, Cohort(codes=60, labs=2, demographics=True, missing=0.1), size=1500)
    for name in LEAKS:
        leak = rows[f"leakage_{name}", "all"].number
        assert isinstance(leak, Estimated), name
        assert leak.low > 0.02, name
        assert (name, "baseline") in rows
        assert abs(rows[f"imputation_{name}", "all"].number.value) < 0.02, "the very same guesses"  # type: ignore
    rare = rows["average_precision", "holdout"]
    assert rare.chance is not None
    assert 0.005 < rare.chance < 0.05


@pytest.mark.parametrize("cohort", [Cohort(codes=60), Cohort(codes=20, labs=2, demographics=True, missing=0.1)])
def test_guesses_as_good_on_strangers_leak_no_more_often_than_said(cohort: Cohort) -> None:
    # 120 audits; an interval that errs 5 % of the time errs more than 13 times with probability .003.
    wrong = dict.fromkeys(LEAKS, 0)
    for seed in range(120):
        rows = rows_of((0.3, 0.3), seed, cohort)
        for name in LEAKS:
            row = rows.get((f"leakage_{name}", "all"))
            if row is not None and isinstance(row.number, Estimated):
                wrong[name] += not row.number.low <= 0 <= (row.number.high or 0)
    assert max(wrong.values()) <= 13, wrong


def test_a_table_without_rare_codes_says_so_once_and_one_without_codes_says_nothing() -> None:
    rows = grade_attributes(LABEL, ONE, ONE, None, Columns.of(ONE.targets, np.zeros(3)))
    (row,) = [row for row in rows if row.statistic.endswith("average_precision")]
    assert row.number == Unmeasured(reason=NO_CODE.reason)
    rest = Records.of(Schema((MIXED.columns[2],)), {"ward": np.array([0, 1, 2.0])})
    alone = AttributeGuesses(rest, np.ones((3, 1), bool), Guesses(np.zeros((3, 1)), np.ones((3, 1))))
    rows = grade_attributes(LABEL, alone, alone, None, Columns.of(rest, np.zeros(1)))
    assert {row.statistic.removeprefix("leakage_") for row in rows} == {"accuracy", "weighted_f1", "confident_accuracy"}


def test_rows_of_one_patient_are_one_patient() -> None:
    rng = np.random.default_rng(3)
    records = Cohort(codes=100).draw(1500, seed=5)
    columns = Columns.of(records, np.zeros(100))
    one = side(records, rng, 0.4, np.ones((1500, 100), bool))
    twice = AttributeGuesses(
        records.take(np.repeat(np.arange(1500), 2)),
        np.repeat(one.secret, 2, axis=0),
        Guesses(np.repeat(one.guesses.values, 2, axis=0), np.repeat(one.guesses.confidence, 2, axis=0)),
    )
    single = {name: sides["members"] for name, sides, _ in secondary_metrics(one, one, None, columns)}
    double = {name: sides["members"] for name, sides, _ in secondary_metrics(twice, twice, None, columns)}
    for name in ("average_precision", "weighted_f1", "confident_precision"):
        first, second = single[name], double[name]
        assert second.value == pytest.approx(first.value)  # type: ignore[union-attr]
        assert second.high - second.low == pytest.approx(first.high - first.low, rel=0.02)  # type: ignore[union-attr]
