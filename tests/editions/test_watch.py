"""What lasts too long becomes an alarm, and what is over clears it, without anybody remembering anything."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, update

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import list_open_alarms
from newsletter.deliveries.claims import PARKED
from newsletter.deliveries.flood import FloodGate
from newsletter.deliveries.store import queue_deliveries
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.desk import Desk
from newsletter.editions.watch import watch
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Judgement
from tests.deliveries.world import delivery
from tests.factories import FRIDAY, Hand, add_reader, judge_list, make_desk

GATE = FloodGate(secret_key="a secret of the tests", mails_a_day=2)
NEXT_MORNING = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)


def deadline(listed_on: date) -> datetime:
    return announced_at(listed_on) + timedelta(hours=10)


def look(desk: Desk, *, retry_after: timedelta | None = None) -> list[tuple[str, str]]:
    watch(desk, deadline=deadline, gate=GATE, retry_after=retry_after)
    with reading(desk.database) as session:
        return [(alarm.kind, alarm.subject) for alarm in list_open_alarms(session)]


def settle(session: Session, state: str, *, at: datetime, reason: str | None = None) -> None:
    values = {"state": state, "changed_at": at, "reason": reason}
    session.connection().execute(update(DeliveryRow).values(values))


def test_lists_that_are_not_whole_when_patience_ends_are_an_alarm_until_they_are(engine: Engine) -> None:
    clock = Hand()
    desk = make_desk(engine, now=clock)
    judge_list(desk, Judgement.LATE)
    assert look(desk) == []
    clock.instant = NEXT_MORNING
    assert look(desk) == [("collection-trouble", str(FRIDAY))]
    assert look(desk) == [("collection-trouble", str(FRIDAY))]
    judge_list(desk, Judgement.COMPLETE)
    assert look(desk) == []


def test_a_day_that_nobody_has_asked_about_is_no_alarm(engine: Engine) -> None:
    assert look(make_desk(engine, now=Hand(NEXT_MORNING))) == []


def test_old_trouble_ends_by_itself(engine: Engine) -> None:
    clock = Hand()
    desk = make_desk(engine, now=clock)
    judge_list(desk, Judgement.ERROR)
    clock.instant = NEXT_MORNING
    look(desk)
    clock.instant += timedelta(days=7)
    assert look(desk) == []


def test_uncertain_mails_wait_for_a_decision_unless_the_policy_decides(engine: Engine) -> None:
    clock = Hand()
    desk = make_desk(engine, now=clock)
    reader = add_reader(desk, "ann@example.org", "robots")
    with transaction(engine) as session:
        queue_deliveries(session, [delivery(reader.id, "ann")], at=clock())
        settle(session, "uncertain", at=clock())
    clock.instant += timedelta(minutes=10)
    assert look(desk) == []
    clock.instant += timedelta(minutes=10)
    assert look(desk, retry_after=timedelta(hours=6)) == []
    assert look(desk) == [("uncertain-waiting", str(FRIDAY))]
    with transaction(engine) as session:  # sent again: what became of the first copy matters no more
        queue_deliveries(session, [delivery(reader.id, "ann", revision=1)], at=clock())
    assert look(desk) == []


def test_parked_deliveries_are_an_alarm_until_they_are_sent_again(engine: Engine) -> None:
    clock = Hand()
    desk = make_desk(engine, now=clock)
    reader = add_reader(desk, "ann@example.org", "robots")
    with transaction(engine) as session:
        queue_deliveries(session, [delivery(reader.id, "ann")], at=clock())
        settle(session, "failed", at=clock(), reason="550 no such user")
    assert look(desk) == []
    with transaction(engine) as session:
        settle(session, "failed", at=clock(), reason=PARKED)
    assert look(desk) == [("delivery-parked", str(FRIDAY))]
    with transaction(engine) as session:
        queue_deliveries(session, [replace(delivery(reader.id, "ann"), revision=1, message_id="<2@x>")], at=clock())
    assert look(desk) == []


def test_a_flood_is_over_a_day_later(engine: Engine) -> None:
    clock = Hand()
    desk = make_desk(engine, now=clock)
    with transaction(engine) as session:
        for name in ("ann", "bob"):
            GATE.admit_mail(session, "confirm", f"{name}@example.org", at=clock())
    assert look(desk) == [("sign-up-flood", "website")]
    clock.instant += timedelta(days=1)
    assert look(desk) == []
