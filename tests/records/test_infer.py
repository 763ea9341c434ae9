import numpy as np
import pyarrow as pa
import pytest

from synthaudit.audit.records import Column, infer_schema

SECRET = "77313"


def infer(*parts, published=()):
    tables = {f"{at}.csv": pa.table({"x": pa.array([str(c) for c in cells])}) for at, cells in enumerate(parts)}
    also = [pa.table({"x": pa.array([str(cell) for cell in cells])}) for cells in published]
    schema = infer_schema(tables, ["x"], published=also)
    assert schema.inferred
    return schema.columns[0]


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
        (["0083", "E045"] * 20, Column("x", "categorical", levels=("0083", "E045"))),
    ],
)
def test_kinds_are_guessed(cells, expected):
    assert infer(cells) == expected


def test_real_tables_are_looked_at_together():
    assert infer([0, 1], [0, 0, 0, 2]).kind == "count"
    assert infer([0, 1], [0, ""]).missing
    assert infer(["a", "a"], ["b", "a"]).levels == ("a", "b")


def test_a_synthetic_table_only_loosens():
    assert infer([61, 35, 35], published=[[1.5, ""]]) == Column("x", "continuous", missing=True)
    assert infer([0, 0, 0, 4], published=[[0.2]]) == Column("x", "continuous")
    assert infer([0, 0, 0, 4], published=[[-1]]) == Column("x", "continuous", integer=True)
    assert infer([0, 1], published=[[0.2]]) == Column("x", "binary")  # to be refused, since it is no draw
    assert infer(["a", "b", "a"], published=[["c", ""]]) == Column("x", "categorical", levels=("a", "b"), missing=True)


NOBODY = [f"name {at}" for at in range(30)]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["", "NA"], "expected values, found none"),
        (["2101-03-04", "2101-03-05", SECRET[:4] + "-01-01"], "looks like a date"),
        (["2101-03-04 10:00:00", ""], "looks like a date"),
        (["3/4/2101"], "looks like a date"),
        ([*NOBODY, SECRET], "looks like free text or an identifier (31 distinct texts in 31 rows)"),
        ([f"code {at % 150}" for at in range(900)], "looks like free text or an identifier (150 distinct"),
        ([*np.arange(300) / 7, f"<{SECRET}"], "mixes numbers with text (1 of 301 cells are not numbers)"),
        (range(1000, 1050), "looks like a row number or an identifier"),
    ],
)
def test_what_must_not_be_guessed_is_refused_with_a_cure(cells, message, refusal):
    problem = refusal(lambda: infer(list(cells)))
    assert message in str(problem)
    assert (problem.file, problem.column) == ("0.csv", "x")
    assert "rop" in problem.cure


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
