"""Papers put into a database as they are said, and read for the search."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.papers.paper import ArxivId, Paper
from newsletter.papers.store import store_announcement, store_papers
from newsletter.queries.matcher import Matchable
from newsletter.search import keep, search
from newsletter.search.found import SearchOrder, SearchPage
from newsletter.translation.memory import remember
from tests.conftest import NOON
from tests.factories import announce, make_paper


def fill(database: Engine, matchables: Sequence[Matchable]) -> None:
    """Store papers with their translations, and read them."""
    chinese: dict[str, str] = {}
    for matchable in matchables:
        chinese |= {
            f"title of {matchable.arxiv_id}": matchable.title_translated,
            f"on {matchable.arxiv_id}": matchable.abstract_translated,
        }
    with transaction(database) as session:
        store_papers(session, map(_paper, matchables), stored_at=NOON)
        remember(session, chinese, source="en", target="zh", engine="test", translated_at=NOON)
    sweep(database)


def fill_days(database: Engine, days: dict[date, list[Paper]]) -> None:
    """Store papers in the lists of their days, and read them."""
    for day, papers in days.items():
        with transaction(database) as session:
            store_announcement(session, announce(papers, listed_on=day), collected_at=NOON)
    sweep(database)


def sweep(database: Engine) -> int:
    """Read whatever waits."""
    return keep.sweep(database, "zh", now=lambda: NOON)


def look_for(
    database: Engine, query: str, *, order: SearchOrder = SearchOrder.RELEVANCE, page: int = 1, per_page: int = 100
) -> SearchPage:
    with reading(database) as session:
        return search.search(session, query, order=order, page=page, per_page=per_page)


def found_ids(database: Engine, query: str) -> list[str]:
    """Return every paper that a search finds, over all its pages."""
    first = look_for(database, query)
    pages = [first, *(look_for(database, query, page=number) for number in range(2, first.pages + 1))]
    return [one.paper.arxiv_id for page in pages for one in page.found]


def numbers(page: SearchPage) -> list[int]:
    return [int(one.paper.arxiv_id[-5:]) for one in page.found]


def paper(number: int, title: str, abstract: str = "We walk.") -> Paper:
    return make_paper(number, title, abstract=abstract)


def _paper(matchable: Matchable) -> Paper:
    return Paper(
        arxiv_id=ArxivId(matchable.arxiv_id),
        version=1,
        title=matchable.title,
        authors=matchable.authors,
        abstract=matchable.abstract,
        categories=matchable.categories,
        comment=matchable.comment or None,
        title_source=f"title of {matchable.arxiv_id}",
        authors_source=matchable.authors,
        abstract_source=f"on {matchable.arxiv_id}",
        comment_source=matchable.comment or None,
    )
