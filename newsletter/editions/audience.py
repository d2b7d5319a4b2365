"""The audience of an edition or another mailing: what it asks for in all, and its readers page by page.

So the memory that composing takes does not grow with the number of readers, but for the choices they make.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine as Database

from newsletter.db.engine import reading
from newsletter.deliveries.store import list_subscriber_ids
from newsletter.editions import audience_store
from newsletter.subscribers.store import list_page, list_subscribers
from newsletter.subscribers.subscriber import Preferences, Subscriber

READERS_A_PAGE = 1000

Demands = Mapping[Preferences, Collection[str]]
"""The queries of readers by those of their preferences that decide about papers; the others are as usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Confirmed readers who have no delivery of this message for this occasion yet; or those who want trending apart."""

    message: str
    occasion: str
    trending_apart: bool = False

    def list_demands(self, database: Database) -> Demands:
        """Return what all of them ask for: one statement."""
        found: defaultdict[Preferences, set[str]] = defaultdict(set)
        with reading(database) as session:
            demands = audience_store.iterate_demands(
                session, message=self.message, occasion=self.occasion, trending_apart=self.trending_apart
            )
            for preferences, query in demands:
                queries = found[preferences]
                if query is not None:
                    queries.add(query)
        return found

    def pages(self, database: Database) -> Iterator["Page"]:
        """Yield them in the order they came; whoever confirms meanwhile is among them."""
        last = 0
        while True:
            with reading(database) as session:
                readers = list_page(session, after=last, limit=READERS_A_PAGE, trending_apart=self.trending_apart)
                if not readers:
                    return
                between = int(readers[0].id), int(readers[-1].id)
                known = list_subscriber_ids(session, message=self.message, occasion=self.occasion, between=between)
                stopped = audience_store.list_suppressed_ids(session, between=between)
            last = between[1]
            unserved = [reader for reader in readers if reader.id not in known]
            if unserved:
                yield Page(readers=unserved, stopped=stopped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some readers, and the ids of those (or of others) whose addresses get no mail."""

    readers: Sequence[Subscriber]
    stopped: Collection[int] = ()


def demands_of(readers: Iterable[Subscriber]) -> Demands:
    """Return what these readers ask for."""
    found: defaultdict[Preferences, set[str]] = defaultdict(set)
    for reader in readers:
        found[reader.preferences].update(item.query for item in reader.active)
    return found


def pages_of(database: Database, subscriber_ids: Iterable[int]) -> Iterator[Page]:
    """Yield readers, whatever they consented to, by their ids, in the order they came."""
    wanted = sorted(subscriber_ids)
    for start in range(0, len(wanted), READERS_A_PAGE):
        chunk = wanted[start : start + READERS_A_PAGE]
        with reading(database) as session:
            readers = list_subscribers(session, ids=chunk)
            stopped = audience_store.list_suppressed_ids(session, between=(chunk[0], chunk[-1]))
        if readers:
            yield Page(readers=readers, stopped=stopped)


def list_queries(demands: Demands) -> set[str]:
    """Return every query that is asked for."""
    return {query for queries in demands.values() for query in queries}
