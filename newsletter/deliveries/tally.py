"""Deliveries counted by day: how the mornings of a month went, and when a day's mail began and ended."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy
from sqlalchemy import and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func

from newsletter.db.types import UTCDateTime
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow

_IS_RESENT = sqlalchemy.text("later.resend_id IS NOT NULL")  # the condition of the partial index


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """When the first and the last mail of a day was accepted, None before any was; `open_count` still wait or are sent."""

    first_at: datetime | None
    last_at: datetime | None
    open_count: int


def count_by_day(session: Session, *, since: date, until: date) -> Mapping[date, Mapping[DeliveryState, int]]:
    """Return how many mails of each day's edition are in each state, each by its latest revision.

    All revisions are counted from an index alone, then those that a resend replaced are taken off again, which are few.
    """
    found: dict[date, dict[DeliveryState, int]] = defaultdict(lambda: defaultdict(int))
    counted = (
        sqlalchemy.select(col(DeliveryRow.edition_on), col(DeliveryRow.state), func.count().label("number"))
        .where(col(DeliveryRow.edition_on).between(since, until))
        .group_by(col(DeliveryRow.edition_on), col(DeliveryRow.state))
    )
    for row in session.connection().execute(counted):
        found[row.edition_on][DeliveryState(row.state)] += row.number
    for row in session.connection().execute(_replaced(since, until)):
        found[row.edition_on][DeliveryState(row.state)] -= row.number
    return {day: {state: number for state, number in states.items() if number} for day, states in found.items()}


def measure_dispatch(session: Session, edition_on: date) -> Course:
    """Return how far the mails of a day are."""
    statement = sqlalchemy.select(
        func.min(DeliveryRow.accepted_at, type_=UTCDateTime()).label("first_at"),
        func.max(DeliveryRow.accepted_at, type_=UTCDateTime()).label("last_at"),
        func.count().filter(col(DeliveryRow.state).in_(("queued", "deferred", "sending"))).label("open_count"),
    ).where(col(DeliveryRow.edition_on) == edition_on)
    row = session.connection().execute(statement).one()
    return Course(first_at=row.first_at, last_at=row.last_at, open_count=row.open_count)


def _replaced(since: date, until: date) -> sqlalchemy.Select[date | None, str, int]:
    """Select how many deliveries of each day and state have a later revision."""
    later = aliased(DeliveryRow, name="later")
    is_replaced = and_(
        col(later.subscriber_id) == col(DeliveryRow.subscriber_id),
        col(later.message) == col(DeliveryRow.message),
        col(later.occasion) == col(DeliveryRow.occasion),
        col(later.revision) == col(DeliveryRow.revision) + 1,
    )
    return (
        sqlalchemy.select(col(DeliveryRow.edition_on), col(DeliveryRow.state), func.count().label("number"))
        .join(later, is_replaced)
        .where(_IS_RESENT, col(later.edition_on).between(since, until))
        .group_by(col(DeliveryRow.edition_on), col(DeliveryRow.state))
    )
