"""Work for whoever watches over the service: how things stand, in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import AlarmKind, list_open_alarms
from newsletter.deliveries.channels.survey import survey
from newsletter.deliveries.messages import Message
from newsletter.deliveries.pulse import Pulse, find_last_tick, measure_pulse, note_tick
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import count_states
from newsletter.editions import store as editions
from newsletter.papers.browse_store import count_papers
from newsletter.papers.calendar import announced_at, latest_listing_on
from newsletter.papers.collect import next_round_at
from newsletter.papers.ledger import SETTLED, Judgement
from newsletter.papers.ledger_store import find_last_answer, list_entries
from newsletter.runtime.parts import Parts
from newsletter.subscribers.browse_store import count_consents
from newsletter.subscribers.subscriber import Consent
from newsletter.translation.totals import EngineTotal, list_totals

DUE_PATIENCE = timedelta(minutes=15)
"""How long due mail may lie before somebody should look: beat pokes every minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How the collection of the newest list by the timetable stands.

    `judgements` are by category; `answered_at` is the last usable answer of any source, `round_at` when one was last asked
    for this list; `asks_at` when one is to be asked next, which may be over; `deadline` until when its edition waits.
    """

    listed_on: date
    announced_at: datetime
    deadline: datetime
    judgements: Mapping[str, Judgement]
    answered_at: datetime | None
    round_at: datetime | None
    asks_at: datetime | None

    @property
    def is_settled(self) -> bool:
        return bool(self.judgements) and all(found in SETTLED for found in self.judgements.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What a look at the service's health needs: cheap to read, however long the archive is."""

    newest_edition: date | None
    pulse: Pulse
    ticked_at: datetime | None
    alarms: Mapping[AlarmKind, int]
    source: SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How everything stands, in numbers; `deliveries` are of the newest edition, by message and state."""

    vitals: Vitals
    deliveries: Mapping[Message, Mapping[DeliveryState, int]]
    papers: int
    readers: Mapping[Consent, int]
    held_channels: Mapping[str, int]
    translation: Sequence[EngineTotal]


class MeasureWork(Parts):
    """What an installation can tell about itself."""

    def note_tick(self) -> None:
        """Write down that everything that may be due has been looked at."""
        with transaction(self.database) as session:
            note_tick(session, at=self.clock())

    def look_at_vitals(self) -> Vitals:
        """Return how the service is."""
        asks_at = next_round_at(self.collector)
        with reading(self.database) as session:
            return self._vitals(session, asks_at)

    def measure(self) -> Measures:
        """Return how everything stands; reads the database, and nothing outside."""
        asks_at = next_round_at(self.collector)
        with reading(self.database) as session:
            vitals = self._vitals(session, asks_at)
            newest = vitals.newest_edition
            shown = (Message.DIGEST, Message.TRENDING) if newest is not None else ()
            return Measures(
                vitals=vitals,
                deliveries={message: _states(session, newest, message) for message in shown},
                papers=count_papers(session),
                readers=count_consents(session),
                held_channels={
                    view.account.name: view.whole.is_held + sum(channel.is_held for channel in view.channels)
                    for view in survey(session, self.accounts, at=self.clock())
                },
                translation=list_totals(session),
            )

    def _vitals(self, session: Session, asks_at: datetime | None) -> Vitals:
        newest = editions.find_newest(session)
        return Vitals(
            newest_edition=None if newest is None else newest.edition_on,
            pulse=measure_pulse(session, now=self.clock(), patience=DUE_PATIENCE),
            ticked_at=find_last_tick(session),
            alarms=Counter(alarm.kind for alarm in list_open_alarms(session)),
            source=self._source(session, asks_at),
        )

    def _source(self, session: Session, asks_at: datetime | None) -> SourceState:
        listed_on = latest_listing_on(self.clock())
        categories = self.settings.categories
        entries = list_entries(session, categories, since=listed_on, until=listed_on).get(listed_on, [])
        last_try = editions.find_last_try(session, listed_on)
        return SourceState(
            listed_on=listed_on,
            announced_at=announced_at(listed_on),
            deadline=self.collector.deadline(listed_on),
            judgements={entry.category: entry.verdict.judgement for entry in entries},
            answered_at=find_last_answer(session, categories),
            round_at=None if last_try is None else last_try.started_at,
            asks_at=asks_at,
        )


def _states(session: Session, edition_on: date | None, message: Message) -> dict[DeliveryState, int]:
    found = {} if edition_on is None else count_states(session, edition_on, message=message)
    return {state: found.get(state, 0) for state in DeliveryState}
