"""Operators hear of each alarm once, and of a storm of alarms in one mail."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarm_mails import MAILS_AN_HOUR, has_news, load_alarm_notes, queue_alarm_mails, say_kind
from newsletter.deliveries.alarms import AlarmKind, clear_alarm, raise_alarm
from newsletter.deliveries.tables import DeliveryRow
from newsletter.subscribers.store import add_subscriber, confirm, ensure_operators, find_by_email, list_subscribers
from newsletter.subscribers.subscriber import Consent, Preferences
from newsletter.words import Words
from tests.conftest import NOON
from tests.deliveries.world import FakeTransport, World, report, run
from tests.factories import message_id

KIND = AlarmKind.CHANNEL_PAUSED
HOUR = timedelta(hours=1)


def ring(engine: Engine, *subjects: str, at: datetime = NOON) -> None:
    with transaction(engine) as session:
        for subject in subjects:
            raise_alarm(session, KIND, subject, at=at, detail=Words(f"{subject} refuses us.", f"{subject} refuses us."))


def clear(engine: Engine, *subjects: str, at: datetime = NOON) -> None:
    with transaction(engine) as session:
        for subject in subjects:
            clear_alarm(session, KIND, subject, at=at)


def tell(engine: Engine, *, at: datetime = NOON, emails: Sequence[str] = ("ops@example.org",)) -> list[str]:
    with transaction(engine) as session:
        operators = ensure_operators(session, emails, at=at)
        return queue_alarm_mails(session, operators, at=at, message_id=message_id)


def told(engine: Engine, occasion: str) -> list[tuple[str, bool]]:
    with reading(engine) as session:
        return [(note.subject, note.cleared_at is not None) for note in load_alarm_notes(session, [occasion])[occasion]]


def queued(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(DeliveryRow.occasion).order_by(col(DeliveryRow.id))))


def test_each_alarm_is_told_once_and_so_is_its_end(engine: Engine) -> None:
    ring(engine, "gmail.com")
    (begun,) = tell(engine)
    assert tell(engine) == []
    assert told(engine, begun) == [("gmail.com", False)]
    clear(engine, "gmail.com")
    (over,) = tell(engine)
    assert tell(engine) == []
    assert told(engine, over) == [("gmail.com", True)]
    assert told(engine, begun) == [("gmail.com", False)]  # a retry of the first mail says the same
    assert queued(engine) == [begun, over]


def test_every_operator_gets_each_mail(engine: Engine) -> None:
    ring(engine, "gmail.com")
    (occasion,) = tell(engine, emails=("ops@example.org", "OPS@example.org", "ann@example.org"))
    assert queued(engine) == [occasion, occasion]


def test_a_storm_is_one_mail(engine: Engine) -> None:
    subjects = [f"domain{number}.example" for number in range(40)]
    ring(engine, *subjects)
    (occasion,) = tell(engine)
    assert told(engine, occasion) == [(subject, False) for subject in subjects]


def test_no_more_than_six_mails_an_hour_and_then_one_about_the_rest(engine: Engine) -> None:
    for number in range(10):
        ring(engine, f"domain{number}.example", at=NOON + timedelta(minutes=number))
        tell(engine, at=NOON + timedelta(minutes=number))
    assert len(queued(engine)) == MAILS_AN_HOUR
    clear(engine, "domain9.example", at=NOON + HOUR)
    rest = [occasion for minute in range(3) for occasion in tell(engine, at=NOON + HOUR + timedelta(minutes=minute))]
    assert [line for occasion in rest for line in told(engine, occasion)] == [
        ("domain6.example", False),
        ("domain7.example", False),
        ("domain8.example", False),
        ("domain9.example", True),
    ]
    assert len(rest) == 1


def test_nobody_is_told_of_what_was_over_before_there_was_somebody_to_tell(engine: Engine) -> None:
    ring(engine, "old.example", "open.example")
    clear(engine, "old.example")
    assert tell(engine, emails=()) == []
    (occasion,) = tell(engine, at=NOON + timedelta(days=2))
    assert told(engine, occasion) == [("open.example", False)]


def test_of_many_who_tell_at_once_one_does(engine: Engine) -> None:
    ring(engine, "gmail.com")
    tell(engine, emails=("ops@example.org",), at=NOON - timedelta(days=1))
    ring(engine, "qq.com")
    together, found = threading.Barrier(4), []

    def work() -> None:
        together.wait()
        found.extend(tell(engine))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    with reading(engine) as session:
        assert not has_news(session, at=NOON)


@pytest.mark.parametrize("consent", Consent)
def test_alarms_go_to_an_operators_address_whatever_its_owner_agreed_to(world: World, consent: Consent) -> None:
    world.add_readers(["ops"], consent)
    ring(world.database, "gmail.com", at=world.time)
    tell(world.database, at=world.time)
    assert run(world, FakeTransport()) == report(accepted=1)


def test_a_stopped_address_gets_no_alarm(world: World) -> None:
    ring(world.database, "gmail.com", at=world.time)
    tell(world.database, at=world.time)
    world.suppress("ops")
    assert run(world, FakeTransport()) == report(skipped=1)


def test_an_operator_is_no_reader_until_they_sign_up(engine: Engine) -> None:
    with transaction(engine) as session:
        (operator,) = ensure_operators(session, ["Ops@example.org"], at=NOON)
        assert find_by_email(session, "ops@example.org") is None
        assert list_subscribers(session) == []
        reader = add_subscriber(
            session, "ops@example.org", subscriptions=[], preferences=Preferences(hour=7), created_at=NOON + HOUR
        )
        assert (reader.id, reader.consent, reader.preferences.hour) == (operator, Consent.PENDING, 7)
        assert reader.created_at == NOON + HOUR
        confirm(session, reader.id, at=NOON)
        assert ensure_operators(session, ["ops@example.org"], at=NOON) == [reader.id]
        assert [found.consent for found in list_subscribers(session)] == [Consent.CONFIRMED]


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_has_words_in_both_languages(kind: AlarmKind) -> None:
    words = say_kind(kind)
    assert words.en.isascii()
    assert not words.zh.isascii()
