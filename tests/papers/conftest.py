"""What the tests of sources share: a loopback peer in arXiv's place, and a polite session that need not wait."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from newsletter.papers.ask import Answer, Collector, ask
from newsletter.papers.ledger import Source
from newsletter.papers.sources.gate import polite_session
from tests.factories import Hand
from tests.papers.asking import MORNING, Ask, load
from tests.papers.peer import Peer, collector_for, start_peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A loopback server in arXiv's place."""
    found, stop = start_peer()
    yield found
    stop()


@pytest.fixture
def http(tmp_path: Path) -> Iterator[requests.Session]:
    """A session through a gate without an interval."""
    with polite_session(
        folder=tmp_path / "gate", interval_seconds=0, timeout_seconds=20, contact="editor@example.org"
    ) as session:
        yield session


@pytest.fixture
def asks(engine: Engine, http: requests.Session, peer: Peer) -> Ask:
    """Ask a source about the lists of some days (default: Friday's) as the ledger knows them."""

    def run(source: Source, *days: date, category: str = "cs", now: datetime = MORNING) -> Answer:
        collector = collector_for(engine, http, peer.url, category, now=lambda: now)
        return ask(collector, category, source, load(engine, *days, category=category))

    return run


@pytest.fixture
def now() -> Hand:
    """The clock, on Friday morning."""
    return Hand(MORNING)


@pytest.fixture
def collector(engine: Engine, http: requests.Session, peer: Peer, now: Hand) -> Collector:
    return collector_for(engine, http, peer.url, now=now)
