"""The shelf of an edition: the papers that trend, ready to be chosen from for each reader, and what is known of others."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from newsletter.db.engine import reading
from newsletter.digests.store import trending_occasion
from newsletter.digests.trending import TrendingChoice, choose_trending
from newsletter.editions.audience import Demands, list_queries
from newsletter.editions.day import Day, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.morning import find_earlier
from newsletter.editions.store import list_mailed_sections, list_real_days
from newsletter.papers.hub_facts import TrendingPaper
from newsletter.papers.late_store import list_places
from newsletter.papers.paper import Announced, AnnouncementKind, Paper
from newsletter.papers.trending_day import trending_on
from newsletter.papers.trending_store import list_trending
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Preferences, Subscriber, Subscription, Trending

DIGESTS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What trends, for one edition's digests, or (`is_apart`) for mails of their own; empty where nothing is known.

    `matches` are those of the readers' queries. `occasions` are the mails that may have brought one of the papers before, and
    `mailed` what they brought, by subscriber: of some readers, see `with_mailed`.
    """

    trending_on: date
    is_apart: bool = False
    papers: tuple[TrendingPaper, ...] = ()
    matches: Mapping[str, Sequence[Match]] = field(default_factory=dict)
    occasions: Sequence[str] = ()
    mailed: Mapping[int, Collection[str]] = field(default_factory=dict)

    def is_for(self, preferences: Preferences) -> bool:
        """Tell whether a reader with these choices looks here."""
        return preferences.trending is not Trending.NONE and preferences.is_trending_apart is self.is_apart

    def choose(self, reader: Subscriber, shown: Collection[str] = ()) -> TrendingChoice | None:
        """Return the reader's share without the papers that are shown above it or were mailed before; None for nothing."""
        if not self.papers or not self.is_for(reader.preferences):
            return None
        return choose_trending(
            self.papers,
            self._matched(reader.active),
            reader.preferences,
            trending_on=self.trending_on,
            known={*shown, *self.mailed.get(reader.id, ())},
        )

    def list_wanted(self, preferences: Preferences, subscriptions: Iterable[Subscription]) -> list[Paper]:
        """Return every paper that readers with these choices, each with some of these keywords, may be shown."""
        if not self.papers or not self.is_for(preferences):
            return []
        matched = [self._matched([item]) for item in subscriptions]
        choices = (
            choose_trending(self.papers, found, preferences, trending_on=self.trending_on) for found in [*matched, {}]
        )
        shown = {item.paper.arxiv_id: item.paper for choice in choices if choice for item in choice.papers}
        return list(shown.values())

    def with_mailed(self, desk: Desk, readers: Sequence[Subscriber]) -> "Shelf":
        """Return the shelf as some readers see it: one statement for every `DIGESTS_A_STATEMENT` of their mails."""
        if not self.papers:
            return self
        ids = {item.paper.arxiv_id for item in self.papers}
        wanting = (int(reader.id) for reader in readers if self.is_for(reader.preferences))
        wanted = [(subscriber_id, occasion) for subscriber_id in wanting for occasion in self.occasions]
        found: dict[int, set[str]] = defaultdict(set)
        for start in range(0, len(wanted), DIGESTS_A_STATEMENT):
            with reading(desk.database) as session:
                rows = list_mailed_sections(session, wanted[start : start + DIGESTS_A_STATEMENT])
            for subscriber_id, sections in rows:
                found[subscriber_id].update(entry["id"] for section in sections for entry in section["entries"])
        return replace(self, mailed={subscriber_id: ids & known for subscriber_id, known in found.items()})

    def _matched(self, subscriptions: Iterable[Subscription]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for item in subscriptions:
            for match in self.matches.get(item.query, ()):
                found[match.arxiv_id].append(item.keyword)
        return found


def stock_edition_shelf(desk: Desk, day: Day, demands: Demands) -> Shelf:
    """Return the shelf for an edition's digests; invented papers stand on none."""
    if day.is_sample:
        return Shelf(trending_on=trending_on(day.edition_on))
    return stock_shelf(desk, day.edition_on, demands)


def stock_shelf(desk: Desk, edition_on: date, demands: Demands, *, is_apart: bool = False) -> Shelf:
    """Return the shelf for those of the readers who want trending papers there."""
    empty = Shelf(trending_on=trending_on(edition_on), is_apart=is_apart)
    wanting = {preferences: queries for preferences, queries in demands.items() if empty.is_for(preferences)}
    with reading(desk.database) as session:
        papers = list_trending(session, empty.trending_on) if wanting else []
    if not papers:
        return empty
    listed = _as_day(edition_on, papers)
    return replace(
        empty,
        papers=tuple(papers),
        matches=match_day(desk, listed, list_queries(wanting)),
        occasions=_list_occasions(desk, listed, is_apart=is_apart),
    )


def _as_day(edition_on: date, papers: Sequence[TrendingPaper]) -> Day:
    announced = tuple(
        Announced(paper=item.paper, kind=AnnouncementKind.NEW, position=place) for place, item in enumerate(papers)
    )
    return Day(edition_on=edition_on, is_sample=False, announced=announced)


def _list_occasions(desk: Desk, listed: Day, *, is_apart: bool) -> list[str]:
    """Return the mails that may have brought one of the papers: the editions of their lists, and today's other mail.

    Not the mail that is being made: composed anew, it shows them again.
    """
    with reading(desk.database) as session:
        places = list_places(session, desk.categories, listed.kinds)
        first_on = min((place.listed_on for place in places), default=listed.edition_on)
        earlier = find_earlier(places, listed, real_days=list_real_days(session, since=first_on))
    days = {listed.edition_on}.union(*earlier.values())
    own = trending_occasion(listed.edition_on) if is_apart else str(listed.edition_on)
    return sorted({occasion for day in days for occasion in (str(day), trending_occasion(day))} - {own})
