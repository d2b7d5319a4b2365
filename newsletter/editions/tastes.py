"""What each keyword brings on a day, made ready once for all readers of the same taste."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from newsletter.digests.choose import Offer, make_offer
from newsletter.editions.breadth import Breadth
from newsletter.editions.day import Day, unwanted_kinds, wanted_matches
from newsletter.editions.repeats import find_days
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Preferences, Subscription

MOST_KEPT = 1_000_000
"""So many papers under keywords are kept ready, some 200 MB; then all are forgotten."""

Matches = Mapping[str, list[Match]]
"""The papers that each query found, in listing order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a keyword brings, and the other editions in which one of its papers may have been mailed."""

    offer: Offer
    days: frozenset[date]


class Taste:
    """Readers who want the same kinds and categories of papers in the same order."""

    def __init__(self, tastes: "Tastes", preferences: Preferences) -> None:
        self._tastes = tastes
        self._preferences = preferences
        self._unwanted = unwanted_kinds(preferences)
        self._ready: dict[str, dict[str, Ready]] = {}

    def ready(self, subscription: Subscription) -> Ready:
        """Return what a keyword brings to whoever missed nothing and was mailed none of it."""
        worded = self._ready.get(subscription.query)
        if worded is not None and (found := worded.get(subscription.keyword)) is not None:
            return found
        found = self._make_ready(subscription)
        self._tastes.note_kept(len(found.offer.ids) + 1)
        self._ready.setdefault(subscription.query, {})[subscription.keyword] = found
        return found

    def narrow(self, matches: Matches) -> Matches:
        """Leave out the kinds and categories that these readers do not want."""
        tastes = self._tastes
        return tastes.breadth.narrow(wanted_matches(matches, tastes.day.kinds, self._preferences), self._preferences)

    def _make_ready(self, subscription: Subscription) -> Ready:
        tastes = self._tastes
        query, kinds, unwanted = subscription.query, tastes.day.kinds, self._unwanted
        found = [match for match in tastes.matches[query] if kinds[match.arxiv_id] not in unwanted]
        narrowed = tastes.breadth.narrow({query: found}, self._preferences)[query]
        wanted = [match for match in narrowed if match.arxiv_id not in tastes.added]
        offer = make_offer(subscription, wanted, order=self._preferences.order)
        return Ready(offer=offer, days=find_days(tastes.day, offer.ids))


class Tastes:
    """All tastes of an edition's readers; `added` are the papers that are in the day for some readers' sake only."""

    def __init__(self, day: Day, matches: Matches, added: frozenset[str]) -> None:
        self.day = day
        self.matches = matches
        self.added = added
        self.breadth = Breadth(day)
        self._by_preferences: dict[Preferences, Taste] = {}
        self._known: dict[tuple[object, ...], Taste] = {}
        self._kept = 0

    def of(self, preferences: Preferences) -> Taste:
        """Return the taste of a reader with these preferences."""
        return self._by_preferences.get(preferences) or self._find(preferences)

    def note_kept(self, papers: int) -> None:
        """Count what is kept ready, and forget it all when it is too much."""
        self._kept += papers
        if self._kept > MOST_KEPT:
            self._known.clear()
            self._by_preferences.clear()
            self._kept = 0

    def _find(self, preferences: Preferences) -> Taste:
        wants = (preferences.wants_cross_lists, preferences.wants_replacements)
        key = (preferences.order, *wants, preferences.categories)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Taste(self, preferences)
        self._by_preferences[preferences] = found
        self.note_kept(1)
        return found
