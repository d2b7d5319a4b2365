"""Deliveries counted by day: how the mornings of a month went, and when a day's mail began and ended."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy
from sqlmodel import Session, col, func

from newsletter.db.types import UTCDateTime
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import IS_UNCERTAIN, only_replaced
from newsletter.deliveries.tables import DeliveryRow, ResendRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """When the first and the last mail of a day was accepted, None before any was; `open_count` still wait or are sent."""

    first_at: datetime | None
    last_at: datetime | None
    open_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What differs once a resend was asked for or has all its deliveries, or a mail is in doubt no longer."""

    newest_resend: int = 0
    unfinished_resends: int = 0
    uncertain: int = 0


def count_by_day(session: Session, days: Collection[date]) -> Mapping[date, Mapping[DeliveryState, int]]:
    """Return how many mails of each day's edition are in each state, each by its latest revision; days without are left out.

    All revisions are counted from an index alone, then those that a resend replaced are taken off again, which are few.
    """
    found: dict[date, dict[DeliveryState, int]] = defaultdict(lambda: defaultdict(int))
    edition_on, state = col(DeliveryRow.edition_on), col(DeliveryRow.state)
    counts = sqlalchemy.select(edition_on, state, func.count().label("number")).group_by(edition_on, state)
    for statement, sign in ((counts.where(edition_on.in_(days)), 1), (only_replaced(counts, days), -1)):
        for row in session.connection().execute(statement):
            found[row.edition_on][DeliveryState(row.state)] += sign * row.number
    return {day: {state: number for state, number in states.items() if number} for day, states in found.items()}


def read_mark(session: Session) -> Mark:
    """Return how far resends and doubts are: two short statements."""
    resends = sqlalchemy.select(
        func.coalesce(func.max(ResendRow.id), 0).label("newest"),
        func.count().filter(col(ResendRow.queued_at).is_(None)).label("unfinished"),
    )
    row = session.connection().execute(resends).one()
    uncertain = sqlalchemy.select(func.count().label("number")).select_from(DeliveryRow).where(IS_UNCERTAIN)
    number = session.connection().execute(uncertain).one().number
    return Mark(newest_resend=row.newest, unfinished_resends=row.unfinished, uncertain=number)


def measure_dispatch(session: Session, edition_on: date) -> Course:
    """Return how far the mails of a day are."""
    statement = sqlalchemy.select(
        func.min(DeliveryRow.accepted_at, type_=UTCDateTime()).label("first_at"),
        func.max(DeliveryRow.accepted_at, type_=UTCDateTime()).label("last_at"),
        func.count().filter(col(DeliveryRow.state).in_(("queued", "deferred", "sending"))).label("open_count"),
    ).where(col(DeliveryRow.edition_on) == edition_on)
    row = session.connection().execute(statement).one()
    return Course(first_at=row.first_at, last_at=row.last_at, open_count=row.open_count)
