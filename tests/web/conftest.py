"""The site over a real database, without a broker: what it wakes is found in the database later."""

import pytest
from sqlalchemy import Engine

from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from newsletter.web.app import create_app
from tests.factories import Hand
from tests.web.browser import Browser


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def runtime(engine: Engine, clock: Hand) -> Runtime:
    return Runtime(
        settings=load_settings(secret_key="a secret of the tests"),
        clock=clock,
        database=engine,
        tokens=Tokens("a secret of the tests", now=clock),
    )


@pytest.fixture
def browser(runtime: Runtime) -> Browser:
    return Browser(create_app(runtime))
