"""What the database knows of days and readers, read for stories: each function is one statement."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from newsletter.db.types import UTCDateTime
from newsletter.editions.story.facts import EditionFacts
from newsletter.editions.tables import CollectionRow, EditionRow
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
