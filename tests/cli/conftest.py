"""The command as an operator types it: a real process, a real inbox, recorded or home-made arXiv."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from newsletter.db.engine import open_engine
from newsletter.db.migrate import migrate
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


class Forge:
    """The process that forks the commands; started when it is first needed, once for each test process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def call(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Result:
        """Run one command to its end."""
        if self._process is None:
            command = [sys.executable, "-m", "tests.cli.forge"]
            self._process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            request = {"arguments": arguments, "environment": dict(environment), "out": str(out), "err": str(err)}
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            return Result(status=int(process.stdout.readline()), out=out.read_text(), err=err.read_text())

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate(timeout=10)
            self._process = None


forge = Forge()


@pytest.fixture(scope="session", autouse=True)
def _close_the_forge() -> Iterator[None]:
    yield
    forge.close()


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
        """Run the command to its end, in a process of its own."""
        if "up" in arguments:
            return _finish(self.start(*arguments, **extra))
        return forge.call(arguments, {**os.environ, "NEWSLETTER_HOME": str(self.home), **self.environment, **extra})

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


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as the first command leaves it, which takes longer to make than most commands do."""
    path = tmp_path_factory.mktemp("migrated") / "newsletter.db"
    database = open_engine(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


@pytest.fixture
def home(tmp_path: Path, migrated: Path) -> Path:
    """The folder of an installation in which a command has run before."""
    found = tmp_path / "home"
    found.mkdir(mode=0o700)
    shutil.copy(migrated, found)
    return found


@pytest.fixture
def newsletter(home: Path, peer: Peer) -> Iterator[Newsletter]:
    """An installation with a running inbox; arXiv lists six papers for Friday, 20 March 2026."""
    peer.on("/list/cs/new", listing_page(entries(6)))
    with running_inbox(home / "inbox") as port:
        yield Newsletter(home=home, environment=arxiv_at(peer.url) | {"NEWSLETTER_INBOX_PORT": str(port)})


@pytest.fixture
def recorded(home: Path, standin: StandIn) -> Iterator[Newsletter]:
    """An installation over the recorded services, translating by the recorded DeepL."""
    with running_inbox(home / "inbox") as port:
        environment = arxiv_at(standin.url) | {
            "NEWSLETTER_INBOX_PORT": str(port),
            "NEWSLETTER_TRANSLATOR": "deepl",
            "NEWSLETTER_TRANSLATOR_URL": standin.url,
            "NEWSLETTER_TRANSLATOR_KEY": "standin-key",
        }
        yield Newsletter(home=home, environment=environment)
