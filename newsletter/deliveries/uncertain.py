"""Mails of which nobody knows whether they arrived, and an operator's word on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Session, col, func, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import IS_UNCERTAIN, requeue, resolve
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.errors import ConflictError
from newsletter.subscribers.tables import SubscriberRow


class Fate(StrEnum):
    """What became of an uncertain mail after all."""

    ARRIVED = "arrived"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainMail:
    """A mail that may have arrived.

    `server` is the last one we spoke to about it, empty when none is written down; `answer` its last words, if it said any.
    """

    delivery_id: int
    subscriber_id: int
    email: str
    edition_on: date | None
    message: str
    revision: int
    since: datetime
    server: str
    reason: str
    message_id: str
    answer: str


def list_uncertain(session: Session, edition_on: date | None = None) -> list[UncertainMail]:
    """Return the uncertain mails of one day or of all, the longest uncertain first: one statement."""
    last = (
        select(func.max(AttemptRow.id))
        .where(AttemptRow.delivery_id == DeliveryRow.id)
        .correlate(DeliveryRow)
        .scalar_subquery()
    )
    statement = (
        select(DeliveryRow, SubscriberRow.email, AttemptRow)
        .join(SubscriberRow, col(SubscriberRow.id) == DeliveryRow.subscriber_id)
        .outerjoin(AttemptRow, col(AttemptRow.id) == last)
        .where(IS_UNCERTAIN)
        .order_by(col(DeliveryRow.changed_at), col(DeliveryRow.id))
    )
    if edition_on is not None:
        statement = statement.where(DeliveryRow.edition_on == edition_on)
    return [
        UncertainMail(
            delivery_id=row.id or 0,
            subscriber_id=row.subscriber_id,
            email=email,
            edition_on=row.edition_on,
            message=row.message,
            revision=row.revision,
            since=row.changed_at,
            server=attempt.server if attempt else "",
            reason=row.reason or "",
            message_id=row.message_id,
            answer=_say_answer(attempt),
        )
        for row, email, attempt in session.exec(statement)
    ]


def settle(
    session: Session, subscriber_id: int, edition_on: date, fate: Fate, *, message: Message, at: datetime
) -> list[int]:
    """Settle a reader's uncertain mails of a day as an operator decides, and return which; raises ConflictError if none is."""
    statement = select(DeliveryRow.id).where(
        DeliveryRow.subscriber_id == subscriber_id,
        DeliveryRow.edition_on == edition_on,
        DeliveryRow.message == message,
        DeliveryRow.state == DeliveryState.UNCERTAIN,
    )
    ids = [found for found in session.exec(statement) if found is not None]
    if not settle_all(session, ids, fate, at=at):
        raise ConflictError(
            f"No {message} of {edition_on} to this reader is uncertain; `newsletter uncertain` lists those that are."
        )
    return ids


def settle_all(session: Session, delivery_ids: Sequence[int], fate: Fate, *, at: datetime) -> int:
    """Settle those of the deliveries that are uncertain as an operator decides, and return how many."""
    match fate:
        case Fate.ARRIVED:
            return resolve(session, delivery_ids, at=at, reason="an operator says that it arrived")
        case Fate.LOST:
            return requeue(session, delivery_ids, at=at, reason="an operator says that it did not arrive")


def _say_answer(attempt: AttemptRow | None) -> str:
    said = (attempt.code, attempt.enhanced_code, attempt.text) if attempt else ()
    return " ".join(str(part) for part in said if part)
