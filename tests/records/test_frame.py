"""Cells against the schema, and the way from records to a file and back."""

import string
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synthaudit.audit.records import Cohort, Column, Records, Schema, from_frame, to_frame, write_table
from synthaudit.audit.records.parse import MISSING, parse_records
from synthaudit.audit.records.text import read_text

SECRET = "77313"


def text(**columns):
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def one(column, cells, **options):
    return parse_records(text(x=cells), Schema((column,)), **options).column("x").tolist()


def test_every_kind_is_stored_as_the_schema_says():
    assert one(Column("x", "binary"), ["0", "1", "1.0", "True", " false "]) == [0, 1, 1, 1, 0]
    assert one(Column("x", "count"), ["0", "300", "1e2"]) == [0, 300, 100]
    assert one(Column("x", "continuous"), ["-0.5", "+3", ".5", "5.", "1e-3"]) == [-0.5, 3, 0.5, 5, 0.001]
    assert one(Column("x", "ordinal", levels=("low", "high")), ["high", "low"]) == [1, 0]
    assert one(Column("x", "categorical", levels=("0083", "83")), ["83", "0083"]) == [1, 0]


@pytest.mark.parametrize("cell", [*MISSING, " ", None])
def test_missing_cells_are_missing_where_that_is_declared(cell):
    for column in (Column("x", "continuous", missing=True), Column("x", "categorical", levels=("a",), missing=True)):
        assert np.isnan(one(column, [cell])[0])


def test_a_level_spelled_like_a_missing_cell_is_a_level():
    assert one(Column("x", "categorical", levels=("NA", "None")), ["None", "NA"]) == [1, 0]


def test_missing_cells_can_be_named():
    assert np.isnan(one(Column("x", "continuous", missing=True), ["?"], missing=("?",))[0])


def test_columns_are_matched_by_name_and_ids_stay_text():
    schema = Schema((Column("a", "binary"), Column("b", "count")))
    records = parse_records(text(b=["2", "3"], who=["007", "7"], a=["1", "0"]), schema, id="who")
    assert records.columns == ("a", "b")
    assert records.column("a").tolist() == [1, 0]
    assert records.patients.tolist() == ["007", "7"]


LEVELS = Column("x", "categorical", levels=("a", "b"))


@pytest.mark.parametrize(
    ("column", "cells", "row", "message"),
    [
        (LEVELS, ["a", "b", SECRET], 4, "expected one of the column's levels, found another"),
        (LEVELS, ["a", ""], 3, "expected a value, found none"),
        (Column("x", "continuous"), ["1", SECRET + "a"], 3, "expected a number, found other text"),
        (Column("x", "continuous"), ["1", "1,5"], 3, "found numbers with a decimal comma. Give --decimal ,"),
        (Column("x", "continuous"), ["0x1f"], 2, "expected a number, found hexadecimal numbers"),
        (Column("x", "continuous"), ["1", "NaN"], 3, "expected a value, found none"),
        (Column("x", "continuous"), ["1", None], 3, "expected a value, found none"),
        (Column("x", "continuous", missing=True), ["1", "-inf"], 3, "expected a finite number"),
        (Column("x", "continuous", missing=True), ["1", "Infinity"], 3, "expected a finite number"),
        (Column("x", "continuous"), ["1e400"], 2, "expected a finite number"),
        (Column("x", "continuous", integer=True), ["1", f"{SECRET}.5"], 3, "expected a whole number"),
        (Column("x", "continuous", high=100), ["1", SECRET], 3, "expected at most 100"),
        (Column("x", "continuous", low=0), ["1", f"-{SECRET}"], 3, "expected at least 0"),
        (Column("x", "binary"), ["1", SECRET], 3, "expected 0 or 1"),
        (Column("x", "binary"), ["1", "0.5"], 3, "expected 0 or 1"),
        (Column("x", "count"), [f"-{SECRET}"], 2, "expected a count of 0 or more"),
        (Column("x", "count"), ["0.5"], 2, "expected a whole number"),
        (Column("x", "count"), ["1e30"], 2, "expected a count below 2^32"),
    ],
)
def test_a_cell_that_the_schema_forbids_is_named_by_row_and_never_quoted(column, cells, row, message, refusal):
    problem = refusal(lambda: one(column, cells, file=Path("/home/ward 7/table.csv")))
    assert message in str(problem)
    assert (problem.file, problem.column, problem.row) == ("table.csv", "x", row)
    assert problem.cure


def test_all_bad_rows_are_counted(refusal):
    assert "(2 rows in all)" in str(refusal(lambda: one(LEVELS, [SECRET, "a", SECRET])))


def test_missing_and_unexpected_columns_are_named(refusal):
    schema = Schema((Column("a", "binary"), Column("b", "binary")))
    assert "expected column 'b', not found" in str(refusal(lambda: parse_records(text(a=["1"]), schema)))
    extra = refusal(lambda: parse_records(text(a=["1"], b=["0"], c=[SECRET], d=["1"]), schema))
    assert "found columns 'c', 'd', unknown" in str(extra)
    assert "expected column 'who'" in str(refusal(lambda: parse_records(text(a=["1"], b=["0"]), schema, id="who")))


def test_a_row_without_a_patient_is_refused(refusal):
    schema = Schema((Column("a", "binary"),))
    problem = refusal(lambda: parse_records(text(a=["1", "0"], who=[SECRET, ""]), schema, id="who"))
    assert "expected a patient id, found none" in str(problem)
    assert (problem.row, problem.column) == (3, "who")


def test_an_id_column_may_not_be_in_the_table_already(tmp_path, refusal):
    records = Cohort(patients=3, codes=2, labs=1).draw(seed=0)
    assert "id column" in str(refusal(lambda: write_table(records, tmp_path / "a.csv", id="creatinine")))


def test_tables_are_written_only_where_they_can_be(tmp_path, refusal):
    records = Cohort(patients=3, codes=2).draw(seed=0)
    assert "ends in" in str(refusal(lambda: write_table(records, tmp_path / "a.xls")))
    assert "could not be written" in str(refusal(lambda: write_table(records, tmp_path / "none" / "a.csv")))


def test_pandas_frames_go_in_and_out():
    frame = pd.DataFrame({"sex": ["F", "M"], "age": [31.0, np.nan], "dead": [True, False], "n": [0, 3]})
    schema = Schema(
        (
            Column("sex", "categorical", levels=("M", "F")),
            Column("age", "continuous", missing=True),
            Column("dead", "binary"),
            Column("n", "count"),
        )
    )
    records = from_frame(frame, schema)
    assert records.column("sex").tolist() == [1, 0]
    assert records.column("dead").tolist() == [1, 0]
    back = to_frame(records)
    assert back["sex"].tolist() == ["F", "M"]
    assert back["n"].tolist() == [0, 3]
    assert np.isnan(back["age"][1])


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=8)
NAME = TEXT.filter(lambda name: name.strip() and name not in MISSING)


@st.composite
def tables(draw):
    """Records of any kinds, names, levels and values that a schema allows."""
    rows = draw(st.integers(1, 6))
    names = draw(st.lists(NAME, min_size=1, max_size=5, unique=True))
    columns, values = [], {}
    for name in names:
        kind = draw(st.sampled_from(["binary", "count", "continuous", "ordinal", "categorical"]))
        missing = draw(st.booleans())
        integer = kind == "continuous" and draw(st.booleans())
        levels = ()
        if kind in ("ordinal", "categorical"):
            levels = tuple(draw(st.lists(TEXT.filter(str.strip), min_size=1, max_size=4, unique=True)))
            cells = st.integers(0, len(levels) - 1)
        elif kind == "binary":
            cells = st.integers(0, 1)
        elif kind == "count":
            cells = st.integers(0, 70_000)
        else:
            cells = st.integers(-(2**53), 2**53) if integer else st.floats(allow_nan=False, allow_infinity=False)
        if missing:
            cells = st.one_of(cells, st.just(np.nan))
        columns.append(Column(name, kind, levels=levels, integer=integer, missing=missing))
        dtype = np.int64 if columns[-1].is_code else np.float64
        values[name] = np.array([draw(cells) for _ in range(rows)], dtype=dtype)
    return Records.of(Schema(tuple(columns)), values)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.tsv", "t.parquet"])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(records=tables())
def test_what_is_written_reads_back_the_same(name, records):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_table(records, path)
        back = parse_records(read_text(path), records.schema)
    assert back.schema == records.schema
    np.testing.assert_array_equal(back.codes, records.codes)
    np.testing.assert_array_equal(back.rest, records.rest)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(matrix=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 1)))
def test_a_matrix_of_codes_goes_through_pandas_unchanged(matrix):
    names = [f"{letter}{at:02d}" for at, letter in zip(range(matrix.shape[1]), string.ascii_uppercase, strict=False)]
    records = Records.binary(names, matrix)
    assert from_frame(to_frame(records), records.schema).fingerprint() == records.fingerprint()
