"""Is mail moving? A few cheap looks, for whoever watches over the service."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from newsletter.deliveries.store import IS_OPEN, claimable
from newsletter.deliveries.tables import AttemptRow, DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How many deliveries are open, how many of them should have been claimed by now, and when something last moved."""

    open_deliveries: int
    overdue_deliveries: int
    last_progress: datetime | None


def measure_pulse(session: Session, *, now: datetime, patience: timedelta) -> Pulse:
    """Look at the open deliveries; one is overdue when it could have been claimed for longer than `patience`.

    Only the partial index of open deliveries and the newest rows are read, however long the archive is.
    """
    long_ago = now - patience
    waiting = claimable(now=long_ago, ids=None, edition_on=None, ignoring_due=False).order_by(None)
    # a late edition's deliveries are due before they are made
    waiting = waiting.where(DeliveryRow.changed_at <= long_ago)
    return Pulse(
        open_deliveries=session.exec(select(func.count()).select_from(DeliveryRow).where(IS_OPEN)).one(),
        overdue_deliveries=session.exec(select(func.count()).select_from(waiting.subquery())).one(),
        last_progress=max((found for found in _newest_instants(session) if found is not None), default=None),
    )


def _newest_instants(session: Session) -> list[datetime | None]:
    attempted = select(AttemptRow.started_at).order_by(col(AttemptRow.id).desc()).limit(1)
    created = select(DeliveryRow.created_at).order_by(col(DeliveryRow.id).desc()).limit(1)
    return [session.exec(attempted).first(), session.exec(created).first()]
