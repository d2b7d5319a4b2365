"""Bring a database to the present schema, once, whoever asks first."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from newsletter.db.engine import lift_time_limits
from newsletter.errors import SettingsError

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA_LOCK = 7_301_927
"""Any number that only we use: PostgreSQL's lock while a schema changes or a database is filled."""


def head_revision() -> str:
    """Return the newest schema revision that this program knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def current_revision(engine: Engine) -> str | None:
    """Return the database's schema revision, None when it is empty; raises SettingsError when it cannot be opened."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise SettingsError(
            f"Cannot open the database ({error.orig}). Check DATABASE_URL, and that the disk is not full."
        ) from error


def migrate(engine: Engine) -> str:
    """Bring the schema to the newest revision and return it; a database that is there already is left alone.

    Two processes may call this at once: one migrates, the other waits and finds nothing to do.
    """
    head = head_revision()
    if current_revision(engine) == head:
        return head
    with engine.begin() as connection:  # on SQLite this takes the write lock
        if connection.dialect.name == "postgresql":
            lift_time_limits(connection)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        command.upgrade(configure(connection), "head")
    return head


def configure(connection: Connection) -> Config:
    """Return Alembic's configuration for our migrations over an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
