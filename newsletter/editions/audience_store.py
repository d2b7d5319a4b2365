"""What readers without a delivery ask for, in the database."""

from collections.abc import Iterator

from sqlalchemy import and_, exists, select
from sqlmodel import Session, col

from newsletter.deliveries.tables import DeliveryRow
from newsletter.subscribers.rows import CHOICES, make_preferences
from newsletter.subscribers.subscriber import Consent, Preferences, Trending
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow, SuppressionRow

ROWS_AT_ONCE = 5000
_USUAL = {"density": "full", "timezone": "UTC", "hour": None, "wants_empty_mail": False}
"""The choices that decide nothing about papers, as every demand has them: so there are few distinct ones."""


def iterate_demands(
    session: Session, *, message: str, occasion: str, trending_apart: bool
) -> Iterator[tuple[Preferences, str | None]]:
    """Yield the distinct (choices, query) of confirmed readers without such a delivery; a reader may have no query.

    With `trending_apart` only of those who want trending papers in a mail of their own.
    """
    deciding = [column for column in CHOICES if column.name not in _USUAL]
    is_served = exists().where(
        col(DeliveryRow.subscriber_id) == col(SubscriberRow.id),
        col(DeliveryRow.message) == message,
        col(DeliveryRow.occasion) == occasion,
    )
    is_theirs = and_(
        col(SubscriptionRow.subscriber_id) == col(SubscriberRow.id), col(SubscriptionRow.is_paused).is_(False)
    )
    statement = (
        select(col(SubscriptionRow.query).label("wanted"), *deciding)
        .select_from(SubscriberRow)
        .outerjoin(SubscriptionRow, is_theirs)
        .where(col(SubscriberRow.consent) == Consent.CONFIRMED.value, ~is_served)
        .distinct()
    )
    if trending_apart:
        is_wanting = col(SubscriberRow.trending) != Trending.NONE.value
        statement = statement.where(is_wanting, col(SubscriberRow.is_trending_apart).is_(True))
    names = [column.name for column in deciding]
    for query, *choices in session.connection().execute(statement, execution_options={"yield_per": ROWS_AT_ONCE}):
        yield make_preferences(**_USUAL, **dict(zip(names, choices, strict=True))), query


def list_suppressed_ids(session: Session, *, between: tuple[int, int]) -> frozenset[int]:
    """Return the readers with ids from the first to the last whose addresses get no mail."""
    statement = (
        select(col(SubscriberRow.id))
        .join(SuppressionRow, col(SuppressionRow.address_key) == col(SubscriberRow.address_key))
        .where(col(SubscriberRow.id).between(*between))
    )
    return frozenset(row.id for row in session.connection().execute(statement))
