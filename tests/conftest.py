"""What every test may use: a fresh database, a fixed clock, and the recorded services when they lie beside the checkout."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

import newsletter.api_tokens.tables
import newsletter.deliveries.alarm_tables
import newsletter.deliveries.asking_tables
import newsletter.deliveries.channels.tables
import newsletter.deliveries.feedback.tables
import newsletter.deliveries.pulse_tables
import newsletter.deliveries.tables
import newsletter.digests.tables
import newsletter.editions.tables
import newsletter.mail.exchangers.tables
import newsletter.operators.tables
import newsletter.papers.tables
import newsletter.search.schema
import newsletter.subscribers.tables
import newsletter.translation.tables  # noqa: F401  the tables register themselves
from tests.databases import PostgresqlServer, SqliteFile, postgresql_server
from tests.kept import keep

SHARED = Path(__file__).resolve().parents[2] / "shared"
STANDIN = SHARED / "standin" / "serve.py"
KINDS = ("sqlite", "postgresql")
ABOUT_PAGES = ("tests/web/", "tests/site/")
NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the developer's settings, and every other test's, out of this one."""
    for name in list(os.environ):
        if name.startswith("NEWSLETTER_") or name in ("DATABASE_URL", "REDIS_URL", "PORT"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NEWSLETTER_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session", autouse=True)
def _kept() -> None:
    keep()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["usual", "both", *KINDS], default="usual", help="kinds of database to test on"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests on kinds of database that are not wanted, and begin with those that are given more time than others.

    Usually those on the second kind that are about something else are left out. A long test that came last would keep one
    processor busy and all others waiting.
    """
    wanted = str(config.getoption("--database"))
    left_out = [item for item in items if (kind := _kind_of(item)) and not _is_wanted(item, kind, wanted)]
    config.hook.pytest_deselected(items=left_out)
    unwanted = set(left_out)
    kept = [item for item in items if item not in unwanted]
    items[:] = sorted(kept, key=lambda item: item.get_closest_marker("timeout") is None)


def _kind_of(item: pytest.Item) -> str | None:
    """Return the kind of database that a test runs on, None when it is not one of both."""
    found = (
        item.callspec.params.get("engine") if isinstance(item, pytest.Function) and hasattr(item, "callspec") else None
    )
    return found if found in KINDS else None


def _is_wanted(item: pytest.Item, kind: str, wanted: str) -> bool:
    if wanted != "usual":
        return wanted in ("both", kind)
    is_apart = item.nodeid.startswith(ABOUT_PAGES) or item.get_closest_marker("one_database") is not None
    return not is_apart or kind == KINDS[0]


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A new, empty database with all tables, of each kind in turn."""
    if request.param == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        yield server.empty_database()
        return
    file: SqliteFile = request.getfixturevalue("sqlite_file")
    yield file.empty_database()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteFile]:
    """The file of this test process."""
    found = SqliteFile(tmp_path_factory.mktemp("sqlite"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL server of this test run."""
    with postgresql_server() as found:
        yield found


# a busy machine is no fault of a strategy, nor of what is tested with it
settings.register_profile("suite", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("suite")


@dataclass(frozen=True, slots=True)
class StandIn:
    """The recorded services, running on loopback with a virtual clock."""

    url: str

    def control(self, **changes: Any) -> None:
        """Set the clock, the faults or the rate rule (see the service's own README)."""
        requests.post(f"{self.url}/_control", json=changes, timeout=10).raise_for_status()

    def reset(self) -> None:
        requests.post(f"{self.url}/_reset", timeout=10).raise_for_status()

    def wait_until_idle(self) -> None:
        """Return when every arXiv request that began has ended."""
        while (found := self.stats())["requests"] < found["arxiv"]["requests"]:
            time.sleep(0.02)

    def log(self) -> list[dict[str, Any]]:
        """Return one entry for each request that has ended."""
        found: list[dict[str, Any]] = requests.get(f"{self.url}/_log", timeout=10).json()
        return found

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.url}/_stats", timeout=10).json()
        return found


@contextmanager
def start_standin(*options: str) -> Iterator[StandIn]:
    """Run the recorded services, which lie beside this checkout, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(STANDIN), "--port", str(port), "--now", "2026-03-19T21:00-04:00", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready ")
    try:
        yield StandIn(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="session")
def _standin_process() -> Iterator[StandIn]:
    if not STANDIN.is_file():
        pytest.skip("the recorded services (../shared/standin) are not beside this checkout")
    with start_standin() as found:
        yield found


@pytest.fixture
def standin(_standin_process: StandIn) -> StandIn:
    """The recorded services at 2026-03-19 21:00 Eastern, without faults."""
    _standin_process.reset()
    return _standin_process
