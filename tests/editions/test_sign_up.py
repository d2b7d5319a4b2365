"""Nobody gets mail who has not agreed, and the form tells a stranger nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.flood import FloodGate
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.desk import Desk
from newsletter.editions.sign_up import parse_keywords, sign_up, subscribe
from newsletter.errors import AddressError, ConflictError, InputError, QuerySyntaxError
from newsletter.subscribers.store import find_by_email, list_subscribers, unsubscribe
from newsletter.subscribers.subscriber import Consent, Density, Preferences, Subscriber
from newsletter.subscribers.suppression_store import suppress
from tests.factories import MORNING, Hand, add_reader, make_desk, message_id


def ask(
    desk: Desk, email: str = "ann@example.org", *keywords: str, preferences: Preferences | None = None
) -> int | None:
    typed = keywords or ("reinforcement learning",)
    gate = FloodGate(secret_key="a secret of the tests", mails_a_day=500)
    return sign_up(desk, email, typed, preferences or Preferences(), message_id=message_id, gate=gate)


def reader(engine: Engine, email: str = "ann@example.org") -> Subscriber:
    with reading(engine) as session:
        found = find_by_email(session, email)
    assert found is not None
    return found


def letters(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(row.message, row.state) for row in session.exec(select(DeliveryRow))]


def test_a_stranger_is_asked_to_confirm(engine: Engine) -> None:
    assert ask(make_desk(engine)) is not None
    assert reader(engine).consent is Consent.PENDING
    assert letters(engine) == [("confirm", "queued")]


def test_an_address_gets_one_confirmation_a_day_however_often_the_form_is_sent(engine: Engine) -> None:
    now = Hand()
    desk = make_desk(engine, now=now)
    for _ in range(5):
        ask(desk)
    assert len(letters(engine)) == 1
    now.instant += timedelta(days=1)
    assert ask(desk) is not None
    assert len(letters(engine)) == 2


def test_whoever_has_not_confirmed_may_change_their_mind_about_keywords(engine: Engine) -> None:
    desk = make_desk(engine)
    ask(desk)
    ask(desk, "ANN@example.org", "graphs", preferences=Preferences(density=Density.TITLES))
    assert [item.keyword for item in reader(engine).subscriptions] == ["graphs"]
    assert reader(engine).preferences.density is Density.TITLES


def test_the_form_changes_nothing_of_a_confirmed_reader(engine: Engine) -> None:
    desk = make_desk(engine)
    before = add_reader(desk, "ann@example.org", "graphs")
    assert ask(desk, "ann@example.org", "spam") is None
    assert reader(engine) == before
    assert letters(engine) == []


def test_whoever_left_can_come_back_by_confirming(engine: Engine) -> None:
    desk = make_desk(engine)
    gone = add_reader(desk, "ann@example.org", "graphs")
    with transaction(engine) as session:
        unsubscribe(session, gone.id, at=MORNING)
    assert ask(desk) is not None
    assert reader(engine).consent is Consent.PENDING


def test_a_suppressed_address_is_left_alone_in_silence(engine: Engine) -> None:
    desk = make_desk(engine)
    with transaction(engine) as session:
        suppress(session, "ann@example.org", reason="complaint", at=MORNING)
    assert ask(desk) is None
    with reading(engine) as session:
        assert list_subscribers(session) == []


@pytest.mark.parametrize(
    ("email", "keyword", "error"),
    [
        ("nobody", "graphs", AddressError),
        ("ann@example.org", '"open', QuerySyntaxError),
        ("ann@example.org", "   ", InputError),
    ],
)
def test_bad_input_is_refused_and_nothing_is_stored(
    engine: Engine, email: str, keyword: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(make_desk(engine), email, keyword)
    with reading(engine) as session:
        assert list_subscribers(session) == []
    assert letters(engine) == []


def test_an_operator_may_vouch_for_a_reader(engine: Engine) -> None:
    desk = make_desk(engine)
    added, delivery = subscribe(
        desk, "ann@example.org", ["graphs"], Preferences(), message_id=message_id, name="Ann", is_confirmed=True
    )
    assert (added.consent, delivery, letters(engine)) == (Consent.CONFIRMED, None, [])
    with pytest.raises(ConflictError, match="already"):
        subscribe(desk, "Ann@example.org", ["trees"], Preferences(), message_id=message_id)


def test_keywords_are_kept_as_typed_beside_their_query() -> None:
    found = parse_keywords(["  Reinforcement   Learning ", "", "cat:cs.RO AND (walk OR run)"])
    assert [item.keyword for item in found] == ["Reinforcement   Learning", "cat:cs.RO AND (walk OR run)"]
    assert all(parse_keywords([item.query])[0].query == item.query for item in found)
