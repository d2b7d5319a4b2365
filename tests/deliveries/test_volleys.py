"""Several messages side by side: the ledger's promises are those of one, and a slow peer holds up nobody else's."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading
from newsletter.deliveries.channels import Channels
from newsletter.deliveries.dispatch import DispatchReport, dispatch
from newsletter.deliveries.store import count_lanes
from newsletter.errors import TransportError
from newsletter.mail.content import Content
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.volley import Stage
from newsletter.subscribers.subscriber import Consent
from tests.deliveries.world import FakeTransport, World, message_id, report, write
from tests.embedded.peers import wait_for
from tests.mail.modern import Modern, run_modern
from tests.mail.peers import DROP, Peer
from tests.mail.sending import SOON

NAMES = [f"reader{number}" for number in range(24)]


@pytest.fixture
def any_world(engine: Engine) -> World:
    return World(engine)


def send_volleys(
    world: World, peer: Peer | Modern, *, connections: int, caps: str = "", **options: object
) -> DispatchReport:
    def channels_for(owner: str) -> Channels:
        return Channels(
            world.database,
            parse_smtp_urls((peer.url if isinstance(peer, Modern) else peer.url()) + caps),
            now=world.now,
            owner=owner,
            transport_for=lambda account: SmtpTransport(account.server, time_limits=SOON),
            connections=connections,
        )

    return dispatch(world.database, channels_for, write, now=world.now, **options)  # type: ignore[arg-type]


@contextmanager
def statements(database: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    event.listen(database, "before_cursor_execute", note)
    yield found
    event.remove(database, "before_cursor_execute", note)


def test_everybody_gets_their_mail_once_over_so_many_connections(any_world: World, peer: Peer) -> None:
    any_world.queue(NAMES)
    progress: list[int] = []
    assert send_volleys(any_world, peer, connections=5, on_progress=progress.append) == report(accepted=24)
    assert Counter(mail.message_id for mail in peer.accepted) == {message_id(name): 1 for name in NAMES}
    assert peer.count("EHLO") == 5
    assert sum(progress) == 24
    assert all(len(any_world.attempts(name)) == 1 for name in NAMES)


def test_a_volley_costs_as_many_statements_as_one_message(any_world: World, peer: Peer) -> None:
    def count(names: list[str], connections: int) -> int:
        any_world.queue(names)
        with statements(any_world.database) as found:
            assert send_volleys(any_world, peer, connections=connections).accepted == len(names)
        return len(found)

    assert count(NAMES[:1], 1) == count(NAMES[1:11], 10)
    assert count(NAMES[11:12], 1) + 3 == count(NAMES[12:24], 6)  # a second volley: mark, move, attempts


def test_each_readers_trouble_is_their_own_in_a_volley(any_world: World, peer: Peer) -> None:
    answers = {"reader1": ("RCPT", "550 5.1.1 no such user"), "reader2": ("RCPT", "450 4.2.0 greylisted"),
               "reader3": ("DATA", "554 5.6.0 no"), "reader4": ("DATA", DROP), "reader5": ("RCPT", DROP)}  # fmt: skip

    def answer(command: str) -> Callable[[str], str | None]:
        return lambda address: {
            f"{name}@example.org": text for name, (at, text) in answers.items() if at == command
        }.get(address)

    any_world.queue(NAMES)
    peer.on |= {"RCPT": answer("RCPT"), "DATA": answer("DATA")}
    found = send_volleys(any_world, peer, connections=8)
    assert found == report(accepted=19, failed=2, deferred=2, uncertain=1)
    assert [any_world.state(f"reader{number}") for number in range(1, 6)] == [
        "failed",
        "deferred",
        "failed",
        "uncertain",
        "deferred",
    ]
    assert all(any_world.row(name).reason for name in answers)


def test_who_leaves_in_the_middle_of_a_volley_gets_nothing_and_the_others_theirs(world: World, peer: Peer) -> None:
    world.queue(NAMES)

    def leave(address: str) -> str | None:
        if address == "reader3@example.org":
            world.set_consent("reader3", Consent.UNSUBSCRIBED)
        return None

    peer.on["RCPT"] = leave
    assert send_volleys(world, peer, connections=8) == report(accepted=23, skipped=1, released=1)
    assert "reader3@example.org" not in {mail.recipient for mail in peer.accepted}


def test_a_slow_answer_keeps_no_other_outcome_from_being_written_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.deliveries.flight.PATIENCE_SECONDS", 0.05)
    world.queue(NAMES[:6])
    seen: list[Counter[str]] = []

    def think(recipient: str) -> None:
        if recipient == "reader2@example.org":
            wait_for(lambda: world.states()["accepted"] == 5, "the outcomes of the others")
            seen.append(world.states())

    with run_modern(think=think) as peer:
        assert send_volleys(world, peer, connections=6) == report(accepted=6)
    assert seen == [Counter(accepted=5, sending=1)]


def test_an_account_with_fewer_connections_gets_fewer_from_all_workers_together(world: World, peer: Peer) -> None:
    world.queue(NAMES)
    assert send_volleys(world, peer, connections=10, caps="?connections=3") == report(accepted=24)
    assert peer.count("EHLO") == 3


def test_a_run_that_has_ended_holds_no_lane(world: World, peer: Peer) -> None:
    world.queue(NAMES)
    world.claim("elsewhere:1:1:a", limit=5)
    send_volleys(world, peer, connections=4, may_go_on=lambda: False, limit=10)
    with reading(world.database) as session:
        assert count_lanes(session, now=world.time) == 1
    assert world.states() == {"sending": 5, "accepted": 10, "queued": 9}


class FullTransport(FakeTransport):
    """A connection that its server does not open."""

    def begin(self, sender: str, recipient: str, message: Content) -> None:
        self.stage, self.result = Stage.SETTLED, TransportError("421 too many connections", retryable=True)


def test_a_relay_that_takes_fewer_connections_is_sent_to_over_those_it_takes(world: World) -> None:
    world.queue(NAMES)
    opened: list[FakeTransport] = []

    def transport_for(_: SmtpAccount) -> FakeTransport:
        opened.append(FakeTransport() if len(opened) < 2 else FullTransport())
        return opened[-1]

    def channels_for(owner: str) -> Channels:
        accounts = parse_smtp_urls("smtp://127.0.0.1:25")
        return Channels(
            world.database, accounts, now=world.now, owner=owner, transport_for=transport_for, connections=5
        )

    assert dispatch(world.database, channels_for, write, now=world.now) == report(accepted=24)
    assert [len(one.sent) for one in opened] == [12, 12, 0, 0, 0]
