"""Authors to follow: keywords that ask for one author alone, whose papers stand in a section of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from newsletter.digests.choose import ChosenSection, choose_sections
from newsletter.digests.speech import say
from newsletter.queries.language import LONGEST_QUERY, parse_query
from newsletter.queries.matcher import Match
from newsletter.queries.query import Field, Phrase
from newsletter.subscribers.subscriber import Languages, Order, Subscription

_OR = " OR "


@lru_cache(maxsize=65_536)
def followed_author(query: str) -> str | None:
    """Return the name that a canonical query asks for when it asks for an author and nothing else, else None."""
    if not query.startswith(f"{Field.AUTHOR}:"):
        return None
    found = parse_query(query)
    return found.text if isinstance(found, Phrase) else None


def author_keyword(name: str) -> str:
    """Return the keyword that follows an author: `au:Geoffrey Hinton`; what begins with `au:` is one already."""
    written = " ".join(name.split())
    return written if written.lower().startswith(f"{Field.AUTHOR}:") else f"{Field.AUTHOR}:{written}"


def split_authors(subscriptions: Iterable[Subscription]) -> tuple[list[Subscription], list[Subscription]]:
    """Return (keywords, authors), each in the reader's order."""
    every = list(subscriptions)
    authors = [item for item in every if followed_author(item.query) is not None]
    return [item for item in every if followed_author(item.query) is None], authors


def title_of(languages: Languages) -> str:
    """Return what the section of authors is called in a reader's languages."""
    return " ".join(say(code, "Authors you follow") for code in languages.codes)


def choose_with_authors(
    subscriptions: Sequence[Subscription],
    matches: Mapping[str, Sequence[Match]],
    *,
    order: Order,
    languages: Languages,
    places: Mapping[str, int],
) -> list[ChosenSection]:
    """Return a section per keyword, as `choose_sections` does, and one behind them for all authors, unless it is empty.

    `places` has each paper's place in the day. A paper of a followed author that a keyword brings stands there, and says so.
    """
    keywords, authors = split_authors(subscriptions)
    found = [item for item in authors if matches.get(item.query)]
    if not found:
        return choose_sections(keywords, matches, order=order)
    best: dict[str, Match] = {}
    for match in (match for item in found for match in matches[item.query]):
        known = best.get(match.arxiv_id)
        best[match.arxiv_id] = match if known is None or match.score > known.score else known
    followed = Subscription(keyword=title_of(languages), query=_joined([item.query for item in found]))
    ordered = sorted(best.values(), key=lambda match: places[match.arxiv_id])
    *sections, last = choose_sections([*keywords, followed], {**matches, followed.query: ordered}, order=order)
    return [*sections, replace(last, is_authors=True)] if last.entries else sections


def _joined(queries: Sequence[str]) -> str:
    """Return one query for as many of the authors as fit into the longest that can be read: it marks their names."""
    joined = queries[0]
    for query in queries[1:]:
        if len(joined) + len(_OR) + len(query) > LONGEST_QUERY:
            break
        joined += _OR + query
    return joined
