"""Mails counted by day: each reader's latest revision, from an index alone."""

from datetime import date, timedelta

from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow, ResendRow
from newsletter.deliveries.tally import Course, count_by_day, measure_dispatch
from tests.factories import FRIDAY, MORNING, add_reader, make_desk, message_id

THURSDAY = FRIDAY - timedelta(days=1)


def add(engine: Engine, reader: int, state: str, *, on: date = FRIDAY, revision: int = 0, minutes: int = 0) -> None:
    at = MORNING + timedelta(minutes=minutes)
    row = DeliveryRow(
        subscriber_id=reader,
        message="digest",
        occasion=str(on),
        revision=revision,
        edition_on=on,
        message_id=message_id(reader, "digest", str(on), revision),
        state=state,
        due_at=at,
        resend_id=1 if revision else None,
        created_at=at,
        changed_at=at,
        accepted_at=at if state == "accepted" else None,
    )
    with transaction(engine) as session:
        session.add(row)
        if revision:
            session.merge(resend(on, number=1))


def resend(on: date, *, number: int | None = None) -> ResendRow:
    return ResendRow(
        id=number,
        edition_on=on,
        message="digest",
        occasion=str(on),
        audience="all",
        is_recomposed=False,
        planned_count=1,
        plan=None,
        requested_at=MORNING,
        requested_by="a test",
    )


def readers(engine: Engine, count: int) -> list[int]:
    desk = make_desk(engine)
    return [add_reader(desk, f"reader{number}@example.org", "robot").id for number in range(count)]


def test_each_day_counts_its_mails_by_state_and_days_without_mail_are_left_out(engine: Engine) -> None:
    ann, bo = readers(engine, 2)
    add(engine, ann, "accepted")
    add(engine, bo, "deferred")
    add(engine, ann, "accepted", on=THURSDAY)
    with reading(engine) as session:
        assert count_by_day(session, [THURSDAY, FRIDAY]) == {
            FRIDAY: {DeliveryState.ACCEPTED: 1, DeliveryState.DEFERRED: 1},
            THURSDAY: {DeliveryState.ACCEPTED: 1},
        }
        assert list(count_by_day(session, [FRIDAY])) == [FRIDAY]


def test_what_was_sent_again_counts_once_by_its_latest_revision(engine: Engine) -> None:
    (ann,) = readers(engine, 1)
    add(engine, ann, "failed")
    add(engine, ann, "failed", revision=1)
    add(engine, ann, "accepted", revision=2)
    with reading(engine) as session:
        assert count_by_day(session, [FRIDAY]) == {FRIDAY: {DeliveryState.ACCEPTED: 1}}


def test_a_days_dispatch_has_a_beginning_an_end_and_what_is_open(engine: Engine) -> None:
    ann, bo, cy = readers(engine, 3)
    with reading(engine) as session:
        assert measure_dispatch(session, FRIDAY) == Course(first_at=None, last_at=None, open_count=0)
    add(engine, ann, "accepted", minutes=1)
    add(engine, bo, "accepted", minutes=4)
    add(engine, cy, "deferred")
    with reading(engine) as session:
        assert measure_dispatch(session, FRIDAY) == Course(
            first_at=MORNING + timedelta(minutes=1), last_at=MORNING + timedelta(minutes=4), open_count=1
        )
