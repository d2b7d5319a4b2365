"""Public editions as the pages read them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from newsletter.db.engine import reading
from newsletter.digests.load import SOURCE_LANGUAGE, TARGET_LANGUAGE, ShownPapers
from newsletter.editions.day import Day, load_day, match_day
from newsletter.editions.store import find_newest, list_editions
from newsletter.errors import NotFoundError
from newsletter.papers.paper import Announced
from newsletter.papers.trending_store import find_facts
from newsletter.queries.language import format_query
from newsletter.queries.query import Query
from newsletter.runtime import Runtime
from newsletter.translation.memory import recall
from newsletter.web.shown import NumberedPaper

_MOST_EDITIONS = 10_000  # forty years of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The editions before and after a day, where there are any."""

    previous_on: date | None
    next_on: date | None


def find_newest_day(runtime: Runtime) -> Day | None:
    """Return the newest edition, or None before there is any."""
    with reading(runtime.database) as session:
        newest = find_newest(session)
        return None if newest is None else load_day(session, newest.edition_on, runtime.settings.categories)


def find_day(runtime: Runtime, edition_on: date) -> Day | None:
    """Return the edition of a day, or None."""
    with reading(runtime.database) as session:
        try:
            return load_day(session, edition_on, runtime.settings.categories)
        except NotFoundError:
            return None


def find_neighbours(runtime: Runtime, day: date) -> Neighbours:
    """Return the editions nearest to a day, which need not have one itself."""
    with reading(runtime.database) as session:
        known = [edition.edition_on for edition in list_editions(session, limit=_MOST_EDITIONS)]
    return Neighbours(
        previous_on=max((other for other in known if other < day), default=None),
        next_on=min((other for other in known if other > day), default=None),
    )


def find_papers(runtime: Runtime, day: Day, query: Query) -> list[Announced]:
    """Return a day's papers that match, in the listing's order.

    A Chinese query is matched against what is translated already: a visitor's curiosity must not start a translation.
    """
    canonical = format_query(query)
    matches = match_day(replace(runtime.desk, translator=None), day, [canonical])[canonical]
    found = {match.arxiv_id for match in matches}
    return [item for item in day.announced if item.paper.arxiv_id in found]


def show_papers(
    runtime: Runtime, day: Day, items: Sequence[Announced], *, queries: Sequence[Query] = (), first_number: int = 1
) -> list[NumberedPaper]:
    """Return papers as they are shown, with the Chinese that is known, numbered from `first_number`."""
    papers = [item.paper for item in items]
    with reading(runtime.database) as session:
        texts = [text for paper in papers for text in (paper.title_source, paper.abstract_source)]
        chinese = recall(session, texts, source=SOURCE_LANGUAGE, target=TARGET_LANGUAGE)
        facts = find_facts(session, [paper.arxiv_id for paper in papers])
    shown = ShownPapers({paper.arxiv_id: paper for paper in papers}, chinese, runtime.addresses)
    return [
        NumberedPaper(
            number=number,
            paper=shown.paper(item.paper.arxiv_id, item.kind, day.edition_on, facts=facts.get(item.paper.arxiv_id)),
            queries=tuple(queries),
        )
        for number, item in enumerate(items, start=first_number)
    ]
