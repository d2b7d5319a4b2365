"""The search's own tables: every SQL statement on what was read, what waits, and how common words are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select, text, update

from newsletter.db.upsert import CHUNK, insert_missing
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow
from newsletter.queries.matcher import Matchable
from newsletter.search.content import unpack
from newsletter.search.lexemes import list_lexemes
from newsletter.search.reading import Reading
from newsletter.search.tables import SearchChangeRow, SearchPaperRow, SearchStateRow, SearchTermRow

STATE = 1
EVERY_PAPER = ""
"""The term that every paper has: counting rows would read what was read of a hundred thousand papers."""
_LAST_CHARACTER = "\U0010ffff"
_INDEX_LOCK = 7_301_928  # any number that only we use
_ADD_TERM = text(
    "INSERT INTO search_term (term, paper_count) VALUES (:term, :paper_count) "
    "ON CONFLICT (term) DO UPDATE SET paper_count = search_term.paper_count + excluded.paper_count"
)


def list_waiting(session: Session, *, limit: int) -> dict[str, list[int]]:
    """Return papers that wait to be read, those that wait longest first, with all changes that are noted of them."""
    oldest = select(SearchChangeRow.arxiv_id).order_by(col(SearchChangeRow.id)).limit(limit)
    waiting: dict[str, list[int]] = {arxiv_id: [] for arxiv_id in session.exec(oldest)}
    for chunk in _chunks(list(waiting)):
        noted = select(SearchChangeRow.arxiv_id, SearchChangeRow.id).where(col(SearchChangeRow.arxiv_id).in_(chunk))
        for arxiv_id, change_id in session.exec(noted):
            waiting[arxiv_id].append(change_id or 0)
    return waiting


def count_waiting(session: Session) -> int:
    """Return how many papers wait to be read."""
    return session.exec(select(func.count(func.distinct(SearchChangeRow.arxiv_id)))).one()


def forget_changes(session: Session) -> None:
    """Forget that any paper waits to be read."""
    session.connection().execute(delete(SearchChangeRow))


def is_waiting(session: Session) -> bool:
    """Tell whether any paper waits to be read."""
    return session.exec(select(SearchChangeRow.id).limit(1)).first() is not None


def count_read(session: Session) -> int:
    """Return how many papers can be found."""
    return count_terms(session, [EVERY_PAPER]).get(EVERY_PAPER, 0)


def remove_changes(session: Session, change_ids: Sequence[int]) -> int:
    """Take changes away that were dealt with; return how many were still there."""
    removed = 0
    for chunk in _chunks(change_ids):
        result = session.connection().execute(delete(SearchChangeRow).where(col(SearchChangeRow.id).in_(chunk)))
        removed += result.rowcount
    return removed


def hold_index(session: Session) -> None:
    """Let nobody else make the index before this transaction ends; on SQLite a transaction does that from its start."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _INDEX_LOCK})


def hold_state(session: Session) -> None:
    """Let nobody else write to the index before this transaction ends."""
    session.exec(select(SearchStateRow).where(SearchStateRow.id == STATE).with_for_update()).first()


def find_format(session: Session) -> str | None:
    """Return how the index was made; None before the first paper was read."""
    row = session.get(SearchStateRow, STATE)
    return None if row is None else row.format


def set_format(session: Session, index_format: str) -> None:
    """Record how the index is made."""
    session.merge(SearchStateRow(id=STATE, format=index_format))


def forget_all(session: Session) -> None:
    """Forget what was read of every paper."""
    connection = session.connection()
    for table in (SearchPaperRow, SearchTermRow, SearchChangeRow):
        connection.execute(delete(table))


def open_papers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make the rows of papers to be read, so that a translation from now on is noted; or bring their hashes up to date.

    A row has `sequence`, `arxiv_id`, `title_hash` and `abstract_hash`.
    """
    insert_missing(session, SearchPaperRow, [{**row, "is_translated": False} for row in rows])
    known = select(SearchPaperRow.sequence, SearchPaperRow.title_hash, SearchPaperRow.abstract_hash)
    hashes: dict[int, tuple[str, str]] = {}
    for chunk in _chunks([row["sequence"] for row in rows]):
        found = session.exec(known.where(col(SearchPaperRow.sequence).in_(chunk)))
        hashes.update((sequence, (title, abstract)) for sequence, title, abstract in found)
    changed = [dict(row) for row in rows if hashes[row["sequence"]] != (row["title_hash"], row["abstract_hash"])]
    if changed:
        session.exec(update(SearchPaperRow), params=changed)


def await_translations(session: Session) -> None:
    """Wait for translations that began to be written before the papers' rows could be seen."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("LOCK TABLE translation IN SHARE MODE"))


def load_contents(session: Session, sequences: Iterable[int]) -> dict[int, Matchable]:
    """Return what was read of papers, in the order asked for; those not read yet are missing."""
    wanted = list(dict.fromkeys(sequences))
    found: dict[int, bytes] = {}
    for chunk in _chunks(wanted):
        statement = select(SearchPaperRow.sequence, SearchPaperRow.content).where(
            col(SearchPaperRow.sequence).in_(chunk), col(SearchPaperRow.content).is_not(None)
        )
        found.update((sequence, content) for sequence, content in session.exec(statement) if content is not None)
    return {sequence: unpack(found[sequence]) for sequence in wanted if sequence in found}


def list_readings(session: Session, *, after: int, limit: int) -> list[tuple[int, Reading]]:
    """Return what was read of the papers behind a place in the order, the first of them first."""
    row = SearchPaperRow
    statement = (
        select(col(row.sequence), row.content, row.is_translated, row.read_at)
        .where(col(row.sequence) > after, col(row.content).is_not(None))
        .order_by(col(row.sequence))
        .limit(limit)
    )
    return [
        (
            sequence,
            Reading(
                lexemes=list_lexemes(unpack(content)), content=content, is_translated=is_translated, read_at=read_at
            ),
        )
        for sequence, content, is_translated, read_at in session.exec(statement)
        if content is not None
    ]


def list_unread(session: Session, sequences: Set[int]) -> set[int]:
    """Return which of these stored papers cannot be found yet: none, unless some paper or other waits to be read."""
    if not is_waiting(session):
        return set()
    found: set[int] = set()
    for chunk in _chunks(sorted(sequences)):
        statement = select(SearchPaperRow.sequence).where(
            col(SearchPaperRow.sequence).in_(chunk), col(SearchPaperRow.content).is_not(None)
        )
        found.update(session.exec(statement))
    return set(sequences) - found


def last_read_at(session: Session, sequences: Sequence[int]) -> datetime | None:
    """Return when one of these papers was read last: whatever changed since in a paper or its translation waits for it."""
    found: list[datetime | None] = []
    for chunk in _chunks(sequences):
        statement = select(func.max(SearchPaperRow.read_at)).where(col(SearchPaperRow.sequence).in_(chunk))
        found.append(session.exec(statement).one())
    return max((at for at in found if at is not None), default=None)


def count_translated(session: Session, categories: Sequence[str], days: Sequence[date]) -> int:
    """Return how many papers of these days' lists can be found in Chinese."""
    listed = (
        select(AnnouncedRow.arxiv_id)
        .join(AnnouncementRow, col(AnnouncementRow.id) == col(AnnouncedRow.announcement_id))
        .where(col(AnnouncementRow.category).in_(categories), col(AnnouncementRow.listed_on).in_(days))
    )
    statement = select(func.count()).where(
        col(SearchPaperRow.is_translated).is_(True), col(SearchPaperRow.arxiv_id).in_(listed)
    )
    return session.exec(statement).one()


def add_terms(session: Session, changes: Counter[str]) -> None:
    """Add to the numbers of papers that have a word; they may be negative."""
    rows = [{"term": term, "paper_count": changes[term]} for term in sorted(changes) if changes[term]]
    if rows:
        session.connection().execute(_ADD_TERM, rows)


def count_terms(session: Session, terms: Iterable[str]) -> dict[str, int]:
    """Return in how many papers words are; unknown ones are missing."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(set(terms))):
        statement = select(SearchTermRow.term, SearchTermRow.paper_count).where(col(SearchTermRow.term).in_(chunk))
        found.update(session.exec(statement).all())
    return found


def list_begun(session: Session, beginning: str, *, limit: int) -> list[str]:
    """Return the commonest words, in the singular, that begin so."""
    term = col(SearchTermRow.term)
    statement = (
        select(term)
        .where(term >= beginning, term < beginning + _LAST_CHARACTER, col(SearchTermRow.paper_count) > 0)
        .order_by(col(SearchTermRow.paper_count).desc(), term)
        .limit(limit)
    )
    return list(session.exec(statement))


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
