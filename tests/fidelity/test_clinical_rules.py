"""Clinical rules: the grammar, the built-in codes, and what is told of few patients, by hand."""

import numpy as np
import pytest

from synthaudit.audit.errors import InputError, PlanError
from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.fidelity.clinical_rule import Rule
from synthaudit.audit.fidelity.metrics.clinical_rules import ClinicalRules
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.sex_codes import coding_of, sex_of
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.suite.plan import ComponentPlan, build_component

SCHEMA = Schema(
    (
        Column("sex", "categorical", levels=("F", "M", "other"), missing=True),
        Column("age", "continuous", missing=True),
        Column("stage", "ordinal", levels=("i", "ii", "iii")),
        Column("heart rate", "continuous"),
        Column("642", "binary"),
        Column("600", "binary"),
        Column("250", "binary"),
        Column("visits", "count"),
    )
)

FOUR = {
    "sex": [0.0, 1.0, 2.0, np.nan],
    "age": [30.0, 0.5, np.nan, 70.0],
    "stage": [0.0, 1.0, 2.0, 2.0],
    "heart rate": [60.0, 0.0, 80.0, 90.0],
    "642": [1, 1, 1, 1],
    "600": [1, 0, 0, 1],
    "250": [1, 1, 1, 0],
    "visits": [0, 1, 2, 3],
}


def repeated(times=1, **changed):
    columns = {name: np.tile(values, times) for name, values in {**FOUR, **changed}.items()}
    return Records.of(SCHEMA, columns)


def read(real, synthetic, small_count=1, **options):
    return ClinicalRules(**options).measure(
        real, synthetic, real, rng=np.random.default_rng(0), small_count=small_count
    )


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("642 implies sex = F", [0, 1, 1, 0]),  # a missing sex breaks nothing
        ("642 implies sex != M", [0, 1, 0, 0]),
        ("250 implies age >= 1", [0, 1, 0, 0]),
        ("age >= 1", [0, 1, 0, 0]),
        ("not 250 implies not 642", [0, 0, 0, 1]),
        ("250 and stage >= ii implies not 642", [0, 1, 1, 0]),
        ("stage < iii implies 'heart rate' > 0", [0, 1, 0, 0]),
        ("heart rate <= 80", [0, 0, 0, 1]),
        ("visits implies 600", [0, 1, 1, 0]),
        ("visits = 2 implies sex = 'other'", [0, 0, 0, 0]),
    ],
)
def test_rules_by_hand(rule, broken):
    np.testing.assert_array_equal(Rule.parse(rule).broken(repeated()), np.array(broken, bool))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a or b implies c",
        "a implies b and c",
        "a implies b implies c",
        "not a = 3",
        "a =",
        "= 3",
        "a == 3",
        "a 'b'",
    ],
)
def test_what_is_no_rule_is_refused_when_the_plan_is_read(text):
    with pytest.raises(ValueError, match="expected"):
        ClinicalRules(rules=(text,))
    with pytest.raises(PlanError, match=r"\[metrics.clinical_rules\].*expected"):
        build_component("metric", METRICS, "clinical_rules", ComponentPlan(rules=[text]))


def test_quoted_names_may_hold_the_words_of_the_grammar():
    schema = Schema((Column("nausea and vomiting", "binary"), Column("band", "ordinal", levels=("<30", ">=30"))))
    records = Records.of(schema, {"nausea and vomiting": np.array([1, 1, 0]), "band": np.array([0.0, 1, 0])})
    rule = Rule.parse("'nausea and vomiting' implies band = '>=30'")
    np.testing.assert_array_equal(rule.broken(records), [True, False, False])


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("643 implies sex = F", "unknown column '643'; did you mean '642'"),
        ("642 implies gender = F", "unknown column 'gender'"),
        ("642 implies sex = W", "column 'sex': expected one of its 3 levels"),
        ("642 implies sex > F", "column 'sex': expected = or !="),
        ("642 implies sex", "column 'sex': expected a comparison with a level"),
        ("642 implies age", "column 'age': expected a comparison with a number"),
        ("642 implies age >= young", "column 'age': expected a comparison with a number"),
        ("age <= nan", "column 'age': expected a comparison with a number"),
    ],
)
def test_rules_that_do_not_fit_the_table_are_refused_by_name(rule, words):
    with pytest.raises(InputError, match=words):
        read(repeated(), repeated(), rules=(rule,))


@pytest.mark.parametrize(
    ("name", "coding", "sex"),
    [
        ("629", "icd9", "female"),
        ("630", "icd9", "female"),
        ("64203", "icd9", "female"),
        ("642.03", "icd9", "female"),
        ("680", "icd9", None),
        ("V22", "icd9", "female"),
        ("V22", "icd10", None),  # a motorcycle rider injured
        ("v27.0", "icd9", "female"),
        ("600", "icd9", "male"),
        ("608.9", "icd9", "male"),
        ("609", "icd9", None),
        ("185", "icd9", "male"),
        ("E812", "icd9", None),
        ("6", "icd9", None),
        ("6300000", "icd9", None),
        ("O80", "icd10", "female"),
        ("O9A.2", "icd10", "female"),
        ("o80", "icd10", "female"),
        ("N39", "icd10", None),
        ("N40", "icd10", "male"),
        ("N53.1", "icd10", "male"),
        ("N60", "icd10", None),
        ("N99", "icd10", None),
        ("642", "icd10", None),
        ("9:642", None, "female"),
        ("10:N40", "icd9", "male"),
        ("10:642", None, None),
        ("7:642", "icd9", None),
        ("630", None, None),
    ],
)
def test_codes_of_one_sex(name, coding, sex):
    assert sex_of(name, coding) == sex


@pytest.mark.parametrize(
    ("names", "coding"),
    [
        (("250", "401.9", "V22", "E812"), "icd9"),
        (("E11", "I10", "250"), "icd10"),
        (("glucose", "smoker", "bleeding", "E11"), None),
        (("9:250", "10:E11"), None),
        ((), None),
    ],
)
def test_the_coding_is_told_by_most_names(names, coding):
    assert coding_of(names) == coding


def test_shares_by_hand():
    # Of every four rows: the man has 642 and the woman 600; the other and the missing sex break nothing.
    real = repeated(20, **{"642": [1, 0, 1, 1], "600": [0, 0, 1, 1]})
    reading = read(real, repeated(10), rules=("250 implies age >= 1", "heart rate <= 80"), small_count=10)
    statistics = reading.statistics
    assert statistics["violations_sex"].value == 0.5
    assert statistics["violations_own"].value == 0.5  # rows 1 and 3
    assert statistics["violations"].value == 0.75
    assert statistics["excess"].value == pytest.approx(0.75 - 0.5)  # real rows break the user's rules alike
    assert statistics["sex_codes_checked"].value == 2
    assert statistics["violations"].low < 0.75 < statistics["violations"].high
    assert statistics["excess"].low > 0
    assert not reading.points


def test_no_violation_is_an_upper_limit():
    kept = repeated(50, sex=[0.0, 0.0, 0.0, 0.0], **{"600": [0, 0, 0, 0]})
    share = read(kept, kept).statistics["violations_sex"]
    assert share.value == share.low == 0
    assert 0.01 < share.high < 0.03  # 3.7 / 200 by Clopper-Pearson


def few(breaking, rows=1000, patients=None):
    """Return rows of whom the first ``breaking`` are men with a pregnancy."""
    men = np.arange(rows) < breaking
    schema = SCHEMA.select(["sex", "642"])
    return Records.of(schema, {"sex": men.astype(float), "642": np.ones(rows, int)}, patients)


def test_few_patients_on_either_side_are_told_as_the_limit():
    real = few(100)
    told = [read(real, few(breaking), 10).statistics["violations"] for breaking in (1, 9)]
    assert told[0] == told[1]  # nothing about the true number remains
    assert (told[0].value, told[0].low) == (0.01, 0)
    assert "told as 10" in told[0].method
    assert read(real, few(11), 10).statistics["violations"].value == 0.011
    assert read(real, few(0), 10).statistics["violations"].value == 0
    most = [read(real, few(breaking), 10).statistics["violations"] for breaking in (991, 999)]
    assert most[0] == most[1]
    assert (most[0].value, most[0].high) == (0.99, 1)
    # The yardstick's own real side is told alike.
    assert read(few(3), few(50), 10).statistics["excess"] == read(few(8), few(50), 10).statistics["excess"]


def test_few_patients_on_both_sides_are_not_told():
    for breaking, rows in ((3, 12), (3, 5), (5, 5)):
        assert isinstance(read(few(100), few(breaking, rows), 10).statistics["violations"], NotMeasured)
    assert isinstance(read(few(100), few(0, 5), 10).statistics["violations"], Estimate)


def test_rows_of_one_patient_count_once():
    patients = np.arange(1000) // 5  # the first 20 rows belong to 4 patients
    share = read(few(100), few(20, patients=patients), 10).statistics["violations"]
    assert (share.value, share.trials) == (10 / 200, 200)


@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        (("642",), {}, "no column called sex or gender"),
        (("sex", "250"), {}, "no column looks like an ICD-9 or ICD-10 code of one sex"),
        (("sex", "642"), {"coding": "none"}, "turns the sex rules off"),
        (("sex", "642"), {"coding": "icd10"}, "no column looks like"),
        (("stage", "642"), {"sex": "stage"}, "levels of the sex column are not recognised"),
    ],
)
def test_sex_rules_that_do_not_apply_say_why(names, options, reason):
    table = repeated(10).select(names)
    statistics = read(table, table, **options).statistics
    assert reason in statistics["violations_sex"].reason
    assert isinstance(statistics["violations"], NotMeasured)
    assert set(statistics) == set(ClinicalRules.better)


def test_the_sex_column_can_be_told():
    table = repeated(10).select(["stage", "642", "600"])
    statistics = read(table, table, sex="stage", female="i", male="ii").statistics
    assert statistics["violations_sex"].value == 0.5
    assert read(table, table, sex="stage", female="i", male="iii").statistics["violations_sex"].value == 0.75
    with pytest.raises(InputError, match="unknown column 'geschlecht'"):
        read(table, table, sex="geschlecht")
    with pytest.raises(InputError, match="expected one of its 3 levels"):
        read(table, table, sex="stage", female="i", male="m")


def test_a_coded_sex_column_can_be_told():
    schema = Schema((Column("Gender", "binary"), Column("O80", "binary")))
    table = Records.of(schema, {"Gender": np.arange(40) % 2, "O80": np.ones(40, int)})
    assert read(table, table, female="0", male="1").statistics["violations_sex"].value == 0.5


def test_rejects_an_unknown_coding():
    with pytest.raises(ValueError, match="expected coding to be one of"):
        ClinicalRules(coding="icd11")


def test_a_wrong_sex_column_is_refused_even_where_no_code_needs_it():
    table = repeated(10).select(["sex", "250"])
    with pytest.raises(InputError, match="unknown column 'sexx'; did you mean 'sex'"):
        read(table, table, sex="sexx")
