"""Every case of the zoo: it can be planted, its strength is what was planted, and honest tables hold no member."""

import zlib

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Records
from synthaudit.audit.records.schema import Column, Schema
from synthaudit.audit.selftest.cases import CASES, chosen_cases
from synthaudit.audit.selftest.copies import NearCopies, VerbatimCopies
from synthaudit.audit.selftest.matching import found_in
from synthaudit.audit.selftest.population import CannotPlant, Population, fitting_schema

SLOW = {"overtrained_vae"}
NOT_HERE = {"copied_subgroup"}
"""Cases that this table has no columns for."""


@pytest.fixture(scope="module")
def people(records: Records) -> Population:
    return Population.of(records, seed=0)


def test_nobody_stands_in_two_parts(people: Population) -> None:
    parts = (people.members, people.holdout, people.reference, people.others)
    assert [len(part) for part in parts] == [300, 300, 150, 300]
    # Two measurements with three decimals: no two of these 1,050 patients are alike in all columns.
    assert len(np.unique(np.nan_to_num(np.concatenate(parts), nan=-1), axis=0)) == 1050


def test_of_several_rows_of_a_patient_one_is_used(records: Records) -> None:
    twice = Records.concat([records, records])
    parts = Population.of(twice, seed=0)
    assert len(parts.members) + len(parts.holdout) + len(parts.reference) + len(parts.others) == 1050


def test_too_few_patients_are_refused(records: Records) -> None:
    with pytest.raises(InputError, match="at least 175 patients"):
        Population.of(records.take(slice(0, 100)), seed=0)


@pytest.mark.parametrize("name", sorted(set(CASES) - SLOW))
def test_every_case_is_planted_or_says_why_not(name: str, people: Population) -> None:
    case = CASES[name]
    assert not case.sentence.endswith(".")
    try:
        table = case.make(people, np.random.default_rng(zlib.crc32(name.encode())))
    except CannotPlant:
        assert name in NOT_HERE
        return
    assert table.rows.shape[1] == len(table.people.schema)
    assert bool(table.strengths) == (case.truth == "leak")
    again = case.make(people, np.random.default_rng(zlib.crc32(name.encode())))
    assert np.array_equal(table.rows, again.rows, equal_nan=True)
    if case.truth == "no leak":
        assert not found_in(people.members, table.rows).any()


def test_enough_cases_of_each_kind() -> None:
    counts = {truth: sum(case.truth == truth for case in CASES.values()) for truth in ("leak", "no leak", "invalid")}
    assert counts["leak"] >= 25
    assert counts["no leak"] >= 8
    assert counts["invalid"] >= 2


def test_the_strength_of_copies_is_their_share(people: Population) -> None:
    for case in (VerbatimCopies(0.1), NearCopies("one step", 0.1), NearCopies("one rounded", 0.1)):
        (strength,) = case.make(people, np.random.default_rng(0)).strengths
        assert strength.statistic == "excess"
        assert strength.estimate.value == pytest.approx(0.1, abs=0.005)


def test_a_schema_is_loosened_only_where_published_values_ask() -> None:
    columns = (Column("n", "count"), Column("w", "continuous", integer=True, low=0, high=9), Column("f", "binary"))
    schema = Schema(columns)
    assert fitting_schema(schema, [np.array([[1.0, 3, 0]])]) == schema
    loose = fitting_schema(schema, [np.array([[1.5, 3000.0, 2], [0, np.nan, 0]])])
    assert [column.kind for column in loose.columns] == ["continuous", "continuous", "continuous"]
    assert loose.columns[1] == Column("w", "continuous", integer=True, low=0, missing=True)


def test_cases_are_chosen_by_name() -> None:
    assert list(chosen_cases(["smote", "copies"])) == ["copies", "smote"]
    assert chosen_cases([]) == CASES
