"""Unique values in the synthetic table: keys are caught, whoever's rows carry them, and measurements accuse nobody."""

from collections.abc import Sequence

import numpy as np
import pytest

from synthaudit.audit.records import Cohort, Column, Records, Schema
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.suite.result import Estimated, measurement_of
from synthaudit.audit.suite.tasks.repeated_values import CODES, TOGETHER, RepeatedValues, find_repeated
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.audit.suite.tasks.unique_value_rows import BY_CHANCE, IDENTIFYING, SELDOM, grade_unique_values

SCHEMA = Schema(
    (
        Column("account", "continuous", integer=True, missing=True),
        Column("ward", "categorical", levels=("a", "b", "c", "d")),
        *(Column(f"c{at}", "binary") for at in range(4)),
    )
)
LABEL = RowTemplate("unique_values/x", "reidentification", "file", 0, "unique_values", None, 0, 0)
N = 1000


def rows(
    account: Sequence[float] | np.ndarray,
    ward: Sequence[int] | np.ndarray,
    codes: Sequence[Sequence[int]] | None = None,
    patients: np.ndarray | None = None,
) -> Records:
    values = {"account": np.array(account, float), "ward": np.array(ward, float)}
    carried = np.zeros((len(account), 4)) if codes is None else np.array(codes)
    return Records.of(SCHEMA, values | {f"c{at}": carried[:, at] for at in range(4)}, patients)


def look(sides: Sequence[Records], table: Records, together: tuple[str, ...] = ()) -> list[RepeatedValues]:
    return find_repeated(sides[0], sides[1], sides[2], table, together=together)


def numbers(found: list[RepeatedValues], members: int, holdout: int) -> dict[tuple[str, str], Estimated]:
    graded = grade_unique_values(LABEL, found, members=members, holdout=holdout)
    measured = {(row.statistic, row.slice): row.number for row in graded}
    return {key: number for key, number in measured.items() if isinstance(number, Estimated)}


def test_who_alone_has_a_value_that_stands_in_the_table_again_by_hand() -> None:
    codes = [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    members = rows([7, 8, np.nan], [0, 0, 1], codes, np.array([1, 2, 3]))
    holdout = rows([9, 9, 5, 5], [2, 2, 3, 0], patients=np.array([10, 11, 12, 12]))  # the last two rows are one patient
    reference = rows([8], [1], [[0, 0, 0, 1]], np.array([20]))
    synthetic = rows([7, 8, 9, 5, np.nan], [2, 2, 2, 0, 0], [[1, 1, 0, 0]] * 5)
    found = {
        one.name: one for one in find_repeated(members, holdout, reference, synthetic, together=("account", "ward"))
    }
    account = found["account"]
    assert account.patients.tolist() == [1, 2, 3, 10, 11, 12]
    assert account.members == 3
    assert account.unique.tolist() == [True, False, False, False, False, True]  # 8 and 9 are of two patients each
    assert account.repeated.tolist() == [True, False, False, False, False, True]
    # Two values of two patients each, among six patients with one; five synthetic rows; seven patients in all.
    assert account.chance == pytest.approx(min(5 * 2 * 2 / 6 / 7, 1))
    # Nobody else has code c0; c1 is of two; c3 is the reference's.
    assert found[CODES].unique.tolist() == [True, False, False, False, False, False]
    assert found[CODES].repeated.tolist() == [True, False, False, False, False, False]
    assert account.telling == pytest.approx(2 / 6)
    assert found["ward"].unique.tolist() == [False] * 5 + [True]  # ward d
    assert not found["ward"].repeated.any()
    assert found[TOGETHER].repeated.tolist() == [False, False, False, False, False, True]  # account 5 in ward a


@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_a_number_stored_in_single_precision_identifies_its_patient_too(precision: type[np.floating]) -> None:
    keys = np.random.default_rng(0).choice(10**9, 3 * N, replace=False).astype(float)
    sides = [
        rows(keys[at * N : (at + 1) * N], np.zeros(N), patients=np.arange(at * N, (at + 1) * N)) for at in range(3)
    ]
    table = rows(keys[:N].astype(precision).astype(float)[::-1], np.zeros(N))
    found = {one.name: one for one in look(sides, table)}
    exact = precision is np.float64
    last = found["account" if exact else "account in single precision"]
    assert last.repeated[:N].mean() > 0.99
    assert last.repeated[N:].mean() < 0.01
    assert last.measured
    assert len(found) == (1 if exact else 2), "single precision is looked at where it finds somebody more"
    consecutive = [rows(np.arange(at * N, (at + 1) * N) + 10.0**9, np.zeros(N)) for at in range(3)]
    side = [one.with_patients(np.arange(at * N, (at + 1) * N)) for at, one in enumerate(consecutive)]
    unique = look(side, consecutive[0])[0].unique
    assert unique.all(), "single precision would take eight accounts in a row for one"


@pytest.mark.parametrize("share", [1.0, 0.03])
def test_members_keys_on_other_peoples_rows_are_found_and_new_keys_are_not(share: float) -> None:
    rng = np.random.default_rng(1)
    keys = rng.choice(10**9, 4 * N, replace=False).astype(float)
    sides = [
        rows(keys[at * N : (at + 1) * N], rng.integers(0, 4, N), patients=np.arange(at * N, (at + 1) * N))
        for at in range(3)
    ]
    published = keys[3 * N :].copy()
    honest = numbers(look(sides, rows(published, rng.integers(0, 4, N))), N, N)
    assert honest["excess", IDENTIFYING].value == 0
    assert {part for _, part in honest} == {IDENTIFYING}
    taken = rng.choice(N, round(share * N), replace=False)
    published[: len(taken)] = keys[taken]
    published = np.repeat(published, 2)  # spliced rows share a claim number
    leak = numbers(look(sides, rows(rng.permutation(published), rng.integers(0, 4, 2 * N))), N, N)
    assert leak["excess", IDENTIFYING].value == pytest.approx(share)
    assert leak["excess", IDENTIFYING].low > 0.01
    assert leak["false_positive_rate", IDENTIFYING].value == 0


def test_where_no_column_identifies_nobody_is_identified_and_a_leak_of_measurements_is_shown_apart() -> None:
    rng = np.random.default_rng(2)

    def people(first: int) -> Records:
        return rows(rng.integers(0, 5000, N), rng.integers(0, 4, N), patients=np.arange(first, first + N))

    sides = [people(at * N) for at in range(3)]
    fresh = look(sides, people(0))
    assert fresh[0].chance > BY_CHANCE
    assert {part for _, part in numbers(fresh, N, N)} == {IDENTIFYING}
    assert numbers(fresh, N, N)["excess", IDENTIFYING].value == 0
    shuffled = rows(rng.permutation(sides[0].column("account")), rng.integers(0, 4, N))
    leak = numbers(look(sides, shuffled), N, N)
    assert leak["excess", "value of account"].low > 0.3, "chance repeats many of these"
    assert leak["excess", IDENTIFYING].value == 0


def test_a_few_unique_numbers_of_members_are_shown_where_chance_seldom_repeats_one() -> None:
    rng = np.random.default_rng(3)

    def people(first: int) -> Records:
        return rows(rng.integers(0, 500_000, N), rng.integers(0, 4, N), patients=np.arange(first, first + N))

    sides = [people(at * N) for at in range(3)]
    table = people(0)
    costs = table.column("account").copy()
    costs[:30] = sides[0].column("account")[:30]
    found = look(sides, rows(costs, table.column("ward")))
    assert found[0].measured
    assert BY_CHANCE < found[0].chance < SELDOM
    leak = numbers(found, N, N)
    assert leak["excess", "unique number of account"].value == pytest.approx(0.03, abs=0.006)
    assert set(numbers(look(sides, table), N, N)) == {key for key in leak if key[1] == IDENTIFYING}


def test_a_lone_extreme_value_makes_no_column_identifying() -> None:
    visits = np.random.default_rng(4).poisson(3, 3 * N)
    visits[[0, N]] = 40, 41  # one member and one holdout patient stand alone
    sides = [
        rows(visits[at * N : (at + 1) * N], np.zeros(N), patients=np.arange(at * N, (at + 1) * N)) for at in range(3)
    ]
    found = look(sides, sides[0])
    assert found[0].telling < 0.1
    assert numbers(found, N, N)["excess", IDENTIFYING].value == 0


def test_chance_is_what_a_table_of_other_patients_repeats() -> None:
    # Ages of two decimals among 3,000 patients: Good's estimate and what other patients repeat, over 40 tables.
    expected, seen = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sides = [
            rows(np.round(rng.gamma(4, 500, N)), np.zeros(N), patients=np.arange(at * N, (at + 1) * N))
            for at in range(4)
        ]
        found = look(sides[:3], sides[3])[0]
        expected.append(found.chance)
        seen.append(found.repeated.mean())
    assert np.mean(seen) == pytest.approx(np.mean(expected), rel=0.25)


@pytest.mark.parametrize("cohort", [Cohort(codes=80), Cohort(codes=20, labs=4, demographics=True, missing=0.1)])
def test_tables_of_other_patients_seldom_show_anything(cohort: Cohort) -> None:
    # 60 audits. A difference whose 95 % interval lies above 0, of the identifying columns or of any other: at most
    # 3.5 % (2.5 % and 1 %), so that more than 7 has probability .002.
    shown = 0
    for seed in range(60):
        sides = [cohort.draw(400, seed=4 * seed + at) for at in range(4)]
        apart = [side.with_patients(np.arange(at * 400, (at + 1) * 400)) for at, side in enumerate(sides)]
        together = tuple(sides[0].columns[:3])
        rates = numbers(look(apart[:3], apart[3], together), 400, 400)
        shown += any(number.low > 0 for (name, _), number in rates.items() if name == "excess")
    assert shown <= 7


def test_rows_say_what_they_are() -> None:
    side = rows(np.arange(20.0), np.zeros(20), patients=np.arange(20))
    graded = grade_unique_values(
        LABEL, find_repeated(side, side.with_patients(np.arange(20, 40)), None, side), members=20, holdout=20
    )
    excess = graded[-1]
    assert (excess.statistic, excess.slice, excess.chance, excess.members, excess.holdout) == (
        "excess",
        IDENTIFYING,
        0.0,
        20,
        20,
    )
    assert isinstance(measurement_of(excess.number), Estimate)
