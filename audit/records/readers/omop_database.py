"""An OMOP common data model where it lies: in a database, reached by a SQLAlchemy URL and read, never written."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers.codes import CodeEvents
from synthaudit.audit.records.readers.events import events_of, keys_of
from synthaudit.audit.records.readers.loaded_records import LoadedRecords, quantity

if TYPE_CHECKING:
    import pyarrow as pa

PASSWORD = "SYNTHAUDIT_DB_PASSWORD"
"""Environment variable of the password: a plan, and with it a URL, stands in every result."""
READ_ONLY = {
    "sqlite": {"uri": True},
    "duckdb": {"read_only": True},
    "postgresql": {"options": "-c default_transaction_read_only=on"},
}
"""How databases are opened for reading alone."""
IN_A_FILE = ("sqlite", "duckdb")
CHUNK = 65_536
"""Rows that are fetched at once."""
INSTALL = "Install the extra: pip install 'synthaudit[database]', and your database's driver."


@dataclass(frozen=True)
class OmopDatabase:
    """Concepts of an OMOP table counted up to one row per person, or visit, and one column per concept.

    Attributes:
        url: A SQLAlchemy URL without password, such as ``duckdb:///cdm.duckdb``, ``sqlite:///cdm.db`` or
            ``postgresql://reader@host/cdm``; a file is sought from the plan's folder, the password is read from the
            environment variable ``SYNTHAUDIT_DB_PASSWORD``.
        database_schema: Schema of the tables; None takes the database's default.
        table: Table of events.
        concept: Its column of concepts; concept 0 means none.
        min_patients: Fewest persons that a concept must have to be a column.
        vocabulary: File of concepts, one per line, that are the columns whether they occur or not.
        count: Whether columns count events rather than say whether there is one.
        unit: One row per ``patient`` or one row per ``visit``.
    """

    title: ClassVar[str] = "OMOP database"
    summary: ClassVar[str] = "an OMOP CDM by SQLAlchemy URL: conditions, procedures or drugs of every person"

    url: str
    database_schema: str | None = None
    table: str = "condition_occurrence"
    concept: str = "condition_concept_id"
    min_patients: int = 1
    vocabulary: str | None = None
    count: bool = False
    unit: str = "patient"

    def read(self, folder: Path = Path()) -> LoadedRecords:
        """Read persons and events; a database file is sought from ``folder``.

        Raises:
            InputError: The database cannot be reached, or lacks a table or a column.
        """
        counted = CodeEvents(
            path="",
            preset="omop",
            code=self.concept,
            visit="visit_occurrence_id",
            min_patients=self.min_patients,
            vocabulary=self.vocabulary,
            count=self.count,
            unit=self.unit,
        )
        layout = counted.layout()
        columns = [layout.patient, self.concept, *([layout.visit] if layout.visit is not None else [])]
        connection, files = _connect(self.url, folder)
        with connection:
            rows = _select(connection, self.database_schema, self.table, columns)
            persons = _select(connection, self.database_schema, "person", ["person_id"])
        events = events_of([(Path(self.table), rows)], layout)
        everybody = keys_of(persons.column("person_id"), "person_id", Path("person"))
        start = f"{quantity(events.rows, 'row')} of {self.table}"
        return counted.count_up(events, layout, folder, everybody=everybody, start=start, files=files, listed=())


def _connect(url: str, folder: Path) -> tuple[Any, tuple[Path, ...]]:
    """Return a connection, and the file of a database that is one; that is opened for reading, and must be there."""
    try:
        import sqlalchemy
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise InputError("a database cannot be read without SQLAlchemy", cure=INSTALL) from None
    try:
        place = sqlalchemy.make_url(url)
    except SQLAlchemyError:
        raise InputError("expected a SQLAlchemy URL", cure="Write it as in duckdb:///cdm.duckdb.") from None
    if place.password is not None:
        raise InputError(
            "expected a URL without a password, since a plan stands in its result",
            cure=f"Take it out, and put it into the environment variable {PASSWORD}.",
        )
    kind = place.get_backend_name()
    files: tuple[Path, ...] = ()
    if kind in IN_A_FILE:
        file = folder / (place.database or "")
        if not file.is_file():
            raise InputError("no such file", file=file, cure="A database file is sought from the folder of the plan.")
        files = (file,)
        shown = f"file:{file.resolve()}" if kind == "sqlite" else str(file.resolve())
        place = place.set(database=shown, query={"mode": "ro", "uri": "true"} if kind == "sqlite" else {})
    elif os.environ.get(PASSWORD):
        place = place.set(password=os.environ[PASSWORD])
    if place.drivername == "postgresql" and find_spec("psycopg") is not None:
        place = place.set(drivername="postgresql+psycopg")
    try:
        return sqlalchemy.create_engine(place, connect_args=READ_ONLY.get(kind, {})).connect(), files
    except (SQLAlchemyError, ImportError) as problem:
        missing = isinstance(problem, ImportError) or type(problem).__name__ == "NoSuchModuleError"
        raise InputError(
            f"expected a {kind} database, could not {'find its driver' if missing else 'connect to it'}",
            cure=INSTALL if missing else "Check the URL, and that this machine and user may connect.",
        ) from None


def _select(connection: Any, schema: str | None, table: str, columns: Sequence[str]) -> "pa.Table":
    """Return columns of a table as text, empty where they are null."""
    import pyarrow as pa
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    source = sqlalchemy.table(table, schema=schema)
    query: Any = sqlalchemy.select(*(sqlalchemy.column(name) for name in columns)).select_from(source)
    try:
        cursor = connection.execute(query).cursor  # the driver's own tuples take half the time
        parts = [pa.table([_text(c) for c in zip(*rows, strict=True)], names=list(columns)) for rows in _chunks(cursor)]
    except (SQLAlchemyError, connection.dialect.dbapi.Error, UnicodeDecodeError):  # rows come from the driver itself
        raise InputError(
            f"expected the columns {', '.join(columns)}, could not read them",
            file=table,
            cure="Check database_schema, table and concept, and that this user may read them.",
        ) from None
    if not parts:
        raise InputError("expected at least one row, found none", file=table)
    return pa.concat_tables(parts)


def _chunks(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    while rows := cursor.fetchmany(CHUNK):
        yield rows


def _text(cells: Sequence[Any]) -> "pa.Array":
    """Return a column as text, empty where it is null; ids are integers in nearly all databases."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        numbers = pa.array(cells, pa.int64())
    except (pa.ArrowException, TypeError, OverflowError):
        return pa.array(["" if cell is None else str(cell) for cell in cells], pa.string())
    return pc.fill_null(pc.cast(numbers, pa.string()), "")
