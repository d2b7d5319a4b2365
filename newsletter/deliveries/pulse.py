"""Is mail moving? A few cheap looks, for whoever watches over the service."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, case
from sqlmodel import Session, col, func, select

from newsletter.db.upsert import insert_missing
from newsletter.deliveries.pulse_tables import PulseRow
from newsletter.deliveries.store import IS_OPEN, claimable
from newsletter.deliveries.tables import AttemptRow, DeliveryRow

_TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How many deliveries are open, how many of them should have been claimed by now, and when something last moved.

    `oldest_due_at` is since when the one that has waited longest could have been claimed, None when none waits.
    """

    open_deliveries: int
    overdue_deliveries: int
    oldest_due_at: datetime | None
    last_progress: datetime | None


def measure_pulse(session: Session, *, now: datetime, patience: timedelta) -> Pulse:
    """Look at the open deliveries; one is overdue when it could have been claimed for longer than `patience`.

    Only the partial index of open deliveries and the newest rows are read, however long the archive is.
    """
    long_ago = now - patience
    waiting = claimable(now=long_ago, ids=None, edition_on=None, ignoring_due=False).order_by(None)
    # a late edition's deliveries are due before they are made
    waiting = waiting.where(DeliveryRow.changed_at <= long_ago)
    due = claimable(now=now, ids=None, edition_on=None, ignoring_due=False).order_by(None)
    return Pulse(
        open_deliveries=session.exec(select(func.count()).select_from(DeliveryRow).where(IS_OPEN)).one(),
        overdue_deliveries=session.exec(select(func.count()).select_from(waiting.subquery())).one(),
        oldest_due_at=session.exec(due.with_only_columns(func.min(_claimable_since()))).one(),  # type: ignore[call-overload]
        last_progress=max((found for found in _newest_instants(session) if found is not None), default=None),
    )


def note_tick(session: Session, *, at: datetime) -> None:
    """Write down that everything that may be due has been looked at."""
    if insert_missing(session, PulseRow, [{"name": _TICK, "beat_at": at}]) == 0:
        row = session.get_one(PulseRow, _TICK)
        row.beat_at = at
        session.add(row)


def find_last_tick(session: Session) -> datetime | None:
    """Return when everything that may be due was last looked at, None before the first time."""
    row = session.get(PulseRow, _TICK)
    return None if row is None else row.beat_at


def _claimable_since() -> ColumnElement[datetime]:
    """Return the instant from which a waiting delivery could be claimed: due, made, and done with its last pause."""
    due_at, changed_at = col(DeliveryRow.due_at), col(DeliveryRow.changed_at)
    again_at = func.coalesce(col(DeliveryRow.next_attempt_at), due_at)
    return _later(_later(due_at, changed_at), again_at)


def _later(one: SQLColumnExpression[datetime], other: SQLColumnExpression[datetime]) -> ColumnElement[datetime]:
    return case((one >= other, one), else_=other)


def _newest_instants(session: Session) -> list[datetime | None]:
    attempted = select(AttemptRow.started_at).order_by(col(AttemptRow.id).desc()).limit(1)
    created = select(DeliveryRow.created_at).order_by(col(DeliveryRow.id).desc()).limit(1)
    return [session.exec(attempted).first(), session.exec(created).first()]
