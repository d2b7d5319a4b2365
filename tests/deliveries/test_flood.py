"""Nobody can turn the sign-up form against the owner of an address."""

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.asking_tables import AskingRow
from newsletter.deliveries.flood import FloodGate, forget_askings, mailbox_key
from tests.conftest import NOON

GATE = FloodGate(secret_key="a secret of the tests", mails_a_day=500)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def admits(engine: Engine, address: str, after: timedelta = timedelta(), *, gate: FloodGate = GATE) -> bool:
    with transaction(engine) as session:
        return gate.admit_mail(session, "confirm", address, at=NOON + after)


def wait(engine: Engine, network: str, after: timedelta = timedelta()) -> timedelta | None:
    with transaction(engine) as session:
        return GATE.admit_network(session, network, at=NOON + after)


def test_an_address_gets_one_such_mail_a_day_and_three_a_week(engine: Engine) -> None:
    assert [admits(engine, "ann@example.org", n * HOUR) for n in (0, 1, 23)] == [True, False, False]
    assert [admits(engine, "ann@example.org", n * DAY) for n in (1, 2, 3, 6)] == [True, True, False, False]
    assert admits(engine, "ann@example.org", 7 * DAY)


def test_all_spellings_of_a_mailbox_share_three_a_day(engine: Engine) -> None:
    spellings = ["v.ictim@gmail.com", "VICTIM+1@gmail.com", "vic.tim+2@gmail.com", "victim+3@gmail.com"]
    assert [admits(engine, spelling) for spelling in spellings] == [True, True, True, False]
    assert admits(engine, "another@gmail.com")


@pytest.mark.parametrize(
    ("key", "mailbox"),
    [
        ("ann+papers@example.org", "ann@example.org"),
        ("a.n.n@example.org", "a.n.n@example.org"),
        ("a.n.n@gmail.com", "ann@gmail.com"),
        ("+@example.org", "+@example.org"),
    ],
)
def test_a_mailbox_is_known_through_its_spellings(key: str, mailbox: str) -> None:
    assert mailbox_key(key) == mailbox


def test_a_network_may_ask_five_times_an_hour_and_is_told_how_long_to_wait(engine: Engine) -> None:
    minutes = [timedelta(minutes=n) for n in range(6)]
    assert [wait(engine, "192.0.2.7", at) for at in minutes] == [None] * 5 + [timedelta(minutes=55)]
    assert wait(engine, "192.0.2.8", minutes[5]) is None
    assert wait(engine, "192.0.2.7", HOUR) is None


def test_a_network_may_ask_twenty_times_a_day(engine: Engine) -> None:
    assert {wait(engine, "192.0.2.7", n * HOUR) for n in range(20)} == {None}
    assert wait(engine, "192.0.2.7", 20 * HOUR) == 4 * HOUR
    assert wait(engine, "192.0.2.7", 24 * HOUR) is None


def test_who_has_a_whole_ipv6_network_is_one_asker(engine: Engine) -> None:
    answers = [wait(engine, f"2001:db8:1:2:{n}::1") for n in range(6)]
    assert answers == [None] * 5 + [HOUR]
    assert wait(engine, "2001:db8:1:3::1") is None
    assert wait(engine, "") is None


def test_the_installation_sends_no_more_than_it_was_told_to(engine: Engine) -> None:
    gate = FloodGate(secret_key="a secret of the tests", mails_a_day=2)
    assert [admits(engine, f"{name}@example.org", gate=gate) for name in ("a", "b", "c")] == [True, True, False]
    with transaction(engine) as session:
        assert gate.is_exhausted(session, at=NOON)
        assert not gate.is_exhausted(session, at=NOON + DAY)
    closed = FloodGate(secret_key="x", mails_a_day=0)
    assert not admits(engine, "a@example.org", gate=closed)
    with reading(engine) as session:
        assert not closed.is_exhausted(session, at=NOON)  # nobody is to be alarmed by their own will


def test_neither_addresses_nor_networks_can_be_read_back_and_networks_are_gone_after_a_day(engine: Engine) -> None:
    admits(engine, "ann@example.org")
    wait(engine, "192.0.2.7")
    with reading(engine) as session:
        askers = [row.asker for row in session.exec(select(AskingRow))]
    assert len(askers) == 4
    assert [asker for asker in askers if not re.fullmatch("[0-9a-f]{32}", asker)] == ["everybody"]
    with transaction(engine) as session:
        assert forget_askings(session, at=NOON + DAY) == 2  # the network, and the common count
        assert forget_askings(session, at=NOON + 7 * DAY) == 2


def test_processes_that_ask_at_once_count_together(engine: Engine) -> None:
    verdicts: list[bool] = []
    together = threading.Barrier(6)

    def ask() -> None:
        together.wait()
        verdicts.append(admits(engine, "ann@example.org"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [False] * 5 + [True]
