"""Re-identification: by hand on small tables, and every attack through one contract."""

import numpy as np
import pytest

from attacks.reidentification import REIDENTIFICATION
from attacks.reidentification.linking import Linking
from attacks.reidentification.predicates import LOWEST, Predicates, telling_columns
from attacks.reidentification.replay import UniqueReplay
from attacks.reidentification.singling import SinglingOutByMany, SinglingOutByOne
from audit.knowledge import Knowledge, Need
from audit.protocols import ReidentificationAttack
from audit.records import Cohort, Column, Records, Schema

MIXED = Schema(
    (
        Column("code", "binary"),
        Column("age", "continuous", missing=True),
        Column("ward", "categorical", levels=("a", "b", "c")),
    )
)
COHORTS = {
    "codes": Cohort(codes=800, mean_codes=12),
    "mixed": Cohort(codes=20, labs=3, demographics=True, missing=0.1),
}
SIZE = 300


def codes(*rows):
    return Records.binary([f"c{j}" for j in range(len(rows[0]))], np.array(rows))


def mixed(*rows, patients=None):
    columns = np.array(rows, float).T
    return Records.of(MIXED, dict(zip(MIXED.names, columns, strict=True)), patients)


def attempt(attack, targets, synthetic, seed=0):
    tries = attack.attempt(targets, Knowledge(synthetic), rng=np.random.default_rng(seed))
    assert tries.dtype == np.bool_
    assert tries.ndim == 1
    return tries


def test_predicates_count_patients_and_not_rows():
    rows = mixed([1, 50, 0], [1, 70, 0], [0, np.nan, 2], [1, 60, 1], patients=np.array([7, 9, 8, 7]))
    asked = Predicates(
        np.array([[0, 1], [0, 1], [1, 2], [1, 2]]),
        np.array([[1, LOWEST], [1, 45], [-np.inf, 2], [LOWEST, 0]]),
        np.array([[1, np.inf], [1, 65], [-np.inf, 2], [75, 0]]),
    )
    np.testing.assert_array_equal(asked.patients(rows), [2, 1, 1, 2])


def test_predicates_are_equal_in_any_order_of_their_columns():
    asked = Predicates(
        np.array([[0, 2], [2, 0], [0, 1]]), np.array([[1, 5], [5, 1], [1, 5.0]]), np.full((3, 2), np.inf)
    )
    assert len(asked.distinct()) == 2


def test_columns_that_tell_something_come_first():
    columns = telling_columns(codes([0, 1, 0, 1, 0]), 3, np.random.default_rng(0))
    assert {1, 3} <= set(columns[0])


def test_one_column_singles_out_by_extremes_and_by_values_seen_once():
    release = mixed([0, 30, 0], [0, 40, 0], [0, 40, 0], [1, 60, 1])
    # Predicates: code = 1; age 30 and age 60, at most 30, at least 60; ward b. None describes two of these targets.
    targets = mixed([0, 25, 0], [1, 60, 0], [0, 45, 1])
    found = attempt(SinglingOutByOne(), targets, release)
    assert len(found) == 6
    assert found.sum() == 5  # nobody is 30
    twice = attempt(SinglingOutByOne(), Records.concat([targets, targets.with_patients(np.array([5, 6, 7]))]), release)
    assert twice.sum() == 0


def test_several_columns_single_out_what_one_synthetic_row_has():
    release = codes([1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0])
    found = attempt(SinglingOutByMany(columns=2, tries=50), codes([1, 1, 0, 1], [0, 0, 1, 1]), release)
    assert len(found) == 3  # two codes of each row, and no other row has both
    assert found.sum() == 1


def test_replay_needs_a_combination_of_one_patient_alone():
    targets = codes([1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1])
    found = attempt(UniqueReplay(columns=3), targets, codes([1, 1, 0], [0, 1, 1]))
    np.testing.assert_array_equal(found, [False, False, True, False])


def test_halves_are_linked_if_they_meet_in_one_synthetic_row():
    release = mixed([1, 20, 0], [0, 80, 2])
    found = attempt(Linking(), mixed([1, 21, 0], [0, 79, 2]), release)
    np.testing.assert_array_equal(found, [True, True])
    crossed = attempt(Linking(), codes([1, 0], [0, 1]), codes([1, 1], [0, 0]))
    np.testing.assert_array_equal(crossed, [False, False])


def test_a_table_of_one_column_has_no_halves():
    assert len(attempt(Linking(), codes([1]), codes([0]))) == 0


@pytest.fixture(scope="module", params=list(COHORTS))
def patients(request):
    draws = [COHORTS[request.param].draw(SIZE, seed=seed) for seed in range(3)]
    return {"members": draws[0], "holdout": draws[1], "sealed": draws[2], "leaky": draws[0].take(np.arange(SIZE)[::-1])}


@pytest.fixture(params=list(REIDENTIFICATION))
def attack(request):
    return REIDENTIFICATION[request.param]()


@pytest.mark.parametrize("name", REIDENTIFICATION)
def test_it_says_what_it_is(name):
    attack = REIDENTIFICATION[name]
    assert isinstance(attack(), ReidentificationAttack)
    assert attack.title
    assert attack.source
    assert attack.question.endswith("?")
    assert Need.SYNTHETIC in attack.needs
    assert "Threat model:" in " ".join((attack.__doc__ or "").split())


def test_republished_patients_are_pointed_at_more_often_than_strangers(attack, patients):
    inside, outside = (attempt(attack, patients[side], patients["leaky"]) for side in ("members", "holdout"))
    assert len(inside) == len(outside) > 30
    assert inside.mean() > outside.mean() + 0.1


def test_strangers_records_point_at_members_and_holdout_alike(attack, patients):
    inside, outside = (attempt(attack, patients[side], patients["sealed"]) for side in ("members", "holdout"))
    assert len(inside) == len(outside)
    spread = np.sqrt((inside.var() + outside.var()) / len(inside))
    assert abs(inside.mean() - outside.mean()) <= 4 * spread + 1e-9


def test_the_same_seed_gives_the_same_tries(attack, patients):
    first, second = (attempt(attack, patients["members"], patients["leaky"], seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("rows", [1, 2])
def test_tiny_releases_and_one_target_are_attempted(attack, patients, rows):
    attempt(attack, patients["members"], patients["sealed"].take(slice(0, rows)))
    attempt(attack, patients["members"].take(slice(0, 1)), patients["sealed"])


def test_a_release_of_one_row_repeated_is_attempted(attack, patients):
    attempt(attack, patients["members"], patients["sealed"].take(np.zeros(50, np.intp)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SinglingOutByOne(tries=0), "expected tries > 0"),
        (lambda: SinglingOutByMany(columns=0), "expected columns > 0"),
        (lambda: UniqueReplay(columns=0), "expected columns > 0"),
        (lambda: Linking(k=0), "expected k > 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
