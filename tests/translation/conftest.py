"""What the tests of translation share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from newsletter.translation.engines import Engine
from tests.translation.services import KINDS, Services, open_kind


@pytest.fixture
def services() -> Iterator[Services]:
    """Translation services on loopback, without faults."""
    found = Services()
    yield found
    found.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of engine in turn."""
    return str(request.param)


@pytest.fixture
def translator(kind: str, services: Services) -> Engine:
    """Each kind of engine in turn, asking the loopback services."""
    return open_kind(kind, services.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new, empty database of each kind in turn."""
    is_sqlite = request.param == "sqlite"
    found = open_engine(f"sqlite:///{tmp_path / 'both.db'}" if is_sqlite else request.getfixturevalue("postgresql_url"))
    SQLModel.metadata.create_all(found)
    yield found
    SQLModel.metadata.drop_all(found)
    found.dispose()
