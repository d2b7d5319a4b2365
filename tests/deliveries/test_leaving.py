"""Who unsubscribes gets no mail any more, however much is queued, and one goodbye."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import Engine, insert
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.consent import confirm_reader, unsubscribe_reader
from newsletter.deliveries.states import SkipReason
from newsletter.deliveries.tables import DeliveryRow
from newsletter.subscribers.subscriber import Consent, SubscriberId
from newsletter.subscribers.suppression_store import suppress
from newsletter.subscribers.tables import SubscriberRow
from tests.deliveries.sending import send_to
from tests.deliveries.world import FakeTransport, World, delivery, report, run
from tests.factories import message_id
from tests.mail.peers import run_peer


def fill(world: World, names: Sequence[str]) -> None:
    """Add confirmed readers with one queued delivery each, thousands in a second."""
    first = world.add_readers(names[:1])[names[0]]
    with transaction(world.database) as session:
        model = session.get_one(SubscriberRow, first).model_dump(exclude={"id"})
        addresses = {name: f"{name}@example.org" for name in names[1:]}
        readers = [model | {"name": name, "email": at, "address_key": at} for name, at in addresses.items()]
        session.connection().execute(insert(SubscriberRow), readers)
        known = session.exec(select(SubscriberRow.name, SubscriberRow.id).order_by(col(SubscriberRow.id))).all()
        stamps = {"attempt_count": 0, "created_at": world.time, "changed_at": world.time}
        rows = [asdict(delivery(number or 0, name)) | stamps for name, number in known]
        session.connection().execute(insert(DeliveryRow), rows)


def leave(world: World, name: str) -> int | None:
    reader = SubscriberId(world.row(name).subscriber_id)
    with transaction(world.database) as session:
        return unsubscribe_reader(session, reader, at=world.time, message_id=message_id)


def come_back(world: World, name: str) -> int | None:
    reader = SubscriberId(world.row(name).subscriber_id)
    with transaction(world.database) as session:
        return confirm_reader(session, reader, at=world.time, message_id=message_id)


def service_mails(world: World) -> list[tuple[str, str, str | None]]:
    with reading(world.database) as session:
        rows = session.exec(select(DeliveryRow).where(DeliveryRow.message != "digest").order_by(col(DeliveryRow.id)))
        return [(row.message, row.state, row.reason) for row in rows]


def test_a_reader_who_leaves_while_ten_thousand_mails_are_queued_gets_none_of_them(engine: Engine) -> None:
    world = World(engine)
    names = [*(f"reader{number}" for number in range(9_998)), "ann", "bob"]
    fill(world, names)
    last = [world.row(name).id or 0 for name in names[-20:]]
    is_enough: list[int] = []
    with run_peer() as peer:
        sent = send_to(world, peer, on_progress=is_enough.append, should_stop=lambda: len(is_enough) >= 20)
        assert (sent.accepted, sent.skipped) == (20, 0)
        goodbyes = [leave(world, "ann")]  # hers is queued behind all others

        def leave_at_the_last_moment(recipient: str) -> None:
            if recipient == "bob@example.org":  # his is claimed, and the peer has just taken his address
                goodbyes.append(leave(world, "bob"))

        peer.on["RCPT"] = leave_at_the_last_moment
        # bob's goes back unsent and is skipped when it is claimed anew
        assert send_to(world, peer, ids=last) == report(accepted=18, released=1, skipped=2)
        assert {(world.state(name), world.row(name).reason) for name in ("ann", "bob")} == {
            ("skipped", SkipReason.UNSUBSCRIBED)
        }
        for _ in range(2):
            send_to(world, peer, ids=goodbyes)
    got = Counter(mail.recipient for mail in peer.accepted)
    assert (got["ann@example.org"], got["bob@example.org"], set(got.values())) == (1, 1, {1})
    assert service_mails(world) == [("goodbye", "accepted", None)] * 2
    assert world.states()["queued"] == 10_000 - 40


def test_leaving_twice_says_goodbye_once(world: World) -> None:
    world.queue(["ann"])
    assert leave(world, "ann") is not None
    assert leave(world, "ann") is None
    transport = FakeTransport()
    assert run(world, transport) == report(accepted=1, skipped=1)
    assert service_mails(world) == [("goodbye", "accepted", None)]


def test_who_comes_back_at_once_gets_a_welcome_and_no_goodbye(world: World) -> None:
    world.queue(["ann"])
    leave(world, "ann")
    assert come_back(world, "ann") is not None
    assert come_back(world, "ann") is None
    assert run(world, FakeTransport()) == report(accepted=2, skipped=1)
    assert service_mails(world) == [("goodbye", "skipped", "overtaken"), ("welcome", "accepted", None)]


def test_a_stopped_address_gets_no_goodbye(world: World) -> None:
    world.queue(["ann"])
    leave(world, "ann")
    with transaction(world.database) as session:
        suppress(session, "ann@example.org", reason="complaint", at=world.time)
    assert run(world, FakeTransport()) == report(skipped=2)
    assert service_mails(world) == [("goodbye", "skipped", SkipReason.SUPPRESSED)]


def test_who_never_confirmed_leaves_without_a_goodbye(world: World) -> None:
    world.queue(["ann"])
    world.set_consent("ann", Consent.PENDING)
    assert leave(world, "ann") is None
    assert service_mails(world) == []


def test_who_leaves_and_returns_every_day_is_answered_at_most_once_a_day_each_way(world: World) -> None:
    world.queue(["ann"])
    for _ in range(3):
        leave(world, "ann")
        come_back(world, "ann")
    world.time += timedelta(days=1)
    leave(world, "ann")
    assert [message for message, _, _ in service_mails(world)] == ["goodbye", "welcome", "goodbye"]
