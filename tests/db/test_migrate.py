"""A migrated database is what the tables say, whoever migrates it and however often."""

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from newsletter.db.migrate import current_revision, head_revision, migrate
from newsletter.errors import SettingsError
from newsletter.search.schema import is_index


def test_a_migrated_database_has_exactly_the_tables_of_the_program(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(engine)
    with engine.connect() as connection:
        options = {"include_name": lambda name, *_: not is_index(name)}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)
    engine.dispose()
    assert differences == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert current_revision(engine) is None
    assert migrate(engine) == migrate(engine) == head_revision() == current_revision(engine)
    engine.dispose()


def test_many_processes_may_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
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
