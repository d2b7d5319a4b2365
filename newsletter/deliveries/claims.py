"""Work in hand: taking deliveries under a lease, marking them before the final dot, giving them back."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy
from sqlalchemy import CTE, ColumnElement, and_, bindparam, case, exists, literal, null, update
from sqlalchemy.sql.dml import ReturningUpdate, Update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from newsletter.db.among import among_bound
from newsletter.db.types import UTCDateTime
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import (
    MAX_DEATHS,
    SUSPECT_DEATHS,
    Event,
    SkipReason,
    sources_of,
    target_of,
)
from newsletter.deliveries.store import IS_SENDING, Claimed, claimable, count, is_held, those
from newsletter.deliveries.tables import AttemptRow, DeliveryRow, ResendRow
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow

PARKED = f"parked: {MAX_DEATHS} workers died while it was in their hands"
FREE: dict[str, Any] = {"lease_owner": None, "lease_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one claim took: the deliveries to send, and how many were skipped instead."""

    claimed: list[Claimed]
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who is working on a delivery, until when, and whether the phase mark is set."""

    delivery_id: int
    owner: str
    until: datetime
    marked_at: datetime | None
    message_id: str


def claim_batch(
    session: Session,
    *,
    now: datetime,
    owner: str,
    lease_until: datetime,
    limit: int,
    ids: Sequence[int] | None = None,
    edition_on: date | None = None,
    ignoring_due: bool = False,
) -> Batch:
    """Take up to `limit` deliveries that may go out now, the longest due first, in two statements.

    Consent and suppression are looked at again in the same UPDATE: whoever has left since is `skipped` with a SkipReason.
    On PostgreSQL rows that another claim holds are passed over, on SQLite the write lock makes claims wait for each other.
    Deliveries with which several workers died are taken last, and each alone.
    """
    due = claimable(now=now, ids=ids, edition_on=edition_on, ignoring_due=ignoring_due)
    is_suspect = col(DeliveryRow.death_count) >= SUSPECT_DEATHS
    taking = _Taking(now=now, owner=owner, lease_until=lease_until)
    batch = taking.take(session, due.where(~is_suspect).limit(limit))
    return batch if batch.claimed or batch.skipped else taking.take(session, due.where(is_suspect).limit(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taking:
    """Who takes deliveries, when, and until when."""

    now: datetime
    owner: str
    lease_until: datetime

    def take(self, session: Session, due: SelectOfScalar[int | None]) -> Batch:
        if session.get_bind().dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True, of=DeliveryRow)
        # evaluated once; as a plain subquery PostgreSQL may run it again and pass the limit
        chosen = due.add_columns(_refusal().label("refusal")).cte("due")
        touched = session.connection().execute(self._statement(chosen)).all()
        claimed = [row.id for row in touched if row.state == target_of(Event.CLAIM)]
        return Batch(claimed=_load(session, claimed) if claimed else [], skipped=len(touched) - len(claimed))

    def _statement(self, chosen: CTE) -> ReturningUpdate[int | None, str]:
        refusal = chosen.c.refusal
        return (
            update(DeliveryRow)
            .where(col(DeliveryRow.id) == chosen.c.id, is_held(sources_of(Event.CLAIM)))
            .values(
                state=case((refusal.is_(None), target_of(Event.CLAIM).value), else_=target_of(Event.SKIP).value),
                reason=refusal,
                lease_owner=case((refusal.is_(None), self.owner), else_=null()),
                lease_until=case((refusal.is_(None), literal(self.lease_until, UTCDateTime())), else_=null()),
                marked_at=None,
                next_attempt_at=None,
                changed_at=self.now,
            )
            .returning(col(DeliveryRow.id), col(DeliveryRow.state))
        )


def mark(session: Session, ids: Sequence[int], owner: str, *, at: datetime, lease_until: datetime) -> set[int]:
    """Set the phase mark of those that are still ours and that their readers still want; no other's dot may be sent.

    Committed before the dots go out: whoever finds a row after our death knows that the mail may have left.
    """
    values = {"its_ids": list(ids), "its_owner": owner, "its_at": at, "its_until": lease_until}
    marked = session.connection().execute(_marking(), values).scalars()
    return {found for found in marked if found is not None}


@cache
def _marking() -> ReturningUpdate[int | None]:
    """Return the statement of `mark`, made once: to make it takes five times as long as to run it."""
    statement = (
        update(DeliveryRow)
        .where(
            among_bound(col(DeliveryRow.id), "its_ids"),
            is_held(sources_of(Event.RELEASE)),
            col(DeliveryRow.lease_owner) == bindparam("its_owner"),
            col(DeliveryRow.marked_at).is_(None),
            _refusal().is_(None),
        )
        .values(
            marked_at=bindparam("its_at", type_=UTCDateTime()), lease_until=bindparam("its_until", type_=UTCDateTime())
        )
    )
    return statement.returning(col(DeliveryRow.id))


def renew(session: Session, ids: Sequence[int], owner: str, *, lease_until: datetime) -> set[int]:
    """Extend our lease and return those of the deliveries that are still ours."""
    statement = ours(ids, owner).values(lease_until=lease_until).returning(col(DeliveryRow.id))
    return {found for found in session.connection().execute(statement).scalars() if found is not None}


def release(
    session: Session,
    ids: Sequence[int],
    owner: str,
    *,
    at: datetime,
    next_attempt_at: datetime | None = None,
    reason: str | None = None,
) -> int:
    """Put our deliveries that have no phase mark back into the queue and return how many they were."""
    values = FREE | {"reason": reason, "next_attempt_at": next_attempt_at, "changed_at": at}
    statement = ours(ids, owner, Event.RELEASE).where(col(DeliveryRow.marked_at).is_(None))
    return count(session, statement.values(values | {"state": target_of(Event.RELEASE).value}))


def take_back(
    session: Session, ids: Sequence[int], owner: str, *, at: datetime, over_by: datetime | None = None
) -> tuple[int, int]:
    """Put a dead owner's deliveries that have no phase mark back into the queue; returns how many, and how many are parked.

    One with which too many workers died is parked: failed, with the reason. With `over_by` only those whose lease ends by
    then: a lease that was renewed since somebody looked is left alone.
    """
    is_poison = col(DeliveryRow.death_count) + 1 >= MAX_DEATHS
    values = FREE | {"death_count": col(DeliveryRow.death_count) + 1, "next_attempt_at": None, "changed_at": at}
    unmarked = col(DeliveryRow.marked_at).is_(None)
    parked = _over_by(ours(ids, owner, Event.FAIL), over_by).where(unmarked, is_poison)
    released = _over_by(ours(ids, owner, Event.RELEASE), over_by).where(unmarked)
    parked_count = count(session, parked.values(values | {"state": target_of(Event.FAIL).value, "reason": PARKED}))
    released_count = count(session, released.values(values | {"state": target_of(Event.RELEASE).value, "reason": None}))
    return released_count, parked_count


def expire(
    session: Session, ids: Sequence[int], owner: str, *, at: datetime, reason: str, over_by: datetime | None = None
) -> set[int]:
    """Make deliveries whose worker ended after the phase mark uncertain and return which they were; `over_by` as above."""
    values = FREE | {"state": target_of(Event.EXPIRE).value, "reason": reason, "changed_at": at}
    statement = _over_by(ours(ids, owner, Event.EXPIRE), over_by).where(col(DeliveryRow.marked_at).is_not(None))
    found = session.connection().execute(statement.values(values).returning(col(DeliveryRow.id))).scalars()
    return {delivery_id for delivery_id in found if delivery_id is not None}


def list_leases(session: Session) -> list[Lease]:
    """Return every delivery that somebody is, or was, working on."""
    statement = sqlalchemy.select(
        col(DeliveryRow.id),
        col(DeliveryRow.lease_owner),
        col(DeliveryRow.lease_until),
        col(DeliveryRow.marked_at),
        col(DeliveryRow.message_id),
    ).where(IS_SENDING)
    return [
        Lease(delivery_id=delivery_id, owner=owner, until=until, marked_at=marked_at, message_id=message_id)
        for delivery_id, owner, until, marked_at, message_id in session.connection().execute(statement)
        if delivery_id is not None and owner is not None and until is not None
    ]


def _refusal() -> ColumnElement[str | None]:
    """Return why a delivery's reader must not get it, else NULL: an expression beside a DELIVERY, reading its reader once."""
    is_suppressed = (
        exists().where(col(SuppressionRow.address_key) == SubscriberRow.address_key).correlate(SubscriberRow)
    )
    is_cancelled = (
        exists()
        .where(col(ResendRow.id) == DeliveryRow.resend_id, col(ResendRow.cancelled_at).is_not(None))
        .correlate(DeliveryRow)
    )
    message, consent = col(DeliveryRow.message), col(SubscriberRow.consent)
    by_reader = case(
        (is_suppressed, SkipReason.SUPPRESSED.value),
        (message.in_((Message.ALARM, Message.TEST)), null()),  # an address by an operator's word, not by its owner's
        (and_(message == Message.GOODBYE, consent != Consent.UNSUBSCRIBED), SkipReason.OVERTAKEN.value),  # came back
        (and_(consent == Consent.UNSUBSCRIBED, message != Message.GOODBYE), SkipReason.UNSUBSCRIBED.value),
        (and_(consent == Consent.PENDING, message != Message.CONFIRM), SkipReason.UNCONFIRMED.value),
        else_=null(),
    )
    reader = select(by_reader).where(col(SubscriberRow.id) == DeliveryRow.subscriber_id).correlate(DeliveryRow)
    is_of_cancelled = and_(col(DeliveryRow.resend_id).is_not(None), is_cancelled)
    return case((is_of_cancelled, SkipReason.CANCELLED.value), else_=reader.scalar_subquery())


@cache
def _loading() -> sqlalchemy.Select[Any]:
    first_attempt_at = (
        select(func.min(AttemptRow.started_at, type_=UTCDateTime()))
        .where(AttemptRow.delivery_id == DeliveryRow.id)
        .correlate(DeliveryRow)
        .scalar_subquery()
    )
    names = [field.name for field in fields(Claimed) if field.name not in ("email", "name", "first_attempt_at")]
    return (
        sqlalchemy.select(
            *(DeliveryRow.__table__.c[name] for name in names),  # type: ignore[attr-defined]
            col(SubscriberRow.email),
            col(SubscriberRow.name),
            first_attempt_at.label("first_attempt_at"),
        )
        .join(SubscriberRow, col(SubscriberRow.id) == DeliveryRow.subscriber_id)
        .where(among_bound(col(DeliveryRow.id), "its_ids"))
        .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
    )


def _load(session: Session, ids: Sequence[int]) -> list[Claimed]:
    rows = session.connection().execute(_loading(), {"its_ids": list(ids)})
    return [Claimed(**row) for row in rows.mappings()]


def ours(ids: Sequence[int], owner: str, event: Event = Event.RELEASE) -> Update:
    """Return the beginning of an UPDATE of what we hold; every event of a delivery in hand begins at `sending`."""
    return those(ids, event).where(col(DeliveryRow.lease_owner) == owner)


def _over_by(statement: Update, instant: datetime | None) -> Update:
    return statement if instant is None else statement.where(col(DeliveryRow.lease_until) <= instant)
