"""A migrated database is what the tables say, whoever migrates it and however often."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, create_engine, inspect
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from newsletter.db.migrate import current_revision, head_revision, migrate
from newsletter.errors import SettingsError
from newsletter.search.schema import is_index
from tests.databases import PostgresqlServer

LEXEMES = ("lexemes", "search_paper_lexemes")
"""PostgreSQL's index of the search, which no class describes."""
NUMBERS = [
    ("digest", "id"),
    ("delivery", "id"),
    ("delivery", "digest_id"),
    ("attempt", "id"),
    ("attempt", "delivery_id"),
    ("feedback", "delivery_id"),
]
"""What counts a row for each reader and day."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database without tables, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


def test_a_migrated_database_has_exactly_the_tables_of_the_program(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    with engine.connect() as connection:
        options = {"include_name": lambda name, *_: not is_index(name) and name not in LEXEMES}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    engine.dispose()
    assert differences == []


def test_ten_million_deliveries_a_day_do_not_run_out_of_numbers(postgresql: PostgresqlServer) -> None:
    engine = open_engine(postgresql.new_database())
    migrate(engine)
    with engine.begin() as connection:
        for table, column in NUMBERS:
            found = {each["name"]: each["type"] for each in inspect(connection).get_columns(table)}
            assert isinstance(found[column], BigInteger), f"{table}.{column}"
            if column == "id":
                connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', {2**33})")
    engine.dispose()


def test_migrating_twice_changes_nothing(url: str) -> None:
    engine = open_engine(url)
    assert current_revision(engine) is None
    assert migrate(engine) == migrate(engine) == head_revision() == current_revision(engine)
    engine.dispose()


def test_many_processes_may_migrate_at_once(url: str) -> None:
    engines = [open_engine(url) for _ in range(4)]
    threads = [threading.Thread(target=migrate, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [current_revision(engine) for engine in engines] == [head_revision()] * 4
    assert "delivery" in inspect(engines[0]).get_table_names()
    for engine in engines:
        engine.dispose()


def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "is-a-folder"
    folder.mkdir()
    engine = create_engine(f"sqlite:///{folder}")
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        migrate(engine)
    engine.dispose()
