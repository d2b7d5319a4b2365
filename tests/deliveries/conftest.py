"""The world in which deliveries are tested."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from tests.deliveries.world import World


@pytest.fixture
def world(engine: Engine) -> World:
    """An empty database and a clock that shows the morning of 20 March 2026."""
    return World(engine)


@pytest.fixture(params=["sqlite", "postgresql"])
def either_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A new, empty database of each kind."""
    is_postgresql = request.param == "postgresql"
    url = request.getfixturevalue("postgresql_url") if is_postgresql else f"sqlite:///{tmp_path / 'either.db'}"
    found = open_engine(url)
    SQLModel.metadata.create_all(found)
    yield found
    SQLModel.metadata.drop_all(found)
    found.dispose()
