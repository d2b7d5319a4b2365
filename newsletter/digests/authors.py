"""Authors to follow: keywords that ask for one author alone, whose papers stand in a section of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from newsletter.digests.choose import AUTHOR_PREFIX, ChosenSection, Offer, choose_offers, make_offer
from newsletter.digests.speech import say
from newsletter.queries.language import LONGEST_QUERY, parse_query
from newsletter.queries.matcher import Match
from newsletter.queries.query import Phrase
from newsletter.subscribers.subscriber import Languages, Order, Subscription

_OR = " OR "


@lru_cache(maxsize=65_536)
def followed_author(query: str) -> str | None:
    """Return the name that a canonical query asks for when it asks for an author and nothing else, else None."""
    if not query.startswith(AUTHOR_PREFIX):
        return None
    found = parse_query(query)
    return found.text if isinstance(found, Phrase) else None


def author_keyword(name: str) -> str:
    """Return the keyword that follows an author: `au:Geoffrey Hinton`; what begins with `au:` is one already."""
    written = " ".join(name.split())
    return written if written.lower().startswith(AUTHOR_PREFIX) else f"{AUTHOR_PREFIX}{written}"


def split_authors(subscriptions: Iterable[Subscription]) -> tuple[list[Subscription], list[Subscription]]:
    """Return (keywords, authors), each in the reader's order."""
    every = list(subscriptions)
    authors = [item for item in every if followed_author(item.query) is not None]
    return [item for item in every if followed_author(item.query) is None], authors


def title_of(languages: Languages) -> str:
    """Return what the section of authors is called in a reader's languages."""
    return " ".join(say(code, "Authors you follow") for code in languages.codes)


def choose_with_authors(
    offers: Sequence[Offer], *, order: Order, languages: Languages, places: Mapping[str, int]
) -> list[ChosenSection]:
    """Return a section per keyword, as `choose_offers` does, and one behind them for all authors, unless it is empty.

    `places` has each paper's place in the day. A paper of a followed author that a keyword brings stands there, and says so.
    """
    if not [offer for offer in offers if offer.asks_author]:  # as with nearly all readers
        return choose_offers(offers)
    authors = [offer for offer in offers if followed_author(offer.section.query) is not None]
    keywords = [offer for offer in offers if followed_author(offer.section.query) is None]
    found = [offer for offer in authors if offer.ids]
    if not found:
        return choose_offers(keywords)
    best: dict[str, float] = {}
    for entry in (entry for offer in found for entry in offer.section.entries):
        best[entry.arxiv_id] = max(entry.score, best.get(entry.arxiv_id, entry.score))
    followed = Subscription(keyword=title_of(languages), query=_joined([offer.section.query for offer in found]))
    matches = [Match(arxiv_id=arxiv_id, score=best[arxiv_id]) for arxiv_id in sorted(best, key=places.__getitem__)]
    *sections, last = choose_offers([*keywords, make_offer(followed, matches, order=order)])
    return [*sections, replace(last, is_authors=True)] if last.entries else sections


def _joined(queries: Sequence[str]) -> str:
    """Return one query for as many of the authors as fit into the longest that can be read: it marks their names."""
    joined = queries[0]
    for query in queries[1:]:
        if len(joined) + len(_OR) + len(query) > LONGEST_QUERY:
            break
        joined += _OR + query
    return joined
