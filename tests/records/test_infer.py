from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from synthaudit.audit.records import Column, infer_schema
from synthaudit.audit.records.infer import infer_columns
from synthaudit.audit.records.parse import MISSING
from synthaudit.audit.records.problems import Problems

SECRET = "77313"


def infer(*parts, published=()):
    tables = {f"{at}.csv": pa.table({"x": pa.array([str(c) for c in cells])}) for at, cells in enumerate(parts)}
    also = [pa.table({"x": pa.array([str(cell) for cell in cells])}) for cells in published]
    schema = infer_schema(tables, ["x"], published=also)
    assert schema.inferred
    return schema.columns[0]


DATES = Column("x", "continuous", integer=True, format="%Y-%m-%d")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([0, 1, 1], Column("x", "binary")),
        ([0, 0, 0], Column("x", "binary")),
        ([1, 1, 1], Column("x", "binary")),
        (["True", "False"], Column("x", "binary")),
        ([0, 1, ""], Column("x", "binary", missing=True)),
        ([0, 0, 0, 1, 4], Column("x", "count")),
        ([0, 0, 0, 1, 400], Column("x", "continuous", integer=True)),
        ([61, 35, 61, 80], Column("x", "continuous", integer=True)),
        ([-1, 0, 0, 0], Column("x", "continuous", integer=True)),
        ([5, 5, 5], Column("x", "continuous", integer=True)),
        ([0.5, 1, 0], Column("x", "continuous")),
        ([0.5, "NA", 0], Column("x", "continuous", missing=True)),
        (["M", "F", "M", "F"], Column("x", "categorical", levels=("F", "M"))),
        (["F", "", "F"], Column("x", "categorical", levels=("F",), missing=True)),
        (["[0-10)", "[10-20)"] * 10, Column("x", "categorical", levels=("[0-10)", "[10-20)"))),
        (["2101-03-04", "2101-03-05", "7731-01-01"], DATES),
        (["2101-03-04", "", "2101-03-05"], replace(DATES, missing=True)),
        (["20190131", "19991231"], replace(DATES, format="%Y%m%d")),
        (["20190131", "19991331"], Column("x", "continuous", integer=True)),
        (["31-Jan-2019", "01-FEB-2019"], replace(DATES, format="%d-%b-%Y")),
        (["31/1/2019", "1/2/2019"], replace(DATES, format="%d/%m/%Y")),
        (["1/31/2019", "1/2/2019"], replace(DATES, format="%m/%d/%Y")),
        (["2101-03-04 10:00:00", ""], Column("x", "continuous", missing=True, format="%Y-%m-%d %H:%M:%S")),
        (["2101-03-04", "2101-03-05", "2101-03-05 10:00"], Column("x", "continuous", format="%Y-%m-%d %H:%M")),
        (["0083", "E045"] * 20, Column("x", "categorical", levels=("0083", "E045"))),
        (["0083", "083", "83"] * 20, Column("x", "categorical", levels=("0083", "083", "83"))),
        (["02139", "10001"] * 20, Column("x", "categorical", levels=("02139", "10001"))),
        (["M", "m", "M ", "F", "M"], Column("x", "categorical", levels=("F", "M"))),
        (["TRUE", "Y", "1", "n", "0"], Column("x", "binary")),
        (["Y", "N", "Y"], Column("x", "categorical", levels=("N", "Y"))),
        (["\u0663\u0668", "12\u200b", "\u22125", "\xa07"], Column("x", "continuous", integer=True)),
        (["-0", "-0.0", "0", "1"], Column("x", "binary")),
        (["1e5", "2.5E5", "3e5"], Column("x", "continuous", integer=True)),
        (["10 mg", "20 mg"] * 10, Column("x", "categorical", levels=("10 mg", "20 mg"))),
        ([">200", "Norm", ">300", "None"] * 10, Column("x", "categorical", levels=(">200", ">300", "None", "Norm"))),
    ],
)
def test_kinds_are_guessed(cells, expected):
    assert infer(cells) == expected


def test_real_tables_are_looked_at_together():
    assert infer([0, 1], [0, 0, 0, 2]).kind == "count"
    assert infer([0, 1], [0, ""]).missing
    assert infer(["a", "a"], ["b", "a"]).levels == ("a", "b")


def test_a_format_is_guessed_from_all_tables():
    assert infer(["01/02/2019"], ["13/02/2019"]).format == "%d/%m/%Y"
    assert infer(["2019-01-01"], published=[["", "x"]]) == replace(DATES, missing=True)


def test_a_synthetic_table_only_loosens():
    assert infer([61, 35, 35], published=[[1.5, ""]]) == Column("x", "continuous", missing=True)
    assert infer([0, 0, 0, 4], published=[[0.2]]) == Column("x", "continuous")
    assert infer([0, 0, 0, 4], published=[[-1]]) == Column("x", "continuous", integer=True)
    assert infer([0, 1], published=[[0.2]]) == Column("x", "binary")  # 0.2 matches nobody
    assert infer(["a", "b", "a"], published=[["c", ""]]) == Column("x", "categorical", levels=("a", "b"), missing=True)


def warned(cells, **options):
    problems = Problems()
    table = pa.table({"x": pa.array([str(cell) for cell in cells])})
    infer_columns({"m.csv": table}, ["x"], problems=problems, **options)
    assert not problems.errors
    return [str(warning) for warning in problems.warnings]


@pytest.mark.parametrize(
    ("cells", "option"),
    [
        ([41, 37.5, -99, 38], "--missing=-99"),
        ([0, 3, 7, -9], "--missing=-9"),
        ([1, 2, 2, 9], "--missing=9"),
        ([41, 37, 999, 38], "--missing=999"),
        ([20110401, 20110402, 99991231, 20110402], "--missing=99991231"),
        (["M", "F", "?"] * 9, "--missing='?'"),
        (["M", "F", "#N/A"] * 9, "--missing='#N/A'"),
        (["a", "b", "-9"] * 9, "--missing=-9"),
    ],
)
def test_codes_for_missing_are_warned_of_with_the_option_that_declares_them(cells, option):
    (warning,) = warned(cells)
    assert "exports write where a value is missing" in warning
    assert warning.endswith(option)
    assert warned(cells, missing=[*MISSING, option.removeprefix("--missing=").strip("'")]) == []


@pytest.mark.parametrize("cells", [[-9, -20, 3, 4], [990, 998, 999, 1000], [-1, 0, 1, -2], [0, 1, 2, 9], [1, 99, 60]])
def test_numbers_among_their_like_are_no_codes_for_missing(cells):
    assert warned(cells) == []


def test_a_missing_number_is_missing_in_all_its_spellings():
    table = pa.table({"x": ["-99", "-99.0", "41", " -99"]})
    (column,) = infer_columns({"m.csv": table}, ["x"], missing=["-99"], problems=Problems())
    assert column == Column("x", "continuous", integer=True, missing=True)


def test_levels_in_other_capitals_are_joined_and_said():
    (warning,) = warned(["M", "m", "F", "M"])
    assert "levels that differ in capitals or blanks alone are read as one (1 of them)" in warning


NOBODY = [f"name {at}" for at in range(30)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["", "NA"], "expected values, found none"),
        (["2101-03-04", SECRET, "2101-03-05"], "0.csv, column 'x', row 3: mixes dates with other text (1 of 3 cells)"),
        (["3-4-2101", "5-6-2101"], "whose day and month cannot be told apart. Declare it in a schema, as in kind"),
        (["31-JAN-62"], "holds dates with two digits of a year"),
        ([*NOBODY, SECRET], "looks like free text or an identifier (31 distinct texts in 31 rows)"),
        ([f"code {at % 150}" for at in range(900)], "looks like free text or an identifier (150 distinct"),
        ([*np.arange(300) / 7, f"<{SECRET}"], "mixes numbers with text (1 of 301 cells are not numbers)"),
        (range(1000, 1050), "looks like a row number or an identifier"),
        (
            [*range(60)] * 3 + ["None"],
            "(1 of 181 cells are not numbers): words for a missing value. Declare them: --missing N",
        ),
        ([*range(5)] * 9 + ["unknown"], "words for a missing value. Declare them: --missing unknown"),
        ([*range(5)] * 9 + ["Total"], "totals or other summary rows"),
        ([*range(5)] * 9 + ["<5"], "bounds (below or above a number)"),
        ([*range(5, 25), *["<5"] * 40], "bounds (below or above a number)"),
        ([*range(5)] * 9 + [f"{SECRET} approx"], "other text"),
        ([*range(5)] * 9 + ["inf"], "infinities"),
        ([*range(5)] * 9 + ["1e400"], "mixes numbers with text"),
        (["38,4", "39,1"] * 9, "holds numbers with a decimal comma, not plain numbers (18 cells). Give --decimal ,"),
        (["38", "39,1"] * 9, "numbers with a decimal comma. Give --decimal ,"),
        (["1,950", "850"] * 9, "numbers with separators of thousands"),
        (["1.234.567", "850"] * 9, "numbers with points between thousands"),
        (["1 950", "850"] * 9, "numbers with blanks or apostrophes between digits"),
        (["38 %", "4%"] * 9, "percentages"),
        (["$1,200", "$80.50"] * 9, "amounts with a currency"),
        ([f"{at} mg" for at in range(15)] * 9, "numbers with a unit"),
        ([f"{at} mmol/l" for at in range(15)] * 9, "numbers with a unit"),
        ([f"{at + 90}/{at + 50}" for at in range(15)] * 9, "two numbers in one cell"),
        (
            ["came by night, fever since two days", "sent home with a cough and no fever"] * 9,
            "free text (2 distinct texts of up to 35",
        ),
        (["a\nb", "c"] * 9, "looks like free text (2 distinct texts with line ends"),
        ([f"{at:08x}-0000-4000-8000-{at:012x}" for at in range(15)] * 9, "looks like an identifier (15 distinct texts"),
        ([f"555-{at:03d}-{SECRET[:4]}" for at in range(15)] * 9, "look like a phone number"),
        ([f"0{at}" for at in range(100, 300)] * 9, "looks like codes with leading zeros (200 distinct"),
    ],
)
def test_what_must_not_be_guessed_is_refused_with_a_cure(cells, message, refusal):
    problem = refusal(lambda: infer(list(cells)))
    assert message in str(problem)
    assert (problem.file, problem.column) == ("0.csv", "x")
    assert "rop" in problem.cure or "--" in problem.cure


@pytest.mark.parametrize(
    ("name", "refused"), [("PatientId", True), ("patient_id", True), ("ID", True), ("charges", False)]
)
def test_scattered_whole_numbers_are_an_identifier_only_by_name(name, refused, refusal):
    numbers = np.random.default_rng(0).permutation(10**7)[:50]
    tables = {"t.csv": pa.table({name: pa.array([str(n) for n in numbers])})}
    if refused:
        assert "identifier" in str(refusal(lambda: infer_schema(tables, [name])))
    else:
        assert infer_schema(tables, [name]).columns[0] == Column(name, "continuous", integer=True)
