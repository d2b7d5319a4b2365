"""What the tests of translation share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine as Database

from newsletter.translation.engines import Engine
from tests.translation.services import KINDS, RECORDED_KINDS, Services, open_kind


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


@pytest.fixture(params=RECORDED_KINDS)
def recorded_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of engine that the recorded services answer, in turn."""
    return str(request.param)


@pytest.fixture
def translator(kind: str, services: Services) -> Engine:
    """Each kind of engine in turn, asking the loopback services."""
    return open_kind(kind, services.url)


@pytest.fixture
def database(engine: Database) -> Database:
    """A new, empty database of each kind in turn."""
    return engine
