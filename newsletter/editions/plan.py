"""One reader's morning, chosen: which papers under which keywords, or why there is no mail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from newsletter.deliveries.states import SkipReason
from newsletter.digests.choose import ChosenSection, choose_sections
from newsletter.digests.trending import TrendingChoice
from newsletter.editions.agenda import is_wanted_on
from newsletter.editions.day import Day, match_day, wanted_matches
from newsletter.editions.desk import Desk
from newsletter.editions.repeats import Mailed, leave_out_mailed, list_mailed
from newsletter.editions.shelf import Shelf, stock_edition_shelf
from newsletter.editions.unread import Unread
from newsletter.queries.matcher import Match
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.subscriber import Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One reader's morning before it is stored; `reason` says why it is skipped, None when it is not.

    `unread_ids` are failed deliveries whose papers it brings.
    """

    reader: Subscriber
    sections: Sequence[ChosenSection]
    trending: TrendingChoice | None
    reason: SkipReason | None
    unread_ids: Sequence[int]


def plan_all(
    desk: Desk, day: Day, unread: Unread, readers: Sequence[Subscriber], suppressed: Collection[str]
) -> tuple[Shelf, list[Plan]]:
    """Choose every reader's papers; `suppressed` are the keys of addresses that get no mail."""
    matches = match_day(desk, day, (item.query for reader in readers for item in reader.subscriptions))
    planner = _Planner(
        day=day,
        unread=unread,
        matches=matches,
        mailed=list_mailed(desk.database, day, readers, matches),
        shelf=stock_edition_shelf(desk, day, readers),
        stopped={reader.id for reader in readers if address_key(reader.email) in suppressed},
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

    def plan(self, reader: Subscriber) -> Plan:
        sections = choose_sections(reader.subscriptions, self._wanted(reader), order=reader.preferences.order)
        shown = {entry.arxiv_id for section in sections for entry in section.entries}
        trending = self.shelf.choose(reader, shown)
        reason = _skip_reason(
            reader, self.day, has_papers=bool(shown or trending), is_suppressed=reader.id in self.stopped
        )
        return Plan(
            reader=reader,
            sections=sections,
            trending=trending,
            reason=reason,
            unread_ids=() if reason else self.unread.delivery_ids.get(reader.id, ()),
        )

    def _wanted(self, reader: Subscriber) -> Mapping[str, list[Match]]:
        """Return what each of the reader's queries brings them: of the right kinds, not mailed before, or never got."""
        own = {item.query: self.matches[item.query] for item in reader.subscriptions}
        mailed = self.mailed.get(reader.id, {})
        wanted = wanted_matches(own, self.day.kinds, reader.preferences)
        if mailed:
            wanted = leave_out_mailed(wanted, self.day, reader.preferences, mailed)
        return self.unread.add_to(wanted, reader.id, own, mailed)


def _skip_reason(reader: Subscriber, day: Day, *, has_papers: bool, is_suppressed: bool) -> SkipReason | None:
    if is_suppressed:
        return SkipReason.SUPPRESSED
    if not is_wanted_on(reader.preferences, day.edition_on):
        return SkipReason.WEEKDAY
    if has_papers:
        return None
    if not reader.subscriptions:
        return SkipReason.NO_KEYWORDS
    return None if reader.preferences.wants_empty_mail else SkipReason.EMPTY
