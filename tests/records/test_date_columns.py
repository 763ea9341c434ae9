"""A column of dates from file to file: declared, read as days, and written back in its own format."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Column, Records, Schema, read_schema, write_schema, write_table
from synthaudit.audit.records.parse import parse_records
from synthaudit.audit.records.readers import read_together
from synthaudit.audit.records.text import read_text

BORN = Column("born", "continuous", low=-25_567, high=16_070, integer=True, missing=True, format="%d/%m/%Y")
SEEN = Column("seen", "continuous", format="%Y-%m-%d %H:%M")


def number(*day):
    return (date(*day) - date(1970, 1, 1)).days


def test_a_schema_declares_dates_and_their_bounds(write, tmp_path):
    path = write(
        "s.toml",
        '[columns]\nborn = {kind = "date", format = "%d/%m/%Y", low = 1900-01-01, high = 2013-12-31, missing = true}\n'
        'seen = {kind = "date", format = "%Y-%m-%d %H:%M"}\nleft = {kind = "date"}\n',
    )
    declared = read_schema(path)
    assert declared.columns["born"] == BORN
    assert declared.columns["seen"] == SEEN
    assert declared.columns["left"] == Column("left", "continuous", integer=True, format="%Y-%m-%d")
    schema = declared.schema_of(["born", "seen", "left"])
    write_schema(schema, tmp_path / "again.toml")
    assert read_schema(tmp_path / "again.toml").schema_of(schema.names) == schema
    assert Schema.from_json(schema.to_json()) == schema
    assert [column.declared_kind for column in schema.columns] == ["date"] * 3


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('{kind = "date", format = "%d/%m"}', "expected a date format with one year, month and day each"),
        ('{kind = "date", low = 5}', "expected low to be a date. Write low = 2019-12-31."),
        ('{kind = "date", integer = true}', "expected no integer for a date"),
        ('{kind = "count", format = "%Y-%m-%d"}', "expected a format for kind = 'date' only"),
        ('{kind = "continuous", low = 2019-01-01}', "expected low to be a number"),
        ('{kind = "dat"}', "did you mean 'date'"),
        ('{kind = "date", levels = ["a"]}', "expected no levels"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(write, entry, said):
    with pytest.raises(InputError) as caught:
        read_schema(write("s.toml", f"[columns]\nx = {entry}\n"))
    assert said in str(caught.value)


def test_a_format_belongs_to_a_continuous_column():
    with pytest.raises(InputError, match="no date format for a column of kind count"):
        Column("x", "count", format="%Y-%m-%d")


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_what_is_written_is_what_is_read(tmp_path, ending):
    days = np.array([number(1962, 1, 31), np.nan, number(2012, 2, 29)])
    times = np.array([0.5, number(2101, 10, 20) + 61 / 1440, -1.0])
    records = Records.of(Schema((BORN, SEEN)), {"born": days, "seen": times})
    write_table(records, tmp_path / f"t.{ending}")
    table = read_text(tmp_path / f"t.{ending}")
    assert table.column("seen").to_pylist() == ["1970-01-01 12:00", "2101-10-20 01:01", "1969-12-31 00:00"]
    back = parse_records(table, records.schema)
    np.testing.assert_array_equal(back.rest, records.rest)


def parse(spec, *cells):
    return parse_records(pa.table({spec.name: list(cells)}), Schema((spec,)), file="t.csv").column(spec.name)


def test_iso_dates_are_read_whatever_the_format():
    assert parse(BORN, "31/01/1962", "1962-01-31", "1962-01-31 00:00:00").tolist() == [number(1962, 1, 31)] * 3


@pytest.mark.parametrize(
    ("spec", "cell", "said"),
    [
        (BORN, "31/31/1962", "row 3: expected a date written as %d"),
        (BORN, "31/12/1899", "expected a date from 01"),
        (BORN, "01/01/2014", "expected a date up to 31"),
        (BORN, "2012-01-01 10:00", "expected a date without a time of day"),
        (SEEN, "", "expected a value, found none"),
    ],
)
def test_a_cell_that_is_no_such_date_is_refused(spec, cell, said):
    with pytest.raises(InputError) as caught:
        parse(spec, "2012-01-01", cell)
    assert said in str(caught.value)


def test_dates_in_universal_and_local_time_are_those_of_the_clock_there(tmp_path):
    import pyarrow.parquet as parquet

    zone = pa.timestamp("us", "Europe/Berlin")
    midnight = [0 - 3_600 * 10**6, (86_400 - 3_600) * 10**6]  # in Berlin it is one hour later
    parquet.write_table(pa.table({"x": pa.array(midnight, zone)}), tmp_path / "t.parquet")
    assert read_text(tmp_path / "t.parquet").to_pydict() == {"x": ["1970-01-01", "1970-01-02"]}


def test_real_and_synthetic_dates_come_under_one_schema(write):
    real = write("m.csv", "born,n\n" + "".join(f"{20000101 + at},{at % 3}\n" for at in range(28)))
    made = write("s.csv", "born,n\n2000-01-05,0\n,1\n")
    read = read_together({"members": real}, published={"synthetic": made})
    column = read["members"].records.schema["born"]
    assert (column.format, column.missing, column.declared_kind) == ("%Y%m%d", True, "date")
    np.testing.assert_array_equal(read["synthetic"].records.column("born"), [number(2000, 1, 5), np.nan])
