"""Work on the operators' first page: how the morning went, how the month went, and what needs a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from newsletter.db.engine import reading
from newsletter.deliveries import tally
from newsletter.deliveries.alarms import Alarm
from newsletter.deliveries.channels.survey import AccountView
from newsletter.deliveries.months import Months
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.watch_store import count_uncertain
from newsletter.editions.store import find_newest
from newsletter.editions.story.chronicle import CalendarDay
from newsletter.editions.story.tell import tell_morning
from newsletter.editions.story.timeline import Milestone, tell_timeline
from newsletter.papers.calendar import latest_listing_on
from newsletter.runtime.alarms import AlarmWork
from newsletter.runtime.channels import ChannelWork
from newsletter.translation.runs import list_runs
from newsletter.words import Words

CHART_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """How the latest day of announcements went. `states` are its mails of every kind, each by its latest sending."""

    day: CalendarDay
    sentence: Words
    timeline: Sequence[Milestone]
    states: Mapping[DeliveryState, int]

    @property
    def on(self) -> date:
        return self.day.facts.edition_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerns:
    """What may need a person: alarms, mails in doubt by edition, mails of the day that failed, ways out that are held."""

    alarms: Sequence[Alarm]
    uncertain: Mapping[date | None, int]
    failed: int
    held: Sequence[tuple[AccountView, Sequence[str]]]


class TodayWork(AlarmWork, ChannelWork):
    """What the operators' first page needs to know."""

    def today(self) -> Today:
        """Return how the latest day went: of the latest announcement, or of a sample while there is nothing else."""
        on = self._latest_day()
        day = self.chronicle.day(on)
        states = self.chronicle.deliveries(on).states
        opened_at = day.facts.edition.opened_at if day.facts.edition else day.facts.announced_at
        with reading(self.database) as session:
            runs = list_runs(session, since=opened_at, until=day.facts.composed_at)
            dispatch = tally.measure_dispatch(session, on)
        return Today(
            day=day,
            sentence=tell_morning(states) if states else day.sentence,
            timeline=tell_timeline(day.facts, runs=runs, dispatch=dispatch, has_engine=bool(self.desk.translators)),
            states=states,
        )

    def month(self, until: date) -> Mapping[date, Mapping[DeliveryState, int]]:
        """Return how many mails of each of thirty days are in each state; days without mail are left out."""
        since = until - timedelta(days=CHART_DAYS - 1)
        with reading(self.database) as session:
            return self._months.count(session, since=since, until=until, at=self.clock())

    def concerns(self, today: Today) -> Concerns:
        """Return what may need a decision."""
        at = self.clock()
        with reading(self.database) as session:
            uncertain = count_uncertain(session, before=at)
        held = [(view, _held(view)) for view in self.survey_channels()]
        return Concerns(
            alarms=self.list_alarms(),
            uncertain=uncertain,
            failed=today.states.get(DeliveryState.FAILED, 0),
            held=[(view, names) for view, names in held if names],
        )

    @cached_property
    def _months(self) -> Months:
        return Months()

    def _latest_day(self) -> date:
        latest = latest_listing_on(self.clock())
        with reading(self.database) as session:
            newest = find_newest(session)
        return newest.edition_on if newest and (newest.is_sample or newest.edition_on > latest) else latest


def _held(view: AccountView) -> list[str]:
    """Return what of an account is held now: itself, as an empty name, and destinations."""
    own = [""] if view.whole.is_held else []
    return own + [channel.destination for channel in view.channels if channel.is_held]
