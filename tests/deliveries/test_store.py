"""Queueing deliveries and looking them up."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import expire, mark
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import (
    claimable,
    count_open,
    count_skips,
    count_states,
    find_id,
    list_subscriber_ids,
    queue_deliveries,
    requeue,
    resolve,
    skip,
)
from newsletter.errors import ConflictError
from tests.deliveries.test_tally import resend
from tests.deliveries.world import EDITION_ON, MORNING, World, delivery, message_id


def open_ids(
    session: Session,
    *,
    now: datetime,
    edition_on: date | None = None,
    ignoring_due: bool = False,
    limit: int | None = None,
) -> list[int]:
    """Return what would be claimed, in its order; they are counted in the same way."""
    statement = claimable(now=now, ids=None, edition_on=edition_on, ignoring_due=ignoring_due).limit(limit)
    found = [one for one in session.exec(statement) if one is not None]
    assert count_open(session, now=now, edition_on=edition_on, ignoring_due=ignoring_due, limit=limit) == len(found)
    return found


def test_queueing_twice_promises_once(world: World) -> None:
    readers = world.add_readers(["ann", "bob"])
    rows = [delivery(readers[name], name) for name in readers]
    with transaction(world.database) as session:
        assert queue_deliveries(session, rows[:1], at=world.time) == 1
    with transaction(world.database) as session:
        assert queue_deliveries(session, rows, at=world.time) == 1
        assert queue_deliveries(session, rows, at=world.time) == 0
    assert world.states() == {"queued": 2}


def test_queueing_again_leaves_what_has_happened_alone(world: World) -> None:
    world.queue(["ann"])
    world.claim()
    row = world.row("ann")
    with transaction(world.database) as session:
        again = replace(delivery(row.subscriber_id, "ann"), message_id="<another@example.org>")
        assert queue_deliveries(session, [again], at=world.time) == 0
    assert world.row("ann").state == "sending"


def test_a_reader_with_nothing_to_read_has_a_row_that_says_so(world: World) -> None:
    readers = world.add_readers(["ann", "bob"])
    skipped = replace(delivery(readers["ann"], "ann"), state=DeliveryState.SKIPPED, reason="empty")
    with transaction(world.database) as session:
        queue_deliveries(session, [skipped, delivery(readers["bob"], "bob")], at=world.time)
    with reading(world.database) as session:
        assert count_states(session, EDITION_ON) == {DeliveryState.SKIPPED: 1, DeliveryState.QUEUED: 1}
        assert count_skips(session, EDITION_ON) == {"empty": 1}
        assert open_ids(session, now=world.time) == [world.row("bob").id]


def test_a_delivery_cannot_begin_as_sent(world: World) -> None:
    with transaction(world.database) as session, pytest.raises(ConflictError):
        queue_deliveries(session, [replace(delivery(1, "ann"), state=DeliveryState.ACCEPTED)], at=world.time)


def test_thousands_are_queued_in_one_go(world: World) -> None:
    names = [f"reader{number}" for number in range(1200)]
    world.queue(names[:1])
    readers = world.add_readers(names[1:])
    with transaction(world.database) as session:
        assert queue_deliveries(session, [delivery(readers[name], name) for name in names[1:]], at=world.time) == 1199


def test_what_is_open_is_listed_the_longest_due_first(world: World) -> None:
    readers = world.add_readers(["late", "soon", "early"])
    hours = {"late": 0, "soon": 1, "early": -1}
    rows = [replace(delivery(readers[name], name), due_at=MORNING + timedelta(hours=hours[name])) for name in readers]
    with transaction(world.database) as session:
        queue_deliveries(session, rows, at=world.time)
    with reading(world.database) as session:
        early, late, soon = (find_id(session, message_id(name)) for name in ("early", "late", "soon"))
        assert open_ids(session, now=world.time) == [early, late]
        assert open_ids(session, now=world.time, limit=1) == [early]
        assert open_ids(session, now=world.time, ignoring_due=True) == [early, late, soon]
        assert open_ids(session, now=world.time, edition_on=EDITION_ON) == [early, late]
        assert open_ids(session, now=world.time, edition_on=date(2026, 3, 19)) == []


def test_a_delivery_is_found_by_its_message_id(world: World) -> None:
    ids = world.queue(["ann"])
    with reading(world.database) as session:
        assert find_id(session, message_id("ann")) == ids["ann"]
        assert find_id(session, "<unknown@example.org>") is None


def test_who_has_a_delivery_of_an_occasion_is_known(world: World) -> None:
    world.queue(["ann", "bob"])
    world.add_readers(["cyd"])
    with reading(world.database) as session:
        occasion, ann, bob = str(EDITION_ON), world.row("ann").subscriber_id, world.row("bob").subscriber_id
        assert list_subscriber_ids(session, message="digest", occasion=occasion, between=(ann, bob + 1)) == {ann, bob}
        assert list_subscriber_ids(session, message="digest", occasion=occasion, between=(bob, bob + 1)) == {bob}
        assert list_subscriber_ids(session, message="confirm", occasion=occasion, between=(ann, bob + 1)) == set()


def test_a_resend_counts_instead_of_what_it_repeats(world: World) -> None:
    world.queue(["ann", "bob"])
    again = replace(delivery(world.row("ann").subscriber_id, "ann", revision=1), resend_id=1)
    with transaction(world.database) as session:
        session.add(resend(EDITION_ON, number=1))
        queue_deliveries(session, [again], at=world.time)
    world.claim(ids=[world.row("ann").id or 0])
    with reading(world.database) as session:
        assert count_states(session, EDITION_ON) == {DeliveryState.QUEUED: 2}
        assert count_states(session, date(2026, 3, 19)) == {}


def test_what_waits_can_be_taken_back_but_not_what_is_being_sent(world: World) -> None:
    ids = world.queue(["ann", "bob"])
    world.claim(ids=[ids["bob"]])
    with transaction(world.database) as session:
        assert skip(session, list(ids.values()), at=world.time, reason=SkipReason.OVERTAKEN) == 1
    assert (world.state("ann"), world.row("ann").reason) == (DeliveryState.SKIPPED, SkipReason.OVERTAKEN)
    assert world.state("bob") == DeliveryState.SENDING


def test_an_operator_settles_what_is_uncertain_and_nothing_else(world: World) -> None:
    ids = world.queue(["ann", "bob", "cyd"])
    claimed = world.claim(limit=2).claimed
    with transaction(world.database) as session:
        ids_of = [item.id for item in claimed]
        if ids_of:
            mark(session, ids_of, "here:1:1:a", at=world.time, lease_until=world.time)
        expire(session, [item.id for item in claimed], "here:1:1:a", at=world.time, reason="died")
    with transaction(world.database) as session:
        assert resolve(session, [ids["ann"], ids["cyd"]], at=world.time, reason="the reader has it") == 1
        assert requeue(session, [ids["bob"], ids["cyd"], ids["ann"]], at=world.time) == 1
    assert (world.state("ann"), world.state("bob"), world.state("cyd")) == ("accepted", "queued", "queued")
    assert world.row("ann").accepted_at == world.time
    assert world.row("bob").marked_at is None
