"""The morning of which stories are told."""

import pytest
from sqlalchemy import Engine

from tests.editions.story.morning import Morning


@pytest.fixture
def morning(engine: Engine) -> Morning:
    return Morning(engine)
