"""The shelf of an edition: the papers that trend, ready to be chosen from for each reader, and what is known of others."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from newsletter.db.engine import reading
from newsletter.digests.store import trending_occasion
from newsletter.digests.trending import TrendingChoice, add_facts, choose_trending, freeze_trending
from newsletter.editions.day import Day, match_day
from newsletter.editions.desk import Desk
from newsletter.editions.morning import find_earlier
from newsletter.editions.store import list_mailed_sections, list_real_days
from newsletter.papers.hub_facts import HubFacts, TrendingPaper
from newsletter.papers.late_store import list_places
from newsletter.papers.paper import Announced, AnnouncementKind, Paper
from newsletter.papers.trending_day import trending_on
from newsletter.papers.trending_store import find_facts, list_trending
from newsletter.queries.matcher import Match
from newsletter.subscribers.subscriber import Subscriber, Trending

DIGESTS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What trends, for one edition's digests, or (`is_apart`) for mails of their own; empty where nothing is known.

    `matches` are those of the readers' queries, `mailed` the trending papers that each reader had before, by subscriber,
    `facts` what Hugging Face knows of the edition's own papers.
    """

    trending_on: date
    is_apart: bool = False
    papers: tuple[TrendingPaper, ...] = ()
    matches: Mapping[str, Sequence[Match]] = field(default_factory=dict)
    mailed: Mapping[int, Collection[str]] = field(default_factory=dict)
    facts: Mapping[str, HubFacts] = field(default_factory=dict)

    def choose(self, reader: Subscriber, shown: Collection[str] = ()) -> TrendingChoice | None:
        """Return the reader's share without the papers that are shown above it or were mailed before; None for nothing."""
        if reader.preferences.is_trending_apart is not self.is_apart:
            return None
        return choose_trending(
            self.papers,
            self._matched(reader),
            reader.preferences,
            trending_on=self.trending_on,
            known={*shown, *self.mailed.get(reader.id, ())},
        )

    def freeze(self, sections: Sequence[Mapping[str, Any]], choice: TrendingChoice | None) -> list[dict[str, Any]]:
        """Return frozen sections with the facts of their papers, and the trending ones behind them."""
        return [*add_facts(sections, self.facts), *([freeze_trending(choice)] if choice else [])]

    def _matched(self, reader: Subscriber) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for item in reader.active:
            for match in self.matches.get(item.query, ()):
                found[match.arxiv_id].append(item.keyword)
        return found


def stock_edition_shelf(desk: Desk, day: Day, readers: Sequence[Subscriber]) -> Shelf:
    """Return the shelf for an edition's digests; invented papers stand on none."""
    if day.is_sample:
        return Shelf(trending_on=trending_on(day.edition_on))
    return stock_shelf(desk, day.edition_on, readers, own=[item.paper for item in day.announced])


def stock_shelf(
    desk: Desk,
    edition_on: date,
    readers: Sequence[Subscriber],
    *,
    own: Sequence[Paper] = (),
    is_apart: bool = False,
) -> Shelf:
    """Return the shelf for those of the readers who want trending papers there; `own` are the edition's papers.

    The number of statements depends on the number of those readers and of papers only.
    """
    wanting = [
        reader
        for reader in readers
        if reader.preferences.trending is not Trending.NONE and reader.preferences.is_trending_apart is is_apart
    ]
    day = trending_on(edition_on)
    with reading(desk.database) as session:
        facts = find_facts(session, [paper.arxiv_id for paper in own])
        papers = list_trending(session, day) if wanting else []
    if not papers:
        return Shelf(trending_on=day, is_apart=is_apart, facts=facts)
    listed = _as_day(edition_on, papers)
    return Shelf(
        trending_on=day,
        is_apart=is_apart,
        papers=tuple(papers),
        matches=match_day(desk, listed, (item.query for reader in wanting for item in reader.active)),
        mailed=_list_mailed(desk, listed, wanting, is_apart=is_apart),
        facts=facts,
    )


def _as_day(edition_on: date, papers: Sequence[TrendingPaper]) -> Day:
    announced = tuple(
        Announced(paper=item.paper, kind=AnnouncementKind.NEW, position=place) for place, item in enumerate(papers)
    )
    return Day(edition_on=edition_on, is_sample=False, announced=announced)


def _list_mailed(desk: Desk, listed: Day, readers: Sequence[Subscriber], *, is_apart: bool) -> dict[int, set[str]]:
    """Return which of the papers readers had before: in the editions of their lists, and in today's other mail.

    Not in the mail that is being made: composed anew, it shows them again.
    """
    ids = set(listed.kinds)
    with reading(desk.database) as session:
        places = list_places(session, desk.categories, ids)
        first_on = min((place.listed_on for place in places), default=listed.edition_on)
        earlier = find_earlier(places, listed, real_days=list_real_days(session, since=first_on))
    days = sorted({listed.edition_on}.union(*earlier.values()))
    own = trending_occasion(listed.edition_on) if is_apart else str(listed.edition_on)
    occasions = {occasion for day in days for occasion in (str(day), trending_occasion(day))} - {own}
    wanted = [(int(reader.id), occasion) for reader in readers for occasion in sorted(occasions)]
    found: dict[int, set[str]] = defaultdict(set)
    for start in range(0, len(wanted), DIGESTS_A_STATEMENT):
        with reading(desk.database) as session:
            rows = list_mailed_sections(session, wanted[start : start + DIGESTS_A_STATEMENT])
        for subscriber_id, sections in rows:
            found[subscriber_id].update(entry["id"] for section in sections for entry in section["entries"])
    return {subscriber_id: ids & known for subscriber_id, known in found.items()}
