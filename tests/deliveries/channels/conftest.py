"""The office in which channels are tested, on each kind of database."""

from collections import deque

import pytest
from sqlalchemy import Engine

from newsletter.deliveries import lease
from tests.deliveries.channels.office import Office


@pytest.fixture(autouse=True)
def _nothing_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test hear whose work broke off in another one: here workers of different tests bear the same name."""
    monkeypatch.setattr(lease, "_broken_off", deque())


@pytest.fixture
def office(engine: Engine) -> Office:
    """One account on another host, at noon."""
    return Office(engine)
