"""What the tests of sources share: a loopback peer in arXiv's place, and a polite session that need not wait."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from newsletter.papers.sources.gate import polite_session
from tests.papers.peer import Peer, start_peer


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
