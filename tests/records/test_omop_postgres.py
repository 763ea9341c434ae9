"""An OMOP CDM in a PostgreSQL server that the test starts, where one is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from synthaudit.audit.records.readers import OmopDatabase

sqlalchemy = pytest.importorskip("sqlalchemy")
pytest.importorskip("psycopg")

PASSWORD = "not-for-a-plan"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the URL of a server with a small CDM in the schema ``cdm``, or skip with the reason."""
    initdb, postgres, pg_ctl = (shutil.which(program) for program in ("initdb", "postgres", "pg_ctl"))
    if initdb is None or postgres is None or pg_ctl is None:
        pytest.skip("no PostgreSQL server: initdb, postgres or pg_ctl is not on the path")
    # PostgreSQL refuses to run as root; another user cannot enter pytest's own folders.
    become = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if become and shutil.which("setpriv") is None:
        pytest.skip("no PostgreSQL server: it does not run as root, and setpriv is not on the path")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    (folder / "password").write_text(PASSWORD)
    if become:
        for path in (folder, folder / "password"):
            shutil.chown(path, "nobody")

    def call(*words: str) -> None:
        subprocess.run([*become, *words], check=True, capture_output=True, timeout=60, cwd=folder)

    data = str(folder / "data")
    try:
        call(
            initdb, "-D", data, "-U", "reader", "-A", "scram-sha-256", "--pwfile", str(folder / "password"), "--no-sync"
        )
        call(pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses=", "start")
    except (subprocess.SubprocessError, OSError) as problem:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL server could be started: {type(problem).__name__}")
    try:
        url = f"postgresql://reader@/postgres?host={folder}"
        _fill(url)
        yield url
    finally:
        call(pg_ctl, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _fill(url: str) -> None:
    place = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg", password=PASSWORD)
    engine = sqlalchemy.create_engine(place)
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("create schema cdm")
        run("create table cdm.person (person_id bigint)")
        run("create table cdm.condition_occurrence (person_id bigint, condition_concept_id integer)")
        run("insert into cdm.person values (1), (2), (3), (12345678901234567)")
        run("insert into cdm.condition_occurrence values (1, 201826), (1, 0), (2, null), (2, 320128), (2, 201826)")
        run("insert into cdm.condition_occurrence values (12345678901234567, 320128)")
    engine.dispose()


def test_a_server_gives_every_person_and_concept(server, monkeypatch):
    monkeypatch.setenv("SYNTHAUDIT_DB_PASSWORD", PASSWORD)
    loaded = OmopDatabase(url=server, database_schema="cdm").read()
    assert loaded.records.columns == ("201826", "320128")
    assert loaded.records.patients.tolist() == ["1", "12345678901234567", "2", "3"]
    np.testing.assert_array_equal(loaded.records.codes, [[1, 0], [0, 1], [1, 1], [0, 0]])
    assert "2 blank codes dropped" in loaded.published_notes(1)
    assert PASSWORD not in str(loaded)


@pytest.mark.parametrize(
    ("password", "options", "message"),
    [
        ("wrong", {"database_schema": "cdm"}, "expected a postgresql database, could not connect to it"),
        (PASSWORD, {}, "could not read them"),
        (PASSWORD, {"database_schema": "cdm", "concept": "drug_concept_id"}, "could not read them"),
    ],
)
def test_what_is_not_there_is_said_without_place_or_password(server, monkeypatch, refusal, password, options, message):
    monkeypatch.setenv("SYNTHAUDIT_DB_PASSWORD", password)
    problem = refusal(lambda: OmopDatabase(url=server, **options).read())
    assert message in str(problem)
    assert password not in str(problem)
    assert "reader" not in str(problem)


def test_nothing_can_be_written(server, monkeypatch):
    from synthaudit.audit.records.readers import omop_database

    monkeypatch.setenv("SYNTHAUDIT_DB_PASSWORD", PASSWORD)
    connection, _ = omop_database._connect(server, Path())
    with connection, pytest.raises(sqlalchemy.exc.SQLAlchemyError):
        connection.exec_driver_sql("delete from cdm.person")
