"""Feedback in the database: finding the delivery a report is about, keeping what it said, and telling it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from newsletter.db.upsert import insert_missing
from newsletter.deliveries.feedback.judge import Effect, Point
from newsletter.deliveries.feedback.tables import FeedbackRow
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import is_in
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.mail.bounces import BounceClass
from newsletter.subscribers.tables import SubscriberRow

_NO_MAILBOX = (550, 551, 553, 556)


class FeedbackKind(StrEnum):
    """What came back: a report of some class, a mail that unsubscribes, or an operator's word."""

    HARD = BounceClass.HARD.value
    SOFT = BounceClass.SOFT.value
    POLICY = BounceClass.POLICY.value
    COMPLAINT = BounceClass.COMPLAINT.value
    AUTO_REPLY = BounceClass.AUTO_REPLY.value
    NOT_A_BOUNCE = BounceClass.NOT_A_BOUNCE.value
    UNKNOWN = BounceClass.UNKNOWN.value
    UNSUBSCRIBE = "unsubscribe"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedDelivery:
    """A delivery that something came back about, and its reader; their address is empty when they were erased."""

    delivery_id: int
    subscriber_id: int
    email: str
    mailed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What came back and what followed, as it is shown."""

    delivery_id: int | None
    received_at: datetime
    kind: str
    recipient: str
    status: str | None
    diagnostic: str
    source: str
    matched_by: str
    effect: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeedback(Feedback):
    """Feedback to be kept: with what makes it count once, and the reader it is about."""

    report_key: str
    recipient_key: str
    subscriber_id: int | None


def find_by_id(session: Session, delivery_id: int) -> MailedDelivery | None:
    """Return the delivery of this number, or None."""
    return _find(session, col(DeliveryRow.id) == delivery_id)


def find_by_message_id(session: Session, message_id: str) -> MailedDelivery | None:
    """Return the delivery with this Message-ID, with or without angle brackets, or None."""
    written = f"<{message_id.strip().strip('<>')}>"
    return _find(session, col(DeliveryRow.message_id) == written)


def find_by_address(session: Session, address_key: str, *, since: datetime) -> MailedDelivery | None:
    """Return the latest delivery that may have reached an address since then, or None."""
    may_have_arrived = is_in((DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN))
    is_theirs = col(SubscriberRow.address_key) == address_key
    return _find(session, is_theirs, may_have_arrived, col(DeliveryRow.changed_at) >= since)


def lock_reader(session: Session, subscriber_id: int) -> None:
    """Let nobody else judge the same reader until this transaction ends; on SQLite that is so already."""
    wanted = select(SubscriberRow.id).where(col(SubscriberRow.id) == subscriber_id)
    session.exec(wanted.with_for_update(key_share=True)).first()


def list_points(session: Session, subscriber_id: int, *, since: datetime) -> tuple[Point, ...]:
    """Return what counts against a reader's address since then."""
    wanted = select(FeedbackRow.delivery_id, FeedbackRow.received_at).where(
        FeedbackRow.subscriber_id == subscriber_id,
        FeedbackRow.effect == Effect.COUNTED,
        FeedbackRow.received_at > since,
    )
    return tuple(Point(delivery_id=delivery_id, at=at) for delivery_id, at in session.exec(wanted) if delivery_id)


def find_lifted_at(session: Session, subscriber_id: int) -> datetime | None:
    """Return when an operator last let a reader's address get mail again, or None."""
    wanted = select(FeedbackRow.received_at).where(
        FeedbackRow.subscriber_id == subscriber_id, FeedbackRow.effect == Effect.LIFTED
    )
    return session.exec(wanted.order_by(col(FeedbackRow.received_at).desc())).first()


def keep(session: Session, feedback: NewFeedback) -> bool:
    """Write feedback down and return True; False, and nothing changes, when this report's word on this recipient is kept."""
    return insert_missing(session, FeedbackRow, [asdict(feedback)]) == 1


def list_feedback(session: Session, delivery_ids: Sequence[int]) -> list[Feedback]:
    """Return what came back about these deliveries, the first first."""
    wanted = select(FeedbackRow).where(col(FeedbackRow.delivery_id).in_(list(delivery_ids)))
    return _list(session, wanted.order_by(col(FeedbackRow.received_at), col(FeedbackRow.id)))


def list_of_reader(session: Session, subscriber_id: int, *, limit: int) -> list[Feedback]:
    """Return what came back about a reader and what operators decided about their address, the latest first."""
    wanted = select(FeedbackRow).where(FeedbackRow.subscriber_id == subscriber_id)
    return _list(session, wanted.order_by(col(FeedbackRow.received_at).desc(), col(FeedbackRow.id).desc()).limit(limit))


def list_of_edition(session: Session, edition_on: date) -> list[Feedback]:
    """Return what came back about the deliveries of an edition, the first first."""
    wanted = select(FeedbackRow).join(DeliveryRow, col(DeliveryRow.id) == FeedbackRow.delivery_id)
    wanted = wanted.where(DeliveryRow.edition_on == edition_on)
    return _list(session, wanted.order_by(col(FeedbackRow.received_at), col(FeedbackRow.id)))


def list_since(session: Session, since: datetime) -> list[Feedback]:
    """Return all that came back since then, the first first, whatever it was about."""
    wanted = select(FeedbackRow).where(FeedbackRow.received_at >= since)
    return _list(session, wanted.order_by(col(FeedbackRow.received_at), col(FeedbackRow.id)))


def count_refused_lately(session: Session) -> tuple[int, int]:
    """Return how many of the last 100 conversations, over all mails, ended in a word against the address, and of how many."""
    lately = select(AttemptRow.code, AttemptRow.enhanced_code).order_by(col(AttemptRow.id).desc()).limit(100)
    answers = session.exec(lately).all()
    refused = [code for code, enhanced in answers if code in _NO_MAILBOX and (enhanced or "5.1.").startswith("5.1.")]
    return len(refused), len(answers)


def find_last_refusal(session: Session, domain: str) -> datetime | None:
    """Return when a destination last sent a mail back because of who we are, or None."""
    wanted = (
        select(func.max(FeedbackRow.received_at))
        .join(SubscriberRow, col(SubscriberRow.id) == FeedbackRow.subscriber_id)
        .where(
            FeedbackRow.effect == Effect.ALARMED, col(SubscriberRow.address_key).endswith(f"@{domain}", autoescape=True)
        )
    )
    return session.exec(wanted).one()


def forget_recipient(session: Session, subscriber_id: int | None, recipient_key: str) -> int:
    """Empty what was kept of an address in words, here and in the peers' answers to deliveries, and return how many reports."""
    whose = [col(FeedbackRow.recipient_key) == recipient_key]
    if subscriber_id is not None:
        whose.append(col(FeedbackRow.subscriber_id) == subscriber_id)
        theirs = select(DeliveryRow.id).where(DeliveryRow.subscriber_id == subscriber_id)
        session.exec(update(AttemptRow).where(col(AttemptRow.delivery_id).in_(theirs)).values(text=""))
    statement = update(FeedbackRow).where(or_(*whose)).values(recipient="", diagnostic="")
    return session.exec(statement).rowcount


def _find(session: Session, *conditions: ColumnElement[bool]) -> MailedDelivery | None:
    """Return the latest delivery of which all this is true, or None."""
    mailed_at = func.coalesce(DeliveryRow.accepted_at, DeliveryRow.changed_at)
    statement = (
        select(col(DeliveryRow.id), DeliveryRow.subscriber_id, SubscriberRow.email, mailed_at)
        .join(SubscriberRow, col(SubscriberRow.id) == DeliveryRow.subscriber_id)
        .where(*conditions)
        .order_by(col(DeliveryRow.changed_at).desc(), col(DeliveryRow.id).desc())
    )
    row = session.exec(statement.limit(1)).first()
    if row is None:
        return None
    return MailedDelivery(delivery_id=row[0] or 0, subscriber_id=row[1], email=row[2], mailed_at=row[3])


def _list(session: Session, wanted: SelectOfScalar[FeedbackRow]) -> list[Feedback]:
    return [
        Feedback(
            delivery_id=row.delivery_id,
            received_at=row.received_at,
            kind=row.kind,
            recipient=row.recipient,
            status=row.status,
            diagnostic=row.diagnostic,
            source=row.source,
            matched_by=row.matched_by,
            effect=row.effect,
            reason=row.reason,
        )
        for row in session.exec(wanted)
    ]
