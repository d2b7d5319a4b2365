"""Which papers a reader is shown under which keyword: a paper once, with every keyword that it matched.

What a keyword brings is the same for all readers of the same taste. It is made ready once, as an offer, and where a reader's
offers have no paper in common, as is usual, their sections are the offers' own.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Order, Subscription

AUTHORS = "authors"
"""What the frozen section of the authors that a reader follows is marked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenEntry:
    """A chosen paper: all keywords it matched (its section's first, the others in the reader's order), and how well."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one keyword brings a reader who has no other: its section, and the identifiers of the papers in it."""

    section: ChosenSection
    ids: frozenset[str]


def make_offer(subscription: Subscription, matches: Sequence[Match], *, order: Order) -> Offer:
    """Return a keyword's papers, given in listing order; by relevance the best score comes first, equal ones as listed."""
    keyword = subscription.keyword
    ordered = sorted(matches, key=lambda match: -match.score) if order is Order.RELEVANCE else matches
    entries = tuple(ChosenEntry(arxiv_id=match.arxiv_id, matched=(keyword,), score=match.score) for match in ordered)
    section = ChosenSection(keyword=keyword, query=subscription.query, entries=entries)
    return Offer(section=section, ids=frozenset(entry.arxiv_id for entry in entries))


def choose_offers(offers: Sequence[Offer]) -> list[ChosenSection]:
    """Return a section per offer, in the reader's order; a paper stands in the first section that it matches."""
    shared = _find_shared(offers)
    if not shared:
        return [offer.section for offer in offers]
    above: set[str] = set()
    sections = []
    for offer in offers:
        sections.append(_narrowed(offer, offers, above, shared))
        above |= shared & offer.ids
    return sections


def _find_shared(offers: Sequence[Offer]) -> frozenset[str]:
    """Return the papers that are in more than one offer."""
    seen: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    for offer in offers:
        if not offer.ids:
            continue
        if not seen.isdisjoint(offer.ids):
            shared |= seen & offer.ids
        seen = seen | offer.ids if seen else offer.ids
    return shared


def _narrowed(offer: Offer, offers: Sequence[Offer], above: Set[str], shared: Set[str]) -> ChosenSection:
    """Return an offer's section without the papers of sections above, each with all keywords that it matched."""
    section = offer.section
    if offer.ids.isdisjoint(shared):
        return section
    entries = tuple(
        entry if entry.arxiv_id not in shared else _with_others(entry, section.keyword, offers)
        for entry in section.entries
        if entry.arxiv_id not in above
    )
    return ChosenSection(keyword=section.keyword, query=section.query, entries=entries)


def _with_others(entry: ChosenEntry, keyword: str, offers: Sequence[Offer]) -> ChosenEntry:
    matched = (other.section.keyword for other in offers if entry.arxiv_id in other.ids)
    others = (other for other in matched if other != keyword)
    return ChosenEntry(arxiv_id=entry.arxiv_id, matched=(keyword, *others), score=entry.score)
