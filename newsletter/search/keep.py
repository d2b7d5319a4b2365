"""Keep the index up to date: papers that were stored, changed or translated are read, each with what is known now.

Triggers note every change in the transaction that makes it. A change that comes while its paper is read is noted anew; what
two processes read at once, one of them writes.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from sqlalchemy import Engine as Database
from sqlmodel import Session

from newsletter.clock import Clock
from newsletter.db.engine import reading, transaction
from newsletter.languages import SOURCE
from newsletter.papers import store as papers
from newsletter.papers import taxonomy
from newsletter.papers.paper import SAMPLE_PREFIX, ArxivId, Paper
from newsletter.queries import plurals, words
from newsletter.queries.matcher import Matchable
from newsletter.search import lexemes, schema, store
from newsletter.search.content import make_content, pack
from newsletter.search.index import index_of
from newsletter.search.lexemes import list_lexemes, list_text_words
from newsletter.search.reading import Reading
from newsletter.search.sequence import sequence_of
from newsletter.translation.memory import recall, source_hash

BATCH = 400

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read of a batch, and the changes that it deals with."""

    contents: Mapping[int, Matchable]
    change_ids: Sequence[int]


@cache
def index_format(language: str) -> str:
    """Return what the index depends on, as a hash of the modules that read words and the language of the translations."""
    parts = [Path(str(module.__file__)).read_bytes() for module in (words, plurals, lexemes)]
    return hashlib.sha256(b"".join([*parts, taxonomy.TABLE.read_bytes(), language.encode()])).hexdigest()


def prepare(database: Database, language: str) -> None:
    """See to it that the index and its triggers are there, and made as this program reads words."""
    with reading(database) as session:
        is_ready = schema.is_installed(session.connection()) and store.find_format(session) == index_format(language)
    if is_ready:
        return
    with transaction(database) as session:
        store.hold_index(session)  # two workers that start together find the same amiss
        connection = session.connection()
        if store.find_format(session) != index_format(language):
            _log.warning("search_index_made_anew")
            index_of(session).clear(session)
            index_of(session).tidy(session)
            store.forget_all(session)
            store.set_format(session, index_format(language))
            schema.queue_all(connection)
        if not schema.is_installed(connection):
            _log.warning("search_triggers_were_missing")
            schema.install(connection)


def sweep(
    database: Database,
    language: str,
    *,
    now: Clock,
    most: int | None = None,
    tell: Callable[[int], None] | None = None,
) -> int:
    """Read papers that wait, with their texts in `language`, batch by batch, at most `most`; return how many were read.

    `tell` is told how many more are done after each batch. Another process may do the same at once.
    """
    prepare(database, language)
    return _sweep(database, language, now=now, most=most, tell=tell)


def _sweep(
    database: Database, language: str, *, now: Clock, most: int | None, tell: Callable[[int], None] | None
) -> int:
    done = 0
    while most is None or done < most:
        with reading(database) as session:
            waiting = store.list_waiting(session, limit=BATCH)
        if not waiting:
            break
        _read_batch(database, waiting, language, now=now)
        done += len(waiting)
        if tell:
            tell(len(waiting))
    if done:
        _log.info("papers_read_for_search", papers=done)
    return done


def rebuild(database: Database, language: str, *, now: Clock, tell: Callable[[int], None] | None = None) -> int:
    """Read every stored paper anew; return how many there are."""
    prepare(database, language)
    with transaction(database) as session:
        index_of(session).clear(session)
        store.forget_all(session)
        schema.queue_all(session.connection())
    done = _sweep(database, language, now=now, most=None, tell=tell)
    with transaction(database) as session:
        index_of(session).tidy(session)
    return done


def _read_batch(database: Database, waiting: Mapping[str, Sequence[int]], language: str, *, now: Clock) -> None:
    ids = [ArxivId(arxiv_id) for arxiv_id in waiting if not arxiv_id.startswith(SAMPLE_PREFIX)]
    with transaction(database) as session:
        _open(session, papers.get_papers(session, ids).values())
    with transaction(database) as session:
        store.await_translations(session)
    with reading(database) as session:
        contents = _load(session, ids, language)
    read_at = now()
    read = _Read(contents, [change_id for change_ids in waiting.values() for change_id in change_ids])
    added = {
        sequence: Reading(
            lexemes=list_lexemes(content),
            content=pack(content),
            is_translated=bool(content.title_translated or content.abstract_translated),
            read_at=read_at,
        )
        for sequence, content in contents.items()
    }
    with transaction(database) as session:
        store.hold_state(session)
        if store.remove_changes(session, read.change_ids) < len(read.change_ids):
            session.rollback()  # another process read these papers meanwhile, and may have read them later than we did
            return
        _write(session, read, added)


def _open(session: Session, found: Iterable[Paper]) -> None:
    rows = [
        {
            "sequence": sequence_of(paper.arxiv_id),
            "arxiv_id": paper.arxiv_id,
            "title_hash": source_hash(paper.title_source),
            "abstract_hash": source_hash(paper.abstract_source),
        }
        for paper in found
    ]
    if rows:
        store.open_papers(session, sorted(rows, key=lambda row: str(row["arxiv_id"])))


def _load(session: Session, ids: Sequence[ArxivId], language: str) -> dict[int, Matchable]:
    found = papers.get_papers(session, ids)
    texts = {text for paper in found.values() for text in (paper.title_source, paper.abstract_source)}
    known = recall(session, texts, source=SOURCE, target=language)
    return {
        sequence_of(arxiv_id): make_content(paper, known.get(paper.title_source), known.get(paper.abstract_source))
        for arxiv_id, paper in found.items()
    }


def _write(session: Session, read: _Read, added: Mapping[int, Reading]) -> None:
    index = index_of(session)
    before = store.load_contents(session, read.contents)
    index.remove(session, ((sequence, list_lexemes(content)) for sequence, content in before.items()))
    index.add(session, added)
    changes: Counter[str] = Counter()
    for content in read.contents.values():
        changes.update([store.EVERY_PAPER, *list_text_words(content)])
    for content in before.values():
        changes.subtract([store.EVERY_PAPER, *list_text_words(content)])
    store.add_terms(session, changes)
