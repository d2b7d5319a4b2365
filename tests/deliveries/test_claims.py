"""Who may work on a delivery, and what becomes of it in their hands."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import Batch, claim_batch, list_leases, mark, release, renew
from newsletter.deliveries.states import Event, Verdict, judge_reply
from newsletter.deliveries.store import queue_deliveries
from newsletter.mail.smtp import Outcome
from newsletter.subscribers.subscriber import Consent
from tests.deliveries.world import World, delivery, record_one, reply

OWNER = "here:1:1:a"
ACCEPTED = reply(Outcome.ACCEPTED, code=250, text="ok")
REFUSED = reply(Outcome.DEFERRED, code=452, enhanced_code="4.2.2", text="4.2.2 full")


@contextmanager
def counted_statements(database: Engine) -> Iterator[list[str]]:
    """Collect the statements that are run meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database, "before_cursor_execute", note)


def set_mark(world: World, delivery_id: int, owner: str = OWNER) -> bool:
    with transaction(world.database) as session:
        return bool(mark(session, [delivery_id], owner, at=world.time, lease_until=world.time + timedelta(minutes=11)))


def note(world: World, delivery_id: int, verdict: Verdict, owner: str = OWNER) -> bool:
    with transaction(world.database) as session:
        return record_one(session, delivery_id, owner, REFUSED, verdict, at=world.time)


def give_back(world: World, delivery_id: int, owner: str = OWNER, **options: object) -> int:
    with transaction(world.database) as session:
        return release(session, [delivery_id], owner, at=world.time, **options)  # type: ignore[arg-type]


def test_a_claim_tells_all_that_is_needed_to_build_the_message(world: World) -> None:
    world.queue(["ann"])
    (claimed,) = world.claim().claimed
    row = world.row("ann")
    assert (claimed.id, claimed.subscriber_id, claimed.email, claimed.name) == (
        row.id,
        row.subscriber_id,
        "ann@example.org",
        "ann",
    )
    assert (claimed.message, claimed.occasion, claimed.revision) == ("digest", "2026-03-20", 0)
    assert (claimed.message_id, claimed.attempt_count, claimed.first_attempt_at) == ("<ann.0@example.org>", 0, None)
    assert (row.state, row.lease_owner, row.lease_until) == ("sending", OWNER, world.time + timedelta(minutes=5))


def test_what_is_claimed_is_not_claimed_again(world: World) -> None:
    world.queue(["ann", "bob", "cyd"])
    assert len(world.claim(limit=2).claimed) == 2
    assert len(world.claim("here:1:1:b").claimed) == 1
    assert world.claim("here:1:1:c") == Batch(claimed=[], skipped=0)


def test_a_delivery_is_not_claimed_before_it_is_due_unless_asked_to(world: World) -> None:
    world.queue(["ann"])
    world.advance(hours=-1)
    assert world.claim().claimed == []
    assert len(world.claim(ignoring_due=True).claimed) == 1


def test_a_claim_can_be_for_some_deliveries_only(world: World) -> None:
    ids = world.queue(["ann", "bob"])
    assert [item.name for item in world.claim(ids=[ids["bob"]]).claimed] == ["bob"]
    assert world.claim(ids=[]).claimed == []


def test_a_deferred_delivery_waits_for_its_time(world: World) -> None:
    ids = world.queue(["ann"])
    world.claim()
    later = world.time + timedelta(minutes=30)
    note(world, ids["ann"], Verdict(event=Event.DEFER, next_attempt_at=later, reason="full"))
    began = world.time
    world.advance(minutes=29)
    assert world.claim(ignoring_due=True).claimed == []
    world.advance(minutes=1)
    (claimed,) = world.claim().claimed
    assert (claimed.attempt_count, claimed.first_attempt_at) == (1, began)


@pytest.mark.parametrize(
    ("consent", "message", "reason"),
    [
        (Consent.UNSUBSCRIBED, "digest", "unsubscribed"),
        (Consent.PENDING, "digest", "unconfirmed"),
        (Consent.UNSUBSCRIBED, "confirm", "unsubscribed"),
    ],
)
def test_who_has_not_agreed_is_skipped_with_the_reason(
    world: World, consent: Consent, message: str, reason: str
) -> None:
    world.queue(["ann", "bob"], message=message)
    world.set_consent("ann", consent)
    batch = world.claim()
    assert [item.name for item in batch.claimed] == ["bob"]
    assert batch.skipped == 1
    row = world.row("ann")
    assert (row.state, row.reason, row.lease_owner, row.lease_until) == ("skipped", reason, None, None)


def test_the_mail_that_asks_for_consent_goes_out_without_it(world: World) -> None:
    world.queue(["ann"], message="confirm")
    world.set_consent("ann", Consent.PENDING)
    assert len(world.claim().claimed) == 1


def test_a_suppressed_address_gets_nothing_not_even_a_question(world: World) -> None:
    world.queue(["ann"])
    world.queue(["bob"], message="confirm")
    world.set_consent("bob", Consent.PENDING)
    world.suppress("ann")
    world.suppress("bob")
    assert world.claim() == Batch(claimed=[], skipped=2)
    assert (world.row("ann").reason, world.row("bob").reason) == ("suppressed", "suppressed")


def test_an_unsubscription_counts_until_the_final_dot(world: World) -> None:
    ids = world.queue(["ann"])
    world.claim()
    world.set_consent("ann", Consent.UNSUBSCRIBED)
    assert not set_mark(world, ids["ann"])
    assert give_back(world, ids["ann"]) == 1
    assert world.claim().skipped == 1


def test_claiming_a_hundred_takes_as_many_statements_as_claiming_one(world: World) -> None:
    world.queue([f"reader{number}" for number in range(101)])
    counts = []
    for limit in (1, 100):
        with counted_statements(world.database) as statements:
            assert len(world.claim(f"here:1:1:{limit}", limit=limit).claimed) == limit
        counts.append(len([line for line in statements if not line.startswith("BEGIN")]))
    assert counts == [2, 2]


def test_racing_claims_take_every_delivery_exactly_once(world: World) -> None:
    ids = world.queue([f"reader{number}" for number in range(120)])
    taken: list[int] = []
    start = threading.Barrier(6)

    def work(number: int) -> None:
        start.wait(20)
        while batch := world.claim(f"here:1:1:{number}", limit=7).claimed:
            taken.extend(item.id for item in batch)

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(taken) == dict.fromkeys(ids.values(), 1)


def test_the_mark_is_set_once_and_by_the_owner_alone(world: World) -> None:
    ids = world.queue(["ann"])
    assert not set_mark(world, ids["ann"])
    world.claim()
    assert not set_mark(world, ids["ann"], "here:1:1:b")
    assert set_mark(world, ids["ann"])
    assert not set_mark(world, ids["ann"])
    assert world.row("ann").marked_at == world.time
    assert world.row("ann").lease_until == world.time + timedelta(minutes=11)


def test_an_outcome_is_written_with_the_attempt_that_had_it(world: World) -> None:
    ids = world.queue(["ann"])
    world.claim()
    set_mark(world, ids["ann"])
    world.advance(seconds=2)
    verdict = judge_reply(ACCEPTED, attempt_count=1, first_attempt_at=world.time, now=world.time)
    with transaction(world.database) as session:
        assert record_one(session, ids["ann"], OWNER, ACCEPTED, verdict, at=world.time)
    row = world.row("ann")
    assert (row.state, row.accepted_at, row.attempt_count) == ("accepted", world.time, 1)
    assert (row.lease_owner, row.lease_until) == (None, None)
    (attempt,) = world.attempts("ann")
    assert (attempt.phase, attempt.outcome, attempt.code, attempt.text) == ("dot", "accepted", 250, "ok")
    assert (attempt.server, attempt.duration_seconds, attempt.started_at) == ("127.0.0.1:25", 0.5, world.time)


def test_an_outcome_of_a_lost_lease_is_not_written(world: World) -> None:
    ids = world.queue(["ann"])
    world.claim()
    assert not note(world, ids["ann"], Verdict(event=Event.FAIL, next_attempt_at=None, reason="no"), "here:1:1:b")
    assert world.state("ann") == "sending"
    assert world.attempts("ann") == []


def test_what_is_given_back_is_free_at_once_or_after_a_while(world: World) -> None:
    ids = world.queue(["ann"])
    world.claim()
    assert give_back(world, ids["ann"], "here:1:1:b") == 0
    assert give_back(world, ids["ann"], next_attempt_at=world.time + timedelta(minutes=1), reason="relay down") == 1
    assert (world.state("ann"), world.row("ann").reason) == ("queued", "relay down")
    assert world.claim().claimed == []
    world.advance(minutes=1)
    assert len(world.claim().claimed) == 1
    assert world.row("ann").reason is None


def test_what_may_have_been_sent_is_never_given_back(world: World) -> None:
    ids = world.queue(["ann"])
    world.claim()
    set_mark(world, ids["ann"])
    assert give_back(world, ids["ann"]) == 0
    assert world.state("ann") == "sending"


def test_a_lease_is_renewed_for_what_is_still_ours(world: World) -> None:
    ids = world.queue(["ann", "bob"])
    world.claim()
    give_back(world, ids["bob"])
    until = world.time + timedelta(hours=1)
    with transaction(world.database) as session:
        assert renew(session, list(ids.values()), OWNER, lease_until=until) == {ids["ann"]}
    with reading(world.database) as session:
        assert [(lease.delivery_id, lease.until) for lease in list_leases(session)] == [(ids["ann"], until)]


def test_a_claim_is_seen_by_nobody_until_it_is_committed(world: World) -> None:
    world.queue(["ann"])
    with pytest.raises(InterruptedError), transaction(world.database) as session:
        batch = claim_batch(session, now=world.time, owner=OWNER, lease_until=world.time, limit=1)
        assert len(batch.claimed) == 1
        raise InterruptedError
    assert world.state("ann") == "queued"


def test_each_revision_is_a_delivery_of_its_own(world: World) -> None:
    world.queue(["ann"])
    world.claim()
    with transaction(world.database) as session:
        queue_deliveries(session, [delivery(world.row("ann").subscriber_id, "ann", revision=1)], at=world.time)
    assert [item.revision for item in world.claim().claimed] == [1]
