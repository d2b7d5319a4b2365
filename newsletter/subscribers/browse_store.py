"""Readers for whoever looks through all of them."""

from sqlmodel import Session, col, func, select

from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tables import SubscriberRow


def list_ids_after(session: Session, after: int, *, consent: Consent | None, limit: int) -> list[int]:
    """Return readers' ids in the order they came, from those after an id on; operators are none."""
    statement = select(SubscriberRow.id).where(
        col(SubscriberRow.id) > after, SubscriberRow.consent != Consent.OPERATOR.value
    )
    if consent is not None:
        statement = statement.where(SubscriberRow.consent == consent.value)
    ordered = statement.order_by(col(SubscriberRow.id)).limit(limit)
    return [found for found in session.exec(ordered) if found is not None]


def count_consents(session: Session) -> dict[Consent, int]:
    """Return how many readers have given each consent; operators are none."""
    statement = select(SubscriberRow.consent, func.count()).group_by(col(SubscriberRow.consent))
    found = dict(session.exec(statement).all())
    return {consent: found.get(consent.value, 0) for consent in Consent if consent is not Consent.OPERATOR}
