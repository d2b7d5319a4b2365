"""One paper's past: the lists it stood in, its versions, and the days on which it trended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from newsletter.db.upsert import CHUNK
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.store import ESTIMATE
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, PaperVersionRow, TrendingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """A paper's place in one category's list of a day. An estimate was put together from submission times afterwards."""

    listed_on: date
    category: str
    kind: AnnouncementKind
    version: int
    is_estimate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenVersion:
    """A version that was seen, when first, and the comment it came with."""

    version: int
    seen_at: datetime
    comment_source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trended:
    """A paper's place (from 1) among a day's trending papers, and what was known of it then."""

    trending_on: date
    place: int
    facts: HubFacts


def list_appearances(session: Session, arxiv_id: str) -> list[Appearance]:
    """Return every list that has the paper, the oldest first."""
    statement = (
        select(AnnouncementRow, AnnouncedRow)
        .join(AnnouncedRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .where(AnnouncedRow.arxiv_id == arxiv_id)
        .order_by(col(AnnouncementRow.listed_on), col(AnnouncementRow.category))
    )
    return [
        Appearance(
            listed_on=shown.listed_on,
            category=shown.category,
            kind=AnnouncementKind(place.kind),
            version=place.version,
            is_estimate=shown.source == ESTIMATE,
        )
        for shown, place in session.exec(statement)
    ]


def list_versions(session: Session, arxiv_id: str) -> list[SeenVersion]:
    """Return the versions of a paper that were seen, the first first."""
    statement = select(PaperVersionRow).where(PaperVersionRow.arxiv_id == arxiv_id)
    return [
        SeenVersion(version=row.version, seen_at=row.seen_at, comment_source=row.comment_source)
        for row in session.exec(statement.order_by(col(PaperVersionRow.version)))
    ]


def list_trended(session: Session, arxiv_id: str) -> list[Trended]:
    """Return the days on which a paper trended, the newest first."""
    statement = select(TrendingRow).where(TrendingRow.arxiv_id == arxiv_id)
    return [
        Trended(
            trending_on=row.trending_on,
            place=row.position + 1,
            facts=HubFacts(
                upvotes=row.upvotes,
                comments=row.comments,
                organisation=row.organisation,
                code_url=row.code_url,
                stars=row.stars,
            ),
        )
        for row in session.exec(statement.order_by(col(TrendingRow.trending_on).desc()))
    ]


def list_first_listed(session: Session, ids: Collection[str]) -> dict[str, date]:
    """Return the date of the first stored list of each paper; one that is in none is left out."""
    wanted, found = sorted(set(ids)), dict[str, date]()
    for start in range(0, len(wanted), CHUNK):
        statement = (
            select(AnnouncedRow.arxiv_id, func.min(AnnouncementRow.listed_on))
            .join(AnnouncementRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
            .where(col(AnnouncedRow.arxiv_id).in_(wanted[start : start + CHUNK]))
            .group_by(col(AnnouncedRow.arxiv_id))
        )
        found.update(session.exec(statement).all())
    return found
