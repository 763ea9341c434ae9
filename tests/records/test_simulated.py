import numpy as np
import pytest

from synthaudit.audit.records import Cohort
from synthaudit.audit.records.population import code_names
from synthaudit.audit.records.sex_codes import sex_of


@pytest.fixture(scope="module")
def default():
    return Cohort().draw(seed=1)


def test_default_cohort_has_the_published_shape_of_mimic3(default):
    held = default.codes.sum(axis=1)
    assert default.codes.shape == (46_520, 1_071)
    assert default.codes.dtype == np.uint8
    assert held.min() == 1
    # Standard error of the mean 0.04; the law aims at 11.3.
    assert held.mean() == pytest.approx(11.3, abs=0.15)
    assert default.codes.mean() == pytest.approx(0.0105, abs=0.0002)
    assert 60 <= held.max() <= 120


def test_prevalences_fall_like_zipf_and_no_code_is_empty(default):
    holders = np.sort(default.codes.sum(axis=0))[::-1]
    assert 0.3 < holders[0] / 46_520 < 0.5
    assert holders[-1] >= 1
    assert (holders < 50).mean() > 0.3
    tail = np.log(holders[20:500])
    assert np.corrcoef(np.log(np.arange(20, 500)), tail)[0, 1] < -0.98


def test_codes_of_a_patient_go_together(default):
    common = np.argsort(-default.codes.mean(axis=0))[:50]
    matrix = default.codes[:, common].astype(float)
    pairs = np.corrcoef(matrix.T)[np.triu_indices(50, 1)]
    columns = np.column_stack([np.random.default_rng(at).permutation(matrix[:, at]) for at in range(50)])
    shuffled = np.corrcoef(columns.T)[np.triu_indices(50, 1)]
    assert np.abs(pairs).mean() > 5 * np.abs(shuffled).mean()
    assert pairs.max() > 0.15


def test_draws_are_repeatable_fresh_and_of_one_law():
    cohort = Cohort(patients=4_000, codes=60, labs=3, demographics=True)
    one, again, other = cohort.draw(seed=1), cohort.draw(seed=1), cohort.draw(seed=2)
    assert one.fingerprint() == again.fingerprint() != other.fingerprint()
    assert one.schema == other.schema == cohort.schema
    # Two draws of 4,000 differ by at most five standard errors of a difference of rates, 0.011 each: 120 comparisons.
    assert np.abs(one.codes.mean(axis=0) - other.codes.mean(axis=0)).max() < 0.056
    elsewhere = Cohort(patients=4_000, codes=60, labs=3, demographics=True, population=9).draw(seed=1)
    assert np.abs(one.codes.mean(axis=0) - elsewhere.codes.mean(axis=0)).max() > 0.1


def test_a_smaller_draw_follows_the_same_law():
    assert len(Cohort(codes=30).draw(12, seed=0)) == 12


def test_labs_follow_the_codes():
    records = Cohort(patients=5_000, codes=80, labs=12, demographics=True).draw(seed=3)
    # Regression of each laboratory value on the codes: profiles move both, so some of it is explained.
    codes = np.column_stack([np.ones(5_000), records.codes])
    names = [c.name for c in records.schema.columns if c.kind == "continuous"]
    explained = []
    for name in names:
        values = records.column(name)
        fit = codes @ np.linalg.lstsq(codes, values, rcond=None)[0]
        explained.append(1 - ((values - fit) ** 2).sum() / ((values - values.mean()) ** 2).sum())
    # 80 columns of noise explain 1.6 % of 5,000 rows.
    assert np.median(explained) > 0.05
    age = records.column("age")
    assert age.min() >= 18
    assert age.max() <= 90
    assert set(np.unique(records.column("sex"))) == {0.0, 1.0}


def test_missing_values_are_declared_and_as_many_as_asked():
    records = Cohort(patients=5_000, codes=10, labs=2, missing=0.2).draw(seed=0)
    assert all(column.missing for column in records.schema.columns[:2])
    assert np.isnan(records.rest).mean() == pytest.approx(0.2, abs=0.02)


def test_visits_repeat_a_patient_within_its_history():
    cohort = Cohort(patients=2_000, codes=40, labs=1, visits=3)
    records, whole = cohort.draw(seed=5), Cohort(patients=2_000, codes=40, labs=1).draw(seed=5)
    assert len(np.unique(records.patients)) == 2_000
    assert len(records) / 2_000 == pytest.approx(3, abs=0.2)
    assert records.codes.sum(axis=1).min() >= 1
    assert (records.codes <= whole.codes[records.patients]).all()  # the history is drawn first, from the same stream


@pytest.mark.parametrize("codes", [1, 2, 7, 3_000])
def test_any_number_of_codes_is_drawn_with_at_least_one_each(codes):
    records = Cohort(patients=50, codes=codes).draw(seed=0)
    assert records.codes.shape == (50, codes)
    assert records.codes.sum(axis=1).min() == 1


def test_code_names_are_distinct_sorted_and_of_mimic3_proportions():
    names = code_names(1_071, seed=0)
    assert len(set(names)) == 1_071
    assert list(names) == sorted(names)
    assert sum(name.startswith("E") for name in names) == 152
    assert sum(name.startswith("V") for name in names) == 73


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patients": 0}, "expected patients > 0, got 0"),
        ({"codes": -1}, "expected codes > 0, got -1"),
        ({"profiles": 0}, "expected profiles > 0, got 0"),
        ({"labs": -1}, "expected labs >= 0, got -1"),
        ({"visits": 0.5}, "expected visits >= 1, got 0.5"),
        ({"missing": 1.0}, r"expected missing in \[0, 1\), got 1.0"),
        ({"codes": 10, "mean_codes": 6}, r"expected mean_codes in \[1, codes / 2\], got 6 of 10 codes"),
    ],
)
def test_rejects_a_cohort_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        Cohort(**options)


def test_rejects_a_draw_of_nobody():
    with pytest.raises(ValueError, match="expected patients > 0, got 0"):
        Cohort(codes=3).draw(0, seed=0)


def test_no_patient_has_a_code_of_the_other_sex() -> None:
    records = Cohort(codes=400, demographics=True).draw(3_000, seed=0)
    sexes = np.array([sex_of(name, "icd9") or "" for name in code_names(400, seed=0)])
    male = records.column("sex") == 1
    assert (sexes == "female").sum() > 5
    assert (sexes == "male").sum() > 1
    assert records.codes[male][:, sexes == "female"].sum() == 0 < records.codes[~male][:, sexes == "female"].sum()
    assert records.codes[~male][:, sexes == "male"].sum() == 0 < records.codes[male][:, sexes == "male"].sum()
    # Nothing else about the codes changes: as many each, from the same law.
    plain = Cohort(codes=400).draw(3_000, seed=0)
    assert np.array_equal(plain.codes.sum(axis=1), records.codes.sum(axis=1))
