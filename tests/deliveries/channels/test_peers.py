"""Ways out over real connections: one relay refuses, goes away or asks us to stop, and the next one carries the mail."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from newsletter.clock import system_clock
from newsletter.deliveries.channels import Channel, Channels, Wait
from newsletter.deliveries.lease import this_owner
from newsletter.errors import TransportError
from newsletter.mail.content import Ready
from newsletter.mail.server import parse_smtp_urls
from newsletter.mail.smtp import Outcome, SmtpReply, SmtpTransport
from tests.mail.peers import DROP, Peer, run_peer
from tests.mail.sending import SOON

MESSAGE = Ready(b"Subject: Morning\r\n\r\nHello.\r\n")


@pytest.fixture
def peers() -> Iterator[tuple[Peer, Peer]]:
    with run_peer() as first, run_peer() as second:
        yield first, second


@pytest.fixture
def ways(engine: Engine, peers: tuple[Peer, Peer]) -> Iterator[Channels]:
    accounts = parse_smtp_urls(f"{peers[0].url()} {peers[1].url()}?per_hour=3")
    with Channels(
        engine,
        accounts,
        now=system_clock,
        owner=this_owner(),
        transport_for=lambda account: SmtpTransport(account.server, time_limits=SOON),
    ) as found:
        yield found


def send(ways: Channels, recipient: str) -> SmtpReply | Wait:
    while True:
        (way,) = ways.gather([recipient], pause=lambda _seconds: None)
        if not isinstance(way, Channel):
            assert way is not None
            return way
        assert isinstance(way.transport, SmtpTransport)
        try:
            reply = way.transport.send("chenbao@example.org", recipient, MESSAGE, before_final_dot=lambda: None)
        except TransportError as error:
            ways.settle_trouble(way, error)
        else:
            ways.settle(way, reply)
            return reply


def outcome(found: SmtpReply | Wait) -> Outcome:
    assert isinstance(found, SmtpReply), found
    return found.outcome


def test_one_kept_connection_carries_the_mail_of_a_run(ways: Channels, peers: tuple[Peer, Peer]) -> None:
    for number in range(5):
        assert outcome(send(ways, f"reader{number}@example.org")) is Outcome.ACCEPTED
    assert (peers[0].count("EHLO"), len(peers[0].accepted), len(peers[1].accepted)) == (1, 5, 0)


def test_a_relay_that_breaks_off_is_left_for_the_next_until_that_has_carried_its_hour(
    ways: Channels, peers: tuple[Peer, Peer]
) -> None:
    peers[0].on["MAIL"] = lambda _: DROP
    for number in range(3):
        assert outcome(send(ways, f"reader{number}@example.org")) is Outcome.ACCEPTED
    assert [message.recipient for message in peers[1].accepted] == [
        f"reader{number}@example.org" for number in range(3)
    ]
    found = send(ways, "reader3@example.org")
    assert isinstance(found, Wait)
    assert found.is_everywhere
    assert "is paused until" in found.reason
    assert "the 3 messages it may carry in any hour" in found.reason


def test_gmails_421_at_the_recipient_stops_that_destination_at_that_account_only(
    ways: Channels, peers: tuple[Peer, Peer]
) -> None:
    peers[0].on["RCPT"] = lambda address: "421 4.7.28 unusual rate of mail" if "gmail" in address else None
    assert outcome(send(ways, "ann@gmail.com")) is Outcome.DEFERRED
    assert outcome(send(ways, "ann@gmail.com")) is Outcome.ACCEPTED
    assert outcome(send(ways, "bob@example.org")) is Outcome.ACCEPTED
    assert [message.recipient for message in peers[1].accepted] == ["ann@gmail.com"]
    assert [message.recipient for message in peers[0].accepted] == ["bob@example.org"]
