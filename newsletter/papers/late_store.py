"""Where papers stand in the stored lists, and when each was first seen there: what came late, what came before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, or_, select, text
from sqlmodel.sql.expression import Select

from newsletter.db.upsert import CHUNK
from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow

CARRIED_KINDS = (AnnouncementKind.NEW, AnnouncementKind.CROSS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A paper's place in a stored list; `seen_at` is when we first saw it there."""

    arxiv_id: ArxivId
    category: str
    listed_on: date
    kind: AnnouncementKind
    position: int
    seen_at: datetime
    is_backfilled: bool


def hold_lists(session: Session) -> None:
    """Wait for lists that are being stored, and let no other be stored before this transaction ends.

    What is seen later then has a later `seen_at`. On SQLite a transaction does that from its start.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE paper, announcement IN SHARE MODE"))


def list_late_places(
    session: Session, categories: Sequence[str], *, since: date, before: date, last_on: date, last_at: datetime
) -> list[Place]:
    """Return new and cross-listed papers of the lists from `since` to the day before `before` that no edition had.

    The last edition is that of `last_on`, and had what was seen until `last_at`: of the lists up to it those papers are
    returned that were seen later, of the lists after it all. Lists fetched for the archive are left out. The order is that
    of the lists: by date, then by category as named, then by position.
    """
    statement = _places(categories).where(
        col(AnnouncementRow.listed_on) >= since,
        col(AnnouncementRow.listed_on) < before,
        col(AnnouncementRow.is_backfilled).is_(False),
        col(AnnouncedRow.kind).in_([kind.value for kind in CARRIED_KINDS]),
        or_(col(AnnouncedRow.seen_at) > last_at, col(AnnouncementRow.listed_on) > last_on),
    )
    found = [_place(row) for row in session.exec(statement)]
    return sorted(found, key=lambda place: (place.listed_on, categories.index(place.category), place.position))


def list_places(session: Session, categories: Sequence[str], ids: Iterable[str]) -> list[Place]:
    """Return every place of these papers in the stored lists of the categories."""
    wanted = sorted(set(ids))
    found: list[Place] = []
    for start in range(0, len(wanted), CHUNK):
        statement = _places(categories).where(col(AnnouncedRow.arxiv_id).in_(wanted[start : start + CHUNK]))
        found += [_place(row) for row in session.exec(statement)]
    return found


def _places(categories: Sequence[str]) -> Select[AnnouncementRow, AnnouncedRow]:
    joined = select(AnnouncementRow, AnnouncedRow).join(
        AnnouncedRow, col(AnnouncedRow.announcement_id) == col(AnnouncementRow.id)
    )
    return joined.where(col(AnnouncementRow.category).in_(categories))


def _place(found: tuple[AnnouncementRow, AnnouncedRow]) -> Place:
    announcement, announced = found
    return Place(
        arxiv_id=ArxivId(announced.arxiv_id),
        category=announcement.category,
        listed_on=announcement.listed_on,
        kind=AnnouncementKind(announced.kind),
        position=announced.position,
        seen_at=announced.seen_at,
        is_backfilled=announcement.is_backfilled,
    )
