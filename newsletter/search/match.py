"""Which stored papers match a query: exactly those that the matcher finds."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session

from newsletter.queries.language import format_query
from newsletter.queries.matcher import Matcher
from newsletter.queries.query import Query
from newsletter.search import store
from newsletter.search.bounds import Known
from newsletter.search.compile import compile_query, list_guesses
from newsletter.search.expressions import Expression, Lexeme
from newsletter.search.index import Index, index_of
from newsletter.search.phrases import text_pair

MOST_READ = 4000
"""So many papers are read for one query. Only phrases of common words with marks between them want more: *the, of*."""
_MOST_BEGUN = 16  # words that are looked up one by one where only a word's beginning is known
_CHUNK = 500  # papers that the matcher reads at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What matches: all of `sure`, and the papers of `read` (newest first), which are not in `sure`.

    `unread` papers might match, too, but are more than anybody waits for.
    """

    query: Query
    known: Known
    sure: Expression
    read: tuple[int, ...]
    unread: int = 0


def find_matches(session: Session, query: Query) -> Matches:
    """Return the papers that match a query; where the index cannot say, the matcher reads them."""
    index = index_of(session)
    known = _ask(index, session, query)
    bounds = compile_query(query, known)
    doubtful = index.list_newest(session, bounds.between)
    return Matches(
        query=query,
        known=known,
        sure=bounds.lower,
        read=_read(session, query, doubtful[:MOST_READ]),
        unread=max(0, len(doubtful) - MOST_READ),
    )


def list_within(session: Session, query: Query, papers: Set[int]) -> list[int]:
    """Return those of some papers that match a query, in no order; of the doubtful ones the newest MOST_READ are read."""
    index = index_of(session)
    bounds = compile_query(query, _ask(index, session, query))
    doubtful = index.list_within(session, bounds.between, papers)
    return [*index.list_within(session, bounds.lower, papers), *_read(session, query, doubtful[:MOST_READ])]


def _ask(index: Index, session: Session, query: Query) -> Known:
    """Ask the index what has to be known to compile a query."""
    there = index.list_known(session, _plausible(session, list_guesses(query)))
    return Known(there.__contains__, partial(store.list_begun, session, limit=_MOST_BEGUN))


def _plausible(session: Session, guesses: Sequence[Lexeme]) -> list[Lexeme]:
    """Leave out guesses at two words of which one is in no title and no abstract: of most words' parts one is none."""
    pairs = {guess: pair for guess in guesses if (pair := text_pair(guess)) is not None}
    words = store.count_terms(session, {word for pair in pairs.values() for word in pair})
    return [guess for guess in guesses if guess not in pairs or all(words.get(word) for word in pairs[guess])]


def list_newest(session: Session, matches: Matches, *, limit: int, offset: int) -> list[int]:
    """Return a part of the papers that match, the newest first."""
    sure = index_of(session).list_newest(session, matches.sure, limit=limit + offset)
    return sorted([*sure, *matches.read], reverse=True)[offset : offset + limit] if matches.read else sure[offset:]


def count(index: Index, session: Session, matches: Matches) -> int:
    """Return how many papers match."""
    return index.count(session, matches.sure) + len(matches.read)


def _read(session: Session, query: Query, sequences: Sequence[int]) -> tuple[int, ...]:
    canonical = format_query(query)
    matcher = Matcher([canonical]) if sequences else None
    found: list[int] = []
    for start in range(0, len(sequences), _CHUNK):
        contents = store.load_contents(session, sequences[start : start + _CHUNK])
        places = {content.arxiv_id: sequence for sequence, content in contents.items()}
        if matcher is not None:
            found += [places[match.arxiv_id] for match in matcher.match(list(contents.values()))[canonical]]
    return tuple(found)
