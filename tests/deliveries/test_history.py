"""A reader's own past: what became of each mail, what is held about them, and a pause that takes effect at once."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.export import export_reader
from newsletter.deliveries.history import PastMail, list_history, say_fate
from newsletter.deliveries.messages import Message
from newsletter.deliveries.pausing import take_back
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.editions.desk import Desk
from newsletter.papers.calendar import announced_at
from newsletter.subscribers.subscriber import Preferences, Subscriber
from tests.editions.test_unread import publish
from tests.factories import Hand, add_reader, make_desk

THURSDAY, FRIDAY = date(2026, 3, 19), date(2026, 3, 20)
MAIL = PastMail(
    message=Message.DIGEST,
    edition_on=FRIDAY,
    is_sample=False,
    state=DeliveryState.ACCEPTED,
    reason=None,
    due_at=announced_at(FRIDAY),
    accepted_at=announced_at(FRIDAY),
    paper_count=3,
    since_on=None,
    folded_on=None,
)


@pytest.fixture
def desk(engine: Engine) -> Desk:
    return make_desk(engine, now=Hand(announced_at(THURSDAY)))


@pytest.fixture
def ann(desk: Desk) -> Subscriber:
    return add_reader(desk, "ann@example.org", "robot", preferences=Preferences(paused_until=None))


def state_of(desk: Desk, on: date) -> tuple[str, str | None]:
    with reading(desk.database) as session:
        row = session.exec(select(DeliveryRow).where(DeliveryRow.edition_on == on)).one()
    return row.state, row.reason


def test_the_history_has_the_newest_day_first_and_goes_on_from_a_day(desk: Desk, ann: Subscriber) -> None:
    add_reader(desk, "bob@example.org", "robot")
    publish(desk, THURSDAY, 1)
    publish(desk, FRIDAY, 2, 3)
    with reading(desk.database) as session:
        every = list_history(session, ann.id, limit=10)
        older = list_history(session, ann.id, limit=10, before=FRIDAY)
    assert [(mail.edition_on, mail.paper_count, mail.state) for mail in every] == [
        (FRIDAY, 2, "accepted"),
        (THURSDAY, 1, "accepted"),
    ]
    assert older == every[1:]


def test_of_a_mail_that_was_sent_again_the_last_sending_is_told(desk: Desk, ann: Subscriber) -> None:
    publish(desk, FRIDAY, 1)
    with transaction(desk.database) as session:
        first = session.exec(select(DeliveryRow)).one()
        values = first.model_dump(exclude={"id", "revision", "message_id", "state"})
        session.add(DeliveryRow(**values, revision=1, message_id="<again@example.org>", state="queued"))
    with reading(desk.database) as session:
        [mail] = list_history(session, ann.id, limit=10)
    assert mail.state is DeliveryState.QUEUED


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_is_told_in_both_languages(state: DeliveryState) -> None:
    words = say_fate(replace(MAIL, state=state))
    assert words.en
    assert words.zh


@pytest.mark.parametrize("reason", list(SkipReason))
def test_every_reason_for_no_mail_is_told_in_both_languages(reason: SkipReason) -> None:
    words = say_fate(replace(MAIL, state=DeliveryState.SKIPPED, reason=reason.value))
    assert words.en != "no mail"
    assert words.zh != "未发信"


def test_what_came_with_a_later_digest_names_it() -> None:
    failed = replace(MAIL, state=DeliveryState.FAILED, folded_on=FRIDAY)
    assert "its papers came with the digest of Fri 20 Mar" in say_fate(failed).en
    kept = replace(MAIL, state=DeliveryState.SKIPPED, reason="weekly", folded_on=FRIDAY)
    assert say_fate(kept).zh == "已随3月20日 周五的晨报送达"


@pytest.mark.parametrize("state", ["queued", "deferred"])
def test_a_pause_takes_back_what_waits_and_nothing_else(desk: Desk, ann: Subscriber, state: str) -> None:
    publish(desk, THURSDAY, 1)
    publish(desk, FRIDAY, 2, failing=[ann], state=state)
    with transaction(desk.database) as session:
        waiting = update(DeliveryRow).where(col(DeliveryRow.edition_on) == FRIDAY)
        session.connection().execute(waiting.values(state=state))
        assert take_back(session, ann.id, until=FRIDAY, at=desk.now()) == 0
        assert take_back(session, ann.id, until=FRIDAY + timedelta(days=1), at=desk.now()) == 1
    assert state_of(desk, THURSDAY) == ("accepted", None)
    assert state_of(desk, FRIDAY) == ("skipped", "paused")


def test_what_is_just_being_sent_goes_on_when_a_reader_pauses(desk: Desk, ann: Subscriber) -> None:
    publish(desk, FRIDAY, 1, failing=[ann], state="sending")
    with transaction(desk.database) as session:
        assert take_back(session, ann.id, until=FRIDAY + timedelta(days=1), at=desk.now()) == 0
    assert state_of(desk, FRIDAY) == ("sending", None)


def test_the_export_has_everything_of_a_reader_and_nothing_of_others_or_of_mail_servers(
    desk: Desk, ann: Subscriber
) -> None:
    add_reader(desk, "bob@example.org", "robot")
    publish(desk, FRIDAY, 1, failing=[ann])
    with transaction(desk.database) as session:
        theirs = select(DeliveryRow).where(DeliveryRow.subscriber_id == ann.id)
        delivery = session.exec(theirs).one()
        delivery.reason = "550 5.1.1 mx1.secret.example says no"
        session.add(delivery)
        session.add(
            AttemptRow(
                delivery_id=delivery.id or 0,
                started_at=desk.now(),
                duration_seconds=0.5,
                server="relay.secret.example",
                phase="rcpt",
                outcome="failed",
                code=550,
                enhanced_code="5.1.1",
                text="mx1.secret.example says no",
            )
        )
    with reading(desk.database) as session:
        found = export_reader(session, ann.id, at=desk.now())
    text = json.dumps(found)
    assert "secret.example" not in text
    assert "bob@example.org" not in text
    assert (found["format"], found["version"], found["reader"]["email"]) == ("chenbao-reader", 1, "ann@example.org")
    assert found["keywords"] == [{"keyword": "robot", "query": "robot", "is_paused": False}]
    assert found["choices"]["languages"] == "en+zh"
    [delivery_told] = found["deliveries"]
    assert (delivery_told["state"], delivery_told["reason"]) == ("failed", None)
    assert [(attempt["phase"], attempt["code"]) for attempt in delivery_told["attempts"]] == [("rcpt", 550)]
    [digest] = found["digests"]
    assert digest["sections"][0]["entries"][0]["id"] == "2603.00001"
