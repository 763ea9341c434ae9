"""Re-identification: by hand on small tables, and every attack through one contract."""

import numpy as np
import pytest
from scipy.stats import nbinom

from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.attacks.reidentification.equivalence_classes import inverse_population_size
from synthaudit.attacks.reidentification.identity_disclosure import IdentityDisclosure
from synthaudit.attacks.reidentification.linkability import Linkability
from synthaudit.attacks.reidentification.predicates import LOWEST, Predicates, informative_columns
from synthaudit.attacks.reidentification.singling_out import SinglingOutMultivariate, SinglingOutUnivariate
from synthaudit.attacks.reidentification.unique_replay import UniqueReplay
from synthaudit.audit.errors import InputError
from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need
from synthaudit.audit.protocols import ReidentificationAttack, SinglingAttack
from synthaudit.audit.records import Cohort, Column, NumericScale, Records, Schema
from synthaudit.audit.suite.result import Estimated
from synthaudit.audit.suite.tasks.reidentification_rows import (
    grade_predicates,
    grade_reidentification,
    shared_luck,
)
from synthaudit.audit.suite.tasks.rows import RowTemplate

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
CODES_TOO = {"identity": IdentityDisclosure(common_codes=12, learned_share=0.5, max_generalisations=24)}
"""Attacks whose default needs columns that a table of codes has not, as they would be asked there."""


def codes(*rows):
    return Records.binary([f"c{j}" for j in range(len(rows[0]))], np.array(rows))


def mixed(*rows, patients=None):
    columns = np.array(rows, float).T
    return Records.of(MIXED, dict(zip(MIXED.names, columns, strict=True)), patients)


def attempt(attack, targets, synthetic, seed=0, scale=None):
    tries = attack.attempt(targets, Knowledge(synthetic, scale=scale), rng=np.random.default_rng(seed))
    assert tries.dtype in (np.bool_, np.float64)
    assert tries.ndim == 1
    if tries.dtype == np.float64:
        assert len(tries) == len(np.unique(targets.patients)), "chances are one a patient"
        assert ((tries >= 0) & (tries <= 1)).all()
    return tries


def test_predicates_count_patients_and_not_rows():
    rows = mixed([1, 50, 0], [1, 70, 0], [0, np.nan, 2], [1, 60, 1], patients=np.array([7, 9, 8, 7]))
    asked = Predicates(
        np.array([[0, 1], [0, 1], [1, 2], [1, 2]]),
        np.array([[1, LOWEST], [1, 45], [-np.inf, 2], [LOWEST, 0]]),
        np.array([[1, np.inf], [1, 65], [-np.inf, 2], [75, 0]]),
    )
    np.testing.assert_array_equal(asked.count_patients(rows), [2, 1, 1, 2])


def test_predicates_are_equal_in_any_order_of_their_columns():
    asked = Predicates(
        np.array([[0, 2], [2, 0], [0, 1]]), np.array([[1, 5], [5, 1], [1, 5.0]]), np.full((3, 2), np.inf)
    )
    assert len(asked.distinct()) == 2


def test_columns_that_tell_something_come_first():
    columns = informative_columns(codes([0, 1, 0, 1, 0]), 3, np.random.default_rng(0))
    assert {1, 3} <= set(columns[0])


def test_one_column_singles_out_by_extremes_and_by_values_seen_once():
    release = mixed([0, 30, 0], [0, 40, 0], [0, 40, 0], [1, 60, 1])
    # Predicates: code = 1; age 30 and age 60, at most 30, at least 60; ward b. None describes two of these targets.
    targets = mixed([0, 25, 0], [1, 60, 0], [0, 45, 1])
    found = attempt(SinglingOutUnivariate(), targets, release)
    assert len(found) == 6
    assert found.sum() == 5  # nobody is 30
    twice = attempt(
        SinglingOutUnivariate(), Records.concat([targets, targets.with_patients(np.array([5, 6, 7]))]), release
    )
    assert twice.sum() == 0


def test_several_columns_single_out_what_one_synthetic_row_has():
    release = codes([1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 0])
    targets = codes([1, 1, 0, 1], [0, 0, 1, 1], *[[0, 0, 0, 1]] * 10)
    found = attempt(SinglingOutMultivariate(columns=2, max_attempts=50), targets, release)
    assert len(found) == 3  # two codes of each row, and no other row has both
    assert found.sum() == 1


def test_rows_are_read_again_until_there_are_as_many_tries_as_asked_for():
    release = COHORTS["mixed"].draw(60, seed=1)
    for wanted in (40, 500):  # of 60 rows there are thousands of pairs of columns, few of which tell one row from all
        made = attempt(SinglingOutMultivariate(columns=8, max_attempts=wanted), release, release)
        assert len(made) == wanted
    tired = attempt(SinglingOutMultivariate(columns=1, max_attempts=500), release, release)
    assert 0 < len(tired) < 500


def test_each_predicate_describes_whom_it_counts(patients):
    for attack in (SinglingOutUnivariate(), SinglingOutMultivariate()):
        for side in ("members", "holdout"):
            known, targets = Knowledge(patients["sealed"]), patients[side]
            described = attack.describe(targets, known, rng=np.random.default_rng(3))
            assert isinstance(attack, SinglingAttack)
            assert described.shape[0] == len(np.unique(targets.patients))
            singled = attack.attempt(targets, known, rng=np.random.default_rng(3))
            np.testing.assert_array_equal(described.sum(axis=0) == 1, singled)


def test_replay_needs_a_combination_of_one_patient_alone():
    targets = codes([1, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1])
    found = attempt(UniqueReplay(columns=3), targets, codes([1, 1, 0], [0, 1, 1]))
    np.testing.assert_array_equal(found, [False, False, True, False])


def test_halves_are_linked_if_they_meet_in_one_synthetic_row():
    release = mixed([1, 20, 0], [0, 80, 2])
    found = attempt(Linkability(), mixed([1, 21, 0], [0, 79, 2]), release)
    np.testing.assert_array_equal(found, [True, True])
    crossed = attempt(Linkability(), codes([1, 0], [0, 1]), codes([1, 1], [0, 0]))
    np.testing.assert_array_equal(crossed, [False, False])


def test_in_a_table_of_one_column_nobody_is_linked():
    np.testing.assert_array_equal(attempt(Linkability(), codes([1], [0]), codes([0])), [False, False])


WARDS = Schema(
    (
        Column("sex", "categorical", levels=("F", "M")),
        Column("age", "continuous", integer=True),
        Column("ward", "categorical", levels=("a", "b", "c")),
        Column("dose", "continuous"),
        Column("code", "binary"),
    )
)


def ward(*rows, patients=None):
    columns = np.array(rows, float).T
    return Records.of(WARDS, dict(zip(WARDS.names, columns, strict=True)), patients)


def test_identity_is_disclosed_by_class_size_and_by_what_is_learned():
    # The third shares the second's sex and age; ward b is rare, ward a is what half have and teaches nobody anything.
    targets = ward([0, 30, 1, 5, 0], [1, 40, 0, 5, 0], [1, 40, 2, 50, 0], [0, 60, 0, 9, 0])
    release = ward([0, 30, 1, 500, 0], [1, 40, 2, 500, 0], [0, 61, 0, 500, 0])
    named = {"quasi_identifiers": ("sex", "age"), "intervals": (), "verification_rate": 0.5, "error_rate": 0.1}
    found = attempt(IdentityDisclosure(**named), targets, release)
    two, one = (1 + 0.5 * 0.9**2) / 2, (1 + 0.5 * 0.9) / 2
    # The first is alone; the third is one of two by sex and age, by age alone, and by sex; the fourth's match says
    # what half of the targets have, and the second's is wrong.
    np.testing.assert_allclose(found, [one, 0, one / 2, 0])
    assert two < one, "two fields are wrong more often than one, so leaving one out is the better generalisation"
    hidden = attempt(IdentityDisclosure(**named, population_size=40), targets, release)
    np.testing.assert_allclose(
        hidden, one * np.array([1, 0, 1, 0]) * inverse_population_size(np.array([1, 1, 2, 1]), 0.1)
    )


def test_a_number_teaches_if_it_is_near_and_a_code_if_it_is_there():
    schema = Schema(
        (
            Column("sex", "categorical", levels=("F", "M")),
            Column("dose", "continuous"),
            *(Column(f"c{at}", "binary") for at in range(3)),
        )
    )

    def rows(*values):
        return Records.of(schema, dict(zip(schema.names, np.array(values, float).T, strict=True)))

    targets = rows([0, 10, 0, 0, 0], [1, 20, 1, 0, 0], *[[1, 15 + at, 0, 0, 0] for at in range(6)])
    others = np.linspace(12, 20, 121)  # real records, whose doses lie 2 from their median in the median
    scale = NumericScale.of(rows(*([0, dose, 0, 0, 0] for dose in others)))
    sure = IdentityDisclosure(verification_rate=1, error_rate=0, learned_share=0.5)
    assert attempt(sure, targets, rows([0, 10 + 1.47 * 2, 0, 0, 0]), scale=scale)[0] == 1.0
    assert attempt(sure, targets, rows([0, 10 + 1.49 * 2, 0, 0, 0]), scale=scale)[0] == 0.0
    # Of the second, a code and a dose can be learned: half of two is one. Lacking codes are no attributes.
    assert attempt(sure, targets, rows([1, 99, 1, 0, 0]), scale=scale)[1] == pytest.approx(1 / 7)
    assert attempt(sure, targets, rows([1, 99, 0, 0, 0]), scale=scale)[1] == 0.0
    everything = IdentityDisclosure(verification_rate=1, error_rate=0, learned_share=1.0)
    assert attempt(everything, targets, rows([1, 99, 1, 0, 0]), scale=scale)[1] == 0.0


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_one_over_the_population_is_its_expectation_given_the_sample(share):
    for f in (1, 2, 40):
        extra = np.arange(int(60 * (f + 20) / share))
        chance = nbinom.pmf(extra, f, share)
        assert chance.sum() > 1 - 1e-6
        by_hand = (chance / (f + extra)).sum()
        np.testing.assert_allclose(inverse_population_size(np.array([f]), share), [by_hand], rtol=1e-4)


def test_numbers_are_found_again_in_intervals_and_missing_values_are_values():
    schema = Schema(
        (
            Column("age", "continuous", integer=True, missing=True),
            Column("ward", "categorical", levels=("a", "b", "c", "d")),
        )
    )

    def rows(*values):
        return Records.of(schema, dict(zip(schema.names, np.array(values, float).T, strict=True)))

    targets = rows([30, 1], [np.nan, 2], [70, 3], [50, 0])
    release = rows(*[[20 + at, 0] for at in range(40)], *[[31, 1]] * 5, [np.nan, 2])
    named = {"quasi_identifiers": ("age",), "verification_rate": 1, "error_rate": 0}
    fine = attempt(IdentityDisclosure(**named, intervals=()), targets, release)
    np.testing.assert_array_equal(fine, [0, 1, 0, 1])  # 30 is ward a there; nobody there is 70
    drawn = [
        attempt(IdentityDisclosure(**named, intervals=(4,)), targets, release, seed=seed)[0] for seed in range(200)
    ]
    assert 0.2 < np.mean(drawn) < 0.7  # 5 of the 11 aged 26 to 36 or so
    assert set(drawn) == {0.0, 1.0}


def test_a_table_of_codes_alone_has_no_quasi_identifiers_until_some_are_named():
    table = codes([1, 0, 1], [0, 1, 1])
    with pytest.raises(InsufficientKnowledge, match="no demographic column; name the quasi_identifiers"):
        attempt(IdentityDisclosure(), table, table)
    assert len(attempt(IdentityDisclosure(quasi_identifiers=("c0",)), table, table)) == 2
    assert len(attempt(IdentityDisclosure(common_codes=1), table, table)) == 2
    with pytest.raises(InputError, match="c9"):
        attempt(IdentityDisclosure(quasi_identifiers=("c9",)), table, table)


@pytest.fixture(scope="module", params=list(COHORTS))
def patients(request):
    draws = [COHORTS[request.param].draw(SIZE, seed=seed) for seed in range(3)]
    return {"members": draws[0], "holdout": draws[1], "sealed": draws[2], "leaky": draws[0].take(np.arange(SIZE)[::-1])}


@pytest.fixture(params=list(REIDENTIFICATION))
def attack(request):
    return CODES_TOO.get(request.param) or REIDENTIFICATION[request.param]()


@pytest.mark.parametrize("name", REIDENTIFICATION)
def test_it_says_what_it_is(name):
    attack = REIDENTIFICATION[name]
    assert isinstance(attack(), ReidentificationAttack)
    assert attack.title
    assert attack.source
    assert attack.question.endswith("?")
    assert Need.SYNTHETIC in attack.needs


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


def test_two_rows_of_one_patient_are_one_try():
    rows = codes([1, 1, 0], [1, 1, 1], [0, 1, 1])
    owned = rows.with_patients(np.array([4, 4, 9]))
    for attack in (Linkability(), UniqueReplay(columns=2), IdentityDisclosure(common_codes=2)):
        assert len(attempt(attack, owned, rows)) == 2
    # Either row of the first patient is tried: the second alone is in the release.
    found = [attempt(UniqueReplay(columns=3), owned, codes([1, 1, 1]), seed=seed)[0] for seed in range(60)]
    assert 0.2 < np.mean(found) < 0.8


@pytest.mark.parametrize("name", REIDENTIFICATION)
def test_intervals_of_useless_tries_exclude_nothing_more_often_than_said(name):
    # 120 audits of fresh patients; an excess whose interval errs 6 % of the time does so more than 16 times with
    # probability .001. Predicates drawn from few rows again and again, as they once were, erred 30 times.
    attack = CODES_TOO.get(name) or REIDENTIFICATION[name]()
    label = RowTemplate("reidentification/x", "reidentification", "null", 0, name, None, 0, 0)
    cohort, wrong = Cohort(codes=150, mean_codes=8), 0
    for seed in range(120):
        members, holdout, release = (cohort.draw(size, seed=3 * seed + at) for at, size in enumerate((200, 200, 120)))
        if isinstance(attack, SinglingAttack):
            rngs = (np.random.default_rng(seed) for _ in range(2))
            known = Knowledge(release)
            tries = [attack.describe(side, known, rng=next(rngs)) for side in (members, holdout)]
            rows = grade_predicates(label, *tries, wanted=1, seed=seed)
        else:
            rows = grade_reidentification(
                label, *(attempt(attack, side, release, seed=seed) for side in (members, holdout))
            )
        (row,) = [row for row in rows if row.statistic == "excess"]
        if isinstance(row.number, Estimated):
            wrong += not row.number.low <= 0 <= (row.number.high or 1)
    assert wrong <= 16


LABEL = RowTemplate("reidentification/x", "reidentification", "null", 0, "x", None, 0, 0)


def test_predicates_of_the_same_patients_are_fewer_trials():
    lone = np.zeros((400, 100), bool)
    lone[np.arange(100), np.arange(100)] = True  # each describes a member of its own
    nobody = np.zeros((400, 100), bool)
    # Dealt out, exactly one side succeeds at each: variance 1 per try, where two independent sides have 1/2.
    assert shared_luck(lone, nobody, seed=0) == pytest.approx(2.0, rel=0.15)
    same = np.zeros((400, 100), bool)
    same[7] = True  # a hundred predicates describe one member
    assert shared_luck(same, nobody, seed=0) > 50
    assert shared_luck(nobody, nobody, seed=0) == 1.0
    numbers = {row.id: row.number for row in grade_predicates(LABEL, same, nobody, wanted=100, seed=0)}
    assert numbers["reidentification/x/success/members"].value == 1.0
    assert numbers["reidentification/x/success/members"].low < 0.2, "one patient is one trial"
    assert numbers["reidentification/x/excess"].kind == "not measured"


def test_tries_too_few_to_settle_anything_are_not_measured_unless_they_show_a_leak():
    def excess(members, holdout, tries):
        sides = (np.arange(tries) < found for found in (members, holdout))
        (row,) = [r for r in grade_reidentification(LABEL, *sides, wanted=2000) if r.statistic == "excess"]
        return row.number

    assert excess(6, 5, 25).reason.startswith("25 of the 2000 attempts asked for could be made, too few to settle")
    assert excess(25, 3, 25).value == pytest.approx(22 / 25)
    assert excess(100, 90, 1000).value == pytest.approx(0.01)
    chances = [np.linspace(0, 1, 30), np.linspace(0, 0.9, 30)]  # identity disclosure is a mean, with its interval
    (row,) = [r for r in grade_reidentification(LABEL, *chances) if r.statistic == "excess"]
    assert row.number.value == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SinglingOutUnivariate(max_attempts=0), "expected max_attempts > 0"),
        (lambda: SinglingOutMultivariate(columns=0), "expected columns > 0"),
        (lambda: UniqueReplay(columns=0), "expected columns > 0"),
        (lambda: Linkability(k=0), "expected k > 0"),
        (lambda: IdentityDisclosure(population_size=0), "expected population_size > 0"),
        (lambda: IdentityDisclosure(verification_rate=1.1), r"expected verification_rate in \[0, 1\]"),
        (lambda: IdentityDisclosure(intervals=(1,)), "intervals of at least 2"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
