"""An OMOP CDM in SQLite and in DuckDB gives the matrix of the same tables as files, and nothing is written to it."""

from pathlib import Path

import numpy as np
import pytest

from synthaudit.audit.records.readers import CodeEvents, OmopDatabase
from synthaudit.audit.suite.plan import make_plan

sqlalchemy = pytest.importorskip("sqlalchemy")

PERSONS = [1, 2, 3, 10]
EVENTS = [(1, 201826, 7), (1, 201826, 8), (2, 320128, 9), (10, 0, 9), (10, 201826, 9), (99, 320128, 1)]


@pytest.fixture(params=["sqlite", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a small CDM, relative to ``tmp_path``."""
    if request.param == "duckdb":
        pytest.importorskip("duckdb_engine")
    engine = sqlalchemy.create_engine(f"{request.param}:///{tmp_path / 'cdm.db'}")
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("create table person (person_id integer, gender_concept_id integer)")
        run(
            "create table condition_occurrence (person_id integer, condition_concept_id integer, "
            "visit_occurrence_id integer)"
        )
        for person in PERSONS:
            run(f"insert into person values ({person}, 8507)")
        for event in EVENTS:
            run(f"insert into condition_occurrence values {event}")
    engine.dispose()
    return f"{request.param}:///cdm.db"


def test_a_database_gives_what_its_tables_give_as_files(database, tmp_path):
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "person.csv").write_text("person_id\n" + "".join(f"{person}\n" for person in PERSONS))
    rows = "".join(f"{person},{concept},{visit}\n" for person, concept, visit in EVENTS)
    header = "person_id,condition_concept_id,visit_occurrence_id\n"
    (tmp_path / "csv" / "condition_occurrence.csv").write_text(header + rows)
    files = CodeEvents(path="csv", preset="omop", patients="csv/person.csv").read(tmp_path).records
    before = (tmp_path / "cdm.db").read_bytes()
    loaded = OmopDatabase(url=database).read(tmp_path)
    assert loaded.records.fingerprint() == files.fingerprint()
    assert loaded.records.patients.tolist() == ["1", "10", "2", "3"]
    np.testing.assert_array_equal(loaded.records.codes, [[1, 0], [1, 0], [0, 1], [0, 0]])
    assert loaded.published_notes(1)[0] == "6 rows of condition_occurrence"
    assert (tmp_path / "cdm.db").read_bytes() == before
    assert [name for name, _ in loaded.sources] == ["cdm.db"]


def test_events_can_be_counted_by_visit_and_by_a_public_list(database, tmp_path):
    (tmp_path / "v.txt").write_text("201826\n316866\n")
    records = OmopDatabase(url=database, unit="visit", vocabulary="v.txt", count=True).read(tmp_path).records
    assert records.columns == ("201826", "316866")
    assert records.codes[:, 0].sum() == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"table": "drug_exposure"}, "drug_exposure: expected the columns person_id, condition_concept_id"),
        ({"concept": "concept"}, "condition_occurrence: expected the columns person_id, concept, could not read"),
        ({"database_schema": "cdm5"}, "Check database_schema"),
        ({"unit": "row"}, "unknown unit 'row'"),
    ],
)
def test_a_table_that_is_not_there_is_said(database, tmp_path, options, said, refusal):
    assert said in str(refusal(lambda: OmopDatabase(url=database, **options).read(tmp_path)))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///none.db", "none.db: no such file"),
        ("nowhere:5", "expected a SQLAlchemy URL"),
        ("nosuch://host/cdm", "could not find its driver"),
        ("postgresql://me:77313@host/cdm", "expected a URL without a password"),
    ],
)
def test_what_cannot_be_reached_is_said_without_the_url(tmp_path, url, said):
    from synthaudit.audit.errors import InputError

    with pytest.raises(InputError) as caught:
        OmopDatabase(url=url).read(tmp_path)
    assert said in str(caught.value)
    assert "77313" not in str(caught.value)
    assert "host" not in str(caught.value)
    assert not (tmp_path / "none.db").exists()


def test_a_url_is_published_without_host_and_folder():
    url = "postgresql://reader@db.hospital.example/cdm"
    plan = make_plan({"data": {"reader": "omop", "url": url}, "generators": {"marginal": {}}})
    assert plan.published()["data"]["url"] == "postgresql://cdm"


def test_tables_are_found_in_the_one_folder_below_that_has_them(write, tmp_path):
    for folder in ("hosp", "icu"):
        (tmp_path / "mimic" / folder).mkdir(parents=True)
    (tmp_path / "mimic" / "hosp" / "admissions.csv").write_text("subject_id,hadm_id\n1,5\n2,6\n")
    header = "subject_id,hadm_id,icd_code,icd_version\n"
    (tmp_path / "mimic" / "hosp" / "diagnoses_icd.csv").write_text(header + "1,5,25000,9\n2,6,E119,10\n")
    (tmp_path / "mimic" / "icu" / "icustays.csv").write_text("subject_id\n1\n")
    loaded = CodeEvents(path="mimic", preset="mimic4", rollup="icd").read(tmp_path)
    assert loaded.records.columns == ("10:E11", "9:250")


def test_a_damaged_database_is_said(tmp_path):
    import sqlite3

    from synthaudit.audit.errors import InputError

    path = tmp_path / "cdm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table person (person_id integer)")
        connection.execute("create table condition_occurrence (person_id integer, condition_concept_id integer)")
        connection.executemany("insert into condition_occurrence values (?, ?)", [(at, 201826) for at in range(9_000)])
        connection.execute("insert into person values (1)")
    content = bytearray(path.read_bytes())
    content[9 * 4096 : 20 * 4096] = b"\xff" * (11 * 4096)  # pages of rows
    path.write_bytes(content)
    with pytest.raises(InputError, match="could not read them"):
        OmopDatabase(url="sqlite:///cdm.db").read(tmp_path)


def test_a_name_in_a_database_that_is_no_text_is_said(tmp_path):
    import sqlite3

    from synthaudit.audit.errors import InputError

    path = tmp_path / "cdm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table person (person_id integer)")
        connection.execute("create table abcdefgh (person_id integer, condition_concept_id integer)")
        connection.execute("create view condition_occurrence as select * from abcdefgh")
    path.write_bytes(path.read_bytes().replace(b"from abcdefgh", b"from abc\xf1efgh"))
    with pytest.raises(InputError, match="could not read them"):
        OmopDatabase(url="sqlite:///cdm.db").read(tmp_path)
