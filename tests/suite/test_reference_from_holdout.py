"""Without a reference, part of the holdout is set aside as one: by patient, by lot, and never so much that it shows."""

from pathlib import Path

import numpy as np
import pytest

from synthaudit.audit.records import Cohort, Records
from synthaudit.audit.suite.context.prepare import prepare
from synthaudit.audit.suite.context.reference_from_holdout import (
    patients_to_set_aside,
    set_aside_reference,
    with_reference,
)
from synthaudit.audit.suite.plan import Plan, make_plan

SPLIT = {"members": 900, "holdout": 600, "reference": 0}


def plan_of(**tables: object) -> Plan:
    """Return a plan that splits a simulated cohort without a reference."""
    data = {"reader": "simulated", "patients": 1500, "codes": 30}
    return make_plan({"preset": "quick", "data": data, "split": SPLIT, "generators": {"null": {}}, **tables})


def visits(patients: int, rows: int) -> Records:
    """Return records of which each patient has several."""
    table = Cohort(codes=12).draw(patients * rows, seed=1)
    return table.with_patients(np.arange(patients * rows) % patients)


@pytest.mark.parametrize(
    ("holdout", "members", "aside"),
    [
        (3000, 5000, 1000),  # a third
        (3000, 700, 700),  # no more than there are members
        (500, 5000, 132),  # 368 stay: the least for true positives at 1 % false ones
        (460, 5000, 92),
        (459, 5000, 0),  # less than a fifth could be spared
        (5000, 5000, 1312),  # 3,688 stay: the least at 0.1 %
        (4000, 5000, 1333),  # which would leave too little here
        (12_000, 50_000, 4000),
        (0, 10, 0),
    ],
)
def test_how_many_patients_are_set_aside(holdout: int, members: int, aside: int) -> None:
    assert patients_to_set_aside(holdout, members, 1 / 3) == aside


def test_patients_are_set_aside_with_all_their_rows_whatever_the_order_of_rows() -> None:
    holdout = visits(600, 3)
    parts = set_aside_reference(holdout, members=900, share=1 / 3, seed=5)
    assert parts is not None
    rest, reference = (np.unique(part.patients) for part in parts)
    assert (len(rest), len(reference), len(parts[1])) == (400, 200, 600)
    assert not np.intersect1d(rest, reference).size
    shuffled = holdout.take(np.random.default_rng(0).permutation(len(holdout)))
    again = set_aside_reference(shuffled, members=900, share=1 / 3, seed=5)
    assert again is not None
    np.testing.assert_array_equal(np.unique(again[1].patients), reference)
    other = set_aside_reference(holdout, members=900, share=1 / 3, seed=6)
    assert other is not None
    assert not np.array_equal(np.unique(other[1].patients), reference)


def test_a_plan_without_reference_gets_one_and_says_so(tmp_path: Path) -> None:
    ready = prepare(plan_of(), base=tmp_path, salt=b"s")
    assert {role: len(table) for role, table in ready.tables.items()} == {
        "members": 900,
        "holdout": 400,
        "reference": 200,
    }
    (note,) = ready.split.notes
    assert note.startswith("no reference was given, so 200 of 600 holdout patients, drawn at random, are the")
    assert ready.split.holdout.patients == ready.split.target_holdout == 400
    assert ready.sizes.reference == 200


def test_a_reference_is_left_as_it_is_and_none_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    tables = {"members": visits(10, 1), "holdout": visits(900, 1), "reference": visits(20, 1)}
    assert with_reference(plan_of(), tables) == (tables, None)
    for unwanted in (
        plan_of(split={**SPLIT, "reference_from_holdout": 0.0}),
        plan_of(sweep={"reference_rows": [0]}),
    ):
        ready = prepare(unwanted, base=tmp_path, salt=b"s")
        assert set(ready.tables) == {"members", "holdout"}
        assert ready.split.notes == ()


def test_a_holdout_too_small_to_share_stays_whole_and_what_is_not_measured_is_said(tmp_path: Path) -> None:
    ready = prepare(plan_of(split={**SPLIT, "holdout": 300}), base=tmp_path, salt=b"s")
    assert set(ready.tables) == {"members", "holdout"}
    (note,) = ready.split.notes
    assert "300 holdout patients are too few to set some aside: attacks that compare with records" in note


def test_targets_that_are_not_all_patients_are_said(tmp_path: Path) -> None:
    few = plan_of(targets={"members": 500}, split={**SPLIT, "reference": 0, "reference_from_holdout": 0.0})
    ready = prepare(few, base=tmp_path, salt=b"s")
    assert ready.split.notes == ("500 of 900 members are targets; copies are looked for among all",)
