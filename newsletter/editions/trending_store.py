"""Who still waits for trending papers in a mail of their own."""

from sqlmodel import Session, col, exists, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.tables import DeliveryRow
from newsletter.subscribers.subscriber import Consent, Trending
from newsletter.subscribers.tables import SubscriberRow


def has_unserved_readers(session: Session, occasion: str) -> bool:
    """Tell whether a confirmed reader who wants such a mail has no delivery for this occasion."""
    is_served = exists().where(
        col(DeliveryRow.subscriber_id) == col(SubscriberRow.id),
        col(DeliveryRow.message) == Message.TRENDING,
        col(DeliveryRow.occasion) == occasion,
    )
    statement = select(SubscriberRow.id).where(
        SubscriberRow.consent == Consent.CONFIRMED,
        SubscriberRow.trending != Trending.NONE,
        col(SubscriberRow.is_trending_apart).is_(True),
        ~is_served,
    )
    return session.exec(statement.limit(1)).first() is not None
