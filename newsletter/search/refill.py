"""Fill an empty index from what was read of each paper: nothing is read of the papers themselves again."""

from collections.abc import Callable, Iterator, Mapping

from sqlmodel import Session

from newsletter.search import store
from newsletter.search.index import index_of
from newsletter.search.reading import Reading

BATCH = 1000


def refill(session: Session, tell: Callable[[int], None]) -> int:
    """Put every paper that was read into the index; return how many. `tell` is told how many more are in."""
    index = index_of(session)
    index.clear(session)
    filled = 0
    for batch in _batches(session):
        index.add(session, batch)
        filled += len(batch)
        tell(len(batch))
    index.tidy(session)
    return filled


def _batches(session: Session) -> Iterator[Mapping[int, Reading]]:
    after = -1
    while batch := dict(store.list_readings(session, after=after, limit=BATCH)):
        yield batch
        after = max(batch)
