"""One reader's morning, chosen: which papers under which keywords, or why there is no mail."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from newsletter.db.engine import reading
from newsletter.deliveries.states import SkipReason
from newsletter.digests.authors import choose_with_authors
from newsletter.digests.choose import ChosenSection, Offer, make_offer
from newsletter.digests.trending import TrendingChoice
from newsletter.editions.agenda import find_rest
from newsletter.editions.audience import Demands, Page, list_queries
from newsletter.editions.day import Day, DayMatcher, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.repeats import Mailed, digests_to_read, find_days, leave_out_mailed, list_mailed
from newsletter.editions.shelf import Shelf, stock_edition_shelf
from newsletter.editions.tastes import Matches, Tastes
from newsletter.editions.unread import Unread, list_unread
from newsletter.papers.paper import Paper
from newsletter.subscribers.subscriber import Subscriber, Subscription


class Plan(NamedTuple):
    """One reader's morning before it is stored; `reason` says why it is skipped, None when it is not.

    `unread_ids` are deliveries that brought nothing and whose papers it brings; `since_on` is the first edition of a weekly
    digest, None for a day's. A named tuple, since one is made for every reader.
    """

    reader: Subscriber
    sections: Sequence[ChosenSection]
    trending: TrendingChoice | None
    reason: SkipReason | None
    unread_ids: Sequence[int]
    since_on: date | None = None


class Planner:
    """Chooses the papers of an edition's readers, page by page; what they have in common is made once.

    `demands` are what all of them ask for, so that each paper is read once.
    """

    def __init__(self, desk: Desk, day: Day, unread: Unread, demands: Demands, match: DayMatcher = match_day) -> None:
        self._desk = desk
        self._day = day
        self._unread = unread
        self._match = match
        self._matches = match(desk, day, list_queries(demands))
        self._shelf = stock_edition_shelf(desk, day, demands)
        self._tastes = Tastes(day, self._matches, unread.added)
        self._places = _number(day.kinds)
        self._places_in_week = _number(sorted(day.kinds, key=lambda found: day.late.get(found, day.edition_on)))

    def list_translated(self, demands: Demands) -> list[Paper]:
        """Return the papers that readers of the desk's language may be shown this morning, each once.

        A few may be among them that those whom they match had before; they are translated already.
        """
        wanted = set(self._unread.promised)
        trending: dict[str, Paper] = {}
        for preferences, queries in demands.items():
            rest = find_rest(preferences, self._day.edition_on, weekly_days=self._unread.weekly_days)
            if rest is not None or self._desk.language not in preferences.languages.codes:
                continue
            taste = self._tastes.of(preferences)
            subscriptions = [Subscription(keyword=query, query=query) for query in queries]
            wanted.update(*(offer.ids for offer in self._tastes.list_offers(taste, subscriptions)))
            trending |= {paper.arxiv_id: paper for paper in self._shelf.list_wanted(preferences, subscriptions)}
        own = {item.paper.arxiv_id: item.paper for item in self._day.announced if item.paper.arxiv_id in wanted}
        return list((own | trending).values())

    def plan(self, page: Page) -> list[Plan]:
        """Choose the papers of some readers, in a number of statements that does not depend on theirs."""
        readers, tastes = page.readers, self._tastes
        active = [reader.active for reader in readers]
        self._learn(active)
        unread = self._find_unread(readers)
        offers = [
            tastes.list_offers(tastes.of(reader.preferences), items)
            for reader, items in zip(readers, active, strict=True)
        ]
        table = _Table(
            day=self._day,
            unread=unread,
            matches=self._matches,
            tastes=tastes,
            mailed=self._list_mailed(readers, offers, unread),
            shelf=self._shelf.with_mailed(self._desk, readers),
            stopped=page.stopped,
            places=self._places,
            places_in_week=self._places_in_week,
        )
        return [table.plan(reader, found) for reader, found in zip(readers, offers, strict=True)]

    def _learn(self, active: Sequence[Sequence[Subscription]]) -> None:
        """Match keywords that came after everybody's were collected."""
        known = self._matches
        fresh = {item.query for items in active for item in items if item.query not in known}
        if fresh:
            self._matches |= self._match(self._desk, self._day, fresh)

    def _find_unread(self, readers: Sequence[Subscriber]) -> Unread:
        owed = [reader.id for reader in readers if reader.id in self._unread.owed]
        if not owed:
            return self._unread
        with reading(self._desk.database) as session:
            return list_unread(session, self._day, self._unread, owed)

    def _list_mailed(
        self, readers: Sequence[Subscriber], offers: Sequence[Sequence[Offer]], unread: Unread
    ) -> dict[int, Mailed]:
        """Return what readers were mailed before of the papers that match: only of those that stand in another list."""
        wanted: list[tuple[int, str]] = []
        if not self._day.earlier:
            return {}
        for reader, theirs in zip(readers, offers, strict=True):
            days = frozenset().union(*[offer.days for offer in theirs])
            if reader.id in unread.papers:
                days |= find_days(self._day, unread.papers[reader.id])
            wanted.extend(digests_to_read(reader, self._day, days))
        return list_mailed(self._desk.database, self._day, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What is known of a morning when each reader's part of it is chosen; of a page of readers."""

    day: Day
    unread: Unread
    matches: Matches
    tastes: Tastes
    mailed: Mapping[int, Mailed]
    shelf: Shelf
    stopped: Collection[int]
    places: Mapping[str, int]
    places_in_week: Mapping[str, int]

    def plan(self, reader: Subscriber, offers: Sequence[Offer]) -> Plan:
        """Choose from what the reader's keywords bring those who missed nothing and were mailed none of it."""
        preferences = reader.preferences
        sections = choose_with_authors(
            self._own_offers(reader) if reader.id in self.mailed or reader.id in self.unread.papers else offers,
            order=preferences.order,
            languages=preferences.languages,
            places=self._places(reader),
        )
        shown = {entry.arxiv_id for section in sections for entry in section.entries} if self.shelf.papers else ()
        trending = self.shelf.choose(reader, shown)
        has_papers = trending is not None or any(section.entries for section in sections)
        reason = self._skip_reason(reader, has_papers=has_papers)
        return Plan(
            reader=reader,
            sections=sections,
            trending=trending,
            reason=reason,
            unread_ids=() if reason else self.unread.delivery_ids.get(reader.id, ()),
            since_on=self.unread.since.get(reader.id),
        )

    def _own_offers(self, reader: Subscriber) -> list[Offer]:
        """Return what each keyword brings one reader: of the right kinds, not mailed before, or never got."""
        wanted = self._wanted(reader)
        return [make_offer(item, wanted[item.query], order=reader.preferences.order) for item in reader.active]

    def _wanted(self, reader: Subscriber) -> Matches:
        own = {item.query: self.matches[item.query] for item in reader.active}
        mailed = self.mailed.get(reader.id, {})
        wanted = self.tastes.narrow(own, reader.preferences)
        if mailed:
            wanted = leave_out_mailed(wanted, self.day, reader.preferences, mailed)
        every = self.unread.add_to(wanted, reader.id, own, mailed)
        if reader.id not in self.unread.since:
            return every
        places = self._places(reader)
        return {query: sorted(found, key=lambda match: places[match.arxiv_id]) for query, found in every.items()}

    def _places(self, reader: Subscriber) -> Mapping[str, int]:
        """Return the order of a reader's papers: late ones behind the day's own, but a week's as they were listed."""
        return self.places_in_week if reader.id in self.unread.since else self.places

    def _skip_reason(self, reader: Subscriber, *, has_papers: bool) -> SkipReason | None:
        if reader.id in self.stopped:
            return SkipReason.SUPPRESSED
        rest = find_rest(reader.preferences, self.day.edition_on, weekly_days=self.unread.weekly_days)
        if rest is not None or has_papers:
            return rest
        if not reader.active:
            return SkipReason.NO_KEYWORDS
        return None if reader.preferences.wants_empty_mail else SkipReason.EMPTY


def _number(ids: Iterable[str]) -> dict[str, int]:
    return {arxiv_id: place for place, arxiv_id in enumerate(ids)}
