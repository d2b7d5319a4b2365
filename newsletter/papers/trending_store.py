"""Trending papers in the database: each day's list with its numbers, and how often it was asked for."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.sql.dml import Update
from sqlmodel import Session, col, delete, func, select
from sqlmodel.sql.expression import SelectOfScalar

from newsletter.db.upsert import CHUNK, insert_missing
from newsletter.papers.hub_facts import HubFacts, TrendingPaper
from newsletter.papers.paper import ArxivId
from newsletter.papers.sources.huggingface import Trending
from newsletter.papers.store import get_papers
from newsletter.papers.tables import SightingRow, TrendingRow
from newsletter.papers.trending_day import Asked

CATEGORY = "trending"
SOURCE = "huggingface"


def find_last_asked(session: Session, day: date) -> Asked | None:
    """Return how the asking for a day's list stands, or None before it began."""
    row = session.exec(_sighting(day)).first()
    if row is None:
        return None
    return Asked(tries=row.tries, asked_at=row.asked_at, is_seen=row.seen_at is not None)


def claim_asking(session: Session, day: date, *, after: Asked | None, at: datetime) -> bool:
    """Count one more try after the one that was last seen; False when somebody else has begun it meanwhile."""
    if after is None:
        first = {"category": CATEGORY, "listed_on": day, "source": SOURCE, "tries": 1, "asked_at": at, "ids": []}
        return insert_missing(session, SightingRow, [first]) == 1
    statement = _update(day).where(col(SightingRow.tries) == after.tries)
    return session.connection().execute(statement.values(tries=after.tries + 1, asked_at=at)).rowcount == 1


def store_trending(session: Session, day: date, papers: Sequence[Trending], *, collected_at: datetime) -> None:
    """Store a day's list, whose papers are stored already, in place of what was known of that day."""
    session.exec(delete(TrendingRow).where(col(TrendingRow.trending_on) == day))
    rows = [
        {
            "trending_on": day,
            "arxiv_id": item.arxiv_id,
            "position": item.rank,
            "upvotes": item.upvotes,
            "comments": item.comments,
            "organisation": item.organisation,
            "code_url": item.code_url,
            "stars": item.stars,
            "collected_at": collected_at,
        }
        for item in papers
    ]
    insert_missing(session, TrendingRow, rows)


def mark_seen(session: Session, day: date, ids: Sequence[ArxivId], *, at: datetime) -> None:
    """Record that a day's list came, and what it held."""
    values = {"answered_at": at, "seen_at": at, "counts": {"papers": len(ids)}, "ids": list(ids)}
    session.connection().execute(_update(day).values(values))


def mark_answered(session: Session, day: date, *, at: datetime) -> None:
    """Record that Hugging Face answered, but had no paper on the list."""
    session.connection().execute(_update(day).values(answered_at=at, counts={"papers": 0}))


def list_trending(session: Session, day: date) -> list[TrendingPaper]:
    """Return a day's papers, most votes first; [] when none are stored."""
    statement = select(TrendingRow).where(TrendingRow.trending_on == day).order_by(col(TrendingRow.position))
    rows = session.exec(statement).all()
    known = get_papers(session, [row.arxiv_id for row in rows])
    return [TrendingPaper(paper=known[ArxivId(row.arxiv_id)], facts=_facts(row)) for row in rows]


def find_newest_day(session: Session) -> date | None:
    """Return the newest day of which papers are stored, or None."""
    return session.exec(select(func.max(TrendingRow.trending_on))).one()


def find_days_around(session: Session, day: date) -> tuple[date | None, date | None]:
    """Return the nearest days before and after one of which papers are stored."""
    before = select(func.max(TrendingRow.trending_on)).where(TrendingRow.trending_on < day)
    after = select(func.min(TrendingRow.trending_on)).where(TrendingRow.trending_on > day)
    return session.exec(before).one(), session.exec(after).one()


def find_facts(session: Session, ids: Collection[str]) -> dict[str, HubFacts]:
    """Return the newest known facts of those of the papers that were on a day's list, by identifier."""
    wanted = sorted(ids)
    found: dict[str, HubFacts] = {}
    for start in range(0, len(wanted), CHUNK):
        statement = select(TrendingRow).where(col(TrendingRow.arxiv_id).in_(wanted[start : start + CHUNK]))
        rows = session.exec(statement.order_by(col(TrendingRow.trending_on)))
        found.update((row.arxiv_id, _facts(row)) for row in rows)
    return found


def _sighting(day: date) -> SelectOfScalar[SightingRow]:
    return select(SightingRow).where(
        SightingRow.category == CATEGORY, SightingRow.listed_on == day, SightingRow.source == SOURCE
    )


def _update(day: date) -> Update:
    return update(SightingRow).where(
        col(SightingRow.category) == CATEGORY, col(SightingRow.listed_on) == day, col(SightingRow.source) == SOURCE
    )


def _facts(row: TrendingRow) -> HubFacts:
    return HubFacts(
        upvotes=row.upvotes,
        comments=row.comments,
        organisation=row.organisation,
        code_url=row.code_url,
        stars=row.stars,
    )
