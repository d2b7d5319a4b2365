"""A day is sent again to those who should get it, once, and a dry run says to whom."""

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select, update

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.resend import ResendLine, resend_day
from newsletter.errors import NotFoundError
from newsletter.subscribers.store import unsubscribe
from newsletter.subscribers.subscriber import SubscriberId
from tests.factories import FRIDAY, MORNING, add_reader, announce, make_desk, make_paper, message_id, open_day


@pytest.fixture
def desk(engine: Engine) -> Desk:
    """A composed day of three readers: one accepted, one failed, one with nothing to read."""
    found = make_desk(engine)
    open_day(found, announce([make_paper(1, "Reinforcement learning")]))
    for name, keyword in (("ann", "reinforcement learning"), ("bob", "reinforcement learning"), ("eve", "quantum")):
        add_reader(found, f"{name}@example.org", keyword)
    compose_edition(found, FRIDAY, message_id=message_id)
    settle(engine, 1, DeliveryState.ACCEPTED)
    settle(engine, 2, DeliveryState.FAILED)
    return found


def settle(engine: Engine, subscriber_id: int, state: DeliveryState, revision: int = 0) -> None:
    """Put a delivery into a state as dispatch would leave it."""
    statement = update(DeliveryRow).where(
        col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.revision) == revision
    )
    with transaction(engine) as session:
        session.connection().execute(statement.values(state=state.value))


def again(lines: list[ResendLine]) -> dict[str, int]:
    return {line.email.partition("@")[0]: line.revision for line in lines if line.revision is not None}


def rows(engine: Engine) -> list[tuple[int, int, str]]:
    with reading(engine) as session:
        statement = select(DeliveryRow.subscriber_id, DeliveryRow.revision, DeliveryRow.state)
        return sorted((reader, revision, state) for reader, revision, state in session.exec(statement))


def test_a_dry_run_says_who_and_why_and_queues_nothing(engine: Engine, desk: Desk) -> None:
    before = rows(engine)
    lines = resend_day(desk, FRIDAY, message_id=message_id, dry_run=True)
    assert again(lines) == {"ann": 1, "bob": 1}
    assert [line.reason for line in lines] == [
        "the last one is accepted",
        "the last one is failed",
        "was skipped: empty",
    ]
    assert rows(engine) == before


def test_the_dry_run_names_exactly_those_who_get_it(engine: Engine, desk: Desk) -> None:
    promised = resend_day(desk, FRIDAY, message_id=message_id, dry_run=True)
    assert resend_day(desk, FRIDAY, message_id=message_id) == promised
    assert rows(engine) == [
        (1, 0, "accepted"),
        (1, 1, "queued"),
        (2, 0, "failed"),
        (2, 1, "queued"),
        (3, 0, "skipped"),
    ]


def test_doing_it_twice_queues_nothing_twice(engine: Engine, desk: Desk) -> None:
    resend_day(desk, FRIDAY, message_id=message_id)
    after = rows(engine)
    assert again(resend_day(desk, FRIDAY, message_id=message_id)) == {}
    for reader in (1, 2):
        settle(engine, reader, DeliveryState.ACCEPTED, revision=1)
    assert again(resend_day(desk, FRIDAY, message_id=message_id)) == {}
    assert len(rows(engine)) == len(after)


def test_an_operator_who_means_it_can_send_once_more(engine: Engine, desk: Desk) -> None:
    resend_day(desk, FRIDAY, message_id=message_id)
    settle(engine, 1, DeliveryState.ACCEPTED, revision=1)
    settle(engine, 2, DeliveryState.ACCEPTED, revision=1)
    assert again(resend_day(desk, FRIDAY, message_id=message_id, to=[1], again=True)) == {"ann": 2}


def test_only_those_who_missed_it_get_it_if_asked(engine: Engine, desk: Desk) -> None:
    assert again(resend_day(desk, FRIDAY, message_id=message_id, only_missing=True)) == {"bob": 1}
    assert again(resend_day(desk, FRIDAY, message_id=message_id, only_missing=True)) == {}
    settle(engine, 2, DeliveryState.FAILED, revision=1)
    assert again(resend_day(desk, FRIDAY, message_id=message_id, only_missing=True)) == {"bob": 2}


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED])
def test_a_mail_that_is_still_on_its_way_is_not_doubled(engine: Engine, desk: Desk, state: DeliveryState) -> None:
    settle(engine, 2, state)
    assert "bob" not in again(resend_day(desk, FRIDAY, message_id=message_id))


def test_whoever_has_left_gets_nothing(engine: Engine, desk: Desk) -> None:
    with transaction(engine) as session:
        unsubscribe(session, SubscriberId(2), at=MORNING)
    assert again(resend_day(desk, FRIDAY, message_id=message_id)) == {"ann": 1}


def test_it_can_be_narrowed_to_one_reader(desk: Desk) -> None:
    assert again(resend_day(desk, FRIDAY, message_id=message_id, to=[2])) == {"bob": 1}


def test_an_unknown_day_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no edition"):
        resend_day(desk, FRIDAY.replace(day=19), message_id=message_id)
