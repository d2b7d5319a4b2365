"""A day to send again: Friday's edition and its readers, whose deliveries are put into any state."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select, update

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.resend.conduct import Requested, queue_resend, request_resend
from newsletter.editions.resend.plan import ResendLine, ResendRequest
from tests.factories import FRIDAY, add_reader, announce, make_desk, make_paper, message_id, open_day

BY = "a test"


def composed_day(engine: Engine) -> Desk:
    """A composed day of three readers: one accepted, one failed, one with nothing to read."""
    desk = make_desk(engine)
    open_day(desk, announce([make_paper(1, "Reinforcement learning")]))
    for name, keyword in (("ann", "reinforcement learning"), ("bob", "reinforcement learning"), ("eve", "quantum")):
        add_reader(desk, f"{name}@example.org", keyword)
    compose_edition(desk, FRIDAY, message_id=message_id)
    settle(engine, 1, DeliveryState.ACCEPTED)
    settle(engine, 2, DeliveryState.FAILED)
    return desk


def crowded_day(engine: Engine, readers: int) -> Desk:
    """A composed day whose readers all have their mail."""
    desk = make_desk(engine)
    open_day(desk, announce([make_paper(1, "Reinforcement learning")]))
    for number in range(readers):
        add_reader(desk, f"reader{number}@example.org", "reinforcement learning")
    compose_edition(desk, FRIDAY, message_id=message_id)
    with transaction(engine) as session:
        session.connection().execute(update(DeliveryRow).values(state=DeliveryState.ACCEPTED.value))
    return desk


def settle(engine: Engine, subscriber_id: int, state: DeliveryState, revision: int = 0, **values: Any) -> None:
    """Put a delivery into a state as dispatch would leave it."""
    statement = update(DeliveryRow).where(
        col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.revision) == revision
    )
    with transaction(engine) as session:
        session.connection().execute(statement.values(state=state.value, **values))


def send_again(desk: Desk, edition_on: date = FRIDAY, **asked: Any) -> Requested:
    """Request a resend and queue it whole, after what an earlier one has left."""
    request = ResendRequest(edition_on=edition_on, **asked)
    while (requested := request_resend(desk, request, by=BY)).unfinished is not None:
        queue_resend(desk, requested.unfinished, message_id=message_id)
    if requested.resend_id is not None:
        queue_resend(desk, requested.resend_id, message_id=message_id)
    return requested


def promised(lines: Sequence[ResendLine]) -> dict[str, int]:
    """Return the new revision of each reader who gets one, by the name in their address."""
    return {line.email.partition("@")[0]: line.revision for line in lines if line.revision is not None}


def rows(engine: Engine) -> list[tuple[int, int, str]]:
    """Return (subscriber, revision, state) of every delivery."""
    with reading(engine) as session:
        statement = select(DeliveryRow.subscriber_id, DeliveryRow.revision, DeliveryRow.state)
        return sorted((reader, revision, state) for reader, revision, state in session.exec(statement))
