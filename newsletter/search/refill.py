"""Fill an empty index from what was read of each paper: nothing is read of the papers themselves again."""

from collections.abc import Callable, Iterator

from sqlmodel import Session

from newsletter.search import store
from newsletter.search.content import unpack
from newsletter.search.index import index_of
from newsletter.search.lexemes import list_lexemes

BATCH = 1000


def refill(session: Session, tell: Callable[[int], None]) -> int:
    """Put every paper that was read into the index; return how many. `tell` is told how many more are in."""
    index = index_of(session)
    index.clear(session)
    filled = 0
    for batch in _batches(session):
        index.add(session, [(sequence, list_lexemes(unpack(content))) for sequence, content in batch])
        filled += len(batch)
        tell(len(batch))
    index.tidy(session)
    return filled


def _batches(session: Session) -> Iterator[list[tuple[int, bytes]]]:
    after = -1
    while batch := store.list_contents(session, after=after, limit=BATCH):
        yield batch
        after = batch[-1][0]
