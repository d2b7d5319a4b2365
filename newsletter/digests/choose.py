"""Which papers a reader is shown under which keyword: a paper once, with every keyword that it matched.

What a keyword brings is the same for all readers of the same taste. It is made ready once, as an offer, and where a reader's
offers have no paper in common, as is usual, their sections are the offers' own.
"""

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from newsletter.queries.matcher import Match
from newsletter.queries.query import Field
from newsletter.subscribers.subscriber import Order, Subscription

AUTHORS = "authors"
"""What the frozen section of the authors that a reader follows is marked with."""
AUTHOR_PREFIX = f"{Field.AUTHOR}:"


class ChosenEntry(NamedTuple):
    """A chosen paper: all keywords it matched (its section's first, the others in the reader's order), and how well.

    A named tuple, since a morning has as many as matches.
    """

    arxiv_id: str
    matched: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenSection:
    """One keyword's chosen papers in the order they are shown; empty when nothing matched or all is shown above.

    Or (`is_authors`) those of all authors that the reader follows.
    """

    keyword: str
    query: str
    entries: tuple[ChosenEntry, ...]
    is_authors: bool = False


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What one keyword brings a reader who has no other: its section, and the identifiers of the papers in it.

    `asks_author`: the keyword begins as one does that follows an author. `days` are the other editions in which one of the
    papers may have been mailed.
    """

    section: ChosenSection
    ids: frozenset[str]
    asks_author: bool
    days: frozenset[date] = frozenset()

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each paper stands in the section; asked for where other keywords bring some of them, too."""
        return {entry.arxiv_id: place for place, entry in enumerate(self.section.entries)}


def make_offer(subscription: Subscription, matches: Sequence[Match], *, order: Order) -> Offer:
    """Return a keyword's papers, given in listing order; by relevance the best score comes first, equal ones as listed."""
    matched = (subscription.keyword,)
    entries = [ChosenEntry(match.arxiv_id, matched, match.score) for match in matches]
    return _offer(subscription.keyword, subscription.query, _ordered(entries, order))


def narrow_offer(offer: Offer, wanted: Container[str], *, order: Order) -> Offer:
    """Return what is wanted of an offer in listing order; the offer itself where that is all of it in the same order."""
    section = offer.section
    entries = [entry for entry in section.entries if entry.arxiv_id in wanted]
    if len(entries) == len(section.entries) and (order is Order.LISTING or len(entries) < 2):
        return offer
    return _offer(section.keyword, section.query, _ordered(entries, order))


def _ordered(entries: list[ChosenEntry], order: Order) -> list[ChosenEntry]:
    return sorted(entries, key=lambda entry: -entry.score) if order is Order.RELEVANCE else entries


def _offer(keyword: str, query: str, entries: Iterable[ChosenEntry]) -> Offer:
    section = ChosenSection(keyword=keyword, query=query, entries=tuple(entries))
    ids = frozenset([entry.arxiv_id for entry in section.entries])
    return Offer(section=section, ids=ids, asks_author=query.startswith(AUTHOR_PREFIX))


def choose_offers(offers: Sequence[Offer]) -> list[ChosenSection]:
    """Return a section per offer, in the reader's order; a paper stands in the first section that it matches."""
    shared = _find_shared(offers)
    if not shared:
        return [offer.section for offer in offers]
    above: frozenset[str] = frozenset()
    sections = []
    for offer in offers:
        theirs = shared & offer.ids
        sections.append(_narrowed(offer, theirs, above, offers) if theirs else offer.section)
        above |= theirs
    return sections


def _find_shared(offers: Sequence[Offer]) -> frozenset[str]:
    """Return the papers that are in more than one offer; every two are compared, since that takes less than to join them."""
    shared: frozenset[str] = frozenset()
    for one, other in combinations([offer.ids for offer in offers if offer.ids], 2):
        if not one.isdisjoint(other):
            shared |= one & other
    return shared


def _narrowed(offer: Offer, shared: Set[str], above: Set[str], offers: Sequence[Offer]) -> ChosenSection:
    """Return an offer's section without the papers of sections above, each with all keywords that it matched.

    Only those that other offers have, too, are looked at: they are few.
    """
    section = offer.section
    entries = list(section.entries)
    for place in sorted((offer.places[arxiv_id] for arxiv_id in shared), reverse=True):
        entry = entries[place]
        if entry.arxiv_id in above:
            del entries[place]
        else:
            entries[place] = _with_others(entry, section.keyword, offers)
    return ChosenSection(keyword=section.keyword, query=section.query, entries=tuple(entries))


def _with_others(entry: ChosenEntry, keyword: str, offers: Sequence[Offer]) -> ChosenEntry:
    matched = [other.section.keyword for other in offers if entry.arxiv_id in other.ids]
    others = [other for other in matched if other != keyword]
    return ChosenEntry(entry.arxiv_id, (keyword, *others), entry.score)
