"""The versions of papers in the database: which were seen, when first, and with what comment."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, exists, func, select, update

from newsletter.db.upsert import CHUNK, insert_missing
from newsletter.papers.calendar import announced_at
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow, PaperVersionRow
from newsletter.papers.versions import KnownVersion


def record_versions(session: Session, papers: Iterable[Paper], *, seen_at: datetime) -> None:
    """Remember these versions of (stored) papers; one that is known stays, and only gets a comment if it had none.

    A description without categories is not arXiv's own, so nothing is learnt from its version.
    """
    comments: dict[tuple[ArxivId, int], str | None] = {}
    for paper in papers:
        if paper.categories:
            key = (paper.arxiv_id, paper.version)
            comments[key] = comments.get(key) or paper.comment_source
    known = _read_comments(session, {arxiv_id for arxiv_id, _ in comments})
    missing = [key for key in sorted(comments) if key not in known]
    insert_missing(
        session,
        PaperVersionRow,
        [
            {"arxiv_id": key[0], "version": key[1], "comment_source": comments[key], "seen_at": seen_at}
            for key in missing
        ],
    )
    # a feed has no comments: what it left out comes from the listing
    _fill_comments(session, {key: comments[key] for key, comment in known.items() if not comment and comments.get(key)})


def list_versions_before(
    session: Session, versions: Mapping[ArxivId, int], *, before: datetime
) -> dict[ArxivId, KnownVersion]:
    """Return each paper's newest version below the given one that was seen before an instant; none is left out."""
    found: dict[ArxivId, KnownVersion] = {}
    ids = sorted(versions)
    for start in range(0, len(ids), CHUNK):
        statement = (
            select(PaperVersionRow)
            .where(col(PaperVersionRow.arxiv_id).in_(ids[start : start + CHUNK]), PaperVersionRow.seen_at < before)
            .order_by(col(PaperVersionRow.version))
        )
        for row in session.exec(statement):
            arxiv_id = ArxivId(row.arxiv_id)
            if row.version < versions[arxiv_id]:
                found[arxiv_id] = KnownVersion(version=row.version, comment_source=row.comment_source)
    return found


def raise_versions(session: Session, announcement: Announcement) -> Announcement:
    """Return the list with every replacement one version above what was seen before arXiv announced it.

    A listing entry without an HTML link does not say its version, and is read as version 2; taken at that word, the third
    version of such a paper would change nothing. Papers that stand in this list already are left alone, so that reading
    it again counts nothing up.
    """
    replaced = [item.paper.arxiv_id for item in announcement.announced if item.kind is AnnouncementKind.REPLACE]
    newest = _newest_seen(session, replaced, announcement)
    if not newest:
        return announcement
    return replace(announcement, announced=tuple(_raised(item, newest) for item in announcement.announced))


def _raised(item: Announced, newest: Mapping[str, int]) -> Announced:
    least = newest.get(item.paper.arxiv_id, 0) + 1
    return item if item.paper.version >= least else replace(item, paper=replace(item.paper, version=least))


def _newest_seen(session: Session, ids: list[ArxivId], announcement: Announcement) -> dict[str, int]:
    in_this_list = (
        exists()
        .where(col(AnnouncedRow.arxiv_id) == col(PaperVersionRow.arxiv_id))
        .where(col(AnnouncedRow.announcement_id) == col(AnnouncementRow.id))
        .where(col(AnnouncementRow.listed_on) >= announcement.listed_on)
    )
    found: dict[str, int] = {}
    for start in range(0, len(ids), CHUNK):
        statement = (
            select(PaperVersionRow.arxiv_id, func.max(PaperVersionRow.version))
            .where(col(PaperVersionRow.arxiv_id).in_(ids[start : start + CHUNK]), ~in_this_list)
            .where(PaperVersionRow.seen_at < announced_at(announcement.listed_on))
            .group_by(col(PaperVersionRow.arxiv_id))
        )
        found.update(session.exec(statement).all())
    return found


def _read_comments(session: Session, ids: Iterable[ArxivId]) -> dict[tuple[ArxivId, int], str | None]:
    found: dict[tuple[ArxivId, int], str | None] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        statement = select(PaperVersionRow).where(col(PaperVersionRow.arxiv_id).in_(wanted[start : start + CHUNK]))
        found.update(((ArxivId(row.arxiv_id), row.version), row.comment_source) for row in session.exec(statement))
    return found


def _fill_comments(session: Session, comments: Mapping[tuple[ArxivId, int], str | None]) -> None:
    if comments:
        session.exec(
            update(PaperVersionRow),
            params=[
                {"arxiv_id": arxiv_id, "version": version, "comment_source": comment}
                for (arxiv_id, version), comment in comments.items()
            ],
        )
