"""In which stored lists papers are: when each was first announced, and the editions of the last weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from newsletter.db.upsert import CHUNK
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow

_RANK = {kind.value: rank for rank, kind in enumerate(AnnouncementKind)}


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper's place in one edition, under its strongest kind."""

    edition_on: date
    kind: AnnouncementKind
    place: int


def first_listed(session: Session, ids: Iterable[str]) -> dict[str, date]:
    """Return the date of the first stored list of each paper; those of no list are missing."""
    wanted = sorted(set(ids))
    found: dict[str, date] = {}
    for start in range(0, len(wanted), CHUNK):
        statement = (
            select(AnnouncedRow.arxiv_id, func.min(AnnouncementRow.listed_on))
            .join(AnnouncementRow, col(AnnouncementRow.id) == col(AnnouncedRow.announcement_id))
            .where(col(AnnouncedRow.arxiv_id).in_(wanted[start : start + CHUNK]))
            .group_by(col(AnnouncedRow.arxiv_id))
        )
        found.update(session.exec(statement).all())
    return found


def list_days(session: Session, categories: Sequence[str], *, limit: int) -> list[date]:
    """Return the newest days of which a list of the categories is stored, oldest first."""
    statement = (
        select(col(AnnouncementRow.listed_on))
        .where(col(AnnouncementRow.category).in_(categories))
        .distinct()
        .order_by(col(AnnouncementRow.listed_on).desc())
        .limit(limit)
    )
    return sorted(session.exec(statement))


def newest_place(session: Session) -> int:
    """Return a number that grows with every place that is added to a list."""
    return session.exec(select(func.max(col(AnnouncedRow.id)))).one() or 0


def load_window(session: Session, categories: Sequence[str], days: Sequence[date]) -> Mapping[str, tuple[Listed, ...]]:
    """Return the editions that each paper is in, on these days; a paper in several lists of a day is in it once."""
    statement = (
        select(col(AnnouncedRow.arxiv_id), col(AnnouncementRow.listed_on), AnnouncedRow.kind, AnnouncedRow.position)
        .join(AnnouncementRow, col(AnnouncementRow.id) == col(AnnouncedRow.announcement_id))
        .where(col(AnnouncementRow.category).in_(categories), col(AnnouncementRow.listed_on).in_(days))
    )
    strongest: dict[tuple[str, date], tuple[int, int, str]] = {}
    for arxiv_id, listed_on, kind, place in session.exec(statement):
        key, found = (arxiv_id, listed_on), (_RANK[kind], place, kind)
        if key not in strongest or found < strongest[key]:
            strongest[key] = found
    window: dict[str, tuple[Listed, ...]] = {}
    for (arxiv_id, listed_on), (_, place, kind) in strongest.items():
        window[arxiv_id] = (*window.get(arxiv_id, ()), Listed(listed_on, AnnouncementKind(kind), place))
    return window
