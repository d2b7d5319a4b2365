"""Resends in the database: whom they may be for, what was planned, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, case, exists, null, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, Event, SkipReason, sources_of, target_of
from newsletter.deliveries.store import count, is_in, is_latest
from newsletter.deliveries.tables import DeliveryRow, ResendRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.resend.plan import Audience, Candidate, ResendLine, ResendRequest
from newsletter.errors import NotFoundError
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow

_LATEST = (
    col(DeliveryRow.subscriber_id),
    col(SubscriberRow.email),
    col(SubscriberRow.consent),
    col(DeliveryRow.revision),
    col(DeliveryRow.state),
    col(DeliveryRow.reason),
    col(DeliveryRow.digest_id),
    col(DeliveryRow.folded_on),
    col(DigestRow.paper_count),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """One request to send a day's mails again; until `queued_at` some of its readers have no delivery yet."""

    id: int
    edition_on: date
    message: Message
    occasion: str
    audience: Audience
    is_recomposed: bool
    planned_count: int
    requested_at: datetime
    requested_by: str
    queued_at: datetime | None
    cancelled_at: datetime | None
    cancelled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One reader of a stored plan: the revision to make, and the digest it repeats."""

    subscriber_id: int
    revision: int
    digest_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledMail:
    """A mail that was put off or refused, or of which nobody knows."""

    email: str
    state: DeliveryState
    reason: str


def hold_resends(session: Session) -> None:
    """Let no other resend be planned before this transaction ends; on SQLite a transaction does that from its start."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE resend IN SHARE ROW EXCLUSIVE MODE"))


def list_candidates(
    session: Session, edition_on: date, *, message: Message, occasion: str, subscriber_ids: Sequence[int] | None
) -> list[Candidate]:
    """Return the readers with a delivery, each with the latest revision, in the order they came: one statement."""
    accepted = aliased(DeliveryRow)
    has_accepted = exists().where(
        col(accepted.subscriber_id) == DeliveryRow.subscriber_id,
        col(accepted.message) == DeliveryRow.message,
        col(accepted.occasion) == DeliveryRow.occasion,
        col(accepted.state) == DeliveryState.ACCEPTED.value,
    )
    statement = (
        sqlalchemy.select(*_LATEST, _is_suppressed().label("is_suppressed"), has_accepted.label("has_accepted"))
        .join(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
        .outerjoin(DigestRow, col(DigestRow.id) == col(DeliveryRow.digest_id))
        .where(
            col(DeliveryRow.edition_on) == edition_on,
            col(DeliveryRow.message) == message,
            col(DeliveryRow.occasion) == occasion,
            is_latest(),
        )
        .order_by(col(DeliveryRow.subscriber_id))
    )
    if subscriber_ids is not None:
        statement = statement.where(col(DeliveryRow.subscriber_id).in_(subscriber_ids))
    return [
        Candidate(
            subscriber_id=row.subscriber_id,
            email=row.email,
            consent=Consent(row.consent),
            is_suppressed=row.is_suppressed,
            revision=row.revision,
            state=DeliveryState(row.state),
            reason=row.reason,
            digest_id=row.digest_id,
            paper_count=row.paper_count or 0,
            has_accepted=row.has_accepted,
            folded_on=row.folded_on,
        )
        for row in session.connection().execute(statement)
    ]


def list_newcomers(
    session: Session, *, message: Message, occasion: str, subscriber_ids: Sequence[int] | None
) -> list[Candidate]:
    """Return the confirmed readers (or those of the ids) who have no delivery of this message for this occasion."""
    has_one = exists().where(
        col(DeliveryRow.subscriber_id) == col(SubscriberRow.id),
        col(DeliveryRow.message) == message,
        col(DeliveryRow.occasion) == occasion,
    )
    statement = select(SubscriberRow, _is_suppressed()).where(~has_one).order_by(col(SubscriberRow.id))
    if subscriber_ids is None:
        statement = statement.where(SubscriberRow.consent == Consent.CONFIRMED)
    else:
        statement = statement.where(col(SubscriberRow.id).in_(subscriber_ids))
    return [
        Candidate(subscriber_id=row.id or 0, email=row.email, consent=Consent(row.consent), is_suppressed=is_suppressed)
        for row, is_suppressed in session.exec(statement)
    ]


def add_resend(
    session: Session, request: ResendRequest, lines: Sequence[ResendLine], *, occasion: str, at: datetime, by: str
) -> int:
    """Store a resend with its frozen audience and return its id."""
    plan = [(line.subscriber_id, line.revision, line.digest_id) for line in lines if line.revision is not None]
    row = ResendRow(
        edition_on=request.edition_on,
        message=request.message,
        occasion=occasion,
        audience=request.audience,
        is_recomposed=request.is_recomposed,
        planned_count=len(plan),
        plan=plan,
        requested_at=at,
        requested_by=by,
    )
    session.add(row)
    session.flush()
    if row.id is None:
        raise NotFoundError("The resend was not stored.")
    return row.id


def list_unfinished(session: Session, *, message: Message | None = None, occasion: str | None = None) -> list[int]:
    """Return the resends whose deliveries are not all there yet, the oldest first; of one message and occasion, or all."""
    statement = select(col(ResendRow.id)).where(col(ResendRow.queued_at).is_(None)).order_by(col(ResendRow.id))
    if message is not None:
        statement = statement.where(ResendRow.message == message)
    if occasion is not None:
        statement = statement.where(ResendRow.occasion == occasion)
    return [found for found in session.exec(statement) if found is not None]


def list_left(session: Session, resend_id: int) -> list[Planned]:
    """Return who of a resend's plan has no delivery yet."""
    plan = session.exec(select(ResendRow.plan).where(ResendRow.id == resend_id)).one()
    known = set(session.exec(select(DeliveryRow.subscriber_id).where(DeliveryRow.resend_id == resend_id)))
    return [
        Planned(subscriber_id=subscriber_id, revision=revision, digest_id=digest_id)
        for subscriber_id, revision, digest_id in plan or ()
        if subscriber_id not in known
    ]


def hold_resend(session: Session, resend_id: int) -> bool:
    """Keep a resend from being cancelled before this transaction ends, and tell whether it has been."""
    statement = select(col(ResendRow.cancelled_at)).where(ResendRow.id == resend_id)
    return session.exec(statement.with_for_update()).one() is not None  # SQLite knows no such lock and needs none


def list_known(session: Session, subscriber_ids: Iterable[int]) -> set[int]:
    """Return those of the subscribers who are not erased."""
    found = session.exec(select(SubscriberRow.id).where(col(SubscriberRow.id).in_(list(subscriber_ids))))
    return {subscriber_id for subscriber_id in found if subscriber_id is not None}


def finish(session: Session, resend_id: int, *, at: datetime) -> None:
    """Record that every reader of the plan has their delivery, and drop the plan."""
    unfinished = update(ResendRow).where(col(ResendRow.id) == resend_id, col(ResendRow.queued_at).is_(None))
    session.connection().execute(unfinished.values(queued_at=at, plan=null()))


def cancel(session: Session, resend_id: int, *, at: datetime, by: str) -> bool:
    """Record that a resend is cancelled; False when it was before."""
    running = update(ResendRow).where(col(ResendRow.id) == resend_id, col(ResendRow.cancelled_at).is_(None))
    return count(session, running.values(cancelled_at=at, cancelled_by=by)) == 1


def take_back(session: Session, resend_id: int, *, at: datetime) -> int:
    """Skip every delivery of a resend that is not on the wire, and return how many.

    One that a worker holds without the phase mark is taken out of its hand first: its `mark` then fails, and the final dot
    is not sent.
    """
    mine = update(DeliveryRow).where(col(DeliveryRow.resend_id) == resend_id)
    unmarked = mine.where(is_in(sources_of(Event.RELEASE)), col(DeliveryRow.marked_at).is_(None))
    released: dict[str, Any] = {"state": target_of(Event.RELEASE).value, "lease_owner": None, "lease_until": None}
    session.connection().execute(unmarked.values(released))
    skipped = {"state": target_of(Event.SKIP).value, "reason": SkipReason.CANCELLED.value, "next_attempt_at": None}
    return count(session, mine.where(is_in(sources_of(Event.SKIP))).values(skipped | {"changed_at": at}))


def get_resend(session: Session, resend_id: int) -> Resend:
    """Return a resend; raises NotFoundError."""
    row = session.get(ResendRow, resend_id)
    if row is None:
        raise NotFoundError(f"There is no resend {resend_id}; `newsletter resend list` shows those there are.")
    return _resend(row)


def list_resends(session: Session, *, edition_on: date | None = None, limit: int = 50) -> list[Resend]:
    """Return the newest resends, of one day or of all, newest first."""
    statement = select(ResendRow).order_by(col(ResendRow.id).desc()).limit(limit)
    if edition_on is not None:
        statement = statement.where(ResendRow.edition_on == edition_on)
    return [_resend(row) for row in session.exec(statement)]


def count_outcomes(
    session: Session, resend_ids: Sequence[int]
) -> dict[int, list[tuple[DeliveryState, str | None, int]]]:
    """Return (state, reason of the skipped ones, how many) of the deliveries of each resend: one statement."""
    why = case((col(DeliveryRow.state) == DeliveryState.SKIPPED.value, col(DeliveryRow.reason)), else_=null())
    statement = (
        select(DeliveryRow.resend_id, DeliveryRow.state, why, func.count())
        .where(col(DeliveryRow.resend_id).in_(resend_ids))
        .group_by(col(DeliveryRow.resend_id), col(DeliveryRow.state), why)
    )
    found: dict[int, list[tuple[DeliveryState, str | None, int]]] = {resend_id: [] for resend_id in resend_ids}
    for resend_id, state, reason, number in session.exec(statement):
        found[resend_id or 0].append((DeliveryState(state), reason, number))
    return found


def list_troubled(session: Session, resend_id: int, *, limit: int) -> list[TroubledMail]:
    """Return those of a resend's mails that did not go as they should, the oldest first."""
    troubled = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.DEFERRED)
    statement = (
        select(SubscriberRow.email, DeliveryRow.state, DeliveryRow.reason)
        .join(DeliveryRow, col(DeliveryRow.subscriber_id) == SubscriberRow.id)
        .where(DeliveryRow.resend_id == resend_id, is_in(troubled))
        .order_by(col(DeliveryRow.id))
        .limit(limit)
    )
    return [
        TroubledMail(email=email, state=DeliveryState(state), reason=reason or "")
        for email, state, reason in session.exec(statement)
    ]


def _is_suppressed() -> ColumnElement[bool]:
    return exists().where(col(SuppressionRow.address_key) == col(SubscriberRow.address_key))


def _resend(row: ResendRow) -> Resend:
    return Resend(
        id=row.id or 0,
        edition_on=row.edition_on,
        message=Message(row.message),
        occasion=row.occasion,
        audience=Audience(row.audience),
        is_recomposed=row.is_recomposed,
        planned_count=row.planned_count,
        requested_at=row.requested_at,
        requested_by=row.requested_by,
        queued_at=row.queued_at,
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
    )
