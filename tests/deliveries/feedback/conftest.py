"""The world in which reports are heard, on either database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine
from tests.deliveries.feedback.hearing import Hearing


@pytest.fixture
def hearing(engine: Engine) -> Hearing:
    return Hearing(engine)


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    """A new, empty database on a server."""
    found = open_engine(postgresql_url)
    SQLModel.metadata.create_all(found)
    yield found
    SQLModel.metadata.drop_all(found)
    found.dispose()


@pytest.fixture(params=["engine", "postgresql"])
def hearing_anywhere(request: pytest.FixtureRequest) -> Hearing:
    return Hearing(request.getfixturevalue(request.param))
