"""Sending what is due: each mail once, whatever happens on the way."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from newsletter.deliveries.building import Builder, OutgoingMessage
from newsletter.deliveries.dispatch import DispatchReport
from newsletter.deliveries.states import BUILD_TRIES, SkipReason
from newsletter.deliveries.store import Claimed
from newsletter.deliveries.sweep import sweep
from newsletter.errors import NotFoundError
from newsletter.mail.content import Content
from newsletter.subscribers.subscriber import Consent
from tests.deliveries.sending import send_to
from tests.deliveries.world import EDITION_ON, FakeTransport, World, message_id, report, run, write
from tests.mail.peers import DROP, Peer

NAMES = [f"reader{number}" for number in range(6)]


def test_everybody_gets_their_mail_once(world: World, peer: Peer) -> None:
    world.queue(NAMES)
    progress: list[int] = []
    assert send_to(world, peer, limit=4, on_progress=progress.append) == report(accepted=6)
    assert Counter(mail.message_id for mail in peer.accepted) == {message_id(name): 1 for name in NAMES}
    assert all(
        mail.recipient == f"{str(mail.message_id)[1 : -len('.0@example.org>')]}@example.org" for mail in peer.accepted
    )
    assert world.states() == {"accepted": 6}
    assert sum(progress) == 6
    assert send_to(world, peer) == report()
    assert len(peer.accepted) == 6


def test_only_what_was_asked_for_is_sent(world: World) -> None:
    ids = world.queue(NAMES)
    transport = FakeTransport()
    assert run(world, transport, ids=[ids["reader2"]]) == report(accepted=1)
    assert transport.sent == ["reader2@example.org"]
    assert run(world, transport, edition_on=EDITION_ON - timedelta(days=1)) == report()
    assert run(world, transport, edition_on=EDITION_ON) == report(accepted=5)


def test_nothing_goes_out_before_it_is_due_unless_asked_to(world: World) -> None:
    world.queue(["ann"])
    world.advance(hours=-1)
    transport = FakeTransport()
    assert run(world, transport) == report()
    assert run(world, transport, ignoring_due=True) == report(accepted=1)


def test_who_leaves_while_their_mail_is_queued_gets_none(world: World, peer: Peer) -> None:
    world.queue(["ann", "bob", "cyd"])
    world.set_consent("ann", Consent.UNSUBSCRIBED)
    world.suppress("bob")
    assert send_to(world, peer) == report(accepted=1, skipped=2)
    assert [mail.recipient for mail in peer.accepted] == ["cyd@example.org"]
    assert (world.row("ann").reason, world.row("bob").reason) == (SkipReason.UNSUBSCRIBED, SkipReason.SUPPRESSED)


def test_who_leaves_while_their_mail_is_being_sent_gets_none_either(world: World, peer: Peer) -> None:
    world.queue(["ann", "bob"])

    def leave(address: str) -> str | None:
        if address == "ann@example.org":
            world.set_consent("ann", Consent.UNSUBSCRIBED)
        return None

    peer.on["RCPT"] = leave
    assert send_to(world, peer) == report(accepted=1, skipped=1, released=1)
    assert [mail.recipient for mail in peer.accepted] == ["bob@example.org"]
    assert (world.state("ann"), world.row("ann").reason) == ("skipped", "unsubscribed")


@pytest.mark.parametrize(
    ("command", "answer", "state", "phase", "code"),
    [
        ("RCPT", "550 5.1.1 no such user", "failed", "rcpt", 550),
        ("RCPT", "452 4.2.2 mailbox full", "deferred", "rcpt", 452),
        ("DATA", "554 5.6.0 not like this", "failed", "dot", 554),
        ("DATA", "451 4.3.0 not now", "deferred", "dot", 451),
        ("RCPT", DROP, "deferred", "rcpt", None),
        ("DATA", DROP, "uncertain", "dot", None),
    ],
)
def test_one_readers_trouble_is_written_down_and_the_others_get_their_mail(
    world: World, peer: Peer, command: str, answer: str, state: str, phase: str, code: int | None
) -> None:
    world.queue(["ann", "bob", "cyd"])
    peer.on[command] = lambda address: answer if address == "bob@example.org" else None
    assert send_to(world, peer) == report(accepted=2, **{state: 1})
    assert (world.state("ann"), world.state("bob"), world.state("cyd")) == ("accepted", state, "accepted")
    (attempt,) = world.attempts("bob")
    assert (attempt.phase, attempt.code, attempt.server) == (phase, code, f"127.0.0.1:{peer.port}")
    assert attempt.text
    assert world.row("bob").reason


def test_a_greylisted_mail_arrives_at_the_second_try(world: World, peer: Peer) -> None:
    world.queue(["ann"])
    peer.on["RCPT"] = lambda _: "450 4.7.1 greylisted, come back later"
    assert send_to(world, peer) == report(deferred=1)
    assert world.row("ann").next_attempt_at == world.time + timedelta(minutes=5)
    assert send_to(world, peer) == report()
    peer.on.clear()
    world.advance(minutes=5)
    assert send_to(world, peer) == report(accepted=1)
    assert [attempt.outcome for attempt in world.attempts("ann")] == ["deferred", "accepted"]


def test_a_mail_that_was_refused_after_the_dot_is_sent_again(world: World, peer: Peer) -> None:
    world.queue(["ann"])
    peer.on["DATA"] = lambda _: "451 4.3.0 not now"
    assert send_to(world, peer) == report(deferred=1)
    peer.on.clear()
    world.advance(minutes=30)
    assert send_to(world, peer) == report(accepted=1)


def test_a_mail_that_is_never_taken_fails_with_what_was_answered(world: World, peer: Peer) -> None:
    world.queue(["ann"])
    peer.on["RCPT"] = lambda _: "452 4.2.2 mailbox full"
    for _ in range(5):
        send_to(world, peer)
        world.advance(hours=9)
    row = world.row("ann")
    assert (row.state, row.attempt_count) == ("failed", 3)  # the next edition is out by then
    assert row.reason == "gave up after 3 tries: 452 4.2.2 mailbox full"


def test_two_dispatchers_at_once_send_each_mail_once(world: World, peer: Peer) -> None:
    names = [f"reader{number}" for number in range(60)]
    world.queue(names)
    reports: list[DispatchReport] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait(20)
        reports.append(send_to(world, peer, limit=5))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(mail.message_id for mail in peer.accepted) == {message_id(name): 1 for name in names}
    assert sum(one.accepted for one in reports) == 60
    assert world.states() == {"accepted": 60}


# --- when the relay is gone -------------------------------------------------------------------------------------------


def test_a_relay_that_refuses_our_sender_costs_nobody_their_mail(world: World, peer: Peer) -> None:
    world.queue(NAMES)
    peer.on["MAIL"] = lambda _: "553 5.7.1 sender not allowed"
    found = send_to(world, peer)
    assert (found.released, found.failed) == (6, 0)
    assert "NEWSLETTER_MAIL_FROM" in (found.problem or "")
    waiting = {world.row(name).next_attempt_at for name in NAMES}
    assert len(waiting) == 1  # one look at the account was enough for all of them
    assert None not in waiting
    assert send_to(world, peer) == report()


# --- stopping, building, losing the lease -----------------------------------------------------------------------------


def test_asked_to_stop_it_finishes_the_message_in_hand_and_gives_the_rest_back(world: World) -> None:
    world.queue(NAMES)
    transport = FakeTransport()
    found = run(world, transport, should_stop=lambda: len(transport.sent) == 2)
    assert found == report(accepted=2, released=4)
    assert world.states() == {"accepted": 2, "queued": 4}
    assert run(world, transport) == report(accepted=4)


def test_an_interruption_gives_back_what_was_not_sent(world: World) -> None:
    world.queue(NAMES)

    class Interrupted(FakeTransport):
        def end(self) -> None:
            if len(self.sent) == 2:
                raise KeyboardInterrupt
            FakeTransport.end(self)

    with pytest.raises(KeyboardInterrupt):
        run(world, Interrupted())
    assert world.states() == {"accepted": 2, "sending": 1, "queued": 3}
    assert world.row("reader2").marked_at is not None  # its dot may have gone out: only the sweep may judge


def only_not(name: str, error: Exception | None) -> Builder:
    def build(claimed: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        built = write(claimed)
        for item in claimed:
            if item.name == name:
                built.pop(item.id)
                if error is not None:
                    built[item.id] = error
        return built

    return build


def explode_on(name: str) -> Builder:
    def build(claimed: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        if any(item.name == name for item in claimed):
            raise ZeroDivisionError("a digest without papers")
        return write(claimed)

    return build


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (only_not("reader3", NotFoundError("The digest is gone.")), "NotFoundError: The digest is gone."),
        (only_not("reader3", None), "no message was built for it"),
        (explode_on("reader3"), "ZeroDivisionError: a digest without papers"),
    ],
)
def test_a_mail_that_cannot_be_built_holds_up_no_other_and_fails_in_the_end(
    world: World, build: Builder, said: str
) -> None:
    world.queue(NAMES)
    assert run(world, FakeTransport(), build) == report(accepted=5, deferred=1)
    for _ in range(BUILD_TRIES - 1):
        world.advance(hours=2)
        run(world, FakeTransport(), build)
    row = world.row("reader3")
    assert (row.state, row.reason, row.attempt_count) == ("failed", said, BUILD_TRIES)
    assert {attempt.phase for attempt in world.attempts("reader3")} == {"build"}


def test_a_mail_that_can_be_built_again_is_sent(world: World) -> None:
    world.queue(["reader3"])
    run(world, FakeTransport(), explode_on("reader3"))
    world.advance(hours=1)
    assert run(world, FakeTransport()) == report(accepted=1)


def test_a_database_that_fails_while_building_blames_no_reader(world: World) -> None:
    world.queue(NAMES)

    def build(_claimed: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        raise OperationalError("SELECT", {}, OSError("gone"))

    with pytest.raises(OperationalError):
        run(world, FakeTransport(), build)
    assert world.states() == {"queued": 6}


class SlowTransport(FakeTransport):
    """Every message takes two minutes, and meanwhile somebody sweeps."""

    world: World
    minutes: float = 2
    swept: int = 0

    def begin(self, sender: str, recipient: str, message: Content) -> None:
        self.world.advance(minutes=self.minutes)
        self.swept += sweep(self.world.database, now=self.world.now, is_dead=lambda _: None).requeued
        FakeTransport.begin(self, sender, recipient, message)


def test_a_long_batch_keeps_its_lease(world: World) -> None:
    world.queue(NAMES)
    transport = SlowTransport()
    transport.world = world
    assert run(world, transport, lease_seconds=300.0) == report(accepted=6)
    assert transport.swept == 0
    assert transport.sent == [f"{name}@example.org" for name in NAMES]


def test_a_worker_that_lost_its_lease_does_not_send(world: World) -> None:
    world.queue(["ann", "bob"])
    transport = SlowTransport()
    transport.world, transport.minutes = world, 6
    rival = FakeTransport()

    def build(claimed: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        return write(claimed)

    def steal() -> bool:
        if world.states()["queued"]:
            run(world, rival)
        return False

    found = run(world, transport, build, lease_seconds=300.0, should_stop=steal)
    assert Counter(transport.sent + rival.sent) == {"ann@example.org": 1, "bob@example.org": 1}
    assert found.accepted == len(transport.sent)
    assert world.states() == {"accepted": 2}
