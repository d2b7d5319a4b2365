"""What an operator may have to decide about, counted by edition."""

from datetime import date, datetime

import sqlalchemy
from sqlmodel import Session, col, func

from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import IS_UNCERTAIN, is_in, is_latest
from newsletter.deliveries.tables import DeliveryRow

_PARKED_LIKE = "parked:%"  # see `claims.PARKED`


def count_uncertain(session: Session, *, before: datetime) -> dict[date | None, int]:
    """Return how many deliveries have been uncertain since before that instant, None for mails of no edition.

    One that was sent again since counts no more. Only the partial index of uncertain deliveries is read.
    """
    statement = (
        sqlalchemy.select(col(DeliveryRow.edition_on), func.count().label("number"))
        .where(IS_UNCERTAIN, col(DeliveryRow.changed_at) <= before, is_latest())
        .group_by(col(DeliveryRow.edition_on))
    )
    return {row.edition_on: row.number for row in session.connection().execute(statement)}


def count_parked(session: Session, *, since: date) -> dict[date | None, int]:
    """Return how many deliveries of editions from that day on were parked and not sent again since."""
    statement = (
        sqlalchemy.select(col(DeliveryRow.edition_on), func.count().label("number"))
        .where(
            col(DeliveryRow.edition_on) >= since,
            is_in([DeliveryState.FAILED]),
            col(DeliveryRow.reason).like(_PARKED_LIKE),
            is_latest(),
        )
        .group_by(col(DeliveryRow.edition_on))
    )
    return {row.edition_on: row.number for row in session.connection().execute(statement)}
