"""The office in which channels are tested, on each kind of database."""

from collections import deque
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from newsletter.deliveries import lease
from tests.deliveries.channels.office import Office


@pytest.fixture(autouse=True)
def _nothing_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test hear whose work broke off in another one: here workers of different tests bear the same name."""
    monkeypatch.setattr(lease, "_broken_off", deque())


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Engine]:
    """A new, empty database of each kind in turn."""
    if request.param == "sqlite":
        yield engine
        return
    found = open_engine(request.getfixturevalue("postgresql_url"))
    names = ("alarm", "channel", "channel_slot", "account_usage")
    tables = [SQLModel.metadata.tables[name] for name in names]
    SQLModel.metadata.create_all(found, tables=tables)
    yield found
    SQLModel.metadata.drop_all(found, tables=tables)
    found.dispose()


@pytest.fixture
def office(engine: Engine) -> Office:
    """One account on another host, at noon."""
    return Office(engine)


@pytest.fixture
def any_office(database: Engine) -> Office:
    """The same on each kind of database."""
    return Office(database)
