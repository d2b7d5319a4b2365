"""What the tests of the search share: a database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A new, empty database of each kind in turn."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'both.db'}" if is_sqlite else request.getfixturevalue("postgresql_url")
    found = open_engine(url)
    SQLModel.metadata.create_all(found)
    yield found
    SQLModel.metadata.drop_all(found)
    found.dispose()
