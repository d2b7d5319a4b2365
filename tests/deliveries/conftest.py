"""The world in which deliveries are tested, and a relay in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.deliveries.world import World
from tests.mail.peers import Peer, run_peer


@pytest.fixture
def world(engine: Engine) -> World:
    """An empty database and a clock that shows the morning of 20 March 2026."""
    return World(engine)


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A relay on loopback that takes every mail unless told otherwise."""
    with run_peer() as running:
        yield running
