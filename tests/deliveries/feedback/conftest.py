"""The world in which reports are heard, on either database."""

import pytest
from sqlalchemy import Engine

from tests.deliveries.feedback.hearing import Hearing


@pytest.fixture
def hearing(engine: Engine) -> Hearing:
    return Hearing(engine)
