"""Papers and announcements in the database: storing the same thing twice changes nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, delete, select, update

from newsletter.db.upsert import CHUNK, insert_missing
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper, merge_announcements
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, PaperRow
from newsletter.papers.version_store import raise_versions, record_versions

ESTIMATE = "api"
"""The source of a list that was put together from submission times afterwards: any list that was seen replaces it."""
# a listing counts its entries; OAI-PMH does not even say how they were announced
_TRUST = {ESTIMATE: 0, "oai": 1, "feed": 2}
_MOST_TRUSTED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCounts:
    """What storing changed: papers not known before, papers with newer or fuller metadata, places added to the list."""

    new_papers: int = 0
    changed_papers: int = 0
    announced: int = 0

    def __add__(self, other: "StoredCounts") -> "StoredCounts":
        return StoredCounts(
            new_papers=self.new_papers + other.new_papers,
            changed_papers=self.changed_papers + other.changed_papers,
            announced=self.announced + other.announced,
        )


def fresher_paper(known: Paper, seen: Paper) -> Paper:
    """Decide what to keep of a paper: the newer version's metadata, and what only the other one has.

    Feeds have no comments and a listing entry may lack its abstract: such a gap is filled, never carried over. Of two
    descriptions of the same version the first stays, an older one changes nothing. A description without categories is
    not arXiv's own: it only stands in until arXiv's is known.
    """
    if seen.version < known.version and known.categories:
        return known
    is_fresher = (bool(seen.categories), seen.version) > (bool(known.categories), known.version)
    kept, other = (seen, known) if is_fresher else (known, seen)
    if not kept.abstract_source:
        kept = replace(kept, abstract=other.abstract, abstract_source=other.abstract_source)
    if kept.comment_source is None:
        kept = replace(kept, comment=other.comment, comment_source=other.comment_source)
    return kept


def store_papers(session: Session, papers: Iterable[Paper], *, stored_at: datetime) -> StoredCounts:
    """Store papers under their identifiers, and their versions; what is known changes only as `fresher_paper` says."""
    described = list(papers)
    seen: dict[ArxivId, Paper] = {}
    for paper in described:
        seen[paper.arxiv_id] = fresher_paper(seen[paper.arxiv_id], paper) if paper.arxiv_id in seen else paper
    known = _lock_papers(session, seen)
    # in the order of identifiers, so that two processes storing the same papers cannot wait for each other
    missing = [seen[arxiv_id] for arxiv_id in sorted(seen) if arxiv_id not in known]
    kept = {arxiv_id: fresher_paper(paper, seen[arxiv_id]) for arxiv_id, paper in known.items()}
    changed = [kept[arxiv_id] for arxiv_id in sorted(kept) if kept[arxiv_id] != known[arxiv_id]]
    inserted = insert_missing(session, PaperRow, [_columns(paper, stored_at) for paper in missing])
    if changed:
        session.exec(update(PaperRow), params=[_columns(paper, stored_at) for paper in changed])
    record_versions(session, described, seen_at=stored_at)
    return StoredCounts(new_papers=inserted, changed_papers=len(changed))


def get_papers(session: Session, ids: Iterable[str]) -> dict[ArxivId, Paper]:
    """Return the stored papers with these identifiers, by identifier; unknown ones are missing."""
    return _read_papers(session, ids, for_update=False)


def store_announcement(
    session: Session, announcement: Announcement, *, collected_at: datetime, is_backfilled: bool = False
) -> StoredCounts:
    """Store a day's list with its papers, or complete the stored one.

    Papers that came late are added behind the others; nothing that was seen is lost or moved. A list that was seen
    replaces an estimate of the same day, and an estimate never touches a list that was seen. `is_backfilled` says that the
    list is fetched for the archive, as an estimate always is: no digest carries its papers later.
    """
    announcement = raise_versions(session, announcement)
    counts = store_papers(session, (item.paper for item in announcement.announced), stored_at=collected_at)
    is_estimate = announcement.source == ESTIMATE
    is_backfilled = is_backfilled or is_estimate
    row, is_new = _open_announcement(session, announcement, collected_at, is_backfilled=is_backfilled)
    was_estimate = row.source == ESTIMATE
    if is_estimate and not was_estimate:
        return counts
    if was_estimate and not is_estimate:
        session.exec(delete(AnnouncedRow).where(col(AnnouncedRow.announcement_id) == row.id))
    is_more_trusted = _trust(announcement.source) > _trust(row.source)
    added = _store_places(session, row, announcement, seen_at=collected_at, corrects_kinds=is_more_trusted)
    row.is_backfilled = row.is_backfilled and is_backfilled
    if is_more_trusted:
        row.source = announcement.source
    if added and not is_new:
        row.collected_at = collected_at
    if announcement.totals:
        for kind, total in announcement.totals.items():
            setattr(row, f"{kind}_total", total)
    session.add(row)
    return replace(counts, announced=added)


def find_day(session: Session, categories: Sequence[str], listed_on: date) -> list[Announced]:
    """Return the papers announced that day in any of the categories, each once, in listing order; [] when none are stored."""
    statement = (
        select(AnnouncementRow.category, AnnouncedRow.kind, AnnouncedRow.position, PaperRow)
        .join(AnnouncedRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .join(PaperRow, col(PaperRow.arxiv_id) == AnnouncedRow.arxiv_id)
        .where(AnnouncementRow.listed_on == listed_on, col(AnnouncementRow.category).in_(categories))
        .order_by(col(AnnouncedRow.position))
    )
    lists: dict[str, list[Announced]] = {category: [] for category in categories}
    for category, kind, position, row in session.exec(statement):
        lists[category].append(Announced(paper=_paper(row), kind=AnnouncementKind(kind), position=position))
    return merge_announcements(
        [
            Announcement(category=category, listed_on=listed_on, source="", announced=tuple(items))
            for category, items in lists.items()
        ]
    )


def list_days(session: Session, categories: Sequence[str]) -> list[date]:
    """Return the days of which a list of any of the categories is stored, oldest first."""
    found = select(col(AnnouncementRow.listed_on)).where(col(AnnouncementRow.category).in_(categories)).distinct()
    return sorted(session.exec(found))


def list_stored_categories(session: Session, listed_on: date) -> list[str]:
    """Return the categories whose list of that day is stored, sorted."""
    return sorted(session.exec(select(AnnouncementRow.category).where(AnnouncementRow.listed_on == listed_on)))


def _open_announcement(
    session: Session, announcement: Announcement, collected_at: datetime, *, is_backfilled: bool
) -> tuple[AnnouncementRow, bool]:
    """Make the list's row if there is none, and lock it; tell whether it was made."""
    values = {
        "category": announcement.category,
        "listed_on": announcement.listed_on,
        "announced_at": announced_at(announcement.listed_on),
        "collected_at": collected_at,
        "source": announcement.source,
        "is_backfilled": is_backfilled,
    }
    inserted = insert_missing(session, AnnouncementRow, [values])
    statement = select(AnnouncementRow).where(
        AnnouncementRow.category == announcement.category, AnnouncementRow.listed_on == announcement.listed_on
    )
    return session.exec(statement.with_for_update()).one(), inserted == 1


def _store_places(
    session: Session, row: AnnouncementRow, announcement: Announcement, *, seen_at: datetime, corrects_kinds: bool
) -> int:
    """Add the places that are not there yet and return how many; a more trusted source also corrects the kinds."""
    statement = select(AnnouncedRow.arxiv_id, AnnouncedRow.id, AnnouncedRow.position)
    known = {
        arxiv_id: (place_id, position)
        for arxiv_id, place_id, position in session.exec(statement.where(AnnouncedRow.announcement_id == row.id))
    }
    first = 1 + max((position for _, position in known.values()), default=-1)
    missing = [item for item in announcement.announced if item.paper.arxiv_id not in known]
    places = [
        {
            "announcement_id": row.id,
            "arxiv_id": item.paper.arxiv_id,
            "kind": item.kind.value,
            "position": first + number,
            "version": item.paper.version,
            "seen_at": seen_at,
        }
        for number, item in enumerate(missing)
    ]
    if corrects_kinds:
        kept = [item for item in announcement.announced if item.paper.arxiv_id in known]
        _correct_kinds(session, {known[item.paper.arxiv_id][0]: item.kind for item in kept})
    return insert_missing(session, AnnouncedRow, places)


def _correct_kinds(session: Session, kinds: Mapping[int | None, AnnouncementKind]) -> None:
    if kinds:
        session.exec(
            update(AnnouncedRow), params=[{"id": place_id, "kind": kind.value} for place_id, kind in kinds.items()]
        )


def _lock_papers(session: Session, ids: Iterable[ArxivId]) -> dict[ArxivId, Paper]:
    return _read_papers(session, ids, for_update=True)


def _read_papers(session: Session, ids: Iterable[str], *, for_update: bool) -> dict[ArxivId, Paper]:
    found: dict[ArxivId, Paper] = {}
    for chunk in _chunks(sorted(set(ids))):
        statement = select(PaperRow).where(col(PaperRow.arxiv_id).in_(chunk)).order_by(col(PaperRow.arxiv_id))
        rows = session.exec(statement.with_for_update() if for_update else statement)
        found.update((ArxivId(row.arxiv_id), _paper(row)) for row in rows)
    return found


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _trust(source: str) -> int:
    return _TRUST.get(source, _MOST_TRUSTED)


def _columns(paper: Paper, stored_at: datetime) -> dict[str, Any]:
    return {
        "arxiv_id": paper.arxiv_id,
        "version": paper.version,
        "title": paper.title,
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "categories": list(paper.categories),
        "comment": paper.comment,
        "title_source": paper.title_source,
        "authors_source": list(paper.authors_source),
        "abstract_source": paper.abstract_source,
        "comment_source": paper.comment_source,
        "stored_at": stored_at,
    }


def _paper(row: PaperRow) -> Paper:
    return Paper(
        arxiv_id=ArxivId(row.arxiv_id),
        version=row.version,
        title=row.title,
        authors=tuple(row.authors),
        abstract=row.abstract,
        categories=tuple(row.categories),
        comment=row.comment,
        title_source=row.title_source,
        authors_source=tuple(row.authors_source),
        abstract_source=row.abstract_source,
        comment_source=row.comment_source,
    )
