"""Deliveries for whoever looks around: a reader's, and those of a day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import is_latest
from newsletter.deliveries.tables import DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDelivery:
    """A delivery as lists show it; `revision` is 0 for the first sending and n for the n-th resend."""

    id: int
    subscriber_id: int
    message: Message
    edition_on: date | None
    revision: int
    state: DeliveryState
    reason: str | None
    due_at: datetime
    next_attempt_at: datetime | None
    attempt_count: int
    created_at: datetime
    accepted_at: datetime | None


def list_of_reader(session: Session, subscriber_id: int, *, before: int | None, limit: int) -> list[ListedDelivery]:
    """Return a reader's deliveries, the newest first, from those before an id on; alarms are the operators' affair."""
    statement = select(DeliveryRow).where(
        DeliveryRow.subscriber_id == subscriber_id, DeliveryRow.message != Message.ALARM.value
    )
    if before is not None:
        statement = statement.where(col(DeliveryRow.id) < before)
    return [_listed(row) for row in session.exec(statement.order_by(col(DeliveryRow.id).desc()).limit(limit))]


def list_of_edition(
    session: Session,
    edition_on: date,
    *,
    message: Message,
    state: DeliveryState | None,
    after: int | None,
    limit: int,
) -> list[ListedDelivery]:
    """Return the latest delivery of each reader of an edition, by id, from those after an id on."""
    statement = select(DeliveryRow).where(
        DeliveryRow.edition_on == edition_on, DeliveryRow.message == message.value, is_latest()
    )
    if state is not None:
        statement = statement.where(DeliveryRow.state == state.value)
    if after is not None:
        statement = statement.where(col(DeliveryRow.id) > after)
    return [_listed(row) for row in session.exec(statement.order_by(col(DeliveryRow.id)).limit(limit))]


def _listed(row: DeliveryRow) -> ListedDelivery:
    return ListedDelivery(
        id=row.id or 0,
        subscriber_id=row.subscriber_id,
        message=Message(row.message),
        edition_on=row.edition_on,
        revision=row.revision,
        state=DeliveryState(row.state),
        reason=row.reason,
        due_at=row.due_at,
        next_attempt_at=row.next_attempt_at,
        attempt_count=row.attempt_count,
        created_at=row.created_at,
        accepted_at=row.accepted_at,
    )
