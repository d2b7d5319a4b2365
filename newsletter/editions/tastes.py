"""What each keyword brings on a day, made ready once for all readers of the same taste."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from newsletter.digests.choose import Offer, make_offer, narrow_offer
from newsletter.editions.breadth import Breadth
from newsletter.editions.day import Day, unwanted_kinds, wanted_matches
from newsletter.editions.repeats import find_days
from newsletter.papers.paper import AnnouncementKind
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Order, Preferences, Subscription

MOST_KEPT = 1_000_000
"""So many papers under keywords are kept ready, some 200 MB; then all are forgotten."""

Matches = Mapping[str, list[Match]]
"""The papers that each query found, in listing order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What is ready for readers who want the same kinds and categories of papers in the same order.

    `kinds` are the papers of the kinds that they want, `inside` those in their categories, None for all of them. `offers`
    are those that are ready, by keyword.
    """

    order: Order
    kinds: frozenset[str]
    inside: frozenset[str] | None
    offers: dict[str, Offer] = field(default_factory=dict)


class Tastes:
    """All tastes of an edition's readers; `added` are the papers that are in the day for some readers' sake only."""

    def __init__(self, day: Day, matches: Matches, added: frozenset[str]) -> None:
        self._day = day
        self._matches = matches
        self._added = added
        self._breadth = Breadth(day)
        self._kinds: dict[frozenset[AnnouncementKind], frozenset[str]] = {}
        self._by_preferences: dict[Preferences, Taste] = {}
        self._known: dict[tuple[object, ...], Taste] = {}
        self._whole: dict[Subscription, Offer] = {}
        self._kept = 0

    def of(self, preferences: Preferences) -> Taste:
        """Return the taste of a reader with these preferences."""
        return self._by_preferences.get(preferences) or self._find(preferences)

    def list_offers(self, taste: Taste, subscriptions: Iterable[Subscription]) -> list[Offer]:
        """Return what each keyword brings to whoever missed nothing and was mailed none of it."""
        known = taste.offers
        return [
            # the language may have been another when somebody typed the same keyword
            found
            if (found := known.get(item.keyword)) is not None and found.section.query == item.query
            else self._make_offer(taste, item)
            for item in subscriptions
        ]

    def narrow(self, matches: Matches, preferences: Preferences) -> Matches:
        """Leave out the kinds and categories that a reader does not want."""
        return self._breadth.narrow(wanted_matches(matches, self._day.kinds, preferences), preferences)

    def _make_offer(self, taste: Taste, subscription: Subscription) -> Offer:
        whole = self._find_whole(subscription)
        found = narrow_offer(whole, taste.kinds, order=taste.order)
        if taste.inside is not None:
            found = narrow_offer(found, taste.inside, order=taste.order)
        if found is not whole:
            found = self._with_days(found)
        self._note_kept(1 if found is whole else len(found.ids) + 1)
        taste.offers[subscription.keyword] = found
        return found

    def _find_whole(self, subscription: Subscription) -> Offer:
        """Return all that a keyword finds, in listing order: the same entries for readers of every taste."""
        found = self._whole.get(subscription)
        if found is None:
            matches = self._matches[subscription.query]
            found = self._whole[subscription] = self._with_days(make_offer(subscription, matches, order=Order.LISTING))
            self._note_kept(len(found.ids) + 1)
        return found

    def _with_days(self, offer: Offer) -> Offer:
        days = find_days(self._day, offer.ids)
        return replace(offer, days=days) if days else offer

    def _find(self, preferences: Preferences) -> Taste:
        wants = (preferences.wants_cross_lists, preferences.wants_replacements)
        key = (preferences.order, *wants, preferences.categories)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Taste(
                order=preferences.order,
                kinds=self._find_kinds(unwanted_kinds(preferences)),
                inside=self._breadth.find_inside(preferences),
            )
        self._by_preferences[preferences] = found
        self._note_kept(1)
        return found

    def _find_kinds(self, unwanted: frozenset[AnnouncementKind]) -> frozenset[str]:
        found = self._kinds.get(unwanted)
        if found is None:
            everybodys = ((arxiv_id, kind) for arxiv_id, kind in self._day.kinds.items() if arxiv_id not in self._added)
            found = self._kinds[unwanted] = frozenset(arxiv_id for arxiv_id, kind in everybodys if kind not in unwanted)
        return found

    def _note_kept(self, papers: int) -> None:
        """Count what is kept ready, and forget it all when it is too much."""
        self._kept += papers
        if self._kept > MOST_KEPT:
            self._known.clear()
            self._by_preferences.clear()
            self._whole.clear()
            self._kept = 0
