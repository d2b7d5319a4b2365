"""What the tests of the search share: a database of each kind."""

import pytest
from sqlalchemy import Engine


@pytest.fixture
def database(engine: Engine) -> Engine:
    """A new, empty database of each kind in turn."""
    return engine
