"""The courses of a reader's mails, read from the database in three statements however many there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from newsletter.deliveries.feedback.store import list_feedback
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import AttemptRow, DeliveryRow, ResendRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.story.facts import AttemptFacts, CourseFacts, DigestFacts, FeedbackFacts, ResentFacts
from newsletter.mail.smtp import Outcome, Phase, SmtpReply

_ORDER = {message.value: place for place, message in enumerate((Message.DIGEST, Message.TRENDING, Message.NOTICE))}


def list_courses(session: Session, subscriber_id: int, edition_on: date, *, zone: ZoneInfo) -> list[CourseFacts]:
    """Return every revision of every mail of a reader's day; digests first, each message's revisions in order.

    `zone` is the reader's now, for a delivery whose digest does not say which it was.
    """
    found = _list(
        session, col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.edition_on) == edition_on, zone=zone
    )
    return sorted(found, key=lambda one: (_ORDER.get(one.message, len(_ORDER)), one.occasion, one.revision))


def list_history(
    session: Session, subscriber_id: int, *, zone: ZoneInfo, limit: int, before: int | None = None
) -> list[CourseFacts]:
    """Return every mail that a reader was promised, of editions and of the service itself, the newest first.

    At most `limit`, of those before a delivery's id where that is given.
    """
    whose = col(DeliveryRow.subscriber_id) == subscriber_id
    newest = select(DeliveryRow.id).where(whose).order_by(col(DeliveryRow.id).desc()).limit(limit)
    if before is not None:
        newest = newest.where(col(DeliveryRow.id) < before)
    ids = list(session.exec(newest))
    found = _list(session, col(DeliveryRow.id).in_(ids), zone=zone)
    return sorted(found, key=lambda one: -one.delivery_id)


def _list(session: Session, *conditions: ColumnElement[bool], zone: ZoneInfo) -> list[CourseFacts]:
    statement = (
        select(DeliveryRow, DigestRow, ResendRow)
        .outerjoin(DigestRow, col(DigestRow.id) == DeliveryRow.digest_id)
        .outerjoin(ResendRow, col(ResendRow.id) == DeliveryRow.resend_id)
        .where(*conditions)
    )
    found = list(session.exec(statement))
    ids = [row.id or 0 for row, _, _ in found]
    attempts, feedback = _list_attempts(session, ids), _list_feedback(session, ids)
    return [
        CourseFacts(
            delivery_id=row.id or 0,
            edition_on=row.edition_on or row.created_at.astimezone(zone).date(),
            message=Message(row.message),
            occasion=row.occasion,
            revision=row.revision,
            state=DeliveryState(row.state),
            reason=row.reason,
            created_at=row.created_at,
            due_at=row.due_at,
            changed_at=row.changed_at,
            accepted_at=row.accepted_at,
            next_attempt_at=row.next_attempt_at,
            lease_until=row.lease_until,
            marked_at=row.marked_at,
            death_count=row.death_count,
            retried_at=row.retried_at,
            folded_on=row.folded_on,
            resent=_resent(resend),
            digest=_digest(digest) if digest else DigestFacts(zone=zone),
            attempts=attempts.get(row.id or 0, ()),
            feedback=feedback.get(row.id or 0, ()),
        )
        for row, digest, resend in found
    ]


def _list_attempts(session: Session, delivery_ids: Sequence[int]) -> Mapping[int, Sequence[AttemptFacts]]:
    rows = session.exec(
        select(AttemptRow).where(col(AttemptRow.delivery_id).in_(delivery_ids)).order_by(col(AttemptRow.id))
    )
    found: dict[int, list[AttemptFacts]] = defaultdict(list)
    for row in rows:
        reply = SmtpReply(
            outcome=Outcome(row.outcome),
            phase=Phase(row.phase),
            code=row.code,
            enhanced_code=row.enhanced_code,
            text=row.text,
            server=row.server,
            duration_seconds=row.duration_seconds,
        )
        found[row.delivery_id].append(AttemptFacts(started_at=row.started_at, reply=reply))
    return found


def _list_feedback(session: Session, delivery_ids: Sequence[int]) -> Mapping[int, Sequence[FeedbackFacts]]:
    found: dict[int, list[FeedbackFacts]] = defaultdict(list)
    for item in list_feedback(session, delivery_ids):
        facts = FeedbackFacts(
            received_at=item.received_at,
            kind=item.kind,
            status=item.status,
            diagnostic=item.diagnostic,
            effect=item.effect,
            reason=item.reason,
        )
        found[item.delivery_id or 0].append(facts)
    return found


def _resent(row: ResendRow | None) -> ResentFacts | None:
    if row is None:
        return None
    return ResentFacts(
        id=row.id or 0,
        requested_by=row.requested_by,
        is_recomposed=row.is_recomposed,
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
    )


def _digest(row: DigestRow) -> DigestFacts:
    entries: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
        (section, entry) for section in row.sections for entry in section["entries"]
    ]
    return DigestFacts(
        paper_count=row.paper_count,
        late_count=sum("listed_on" in entry for _, entry in entries),
        trending_count=sum(section.get("kind") == "trending" for section, _ in entries),
        missing_count=row.missing_count,
        zone=ZoneInfo(row.timezone),
    )
