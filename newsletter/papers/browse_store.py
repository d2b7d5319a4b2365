"""Stored papers for whoever looks through all of them in turn."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, func, select

from newsletter.papers.paper import SAMPLE_PREFIX, ArxivId
from newsletter.papers.tables import PaperRow, TrendingRow


def list_ids_before(session: Session, before: str | None, *, limit: int) -> list[ArxivId]:
    """Return identifiers in falling order, from those before one on; the sample edition's papers are none.

    Identifiers since 2007 fall with time; those of the scheme before, which begin with a letter, come first.
    """
    statement = select(PaperRow.arxiv_id).where(~col(PaperRow.arxiv_id).startswith(SAMPLE_PREFIX))
    if before is not None:
        statement = statement.where(PaperRow.arxiv_id < before)
    return [ArxivId(found) for found in session.exec(statement.order_by(col(PaperRow.arxiv_id).desc()).limit(limit))]


def list_trending_days(session: Session, *, before: date | None, limit: int) -> Sequence[date]:
    """Return the days of which a list of trending papers is stored, the newest first."""
    statement = (
        select(col(TrendingRow.trending_on)).distinct().order_by(col(TrendingRow.trending_on).desc()).limit(limit)
    )
    if before is not None:
        statement = statement.where(TrendingRow.trending_on < before)
    return session.exec(statement).all()


def count_papers(session: Session) -> int:
    """Return how many papers are stored."""
    return session.exec(select(func.count()).select_from(PaperRow)).one()
