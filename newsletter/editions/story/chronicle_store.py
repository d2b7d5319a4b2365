"""What the database knows of days and readers, read for stories: each function is one statement."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_
from sqlmodel import Session, col, func, select

from newsletter.db.types import UTCDateTime
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.story.facts import DigestFacts, EditionFacts, MailFacts
from newsletter.editions.tables import CollectionRow, EditionRow
from newsletter.mail.smtp import Outcome
from newsletter.papers.late_store import CARRIED_KINDS
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow
from newsletter.subscribers.tables import SubscriberRow, SuppressionRow


def list_edition_facts(session: Session, *, since: date, until: date) -> dict[date, EditionFacts]:
    """Return the editions of a range of days."""
    rows = session.exec(select(EditionRow).where(col(EditionRow.edition_on).between(since, until)))
    return {
        row.edition_on: EditionFacts(
            is_sample=row.is_sample,
            opened_at=row.opened_at,
            composed_at=row.composed_at,
            paper_count=row.paper_count,
        )
        for row in rows
    }


def list_first_rounds(session: Session, *, since: date, until: date) -> dict[date, datetime]:
    """Return when the first round of questions about each day began, as far as beat had them asked."""
    statement = (
        select(col(CollectionRow.listed_on), func.min(CollectionRow.started_at, type_=UTCDateTime()))
        .where(col(CollectionRow.listed_on).between(since, until))
        .group_by(col(CollectionRow.listed_on))
    )
    return dict(session.exec(statement).all())


def count_late(session: Session, categories: Sequence[str], *, since: date, until: date) -> dict[date, int]:
    """Return how many papers of each day's lists were first seen after its edition was composed."""
    first_seen_at = func.min(AnnouncedRow.seen_at, type_=UTCDateTime())
    papers = (
        select(
            col(AnnouncementRow.listed_on).label("listed_on"),
            col(AnnouncedRow.arxiv_id),
            first_seen_at.label("first_seen_at"),
        )
        .join(AnnouncedRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .where(
            col(AnnouncementRow.listed_on).between(since, until),
            col(AnnouncementRow.category).in_(categories),
            col(AnnouncementRow.is_backfilled).is_(False),
            col(AnnouncedRow.kind).in_([kind.value for kind in CARRIED_KINDS]),
        )
        .group_by(col(AnnouncementRow.listed_on), col(AnnouncedRow.arxiv_id))
        .subquery()
    )
    statement = (
        select(papers.c.listed_on, func.count())
        .join(EditionRow, col(EditionRow.edition_on) == papers.c.listed_on)
        .where(papers.c.first_seen_at > EditionRow.composed_at, col(EditionRow.is_sample).is_(False))
        .group_by(papers.c.listed_on)
    )
    return dict(session.exec(statement).all())


def find_ends(session: Session, subscriber_id: int) -> tuple[datetime | None, datetime | None, str]:
    """Return when a reader left, since when mail to their address is stopped, and why it is."""
    statement = (
        select(
            col(SubscriberRow.unsubscribed_at),
            col(SuppressionRow.suppressed_at),
            col(SuppressionRow.reason),
            col(SuppressionRow.detail),
        )
        .outerjoin(SuppressionRow, col(SuppressionRow.address_key) == SubscriberRow.address_key)
        .where(SubscriberRow.id == subscriber_id)
    )
    unsubscribed_at, suppressed_at, reason, detail = session.exec(statement).one()
    return unsubscribed_at, suppressed_at, ": ".join(part for part in (reason, detail) if part)


def list_mails(
    session: Session, subscriber_id: int, edition_on: date, *, zone: ZoneInfo
) -> dict[tuple[Message, str], list[MailFacts]]:
    """Return a reader's deliveries of a day by (message, occasion), each with its revisions in order.

    `zone` is the reader's now, for a delivery whose digest does not say which it was.
    """
    statement = (
        select(DeliveryRow, DigestRow, AttemptRow)
        .outerjoin(DigestRow, col(DigestRow.id) == DeliveryRow.digest_id)
        .outerjoin(AttemptRow, _is_last_refusal())
        .where(DeliveryRow.subscriber_id == subscriber_id, DeliveryRow.edition_on == edition_on)
        .order_by(col(DeliveryRow.revision))
    )
    found: dict[tuple[Message, str], list[MailFacts]] = {}
    for row, digest, attempt in session.exec(statement):
        refusal = " ".join(str(part) for part in (attempt.code, attempt.text) if part) if attempt else ""
        facts = digest_facts(digest) if digest else DigestFacts(zone=zone)
        found.setdefault((Message(row.message), row.occasion), []).append(_mail(row, facts, refusal))
    return found


def _is_last_refusal() -> Any:
    """Return the condition that an attempt is the last one of its delivery that was not accepted."""
    last = (
        select(func.max(AttemptRow.id))
        .where(AttemptRow.delivery_id == DeliveryRow.id, AttemptRow.outcome != Outcome.ACCEPTED.value)
        .correlate(DeliveryRow)
        .scalar_subquery()
    )
    return and_(col(AttemptRow.delivery_id) == DeliveryRow.id, col(AttemptRow.id) == last)


def _mail(row: DeliveryRow, digest: DigestFacts, refusal: str) -> MailFacts:
    return MailFacts(
        state=DeliveryState(row.state),
        reason=row.reason,
        revision=row.revision,
        due_at=row.due_at,
        next_attempt_at=row.next_attempt_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        accepted_at=row.accepted_at,
        attempt_count=row.attempt_count,
        refusal=refusal,
        digest=digest,
    )


def digest_facts(row: DigestRow) -> DigestFacts:
    """Return what a frozen digest holds."""
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
