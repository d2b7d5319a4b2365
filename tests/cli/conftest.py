"""The command as an operator types it: a real process, a real inbox, recorded or home-made arXiv."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StandIn
from tests.embedded.peers import running_inbox
from tests.papers.pages import entries, listing_page
from tests.papers.peer import Peer, start_peer

COMMAND = "from newsletter.cli import main; main()"
EVENING = "2026-03-19T21:00:00-04:00"


@dataclass
class Result:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Newsletter:
    """One installation in a folder of its own."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, script: str = COMMAND, **extra: str) -> subprocess.Popen[str]:
        """Start the command in a process of its own."""
        environment = {**os.environ, "NEWSLETTER_HOME": str(self.home), **self.environment, **extra}
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, *arguments: str, **extra: str) -> Result:
        """Run the command to its end."""
        return _finish(self.start(*arguments, **extra))

    def python(self, script: str, *arguments: str) -> Result:
        """Run a script in this installation's environment."""
        return _finish(self.start(*arguments, script=script))

    def subscribe(self, email: str, *keywords: str, **extra: str) -> Result:
        options = [part for keyword in keywords for part in ("--keyword", keyword)]
        return self("subscribe", email, *options, "--confirmed", **extra)

    def inbox(self) -> list[Path]:
        """Return the messages that the inbox has accepted."""
        return sorted((self.home / "inbox").glob("*.eml"))


def _finish(process: subprocess.Popen[str]) -> Result:
    out, err = process.communicate(timeout=100)
    return Result(status=process.returncode, out=out, err=err)


def arxiv_at(url: str) -> dict[str, str]:
    """Return the settings that make a peer on loopback arXiv."""
    return {
        "NEWSLETTER_ARXIV_URL": url,
        "NEWSLETTER_ARXIV_API_URL": url,
        "NEWSLETTER_ARXIV_FEED_URL": url,
        "NEWSLETTER_ARXIV_OAI_URL": url,
        "NEWSLETTER_ARXIV_INTERVAL_SECONDS": "0",
        "NEWSLETTER_ARXIV_TIMEOUT_SECONDS": "5",
        "NEWSLETTER_CLOCK": EVENING,
    }


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A loopback server in arXiv's place."""
    found, stop = start_peer()
    yield found
    stop()


@pytest.fixture
def newsletter(tmp_path: Path, peer: Peer) -> Iterator[Newsletter]:
    """An installation with a running inbox; arXiv lists six papers for Friday, 20 March 2026."""
    peer.on("/list/cs/new", listing_page(entries(6)))
    home = tmp_path / "home"
    with running_inbox(home / "inbox") as port:
        yield Newsletter(home=home, environment=arxiv_at(peer.url) | {"NEWSLETTER_INBOX_PORT": str(port)})


@pytest.fixture
def recorded(tmp_path: Path, standin: StandIn) -> Iterator[Newsletter]:
    """An installation over the recorded services, translating by the recorded DeepL."""
    home = tmp_path / "home"
    with running_inbox(home / "inbox") as port:
        environment = arxiv_at(standin.url) | {
            "NEWSLETTER_INBOX_PORT": str(port),
            "NEWSLETTER_TRANSLATOR": "deepl",
            "NEWSLETTER_TRANSLATOR_URL": standin.url,
            "NEWSLETTER_TRANSLATOR_KEY": "standin-key",
        }
        yield Newsletter(home=home, environment=environment)
