"""Every day and every reader accounted for: the facts are read in a fixed number of statements, the stories told from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from newsletter.db.engine import reading
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.digests.store import digest_occasion
from newsletter.editions import trending
from newsletter.editions.desk import Desk
from newsletter.editions.store import find_newest, get_edition
from newsletter.editions.story import chronicle_store as store
from newsletter.editions.story.course import Course, Step, tell_course, tell_ends
from newsletter.editions.story.course_store import list_courses, list_history
from newsletter.editions.story.facts import CourseFacts, DayFacts, MailFacts, ReaderFacts
from newsletter.editions.story.lists import Absence, find_absence
from newsletter.editions.story.tell import EditionState, Story, edition_state, tell_day, tell_deliveries, tell_story
from newsletter.errors import InputError
from newsletter.papers.calendar import announced_at
from newsletter.papers.deadlines import list_working_days
from newsletter.papers.list_day import ListDay
from newsletter.papers.list_day_store import load_list_days
from newsletter.subscribers.store import count_subscribers, get_by_email
from newsletter.subscribers.subscriber import Consent, Subscriber
from newsletter.words import Words

MOST_DAYS = 400
"""So many days of a calendar are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One day of the calendar: its facts, how far its edition is, and the sentence that says why."""

    facts: DayFacts
    state: EditionState
    sentence: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderStory:
    """One reader's story of one day, under their address as it is stored.

    `courses` has every revision of every mail of that day, `ends` what stopped the reader's mail since; both step by step.
    """

    email: str
    edition_on: date
    story: Story
    zone: ZoneInfo
    courses: Sequence[Course] = ()
    ends: Sequence[Step] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """A day's deliveries of one message by state, why some were skipped, and the sentence about them."""

    states: Mapping[DeliveryState, int]
    skips: Mapping[str, int]
    sentence: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronicle:
    """What tells why mails came, came late, were empty or did not come. An edition waits `patience` for its lists."""

    desk: Desk
    patience: timedelta

    def story(self, email: str, edition_on: date) -> ReaderStory:
        """Return one reader's story of one day, any day; raises NotFoundError for an unknown address."""
        with reading(self.desk.database) as session:
            reader = get_by_email(session, email)
            unsubscribed_at, suppressed_at, suppression = store.find_ends(session, reader.id)
            courses = list_courses(session, reader.id, edition_on, zone=reader.preferences.zone)
            (day,) = self._read_days(session, [edition_on])
        facts = ReaderFacts(
            reader=reader, unsubscribed_at=unsubscribed_at, suppressed_at=suppressed_at, suppression=suppression
        )
        story = tell_story(self._with_trending(day), facts, _of_edition(courses, day))
        return ReaderStory(
            email=reader.email,
            edition_on=edition_on,
            story=story,
            zone=reader.preferences.zone,
            courses=[tell_course(course, now=day.now, email=reader.email) for course in courses],
            ends=tell_ends(facts),
        )

    def history(self, reader: Subscriber, *, limit: int, before: int | None = None) -> list[Course]:
        """Return the course of every mail that a reader was promised, the newest first, from before a delivery's id on."""
        zone = reader.preferences.zone
        with reading(self.desk.database) as session:
            found = list_history(session, reader.id, zone=zone, limit=limit, before=before)
        now = self.desk.now()
        return [tell_course(facts, now=now, email=reader.email) for facts in found]

    def day(self, edition_on: date) -> CalendarDay:
        """Return what is known of one day, any day."""
        with reading(self.desk.database) as session:
            (day,) = self._read_days(session, [edition_on])
        return _calendar_day(self._with_trending(day))

    def deliveries(self, edition_on: date, message: Message = Message.DIGEST) -> Deliveries:
        """Return what became of a day's digests, or of another message."""
        with reading(self.desk.database) as session:
            states = deliveries.count_states(session, edition_on, message=message)
            skips = deliveries.count_skips(session, edition_on, message=message)
        ordered = {state: states[state] for state in DeliveryState if state in states}
        return Deliveries(states=ordered, skips=skips, sentence=tell_deliveries(ordered))

    def calendar(self, since: date, until: date) -> list[CalendarDay]:
        """Return the working days of a range, oldest first; raises InputError for one that ends too early or is too long."""
        if until < since:
            raise InputError(f"The range ends ({until}) before it begins ({since}); swap the two dates.")
        if (until - since).days >= MOST_DAYS:
            raise InputError(f"A calendar shows {MOST_DAYS} days at most; take a shorter range.")
        with reading(self.desk.database) as session:
            days = self._read_days(session, list_working_days(since, until))
        return [_calendar_day(day) for day in days]

    def _read_days(self, session: Session, days: list[date]) -> list[DayFacts]:
        if not days:
            return []
        now, since, until = self.desk.now(), days[0], days[-1]
        newest = find_newest(session)
        editions = store.list_edition_facts(session, since=since, until=until)
        rounds = store.list_first_rounds(session, since=since, until=until)
        late = store.count_late(session, self.desk.categories, since=since, until=until)
        lists = load_list_days(session, self.desk.categories, since=since, until=until)
        has_readers = count_subscribers(session, Consent.CONFIRMED) > 0
        return [
            DayFacts(
                edition_on=day,
                now=now,
                deadline=announced_at(day) + self.patience,
                lists=(known := self._every_list(day, lists.get(day, []))),
                edition=editions.get(day),
                newest_on=newest.edition_on if newest else None,
                asked_at=_first_asked_at(rounds.get(day), known),
                late_count=late.get(day, 0),
                has_readers=has_readers,
            )
            for day in days
        ]

    def _every_list(self, day: date, known: list[ListDay]) -> tuple[ListDay, ...]:
        """Return one list of every category, known or not."""
        found = {item.category: item for item in known}
        return tuple(
            found.get(category, ListDay(category=category, listed_on=day)) for category in self.desk.categories
        )

    def _with_trending(self, day: DayFacts) -> DayFacts:
        """Look whether an edition that is ready waits for trending papers."""
        if day.edition is None or find_absence(day) is not Absence.TO_COMPOSE:
            return day
        with reading(self.desk.database) as session:
            edition = get_edition(session, day.edition_on)
        return replace(day, is_trending_awaited=trending.is_awaited(self.desk, edition))


def _calendar_day(day: DayFacts) -> CalendarDay:
    return CalendarDay(facts=day, state=edition_state(day), sentence=tell_day(day))


def _of_edition(courses: Sequence[CourseFacts], day: DayFacts) -> dict[Message, list[MailFacts]]:
    """Return the mails of each message, without the digests of a sample edition that a real one has replaced."""
    own = digest_occasion(day.edition_on, is_sample=day.is_sample)
    found: dict[Message, list[MailFacts]] = {}
    for course in courses:
        if course.message is not Message.DIGEST or course.occasion == own:
            found.setdefault(course.message, []).append(course.mail)
    return found


def _first_asked_at(first_round_at: datetime | None, lists: tuple[ListDay, ...]) -> datetime | None:
    known = [first_round_at, *(item.asked_at for item in lists)]
    return min((instant for instant in known if instant is not None), default=None)
