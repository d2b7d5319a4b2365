"""Try a query against stored days: what would it have brought?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.db.engine import reading
from newsletter.editions.day import load_day, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.store import list_editions
from newsletter.papers.paper import Paper
from newsletter.queries.language import format_query, parse_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A query in canonical form and the papers it finds in each day, newest day first, in the listing's order."""

    query: str
    days: Sequence[tuple[date, Sequence[Paper]]]


def try_query(desk: Desk, text: str, *, day: date | None, days: int) -> Trial:
    """Run a query over one day, or over the newest `days` editions.

    Raises QuerySyntaxError, and NotFoundError when the day is not stored.
    """
    query = format_query(parse_query(text))
    with reading(desk.database) as session:
        wanted = [day] if day else [edition.edition_on for edition in list_editions(session, limit=days)]
        loaded = [load_day(session, edition_on, desk.categories) for edition_on in wanted]
    found = []
    for one in loaded:
        hits = {match.arxiv_id for match in match_day(desk, one, [query])[query]}
        found.append((one.edition_on, [item.paper for item in one.announced if item.paper.arxiv_id in hits]))
    return Trial(query=query, days=found)
