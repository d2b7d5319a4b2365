"""Where the mail of many domains goes, asked of a real name server and remembered."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.mail.exchangers import Exchangers, exchangers, open_exchangers
from newsletter.mail.exchangers.store import list_hosts
from tests.conftest import NOON
from tests.mail.name_server import NameServer, running_name_server

ZONE = """
lab.example.org. MX 10 aspmx.l.google.com.
school.example.org. MX 10 mx1.post.example.net.
college.example.org. MX 10 mx2.post.example.net.
alone.example.org. A 192.0.2.9
"""
READERS = ["ann@lab.example.org", "bob@School.example.org", "cyd@alone.example.org", "dee@gone.example.org"]


@pytest.fixture
def server() -> Iterator[NameServer]:
    with running_name_server(ZONE) as running:
        yield running


class Calendar:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def now() -> Calendar:
    return Calendar()


def ask(engine: Engine, server: NameServer, now: Calendar) -> Exchangers:
    """Learn about every reader, in a run of its own."""
    found = open_exchangers(engine, now=now, is_asking=True, server=server.address)
    found.learn(READERS)
    return found


def test_domains_whose_mail_the_same_provider_takes_lead_to_the_same_place(
    engine: Engine, server: NameServer, now: Calendar
) -> None:
    found = ask(engine, server, now)
    found.learn(["eve@college.example.org", "fay@gmail.com"])
    assert found.destination_of("ann@lab.example.org") == found.destination_of("fay@gmail.com") == "google"
    assert found.destination_of("bob@school.example.org") == "post.example.net"
    assert found.destination_of("eve@college.example.org") == "post.example.net"
    assert found.destination_of("cyd@alone.example.org") == "alone.example.org"
    assert found.destination_of("dee@gone.example.org") == "gone.example.org"


def test_what_the_dns_said_is_remembered_for_a_week(engine: Engine, server: NameServer, now: Calendar) -> None:
    ask(engine, server, now)
    asked = len(server.questions)
    now.time += timedelta(days=6)
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "google"
    assert len(server.questions) == asked
    now.time += timedelta(days=2)
    server.publish("lab.example.org. MX 10 mx1.qq.com.")
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "tencent"


def test_a_providers_own_domain_is_never_asked_for(engine: Engine, server: NameServer, now: Calendar) -> None:
    found = open_exchangers(engine, now=now, is_asking=True, server=server.address)
    found.learn(["ann@gmail.com", "bob@qq.com"])
    assert server.questions == []
    assert found.destination_of("bob@qq.com") == "tencent"


def test_a_domain_without_an_answer_stands_for_itself_for_an_hour(
    engine: Engine, server: NameServer, now: Calendar
) -> None:
    server.broken.add("lab.example.org")
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "lab.example.org"
    server.broken.clear()
    now.time += timedelta(minutes=59)
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "lab.example.org"
    now.time += timedelta(minutes=2)
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "google"


def test_what_was_known_holds_until_the_dns_answers_again(engine: Engine, server: NameServer, now: Calendar) -> None:
    ask(engine, server, now)
    now.time += timedelta(days=8)
    server.broken.add("lab.example.org")
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "google"
    with reading(engine) as session:
        assert list_hosts(session, ["lab.example.org"]) == {
            "lab.example.org": ("aspmx.l.google.com", now.time + timedelta(hours=1))
        }


def test_a_name_server_that_hangs_keeps_no_mail_waiting(
    engine: Engine, now: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchangers, "_PATIENCE_SECONDS", 0.05)
    asked: list[str] = []

    def hang(domain: str) -> list[str]:
        asked.append(domain)
        time.sleep(0.2)
        return ["aspmx.l.google.com"]

    found = Exchangers(engine, hang, now=now)
    began = time.monotonic()
    found.learn([f"ann@domain{number}.example" for number in range(100)])
    assert time.monotonic() - began < 5  # one after the other they would take 20 s
    assert found.destination_of("ann@domain99.example") == "domain99.example"
    assert len(asked) <= 16
    found.learn(["bob@another.example"])  # it has given no answer at all: it is left alone for some minutes
    assert "another.example" not in asked


def test_without_looking_up_a_domain_stands_for_itself(engine: Engine, now: Calendar) -> None:
    found = open_exchangers(engine, now=now, is_asking=False)
    found.learn(["ann@lab.example.org"])
    assert found.destination_of("ann@lab.example.org") == "lab.example.org"
    assert found.destination_of("ann@gmail.com") == "google"


def test_two_workers_may_learn_the_same_at_once(engine: Engine, server: NameServer, now: Calendar) -> None:
    for _ in range(2):
        ask(engine, server, now)
        now.time += timedelta(days=8)
    assert ask(engine, server, now).destination_of("ann@lab.example.org") == "google"
