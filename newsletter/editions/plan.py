"""One reader's morning, chosen: which papers under which keywords, or why there is no mail."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.deliveries.states import SkipReason
from newsletter.digests.authors import choose_with_authors
from newsletter.digests.choose import ChosenSection
from newsletter.digests.trending import TrendingChoice
from newsletter.editions.agenda import find_rest
from newsletter.editions.breadth import Breadth
from newsletter.editions.day import Day, match_day, wanted_matches
from newsletter.editions.desk import Desk
from newsletter.editions.repeats import Mailed, leave_out_mailed, list_mailed
from newsletter.editions.shelf import Shelf, stock_edition_shelf
from newsletter.editions.unread import Unread
from newsletter.queries.matcher import Match
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.subscriber import Subscriber

DayMatcher = Callable[[Desk, Day, Iterable[str]], Mapping[str, list[Match]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One reader's morning before it is stored; `reason` says why it is skipped, None when it is not.

    `unread_ids` are deliveries that brought nothing and whose papers it brings; `since_on` is the first edition of a weekly
    digest, None for a day's.
    """

    reader: Subscriber
    sections: Sequence[ChosenSection]
    trending: TrendingChoice | None
    reason: SkipReason | None
    unread_ids: Sequence[int]
    since_on: date | None = None


def plan_all(
    desk: Desk,
    day: Day,
    unread: Unread,
    readers: Sequence[Subscriber],
    suppressed: Collection[str],
    *,
    match: DayMatcher = match_day,
) -> tuple[Shelf, list[Plan]]:
    """Choose every reader's papers; `suppressed` are the keys of addresses that get no mail."""
    matches = match(desk, day, (item.query for reader in readers for item in reader.active))
    planner = _Planner(
        day=day,
        unread=unread,
        matches=matches,
        mailed=list_mailed(desk.database, day, readers, matches),
        shelf=stock_edition_shelf(desk, day, readers),
        stopped={reader.id for reader in readers if address_key(reader.email) in suppressed},
        breadth=Breadth(day),
        places=_number(day.kinds),
        places_in_week=_number(sorted(day.kinds, key=lambda found: day.late.get(found, day.edition_on))),
    )
    return planner.shelf, [planner.plan(reader) for reader in readers]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planner:
    """What is known of a morning when each reader's part of it is chosen."""

    day: Day
    unread: Unread
    matches: Mapping[str, list[Match]]
    mailed: Mapping[int, Mailed]
    shelf: Shelf
    stopped: Collection[int]
    breadth: Breadth
    places: Mapping[str, int]
    places_in_week: Mapping[str, int]

    def plan(self, reader: Subscriber) -> Plan:
        preferences = reader.preferences
        sections = choose_with_authors(
            reader.active,
            self._wanted(reader),
            order=preferences.order,
            languages=preferences.languages,
            places=self._places(reader),
        )
        shown = {entry.arxiv_id for section in sections for entry in section.entries}
        trending = self.shelf.choose(reader, shown)
        reason = self._skip_reason(reader, has_papers=bool(shown or trending))
        return Plan(
            reader=reader,
            sections=sections,
            trending=trending,
            reason=reason,
            unread_ids=() if reason else self.unread.delivery_ids.get(reader.id, ()),
            since_on=self.unread.since.get(reader.id),
        )

    def _wanted(self, reader: Subscriber) -> Mapping[str, list[Match]]:
        """Return what each of the reader's queries brings them: of the right kinds, not mailed before, or never got."""
        own = {item.query: self.matches[item.query] for item in reader.active}
        mailed = self.mailed.get(reader.id, {})
        wanted = self.breadth.narrow(wanted_matches(own, self.day.kinds, reader.preferences), reader.preferences)
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
