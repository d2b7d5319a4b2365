"""The service on the command line: everything up with one command, and nothing left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import requests

from tests.cli.conftest import COMMAND, Newsletter, arxiv_at
from tests.papers.pages import entries, listing_page
from tests.papers.peer import Peer

DAY = "2026-03-20"


@pytest.fixture
def alone(tmp_path: Path, peer: Peer) -> Newsletter:
    """An installation of which nothing runs yet."""
    peer.on("/list/cs/new", listing_page(entries(6)))
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = {"PORT": str(one.getsockname()[1]), "NEWSLETTER_INBOX_PORT": str(two.getsockname()[1])}
    return Newsletter(home=tmp_path / "home", environment=arxiv_at(peer.url) | ports)


def processes_of(home: Path) -> list[psutil.Process]:
    """Return every living process whose environment or command names this home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("NEWSLETTER_HOME") == str(home):
                found.append(process)
        except psutil.Error:
            continue  # it ended while we looked
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_up_once_runs_the_day_and_leaves_nothing_behind(alone: Newsletter) -> None:
    alone.subscribe("ann@example.org", "robots")
    result = alone("up", "--first-reader", "--once")
    assert result.status == 0, result.err + result.out
    assert "accepted  1" in re.sub(r" +", "  ", result.out)
    assert len(alone.inbox()) == 1
    assert processes_of(alone.home) == []
    again = alone("up", "--first-reader", "--once")  # a second start goes on from there
    assert again.status == 0, again.err
    assert len(alone.inbox()) == 1


def test_the_first_reader_is_made_when_there_is_none(alone: Newsletter) -> None:
    result = alone("up", "--first-reader", "--once")
    assert result.status == 0, result.err
    assert "reader@localhost" in result.out
    assert f"http://127.0.0.1:{alone.environment['PORT']}/admin/enrol/" in result.out
    assert [reader["email"] for reader in alone("subscribers", "--json").json] == ["reader@localhost"]


def test_ctrl_c_ends_everything_within_ten_seconds(alone: Newsletter) -> None:
    process = alone.start("up")
    port = alone.environment["PORT"]
    wait_for(lambda: is_healthy(port) or process.poll() is not None)
    assert process.poll() is None
    assert requests.get(f"http://127.0.0.1:{port}/inbox", timeout=10).status_code == 200
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=15)
    assert time.monotonic() - began < 10
    assert processes_of(alone.home) == []


def is_healthy(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def test_a_taken_port_is_left_alone_and_the_next_one_named(alone: Newsletter) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(alone.environment["PORT"])))
        taken.listen()
        result = alone("up", "--once")
    assert result.status == 0, result.err
    assert f"Port {alone.environment['PORT']} is taken" in result.err


def test_a_broker_that_is_down_is_named(alone: Newsletter) -> None:
    result = alone("up", "--once", REDIS_URL="redis://127.0.0.1:9/0")
    assert result.status == 1
    assert "REDIS_URL" in result.err
    assert processes_of(alone.home) == []


def test_without_a_broker_a_reader_is_subscribed_and_mail_is_sent_all_the_same(alone: Newsletter) -> None:
    added = alone("subscribe", "ann@example.org", "-k", "robots", REDIS_URL="redis://127.0.0.1:9/0")
    assert added.status == 0, added.err


def test_check_numbers_its_findings_with_hints(alone: Newsletter) -> None:
    found = alone("check", "--json", "--offline")
    assert [finding["number"] for finding in found.json] == list(range(1, len(found.json) + 1))
    assert {finding["part"] for finding in found.json} >= {"settings", "disk", "database", "broker", "relay"}
    wrong = alone("check", "--offline", NEWSLETTER_SMTP_URL="smtp://127.0.0.1:9")
    assert wrong.status == 1
    assert "→" in wrong.out


def test_check_asks_arxiv_and_the_translator(alone: Newsletter, peer: Peer) -> None:
    found = {finding["part"]: finding for finding in alone("check", "--json").json}
    assert "6 papers" in found["arXiv"]["text"]
    peer.routes.clear()
    wrong = alone("check", "--json", NEWSLETTER_TRANSLATOR="libretranslate", NEWSLETTER_TRANSLATOR_URL=peer.url)
    grades = {finding["part"]: finding["grade"] for finding in wrong.json}
    assert (grades["arXiv"], grades["translator"], wrong.status) == ("problem", "problem", 1)


def test_migrate_says_what_it_did(alone: Newsletter) -> None:
    assert "empty" in alone("migrate").out
    assert "as before" in alone("migrate").out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NEWSLETTER_CLOCK", "yesterday", "NEWSLETTER_CLOCK"),
        ("NEWSLETTER_CATEGORIES", "cs.LG,Nonsense!", "Nonsense!"),
        ("NEWSLETTER_SMTP_URL", "mail.example.org", "smtps://"),
        ("NEWSLETTER_ARXIV_URL", "arxiv.org", "https://"),
        ("NEWSLETTER_TRANSLATOR", "babelfish", "deepl"),
        ("NEWSLETTER_BASE_URL", "https://papers.example.org", "NEWSLETTER_SECRET_KEY"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL"),
        ("PORT", "99999", "PORT"),
    ],
)
def test_a_wrong_setting_is_named(alone: Newsletter, name: str, value: str, said: str) -> None:
    alone.subscribe("ann@example.org", "robots")
    result = alone("run", **{name: value})
    assert result.status == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_the_home_cannot_be_a_file(alone: Newsletter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = alone("subscribers", NEWSLETTER_HOME=str(tmp_path / "file"))
    assert result.status == 2
    assert "NEWSLETTER_HOME" in result.err


def test_help_is_there_for_every_command() -> None:
    result = subprocess.run(
        [sys.executable, "-c", COMMAND, "--help"],
        capture_output=True, text=True, env=os.environ, check=True,
    )  # fmt: skip
    for command in ("up", "run", "collect", "backfill", "subscribe", "subscribers", "match", "preview", "send", "resend",
                    "status", "check", "migrate"):  # fmt: skip
        assert command in result.stdout
