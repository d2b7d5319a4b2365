"""What is copied into another database arrives as it left, or not at all."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from newsletter.db.copy import CopiedTable, copy_table
from newsletter.db.engine import open_engine, reading, transaction
from newsletter.editions.tables import CollectionRow
from newsletter.errors import InputError
from newsletter.subscribers.tables import SuppressionRow
from tests.conftest import NOON
from tests.databases import PostgresqlServer
from tests.db.rows import CHANGES, ROWS, TABLES, dump, fill_every_table


def copy(source: Engine, target: Engine) -> list[CopiedTable]:
    """Copy every table, and take back what the target's triggers noted meanwhile."""
    with reading(source) as leaving, transaction(target) as arriving:
        here, there = leaving.connection(), arriving.connection()
        copied = []
        for table in TABLES:
            if table is CHANGES:
                there.execute(CHANGES.delete())
            copied.append(copy_table(here, there, table, lambda _name, _more: None))
        return copied


def number_of_a_new_row(engine: Engine) -> int | None:
    row = CollectionRow(listed_on=NOON.date(), number=99, started_at=NOON)
    with transaction(engine) as session:
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def engines(tmp_path: Path, postgresql: PostgresqlServer) -> Iterator[tuple[Engine, Engine, Engine]]:
    """A SQLite file in which every table has rows, an empty PostgreSQL, and an empty SQLite."""
    urls = (f"sqlite:///{tmp_path / 'first.db'}", postgresql.new_database(), f"sqlite:///{tmp_path / 'last.db'}")
    first, between, last = (open_engine(url) for url in urls)
    for engine in (first, between, last):
        SQLModel.metadata.create_all(engine)
    fill_every_table(first)
    yield first, between, last
    for engine in (first, between, last):
        engine.dispose()


def test_a_round_trip_by_postgresql_keeps_every_value_of_every_table(engines: tuple[Engine, Engine, Engine]) -> None:
    first, _, last = engines
    trips = [copy(source, target) for source, target in pairwise(engines)]
    with first.connect() as before, last.connect() as after:
        for table in TABLES:
            assert len(dump(before, table)) == ROWS
            assert dump(after, table) == dump(before, table), table.name
    assert trips[0] == trips[1]
    assert len({table.checksum for table in trips[0]}) == len(TABLES)


def test_new_rows_are_numbered_behind_those_that_were_copied(engines: tuple[Engine, Engine, Engine]) -> None:
    first, between, _ = engines
    copy(first, between)
    assert number_of_a_new_row(between) == ROWS + 1


def test_an_empty_table_begins_to_number_at_one(engines: tuple[Engine, Engine, Engine]) -> None:
    _, between, last = engines
    copy(last, between)
    assert number_of_a_new_row(between) == 1


def test_a_value_that_the_target_cannot_hold_is_named_and_nothing_stays(engines: tuple[Engine, Engine, Engine]) -> None:
    first, between, _ = engines
    with transaction(first) as session:
        session.add(SuppressionRow(address_key="nul@example.org", reason="test", detail="\x00", suppressed_at=NOON))
    with pytest.raises(InputError, match=r"suppression: .*NUL"):
        copy(first, between)
    with reading(between) as session:
        assert session.exec(select(SuppressionRow)).all() == []
