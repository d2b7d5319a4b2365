"""The engine, and the ways to use it: `transaction()` to change things, `single()` by one statement, `reading()` to look."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from newsletter.errors import SettingsError

BUSY_SECONDS = 30  # how long one writer waits for another on SQLite
_KEPT_CONNECTIONS = 5
_RECYCLE_SECONDS = 1800  # before a firewall or a balancer between us and the server forgets the connection
_CONNECT_SECONDS = 10
_TRUSTED_SECONDS = 1.0  # no server stops and starts again in so short a time
_IDLE_SINCE = "chenbao_idle_since"
_PEER_SECONDS = 60  # after so long without a word a host is taken for gone, and holds no row any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """How a process uses a database server: at most how many connections, and how long a statement may take.

    `wait_seconds`: how long a thread waits until another one gives a connection back; `lock_seconds`: how long a statement
    waits for another's lock; `statement_seconds`: how long it runs in all, or a transaction idles. The last two: 0, no limit.
    """

    connections: int = 15
    wait_seconds: float = 30.0
    lock_seconds: float = 60.0
    statement_seconds: float = 900.0


def open_engine(url: str, limits: ServerLimits | None = None) -> Engine:
    """Open the database at a URL; on SQLite with WAL, foreign keys and a busy time-out, on a server within limits.

    Raises SettingsError when the URL cannot be read or its folder cannot be made.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _open_server(parsed, limits or ServerLimits())
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def parse_url(text: str) -> URL:
    """Read a database's URL as people write it; raises SettingsError."""
    try:
        return make_url(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", text))
    except ArgumentError as error:
        raise SettingsError(
            "DATABASE_URL is not a database URL; write sqlite:////path/to.db or postgresql://…"
        ) from error


def lift_time_limits(connection: Connection) -> None:
    """Let this transaction take as long as it takes, on a server too: to change a schema, to copy a database."""
    if connection.dialect.name == "sqlite":
        return
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")


def _open_server(url: URL, limits: ServerLimits) -> Engine:
    arguments = _server_arguments(limits)
    kept = min(_KEPT_CONNECTIONS, limits.connections)
    engine = create_engine(
        url,
        connect_args={name: value for name, value in arguments.items() if name not in url.query},  # the URL's own wins
        pool_size=kept,
        max_overflow=limits.connections - kept,
        pool_timeout=limits.wait_seconds,
        pool_recycle=_RECYCLE_SECONDS,
        pool_use_lifo=True,  # what only a rush needs is left alone until it is too old
    )
    event.listen(engine, "checkin", _note_the_time)
    event.listen(engine, "checkout", partial(_ask_whether_alive, engine.dialect))
    return engine


def _note_the_time(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_IDLE_SINCE] = time.monotonic()


def _ask_whether_alive(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask the server for a sign of life, so that its restart costs nobody an error; not where it has just given one.

    SQLAlchemy's own `pool_pre_ping` asks each time: of all that a mail takes, a thirtieth.
    """
    idle_since = record.info.get(_IDLE_SINCE)
    if idle_since is None or time.monotonic() - idle_since < _TRUSTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        if dialect.is_disconnect(error, connection, None):
            raise InvalidatePoolError from error  # makes the pool open new ones, this one at once
        raise


def _server_arguments(limits: ServerLimits) -> dict[str, str | int]:
    """Return what the driver is told: who we are, the time limits, and how each end notices that the other one is gone."""
    server = {
        "lock_timeout": round(1000 * limits.lock_seconds),
        "statement_timeout": round(1000 * limits.statement_seconds),
        "idle_in_transaction_session_timeout": round(1000 * limits.statement_seconds),
        "tcp_keepalives_idle": _PEER_SECONDS // 2,
        "tcp_keepalives_interval": _PEER_SECONDS // 6,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": 1000 * _PEER_SECONDS,
    }
    return {
        "application_name": "chenbao",
        "connect_timeout": _CONNECT_SECONDS,
        "keepalives_idle": _PEER_SECONDS // 2,
        "keepalives_interval": _PEER_SECONDS // 6,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * _PEER_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Yield a session whose changes are committed together at the end, or not at all.

    On SQLite the write lock is taken at the start, so that what was read stays true until the commit. Nothing slow or
    remote belongs inside.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.connection()  # a session begins with its first statement; until then it would hold no lock
        yield session


@contextmanager
def single(engine: Engine) -> Iterator[Session]:
    """Yield a session for a single statement, which is committed with it: a server is asked once instead of three times."""
    if engine.dialect.name == "sqlite":
        with transaction(engine) as session:
            yield session
    else:
        with Session(engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False) as session:
            yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session for reading one consistent state; it never blocks a writer."""
    steady = {"is_reading": True} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with Session(engine.execution_options(**steady), expire_on_commit=False, autoflush=False) as session:
        yield session
        # nothing is written by it; but a rollback would have PostgreSQL's driver forget all prepared statements
        session.expunge_all()
        session.commit()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"Cannot make the database's folder {folder}: {error.strerror}.") from error


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        # FULL: a phase mark that the machine forgets at power loss would let a mail go out twice
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_reading = connection.get_execution_options().get("is_reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
