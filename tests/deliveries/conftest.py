"""The world in which deliveries are tested."""

import pytest
from sqlalchemy import Engine

from tests.deliveries.world import World


@pytest.fixture
def world(engine: Engine) -> World:
    """An empty database and a clock that shows the morning of 20 March 2026."""
    return World(engine)
