"""How the papers that a search finds spread over the categories: of the newest of them, so that broad words cost no more."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, select

from newsletter.papers.tables import PaperRow
from newsletter.search import match
from newsletter.search.match import Matches
from newsletter.search.tables import SearchPaperRow

MOST_COUNTED = 500
"""So many papers are looked at, in some 10 ms; counting all papers of a broad search takes ten times as long."""


Spread = tuple[int, tuple[tuple[str, int], ...]]
"""How many papers were looked at, and how many of them each category has, the commonest first."""
NOT_COUNTED: Spread = (0, ())


def count_categories(session: Session, matches: Matches) -> Spread:
    """Return how the newest papers found spread over the categories."""
    newest = match.list_newest(session, matches, limit=MOST_COUNTED, offset=0)
    counts = Counter(code for categories in _list_categories(session, newest) for code in dict.fromkeys(categories))
    return len(newest), tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _list_categories(session: Session, sequences: Sequence[int]) -> Iterator[list[str]]:
    """Yield the categories of each paper."""
    statement = select(col(PaperRow.categories)).join(
        SearchPaperRow, col(SearchPaperRow.arxiv_id) == col(PaperRow.arxiv_id)
    )
    yield from session.exec(statement.where(col(SearchPaperRow.sequence).in_(sequences)))
