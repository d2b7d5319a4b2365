"""Whoever watches over the service sees what waits, what has waited too long, and when something last moved."""

from datetime import timedelta

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.pulse import Pulse, find_last_tick, measure_pulse, note_tick
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from tests.deliveries.world import MORNING, World

PATIENCE = timedelta(minutes=15)


def pulse(world: World) -> Pulse:
    with reading(world.database) as session:
        return measure_pulse(session, now=world.now(), patience=PATIENCE)


def test_without_deliveries_nothing_waits_and_nothing_has_moved(world: World) -> None:
    assert pulse(world) == Pulse(open_deliveries=0, overdue_deliveries=0, oldest_due_at=None, last_progress=None)


def test_what_is_due_is_overdue_only_after_the_patience(world: World) -> None:
    world.queue(["ann", "bo"])
    world.advance(minutes=14)
    assert pulse(world) == Pulse(open_deliveries=2, overdue_deliveries=0, oldest_due_at=MORNING, last_progress=MORNING)
    world.advance(minutes=1)
    assert pulse(world).overdue_deliveries == 2


def test_what_a_worker_holds_is_open_but_not_overdue(world: World) -> None:
    world.queue(["ann", "bo"])
    world.claim(limit=1)
    world.advance(hours=1)
    assert (pulse(world).open_deliveries, pulse(world).overdue_deliveries) == (2, 1)


def test_what_waits_for_its_next_attempt_is_not_overdue(world: World) -> None:
    delivery_id = world.queue(["ann"])["ann"]
    with transaction(world.database) as session:
        session.get_one(DeliveryRow, delivery_id).next_attempt_at = MORNING + timedelta(hours=2)
    assert pulse(world).oldest_due_at is None
    world.advance(hours=2)
    assert (pulse(world).overdue_deliveries, pulse(world).oldest_due_at) == (0, world.now())
    world.advance(minutes=15)
    assert pulse(world).overdue_deliveries == 1


def test_what_was_queued_late_is_given_the_same_patience(world: World) -> None:
    world.advance(hours=9)
    world.queue(["ann"])  # it was due in the morning
    assert (pulse(world).overdue_deliveries, pulse(world).oldest_due_at) == (0, world.now())


def test_an_attempt_is_progress(world: World) -> None:
    delivery_id = world.queue(["ann"])["ann"]
    world.advance(minutes=30)
    attempt = AttemptRow(
        delivery_id=delivery_id,
        started_at=world.now(),
        duration_seconds=1,
        server="relay",
        phase="data",
        outcome="deferred",
    )
    with transaction(world.database) as session:
        session.add(attempt)
    assert pulse(world).last_progress == world.now()


def test_the_last_tick_is_remembered(world: World) -> None:
    with transaction(world.database) as session:
        assert find_last_tick(session) is None
        note_tick(session, at=MORNING)
        note_tick(session, at=MORNING + timedelta(minutes=1))
    with reading(world.database) as session:
        assert find_last_tick(session) == MORNING + timedelta(minutes=1)
