"""Public editions as the pages read them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from newsletter.db.engine import reading
from newsletter.digests.dates import short_date, short_date_zh
from newsletter.digests.digest import ShownPaper
from newsletter.digests.shown_papers import ShownPapers
from newsletter.editions.day import load_day, match_day
from newsletter.editions.store import find_days_beside, find_newest, get_edition
from newsletter.editions.story.lists import find_absence, say_absence, say_unsettled
from newsletter.errors import NotFoundError
from newsletter.languages import SOURCE
from newsletter.papers.calendar import eastern
from newsletter.papers.day_store import Place, is_estimate, list_places
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.ledger import SETTLED
from newsletter.papers.ledger_store import list_entries
from newsletter.papers.paper import AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.sample import SAMPLE_CATEGORY
from newsletter.papers.store import get_papers
from newsletter.papers.trending_store import find_facts
from newsletter.queries.language import format_query
from newsletter.queries.query import Query
from newsletter.runtime import Runtime
from newsletter.search import store
from newsletter.search.found import FoundPaper
from newsletter.search.match import list_within
from newsletter.search.sequence import sequence_of
from newsletter.translation.memory import recall
from newsletter.web.shown import NumberedPaper
from newsletter.words import NOTHING, Words

_STOP = Words(".", "。")
_ESTIMATED = Words(
    "This list was put together afterwards from submission times, so it may differ from what arXiv announced.",
    "本期列表是事后根据投稿时间补编的，可能与 arXiv 当日公布的略有出入。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDay:
    """An edition's papers in the listing's order, without their texts."""

    edition_on: date
    is_sample: bool
    announced: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The days before and after one of which there is something, where there are any."""

    previous_on: date | None
    next_on: date | None


def find_newest_day(runtime: Runtime) -> PublicDay | None:
    """Return the newest edition, or None before there is any."""
    with reading(runtime.database) as session:
        newest = find_newest(session)
    return None if newest is None else find_day(runtime, newest.edition_on)


def find_day(runtime: Runtime, edition_on: date) -> PublicDay | None:
    """Return the edition of a day, or None."""
    with reading(runtime.database) as session:
        try:
            edition = get_edition(session, edition_on)
        except NotFoundError:
            return None
        wanted = (SAMPLE_CATEGORY,) if edition.is_sample else runtime.settings.categories
        places = list_places(session, wanted, edition_on)
    return PublicDay(edition_on=edition_on, is_sample=edition.is_sample, announced=tuple(places))


def find_neighbours(runtime: Runtime, day: date) -> Neighbours:
    """Return the editions nearest to a day, which need not have one itself."""
    with reading(runtime.database) as session:
        previous_on, next_on = find_days_beside(session, day)
    return Neighbours(previous_on=previous_on, next_on=next_on)


def say_absent(runtime: Runtime, day: date) -> Words:
    """Return the sentence that says why a day has no edition."""
    facts = runtime.chronicle.day(day).facts
    absence = find_absence(facts)
    return NOTHING if absence is None else _sentence(say_absence(facts, absence))


def say_gaps(runtime: Runtime, day: PublicDay) -> Words:
    """Return the sentence that says what a day's lists still lack; nothing when they are whole."""
    if day.is_sample:
        return NOTHING
    with reading(runtime.database) as session:
        categories = runtime.settings.categories
        if is_estimate(session, categories, day.edition_on):
            return _ESTIMATED
        entries = list_entries(session, categories, since=day.edition_on, until=day.edition_on)
    settled = {entry.category for entry in entries.get(day.edition_on, ()) if entry.verdict.judgement in SETTLED}
    if settled >= set(categories):
        return NOTHING
    return _sentence(say_unsettled(runtime.chronicle.day(day.edition_on).facts))


def find_papers(runtime: Runtime, day: PublicDay, query: Query) -> list[Place]:
    """Return a day's papers that match, in the listing's order.

    The index answers for the papers it has read, the matcher for the others. A Chinese query is matched against what is
    translated already: a visitor's curiosity must not start a translation.
    """
    places = {} if day.is_sample else {sequence_of(place.arxiv_id): place.arxiv_id for place in day.announced}
    with reading(runtime.database) as session:
        read = places.keys() - store.list_unread(session, places.keys())
        found = {places[sequence] for sequence in list_within(session, query, read)}
    unread = {place.arxiv_id for place in day.announced} - {places[sequence] for sequence in read}
    found |= _match_unread(runtime, day, query, unread) if unread else set()
    return [place for place in day.announced if place.arxiv_id in found]


def _match_unread(runtime: Runtime, day: PublicDay, query: Query, unread: Collection[str]) -> set[ArxivId]:
    with reading(runtime.database) as session:
        whole = load_day(session, day.edition_on, runtime.settings.categories)
    part = replace(whole, announced=tuple(item for item in whole.announced if item.paper.arxiv_id in unread))
    canonical = format_query(query)
    matches = match_day(replace(runtime.desk, translators=()), part, [canonical])[canonical]
    return {ArxivId(match.arxiv_id) for match in matches}


def find_votes(runtime: Runtime, places: Sequence[Place]) -> dict[str, int]:
    """Return how many votes each paper that trended has at Hugging Face."""
    with reading(runtime.database) as session:
        facts = find_facts(session, [place.arxiv_id for place in places])
    return {arxiv_id: found.upvotes or 0 for arxiv_id, found in facts.items()}


def show_papers(
    runtime: Runtime, day: PublicDay, places: Sequence[Place], *, queries: Sequence[Query] = (), first_number: int = 1
) -> list[NumberedPaper]:
    """Return papers as they are shown, with the Chinese that is known, numbered from `first_number`."""
    with reading(runtime.database) as session:
        papers = get_papers(session, [place.arxiv_id for place in places])
        facts = find_facts(session, papers)
    shown = with_translations(runtime, list(papers.values()))
    return [
        NumberedPaper(
            number=number,
            paper=shown.paper(place.arxiv_id, place.kind, day.edition_on, facts=facts.get(place.arxiv_id)),
            queries=tuple(queries),
        )
        for number, place in enumerate(places, start=first_number)
    ]


def show_found(
    runtime: Runtime, found: Sequence[FoundPaper], *, queries: Sequence[Query] = (), first_number: int = 1
) -> list[NumberedPaper]:
    """Return papers that a search found as they are shown."""
    with reading(runtime.database) as session:
        facts = find_facts(session, [item.paper.arxiv_id for item in found])
    return [
        NumberedPaper(
            number=number,
            paper=_shown(runtime, item, facts.get(item.paper.arxiv_id)),
            queries=tuple(queries),
            listed_on=item.listed_on,
        )
        for number, item in enumerate(found, start=first_number)
    ]


def _shown(runtime: Runtime, item: FoundPaper, facts: HubFacts | None) -> ShownPaper:
    paper = item.paper
    abs_url, pdf_url = runtime.addresses.of_paper(paper, item.listed_on or runtime.clock().date())
    return ShownPaper(
        arxiv_id=paper.arxiv_id,
        kind=AnnouncementKind.NEW,
        title=paper.title,
        title_translated=item.title_translated,
        authors=paper.authors,
        categories=paper.categories,
        comment=paper.comment,
        abstract=paper.abstract,
        abstract_translated=item.abstract_translated,
        language=runtime.language,
        abs_url=abs_url,
        pdf_url=pdf_url,
        facts=facts,
    )


def with_translations(runtime: Runtime, papers: Sequence[Paper]) -> ShownPapers:
    """Return what shows these papers, with the translations that are known of them."""
    language = runtime.language
    texts = [text for paper in papers for text in (paper.title_source, paper.abstract_source)]
    with reading(runtime.database) as session:
        known: Mapping[str, str] = recall(session, texts, source=SOURCE, target=language)
    return ShownPapers({paper.arxiv_id: paper for paper in papers}, known, runtime.addresses, language=language)


def say_eastern(instant: datetime) -> Words:
    """Thu 19 Mar 20:00 Eastern: for pages that do not know the reader's zone."""
    local = eastern(instant)
    return Words(
        f"{short_date(local.date())} {local:%H:%M} Eastern", f"美东时间 {short_date_zh(local.date())} {local:%H:%M}"
    )


def _sentence(clause: Words) -> Words:
    is_name = clause.en.startswith("arXiv")
    return Words(clause.en if is_name else clause.en[:1].upper() + clause.en[1:], clause.zh) + _STOP
