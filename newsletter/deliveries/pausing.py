"""A reader wants no mail for a while: what waits for them is taken back at once."""

from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col

from newsletter.deliveries.history import OF_EDITIONS
from newsletter.deliveries.states import Event, SkipReason, sources_of, target_of
from newsletter.deliveries.store import IS_OPEN, count, is_in
from newsletter.deliveries.tables import DeliveryRow


def take_back(session: Session, subscriber_id: int, *, until: date, at: datetime) -> int:
    """Skip a reader's waiting mails of editions before a day, as paused; returns how many. What is being sent goes on."""
    statement = update(DeliveryRow).where(
        IS_OPEN,
        is_in(sources_of(Event.SKIP)),
        col(DeliveryRow.subscriber_id) == subscriber_id,
        col(DeliveryRow.message).in_([message.value for message in OF_EDITIONS]),
        col(DeliveryRow.edition_on) < until,
    )
    values = {"state": target_of(Event.SKIP).value, "reason": SkipReason.PAUSED.value, "next_attempt_at": None}
    return count(session, statement.values(values | {"changed_at": at}))
