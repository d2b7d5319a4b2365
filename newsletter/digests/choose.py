"""Which papers a reader is shown under which keyword: a paper once, with every keyword that it matched."""

from collections.abc import Mapping, Sequence
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


def choose_sections(
    subscriptions: Sequence[Subscription], matches: Mapping[str, Sequence[Match]], *, order: Order
) -> list[ChosenSection]:
    """Return a section per subscription, in the reader's order; a paper stands in the first section that it matches.

    `matches` holds each query's papers in listing order (a query that is not in it matched nothing). By relevance the
    best score comes first, and equal scores keep the listing order.
    """
    matched = _keywords_by_paper(subscriptions, matches)
    shown: set[str] = set()
    sections = []
    for subscription in subscriptions:
        fresh = [match for match in matches.get(subscription.query, ()) if match.arxiv_id not in shown]
        shown.update(match.arxiv_id for match in fresh)
        if order is Order.RELEVANCE:
            fresh.sort(key=lambda match: -match.score)
        entries = tuple(_entry(match, subscription.keyword, matched[match.arxiv_id]) for match in fresh)
        sections.append(ChosenSection(keyword=subscription.keyword, query=subscription.query, entries=entries))
    return sections


def _entry(match: Match, keyword: str, matched: Sequence[str]) -> ChosenEntry:
    others = (other for other in matched if other != keyword)
    return ChosenEntry(arxiv_id=match.arxiv_id, matched=(keyword, *others), score=match.score)


def _keywords_by_paper(
    subscriptions: Sequence[Subscription], matches: Mapping[str, Sequence[Match]]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for subscription in subscriptions:
        for match in matches.get(subscription.query, ()):
            found.setdefault(match.arxiv_id, []).append(subscription.keyword)
    return found
