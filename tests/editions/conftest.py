"""What the tests of editions share, with those of papers and digests too."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from tests.digests.conftest import renderer
from tests.papers.conftest import http, peer

__all__ = ["any_engine", "http", "peer", "renderer"]


@pytest.fixture(params=["sqlite", "postgresql"])
def any_engine(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Engine]:
    """A new, empty database of each kind in turn."""
    if request.param == "sqlite":
        yield engine
        return
    found = open_engine(request.getfixturevalue("postgresql_url"))
    SQLModel.metadata.create_all(found)
    yield found
    SQLModel.metadata.drop_all(found)
    found.dispose()
