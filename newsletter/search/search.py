"""Search: every stored paper that matches a query, by relevance or by date, a page at a time.

Relevance is the matcher's own, as in digests: a word in the title counts for more, and the rarer the more. It is worked out
for the candidates that may have most of it, the newest papers with the words in their titles before others; what is behind
them follows in that order. The newest paper is the one with the largest identifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from newsletter.errors import InputError
from newsletter.papers import store as papers
from newsletter.papers.paper import ArxivId
from newsletter.queries.language import format_query, parse_query
from newsletter.queries.matcher import Matcher, rarity_of
from newsletter.queries.query import Term, list_wanted_terms
from newsletter.search import facets, match, store
from newsletter.search.compile import compile_query, compile_title
from newsletter.search.expressions import Expression, within, without
from newsletter.search.found import FoundPaper, SearchOrder, SearchPage
from newsletter.search.index import index_of
from newsletter.search.lists import first_listed
from newsletter.search.match import Matches
from newsletter.translation.keywords import read_keyword

MOST_WEIGHED = 100
"""So many candidates are read to be weighed; the matcher reads one in a sixth of a millisecond."""
MOST_A_PAGE = 100
_MOST_COUNTED = 8


def search(
    session: Session, text: str, *, order: SearchOrder, page: int, per_page: int, with_categories: bool = False
) -> SearchPage:
    """Return a page of what a query finds; raises QuerySyntaxError, and InputError for a page that cannot be."""
    if page < 1 or not 1 <= per_page <= MOST_A_PAGE:
        raise InputError(f"Pages count from 1 and have 1 to {MOST_A_PAGE} papers.")
    matches = match.find_matches(session, read_keyword(text))
    total = match.count(index_of(session), session, matches)
    offset = (page - 1) * per_page
    chosen: list[tuple[int, float]] = []
    if offset < total:
        if order is SearchOrder.RELEVANCE:
            chosen = _by_relevance(session, matches, total, offset=offset, limit=per_page)
        else:
            newest = match.list_newest(session, matches, limit=per_page, offset=offset)
            chosen = [(sequence, 0.0) for sequence in newest]
    is_spread = with_categories and total > per_page
    counted, categories = facets.count_categories(session, matches) if is_spread else facets.NOT_COUNTED
    return SearchPage(
        query=format_query(parse_query(text)),
        order=order,
        page=page,
        per_page=per_page,
        total=total,
        found=tuple(show(session, chosen)),
        unread=matches.unread,
        counted=counted,
        categories=categories,
    )


def show(session: Session, chosen: Sequence[tuple[int, float]]) -> list[FoundPaper]:
    """Return papers by their place in the order, with their scores, as they are shown."""
    contents = store.load_contents(session, [sequence for sequence, _ in chosen])
    ids = [content.arxiv_id for content in contents.values()]
    known = papers.get_papers(session, ids)
    listed = first_listed(session, ids)
    return [
        FoundPaper(
            paper=known[ArxivId(content.arxiv_id)],
            title_translated=content.title_translated or None,
            abstract_translated=content.abstract_translated or None,
            listed_on=listed.get(content.arxiv_id),
            score=score,
        )
        for content, score in ((contents[sequence], score) for sequence, score in chosen if sequence in contents)
    ]


def weigh(session: Session, matches: Matches, candidates: Sequence[int], *, sure_count: int) -> list[tuple[int, float]]:
    """Return candidates with their relevance, the best first and the newer of equals; so many papers match for sure."""
    contents = store.load_contents(session, candidates)
    canonical = format_query(matches.query)
    found = Matcher([canonical]).match(list(contents.values()), rarity=_rarity(session, matches, sure_count))[canonical]
    scores = {one.arxiv_id: one.score for one in found}
    weighed = [(sequence, scores.get(content.arxiv_id, 0.0)) for sequence, content in contents.items()]
    return sorted(weighed, key=lambda pair: (-pair[1], -pair[0]))


def _rarity(session: Session, matches: Matches, sure_count: int) -> dict[Term, float] | None:
    """Return what each wanted term counts for among all papers; None for so many that they are counted among candidates."""
    terms = list_wanted_terms(matches.query)
    if len(terms) > _MOST_COUNTED:
        return None
    total = store.count_read(session)
    index = index_of(session)
    counts = {
        term: sure_count if bounds.lower == matches.sure else index.count(session, bounds.lower)
        for term, bounds in ((term, compile_query(term, matches.known)) for term in terms)
    }
    return {term: rarity_of(min(total, count), total) for term, count in counts.items()}


@dataclass(frozen=True, slots=True)
class _Tier:
    """Matches that stand together in the order, the newest first; the first `weighed` of them are candidates."""

    expression: Expression
    count: int
    weighed: int


def _by_relevance(
    session: Session, matches: Matches, total: int, *, offset: int, limit: int
) -> list[tuple[int, float]]:
    index = index_of(session)
    read = matches.read[:MOST_WEIGHED]
    sure_count = total - len(matches.read)
    tiers = _tiers(session, matches, sure_count, most=MOST_WEIGHED - len(read))
    count = len(read) + sum(tier.weighed for tier in tiers)
    chosen: list[tuple[int, float]] = []
    if offset < count:
        candidates = [*read]
        for tier in tiers:
            candidates += index.list_newest(session, tier.expression, limit=tier.weighed) if tier.weighed else []
        chosen = weigh(session, matches, candidates, sure_count=sure_count)[offset : offset + limit]
    start = max(0, offset - count)
    for tier in tiers:
        wanted = min(limit - len(chosen), tier.count - tier.weighed - start)
        if wanted > 0:
            place = tier.weighed + start
            further = index.list_newest(session, tier.expression, limit=wanted, offset=place)
            chosen += [(sequence, 0.0) for sequence in further]
        start = max(0, start - (tier.count - tier.weighed))
    rest = matches.read[MOST_WEIGHED:]
    return chosen + [(sequence, 0.0) for sequence in rest[start : start + limit - len(chosen)]]


def _tiers(session: Session, matches: Matches, sure_count: int, *, most: int) -> list[_Tier]:
    """Return the sure matches in two tiers: with the words in the title, and the others."""
    in_title = within(matches.sure, compile_title(matches.query, matches.known))
    titles = index_of(session).count(session, in_title)
    others = sure_count - titles
    weighed = min(titles, most)
    return [
        _Tier(in_title, titles, weighed),
        _Tier(without(matches.sure, in_title), others, min(others, most - weighed)),
    ]
