"""Property tests of readers of other sources: databases, folders of Parquet, wide events, EEG, tables with dates."""

import csv
import sqlite3
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import (
    BundledTable,
    CodeEvents,
    EpilepticSeizures,
    OmopDatabase,
    SimulatedCohort,
    TableFile,
)

EPOCH = date(1970, 1, 1)
CONCEPTS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from([0, None, 201826, 320128, 7])), min_size=1, max_size=12
)
CODES = st.sampled_from(["", "4019", "4019.0", "V58", "E119", "0083", " 250 ", "nan", "1E10"])
FORMATS = ("%Y-%m-%d", "%Y%m%d", "%d-%b-%Y", "%d.%m.%Y", "%Y/%m/%d")


def pairs(records):
    rows, columns = np.nonzero(records.codes)
    return {(str(records.patients[row]), records.columns[column]) for row, column in zip(rows, columns, strict=True)}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(events=CONCEPTS)
def test_a_database_gives_each_pair_of_person_and_concept_once(events):
    pytest.importorskip("sqlalchemy")
    with tempfile.TemporaryDirectory() as name:
        connection = sqlite3.connect(Path(name) / "cdm.db")
        connection.execute("create table person (person_id integer)")
        connection.execute("create table condition_occurrence (person_id integer, condition_concept_id integer)")
        connection.executemany("insert into person values (?)", [(at,) for at in range(1, 7)])
        connection.executemany("insert into condition_occurrence values (?, ?)", events)
        connection.commit()
        connection.close()
        wanted = {(str(person), str(concept)) for person, concept in events if concept}
        try:
            records = OmopDatabase(url="sqlite:///cdm.db").read(Path(name)).records
        except InputError:
            assert not wanted
            return
        assert pairs(records) == wanted
        assert records.patients.tolist() == [str(at) for at in range(1, 7)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(st.sampled_from("ABC"), CODES, CODES), min_size=1, max_size=8))
def test_a_wide_table_gives_the_events_of_a_long_one(rows):
    with tempfile.TemporaryDirectory() as name:
        wide, long = Path(name) / "w.csv", Path(name) / "l.csv"
        with wide.open("w", newline="") as file:
            csv.writer(file).writerows([("patient", "d1", "d2"), *rows])
        columns = [[(row[0], row[at]) for row in rows] for at in (1, 2)]
        found = []
        for at, part in enumerate(columns):  # a column of decimals is one of integers, as in the wide table
            with long.with_name(f"l{at}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([("patient", "code"), *part])
            try:
                found.append(pairs(CodeEvents(path=f"l{at}.csv").read(Path(name)).records))
            except InputError:
                found.append(set())
        try:
            assert pairs(CodeEvents(path="w.csv", code=("d1", "d2")).read(Path(name)).records) == found[0] | found[1]
        except InputError:
            assert not found[0] | found[1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    parts=st.lists(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=5), min_size=1, max_size=4)
)
def test_a_folder_of_parquet_gives_the_rows_of_its_parts_in_order(parts):
    with tempfile.TemporaryDirectory() as name:
        for at, part in enumerate(parts):
            parquet.write_table(pa.table({"x": pa.array(part, pa.float64())}), Path(name) / f"part-{at}.parquet")
        whole = [np.nan if cell is None else cell for part in parts for cell in part]
        try:
            column = TableFile(path=".").read(Path(name)).records.column("x")
        except InputError:
            return
        np.testing.assert_array_equal(column, whole)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    days=st.lists(st.integers(-20_000, 90_000), min_size=2, max_size=9),
    format=st.sampled_from(FORMATS),
    missing=st.booleans(),
)
def test_dates_are_the_days_that_were_written_or_are_refused(days, format, missing):
    cells = [(EPOCH + timedelta(days=day)).strftime(format) for day in days]
    with tempfile.TemporaryDirectory() as name:
        body = "".join(f"{cell},{at % 2}\n" for at, cell in enumerate([*cells, *([""] if missing else [])]))
        (Path(name) / "t.csv").write_text("seen,x\n" + body)
        try:
            records = TableFile(path="t.csv").read(Path(name)).records
        except InputError:
            return
        assert records.schema["seen"].format is not None
        np.testing.assert_array_equal(records.column("seen"), [*days, *([np.nan] if missing else [])])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), rows=st.integers(1, 6))
def test_an_eeg_table_gives_its_samples_and_recordings(seed, rows):
    rng = np.random.default_rng(seed)
    samples, classes = rng.integers(-2_000, 2_000, (rows, 178)), rng.integers(1, 6, rows)
    recordings = rng.integers(1, 500, rows)
    with tempfile.TemporaryDirectory() as name:
        with (Path(name) / "data.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["", *(f"X{at}" for at in range(1, 179)), "y"])
            for at in range(rows):
                writer.writerow([f"X{at + 1}.V1.{recordings[at]}", *samples[at], classes[at]])
        records = EpilepticSeizures(path="data.csv").read(Path(name)).records
    np.testing.assert_array_equal(records.rest, samples)
    np.testing.assert_array_equal(records.column("seizure"), classes == 1)
    assert records.patients.tolist() == [f"V1.{recording}" for recording in recordings]


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_what_is_made_here_is_the_same_each_time(seed):
    first, again = (SimulatedCohort(patients=120, codes=15, seed=seed).read().records for _ in range(2))
    assert first.fingerprint() == again.fingerprint()
    assert BundledTable().read().records.fingerprint() == BundledTable().read().records.fingerprint()
