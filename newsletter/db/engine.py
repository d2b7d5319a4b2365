"""The engine, and the two ways to use it: `transaction()` to change things, `reading()` to look."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from newsletter.errors import SettingsError

BUSY_SECONDS = 30  # how long one writer waits for another on SQLite


def open_engine(url: str) -> Engine:
    """Open the database at an SQLAlchemy URL; on SQLite with WAL, foreign keys and a busy time-out.

    Raises SettingsError when the URL cannot be read or its folder cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "DATABASE_URL is not a database URL; write sqlite:////path/to.db or postgresql://…"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session for reading one consistent state; it never blocks a writer on SQLite."""
    with Session(engine.execution_options(is_reading=True), expire_on_commit=False) as session:
        yield session


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
