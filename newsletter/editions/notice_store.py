"""Who is to be told that there is no list today, and which of these notices still wait."""

from datetime import date

from sqlmodel import Session, col, exists, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import Event, sources_of
from newsletter.deliveries.store import IS_OPEN, is_in
from newsletter.deliveries.tables import DeliveryRow
from newsletter.subscribers.subscriber import WEEKDAYS, Consent
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow


def list_untold_ids(session: Session, occasion: str, listed_on: date) -> list[int]:
    """Return the confirmed readers who want mail on days without papers and on this weekday, and have no such notice yet.

    Those whose address is suppressed are left out, and so are those who paused their mail or have one a week. It is asked
    once a minute while there is no list, so that nobody is read who has been told already, or is not to be.
    """
    is_told = exists().where(
        col(DeliveryRow.subscriber_id) == col(SubscriberRow.id),
        col(DeliveryRow.message) == Message.NOTICE,
        col(DeliveryRow.occasion) == occasion,
    )
    is_suppressed = exists().where(col(SuppressionRow.address_key) == col(SubscriberRow.address_key))
    statement = select(SubscriberRow.id).where(
        SubscriberRow.consent == Consent.CONFIRMED,
        col(SubscriberRow.wants_empty_mail).is_(True),
        col(SubscriberRow.weekdays).contains(WEEKDAYS[listed_on.weekday()]),
        col(SubscriberRow.weekly_on).is_(None),
        col(SubscriberRow.paused_until).is_(None) | (col(SubscriberRow.paused_until) <= listed_on),
        ~is_told,
        ~is_suppressed,
    )
    return [found for found in session.exec(statement.order_by(col(SubscriberRow.id))) if found is not None]


def list_waiting_ids(session: Session, listed_on: date) -> list[int]:
    """Return the notices of a day that have not gone out and are not just going."""
    statement = select(DeliveryRow.id).where(
        IS_OPEN,
        is_in(sources_of(Event.SKIP)),
        DeliveryRow.message == Message.NOTICE,
        DeliveryRow.edition_on == listed_on,
    )
    return [found for found in session.exec(statement) if found is not None]
