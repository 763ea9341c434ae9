import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.records import Cohort, Column, Records, Schema, Split, collisions, save_records, split

SECRET = "77313"


def table(*rows, patients=None):
    return Records.binary([f"c{at}" for at in range(len(rows[0]))], np.array(rows), patients)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    owners=st.lists(st.integers(0, 12), min_size=3, max_size=60).filter(lambda ids: len(set(ids)) >= 3),
    seed=st.integers(0, 2**32 - 1),
    data=st.data(),
)
def test_every_patient_goes_wholly_to_one_side(owners, seed, data):
    people = len(set(owners))
    members = data.draw(st.integers(1, people - 1))
    holdout = data.draw(st.integers(1, people - members))
    reference = data.draw(st.integers(0, people - members - holdout))
    records = table(*[[at % 2] for at in range(len(owners))], patients=np.array(owners))
    parts = split(records, members=members, holdout=holdout, reference=reference, seed=seed)
    sizes = {"members": members, "holdout": holdout, "reference": reference}
    seen: set[int] = set()
    for role, part in parts.parts:
        people_here = set(part.patients.tolist())
        assert len(people_here) == sizes[role]
        assert not people_here & seen
        seen |= people_here
        assert sorted(part.patients.tolist()) == sorted(owner for owner in owners if owner in people_here)


def test_members_depend_on_seed_and_patients_only():
    records = Cohort(patients=60, codes=8).draw(seed=0)
    parts = split(records, members=20, holdout=20, seed=1)
    shuffled = records.take(np.random.default_rng(0).permutation(60))
    for other in (
        split(records, members=20, holdout=20, reference=5, seed=1),
        split(shuffled, members=20, holdout=20, seed=1),
    ):
        assert set(other.members.patients) == set(parts.members.patients)
        assert set(other.holdout.patients) == set(parts.holdout.patients)
    assert set(split(records, members=20, holdout=20, seed=2).members.patients) != set(parts.members.patients)
    assert (np.diff(parts.members.patients) > 0).all()  # rows keep their order


def test_sides_are_exchangeable():
    # Every patient is a member equally often: 2,000 splits, half of 8 patients, standard error 0.011.
    records = table(*[[at % 2] for at in range(8)])
    often = np.zeros(8)
    for seed in range(2_000):
        often[split(records, members=4, holdout=4, seed=seed).members.patients] += 1
    np.testing.assert_allclose(often / 2_000, 0.5, atol=0.055)


def test_sizes_may_be_fractions_that_sum_to_one():
    records = Cohort(patients=30, codes=4).draw(seed=0)
    parts = split(records, members=0.1 + 0.2, holdout=0.6, reference=0.1, seed=0)
    assert [len(part) for _, part in parts.parts] == [9, 18, 3]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"members": 6, "holdout": 6}, "expected at least 12 patients for members, holdout, found 10"),
        ({"members": 0.5, "holdout": 0.5, "reference": 1}, "expected at least 11 patients for members, holdout, ref"),
        ({"members": 0, "holdout": 3}, "expected at least one patient for members, found 10 patients in all"),
        ({"members": 3, "holdout": 0.01}, "expected at least one patient for holdout"),
        ({"members": 1.5, "holdout": 3}, "expected members to be a whole number of patients or a fraction"),
        ({"members": -1, "holdout": 3}, "expected members to be a whole number"),
        ({"members": True, "holdout": 3}, "expected members to be a whole number"),
        ({"members": float("nan"), "holdout": 3}, "expected members to be a whole number"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes, message, refusal):
    records = Cohort(patients=10, codes=4).draw(seed=0)
    assert message in str(refusal(lambda: split(records, **sizes, seed=0)))


def test_given_sides_that_share_patients_are_refused_by_number(refusal):
    one = table([0, 1], [1, 1], patients=np.array([SECRET, "b"]))
    two = table([0, 1], [1, 0], patients=np.array([SECRET, "c"]))
    three = table([0, 1], patients=np.array([int(SECRET)]))
    assert "members and holdout without a patient in common, found 1" in str(refusal(lambda: Split.of(one, two)))
    assert "members and reference" in str(refusal(lambda: Split.of(one, two.take(slice(1, 2)), three)))
    assert Split.of(one, two.take(slice(1, 2))).seed is None


def test_an_empty_side_is_refused(refusal):
    one, none = table([0, 1]), table([0, 1]).take(slice(0, 0))
    assert "at least one row of holdout" in str(refusal(lambda: Split.of(one, none)))


def test_sides_under_two_schemas_are_a_programmers_mistake():
    with pytest.raises(ValueError, match="under one schema"):
        Split.of(table([0, 1]), Records.binary(["x"], np.array([[1]]), np.array([5])))
    with pytest.raises(ValueError, match="under one schema"):
        collisions(table([0, 1]), Records.binary(["x"], np.array([[1]]), np.array([5])))


def test_a_split_is_saved_with_its_seed_and_loaded_unchanged(tmp_path):
    records = Cohort(patients=60, codes=8, labs=1).draw(seed=0)
    parts = split(records, members=20, holdout=20, reference=5, seed=11)
    parts.save(tmp_path)
    back = Split.load(tmp_path)
    assert back.seed == 11
    assert [(role, part.fingerprint()) for role, part in back.parts] == [
        (role, part.fingerprint()) for role, part in parts.parts
    ]


def test_a_split_that_was_changed_on_disk_is_refused(tmp_path, refusal):
    records = Cohort(patients=60, codes=8).draw(seed=0)
    parts = split(records, members=20, holdout=20, seed=11)
    parts.save(tmp_path)
    save_records(parts.holdout, tmp_path / "members.npz")
    assert "is not the file that was saved" in str(refusal(lambda: Split.load(tmp_path)))
    (tmp_path / "split.json").write_text("{}")
    assert "expected a saved split" in str(refusal(lambda: Split.load(tmp_path)))
    (tmp_path / "split.json").write_text("[")
    assert "expected a JSON object" in str(refusal(lambda: Split.load(tmp_path)))


def test_identical_rows_are_counted_on_both_sides():
    members = table([1, 0, 1], [1, 0, 1], [0, 0, 0], [1, 1, 1])
    holdout = table([1, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 1, 1])
    found = collisions(members, holdout)
    assert (found.members, found.holdout) == (4, 5)
    assert found.members_in_holdout == 3
    assert found.holdout_in_members == 3
    assert found.members_repeated == 2
    assert found.empty == 3
    assert found.share == 0.75


def test_missing_and_negative_zero_do_not_hide_a_collision():
    schema = Schema((Column("x", "continuous", missing=True), Column("n", "count")))
    other_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    one = Records.of(schema, {"x": np.array([np.nan, 0.0, 1.0]), "n": np.array([1, 2, 300])})
    two = Records.of(schema, {"x": np.array([other_nan, -0.0, 1.0]), "n": np.array([1, 2, 3])})
    found = collisions(one, two)
    assert found.members_in_holdout == 2
    assert found.empty == 0
