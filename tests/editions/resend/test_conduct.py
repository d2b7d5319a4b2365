"""A day is sent again to those whom a dry run names, once, whoever asks how often and whatever dies meanwhile."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import col, func, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.claims import claim_batch, mark
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow, ResendRow
from newsletter.digests.store import find_row
from newsletter.digests.tables import DigestRow
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.resend import store
from newsletter.editions.resend.conduct import cancel_resend, plan_resend, queue_resend, request_resend
from newsletter.editions.resend.plan import ResendRequest
from newsletter.editions.resend.progress import list_progress, read_progress
from newsletter.editions.sign_up import parse_keywords
from newsletter.errors import InputError, NotFoundError
from newsletter.papers.paper import AnnouncementKind
from newsletter.subscribers.store import set_keywords, unsubscribe
from newsletter.subscribers.subscriber import Preferences, SubscriberId
from tests.editions.resend.days import BY, composed_day, crowded_day, promised, rows, send_again, settle
from tests.factories import (
    FRIDAY,
    MORNING,
    Hand,
    accept_mail,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)

ASKED = ResendRequest(edition_on=FRIDAY)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return composed_day(engine)


def resends(engine: Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(ResendRow)).one()


def test_a_dry_run_says_who_and_why_and_queues_nothing(engine: Engine, desk: Desk) -> None:
    before = rows(engine)
    lines = plan_resend(desk, ASKED)
    assert promised(lines) == {"ann": 1, "bob": 1}
    assert [line.reason for line in lines] == [
        "the last one is accepted",
        "the last one is failed",
        "was skipped: empty",
    ]
    assert (rows(engine), resends(engine)) == (before, 0)


def test_the_dry_run_names_exactly_those_who_get_it(engine: Engine, desk: Desk) -> None:
    lines = plan_resend(desk, ASKED)
    assert send_again(desk).lines == lines
    assert rows(engine) == [
        (1, 0, "accepted"),
        (1, 1, "queued"),
        (2, 0, "failed"),
        (2, 1, "queued"),
        (3, 0, "skipped"),
    ]


def test_the_papers_are_the_frozen_ones(engine: Engine, desk: Desk) -> None:
    send_again(desk)
    with reading(engine) as session:
        wanted = select(DeliveryRow.digest_id).where(DeliveryRow.subscriber_id == 1)
        first, second = session.exec(wanted).all()
    assert first == second is not None


def test_doing_it_twice_does_nothing_the_second_time(engine: Engine, desk: Desk) -> None:
    send_again(desk)
    after = rows(engine)
    assert send_again(desk).resend_id is None
    for reader, state in ((1, DeliveryState.ACCEPTED), (2, DeliveryState.UNCERTAIN)):
        settle(engine, reader, state, revision=1)
    assert send_again(desk).resend_id is None
    assert (len(rows(engine)), resends(engine)) == (len(after), 1)


def test_an_operator_who_means_it_can_send_once_more(engine: Engine, desk: Desk) -> None:
    send_again(desk)
    for reader in (1, 2):
        settle(engine, reader, DeliveryState.ACCEPTED, revision=1)
    assert promised(send_again(desk, to=[1], again=True).lines) == {"ann": 2}


def test_only_those_who_missed_it_get_it_if_asked(engine: Engine, desk: Desk) -> None:
    assert promised(send_again(desk, only_missing=True).lines) == {"bob": 1}
    settle(engine, 2, DeliveryState.FAILED, revision=1)
    (line,) = send_again(desk, only_missing=True, to=[2]).lines
    assert line.reason == 'was sent it again already, and that one is failed; it takes "again" to send it once more'
    assert promised(send_again(desk, only_missing=True, again=True).lines) == {"bob": 2}


def test_whoever_has_left_gets_nothing(engine: Engine, desk: Desk) -> None:
    with transaction(engine) as session:
        unsubscribe(session, SubscriberId(2), at=MORNING)
    assert promised(send_again(desk).lines) == {"ann": 1}


def test_it_can_be_narrowed_to_one_reader(desk: Desk) -> None:
    assert promised(send_again(desk, to=[2]).lines) == {"bob": 1}


def test_a_reader_who_came_since_is_named_and_left_out(desk: Desk) -> None:
    add_reader(desk, "zoe@example.org", "reinforcement learning")
    (*_, last) = plan_resend(desk, ASKED)
    assert (last.email, last.revision) == ("zoe@example.org", None)
    assert "`newsletter send --day 2026-03-20` makes one" in last.reason


def test_an_unknown_day_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no edition"):
        plan_resend(desk, ResendRequest(edition_on=FRIDAY.replace(day=19)))


def test_other_mails_than_digests_have_their_own_rules(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="trending"):
        plan_resend(desk, ResendRequest(edition_on=FRIDAY, message=Message.TRENDING))
    with pytest.raises(InputError, match="--recompose"):
        plan_resend(desk, ResendRequest(edition_on=FRIDAY, message=Message.TRENDING, is_recomposed=True))
    with pytest.raises(InputError, match="cannot be sent again"):
        plan_resend(desk, ResendRequest(edition_on=FRIDAY, message=Message.NOTICE))


def test_a_resend_that_died_before_it_was_queued_is_gone_on_with(engine: Engine, desk: Desk) -> None:
    lines = request_resend(desk, ASKED, by="the dead").lines
    with transaction(engine) as session:
        unsubscribe(session, SubscriberId(1), at=MORNING)
    assert send_again(desk, only_missing=True).resend_id is None
    assert [(reader, state) for reader, revision, state in rows(engine) if revision == 1] == [
        (line.subscriber_id, "queued") for line in lines if line.revision
    ]
    with reading(engine) as session:
        (progress,) = list_progress(session)
    assert (progress.resend.requested_by, progress.resend.planned_count, progress.unqueued) == ("the dead", 2, 0)


def test_a_resend_that_died_half_way_goes_on_with_what_is_left(engine: Engine) -> None:
    desk = crowded_day(engine, 4)
    resend_id = request_resend(desk, ASKED, by=BY).resend_id
    assert resend_id is not None
    with transaction(engine) as session:
        (first, *left) = store.list_left(session, resend_id)
        done = deliveries.NewDelivery(
            subscriber_id=first.subscriber_id,
            message=Message.DIGEST,
            occasion=str(FRIDAY),
            revision=1,
            edition_on=FRIDAY,
            digest_id=first.digest_id,
            message_id=message_id(first.subscriber_id, Message.DIGEST, str(FRIDAY), 1),
            state=DeliveryState.QUEUED,
            reason=None,
            due_at=MORNING,
            resend_id=resend_id,
        )
        deliveries.queue_deliveries(session, [done], at=MORNING)
        assert store.list_left(session, resend_id) == left
    queue_resend(desk, resend_id, message_id=message_id)
    assert [row for row in rows(engine) if row[1] == 1] == [(reader, 1, "queued") for reader in (1, 2, 3, 4)]


def test_two_at_once_make_one_revision_each(engine: Engine) -> None:
    desk = crowded_day(engine, 8)
    start = Barrier(4)

    def ask() -> None:
        start.wait()
        send_again(desk)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row for row in rows(engine) if row[1]] == [(reader, 1, "queued") for reader in range(1, 9)]
    assert resends(engine) == 1


def cancel(desk: Desk, resend_id: int | None) -> int:
    assert resend_id is not None
    return cancel_resend(desk, resend_id, by=BY, message_id=message_id)


def test_cancelling_takes_back_what_is_not_on_the_wire(engine: Engine) -> None:
    desk = crowded_day(engine, 4)
    resend_id = send_again(desk).resend_id
    until = MORNING + timedelta(minutes=5)
    with transaction(engine) as session:
        batch = claim_batch(session, now=MORNING, owner="here:1:1:a", lease_until=until, limit=2)
    on_the_wire, in_hand = batch.claimed
    with transaction(engine) as session:
        assert mark(session, [on_the_wire.id], "here:1:1:a", at=MORNING, lease_until=until)
    assert cancel(desk, resend_id) == 3
    assert [state for _, revision, state in rows(engine) if revision] == [
        "sending",
        "skipped",
        "skipped",
        "skipped",
    ]
    with transaction(engine) as session:
        assert not mark(session, [in_hand.id], "here:1:1:a", at=MORNING, lease_until=until)
        progress = read_progress(session, resend_id or 0)
    assert (progress.skips, progress.open) == ({"cancelled": 3}, 1)
    assert progress.sentence.en == "Cancelled: of 4 readers 0 have it again; 1 sending and 3 skipped."
    assert cancel(desk, resend_id) == 0


def test_what_was_on_the_wire_is_not_tried_again_after_the_cancel(engine: Engine) -> None:
    desk = crowded_day(engine, 1)
    resend_id = send_again(desk).resend_id
    settle(
        engine, 1, DeliveryState.SENDING, revision=1, marked_at=MORNING, lease_owner="here:1:1:a", lease_until=MORNING
    )
    assert cancel(desk, resend_id) == 0
    settle(engine, 1, DeliveryState.DEFERRED, revision=1, next_attempt_at=MORNING)
    with transaction(engine) as session:
        batch = claim_batch(session, now=MORNING, owner="here:1:1:b", lease_until=MORNING, limit=2)
    assert (batch.claimed, batch.skipped) == ([], 1)
    assert rows(engine)[-1] == (1, 1, "skipped")


def test_cancelled_before_it_was_queued_every_reader_has_a_row_that_says_so(engine: Engine, desk: Desk) -> None:
    resend_id = request_resend(desk, ASKED, by=BY).resend_id
    assert cancel(desk, resend_id) == 2
    assert [row for row in rows(engine) if row[1]] == [(1, 1, "skipped"), (2, 1, "skipped")]
    assert promised(send_again(desk).lines) == {"ann": 2, "bob": 2}


def test_what_is_over_cannot_be_cancelled_any_more(engine: Engine) -> None:
    desk = crowded_day(engine, 1)
    resend_id = send_again(desk).resend_id
    settle(engine, 1, DeliveryState.ACCEPTED, revision=1)
    assert cancel(desk, resend_id) == 0
    with reading(engine) as session:
        progress = read_progress(session, resend_id or 0)
    assert (progress.resend.cancelled_at, progress.sentence.en) == (None, "Over: of 1 reader 1 has it again.")


def test_an_unknown_resend_cannot_be_cancelled(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no resend 9"):
        cancel(desk, 9)


def papers_of(engine: Engine, subscriber_id: int, revision: int) -> list[str] | None:
    with reading(engine) as session:
        statement = (
            select(DigestRow)
            .join(DeliveryRow, col(DeliveryRow.digest_id) == col(DigestRow.id))
            .where(DeliveryRow.subscriber_id == subscriber_id, DeliveryRow.revision == revision)
        )
        row = session.exec(statement).first()
    return row if row is None else [entry["id"] for section in row.sections for entry in section["entries"]]


def test_composed_anew_a_day_has_the_papers_known_now_and_todays_keywords(engine: Engine, desk: Desk) -> None:
    late = make_paper(2, "Quantum walks")
    open_day(desk, announce([make_paper(1, "Reinforcement learning"), late]))
    with transaction(engine) as session:
        set_keywords(session, SubscriberId(1), parse_keywords(["quantum"]))
    requested = send_again(desk, is_recomposed=True)
    assert promised(requested.lines) == {"ann": 1, "bob": 1, "eve": 1}
    assert papers_of(engine, 1, 0) == ["2603.00001"]
    assert papers_of(engine, 1, 1) == ["2603.00002"]
    assert papers_of(engine, 2, 1) == ["2603.00001"]
    assert papers_of(engine, 3, 1) == ["2603.00002"]
    with reading(engine) as session:
        shown = find_row(session, 1, FRIDAY)
    assert shown is not None
    assert shown.occasion == "2026-03-20+1"


def test_whoever_finds_nothing_in_a_day_composed_anew_is_skipped_with_the_reason(engine: Engine, desk: Desk) -> None:
    requested = send_again(desk, is_recomposed=True)
    assert rows(engine)[-1] == (3, 1, "skipped")
    assert papers_of(engine, 3, 1) is None
    with reading(engine) as session:
        progress = read_progress(session, requested.resend_id or 0)
    assert (progress.resend.planned_count, progress.skips) == (3, {"empty": 1})


def test_composed_anew_on_the_next_day_nothing_comes_twice(engine: Engine) -> None:
    """A late paper that Saturday's edition carried is not in Friday's again; one it did not carry is."""
    clock = Hand()
    desk = make_desk(engine, now=clock)
    open_day(desk, announce([make_paper(1, "Robots walk")]))
    ann = add_reader(desk, "ann@example.org", "robots")
    compose_edition(desk, FRIDAY, message_id=message_id)
    accept_mail(desk)
    clock.instant += timedelta(days=3)
    monday = FRIDAY + timedelta(days=3)
    open_day(desk, announce([make_paper(1, "Robots walk"), make_paper(2, "Robots run")]))
    open_day(desk, announce([make_paper(3, "Robots swim")], listed_on=monday))
    compose_edition(desk, monday, message_id=message_id)
    settle(engine, ann.id, DeliveryState.ACCEPTED)
    send_again(desk, is_recomposed=True)
    assert papers_of(engine, ann.id, 1) == ["2603.00001"]
    with reading(engine) as session:
        row = find_row(session, ann.id, monday)
    assert row is not None
    assert [entry["id"] for section in row.sections for entry in section["entries"]] == ["2603.00003", "2603.00002"]


def test_what_a_day_composed_anew_brought_does_not_come_later_again(engine: Engine) -> None:
    clock = Hand()
    desk = make_desk(engine, now=clock)
    open_day(desk, announce([make_paper(1, "Robots walk")]))
    ann = add_reader(desk, "ann@example.org", "robots")
    compose_edition(desk, FRIDAY, message_id=message_id)
    settle(engine, ann.id, DeliveryState.ACCEPTED)
    clock.instant += timedelta(hours=3)
    open_day(desk, announce([make_paper(1, "Robots walk"), make_paper(2, "Robots run")]))
    send_again(desk, is_recomposed=True)
    assert papers_of(engine, ann.id, 1) == ["2603.00001", "2603.00002"]
    clock.instant += timedelta(days=3)
    monday = FRIDAY + timedelta(days=3)
    open_day(desk, announce([(make_paper(2, "Robots run"), AnnouncementKind.CROSS)], listed_on=monday))
    compose_edition(desk, monday, message_id=message_id)
    with reading(engine) as session:
        row = find_row(session, ann.id, monday)
    assert row is not None
    assert row.paper_count == 0


@contextmanager
def counted(engine: Engine) -> Any:
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("work", [lambda desk: plan_resend(desk, ASKED), send_again])
def test_the_statements_do_not_grow_with_the_readers_of_a_chunk(engine: Engine, work: Callable[[Desk], object]) -> None:
    numbers = []
    desk = crowded_day(engine, 3)
    for newcomers in (0, 40):
        for number in range(newcomers):
            add_reader(desk, f"more{number}@example.org", "reinforcement learning", preferences=Preferences())
        compose_edition(desk, FRIDAY, message_id=message_id)
        with transaction(engine) as session:
            session.connection().exec_driver_sql("UPDATE delivery SET state = 'accepted'")
        with counted(engine) as seen:
            work(desk)
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] < 20
