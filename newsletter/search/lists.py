"""In which stored lists papers are: when each was first announced, and the editions of the last weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from newsletter.db.upsert import CHUNK
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow

_KINDS = tuple(AnnouncementKind)
_RANK = {kind.value: rank for rank, kind in enumerate(_KINDS)}


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
    listed = select(col(AnnouncementRow.listed_on), AnnouncementRow.id).where(
        col(AnnouncementRow.category).in_(categories), col(AnnouncementRow.listed_on).in_(days)
    )
    day_of = {announcement_id or 0: day for day, announcement_id in session.exec(listed)}
    statement = select(
        col(AnnouncedRow.arxiv_id), AnnouncedRow.announcement_id, AnnouncedRow.kind, AnnouncedRow.position
    ).where(col(AnnouncedRow.announcement_id).in_(list(day_of)))
    places: dict[str, dict[date, tuple[int, int]]] = {}
    for arxiv_id, announcement_id, kind, position in session.exec(statement):
        days_in, found = places.setdefault(arxiv_id, {}), (_RANK[kind], position)
        day = day_of[announcement_id]
        if day not in days_in or found < days_in[day]:
            days_in[day] = found
    return {
        arxiv_id: tuple(Listed(day, _KINDS[rank], place) for day, (rank, place) in days_in.items())
        for arxiv_id, days_in in places.items()
    }
