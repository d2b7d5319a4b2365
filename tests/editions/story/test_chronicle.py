"""Every day and every reader accounted for, from what a real database holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.claims import claim_batch, mark, record
from newsletter.deliveries.states import DeliveryState, judge_reply
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.collect import open_editions, open_sample
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.notice import compose_notices
from newsletter.editions.store import claim_collection
from newsletter.editions.story.chronicle import MOST_DAYS, Chronicle
from newsletter.editions.story.tell import EditionState, Story
from newsletter.errors import Fault, InputError, NotFoundError
from newsletter.mail.smtp import Outcome, Phase, SmtpReply
from newsletter.papers import ledger_store as ledger
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Source, judge
from newsletter.papers.paper import Announcement, AnnouncementKind
from newsletter.papers.store import store_announcement
from newsletter.subscribers.store import unsubscribe
from newsletter.subscribers.subscriber import Preferences, Subscriber
from newsletter.subscribers.suppression_store import suppress
from tests.editions.resend.days import send_again
from tests.factories import FRIDAY, Hand, add_reader, announce, make_desk, make_paper, message_id

EIGHT = announced_at(FRIDAY)
WEDNESDAY, THURSDAY, MONDAY = date(2026, 3, 18), date(2026, 3, 19), date(2026, 3, 23)
PATIENCE = timedelta(hours=10)
NEW, CROSS, REPLACE = AnnouncementKind
SHANGHAI = Preferences(timezone="Asia/Shanghai", hour=8)


class Morning:
    """An installation that reads cs and stat, a clock set by hand, and what may happen in a night."""

    def __init__(self, engine: Engine) -> None:
        self.clock = Hand(EIGHT - timedelta(hours=1))
        self.desk: Desk = replace(make_desk(engine, now=self.clock), categories=("cs", "stat"))
        self.chronicle = Chronicle(desk=self.desk, patience=PATIENCE)

    def at(self, hours: float = 0, minutes: float = 0) -> None:
        """Set the clock so long after Friday's announcement."""
        self.clock.instant = EIGHT + timedelta(hours=hours, minutes=minutes)

    def show(self, announcement: Announcement, source: Source = Source.LISTING) -> None:
        """Let a source show a list, judge it, and open its edition."""
        with transaction(self.desk.database) as session:
            store_announcement(session, announcement, collected_at=self.clock.instant)
            ledger.note_question(
                session, announcement.category, [announcement.listed_on], source, at=self.clock.instant
            )
            ledger.note_sighting(session, announcement, source, at=self.clock.instant)
        self.judge(announcement.category, announcement.listed_on)
        open_editions(self.desk, [announcement.listed_on])

    def answer_without_list(self, category: str, day: date = FRIDAY, source: Source = Source.LISTING) -> None:
        with transaction(self.desk.database) as session:
            ledger.note_question(session, category, [day], source, at=self.clock.instant)
            ledger.note_answer(session, category, [day], source, at=self.clock.instant)
        self.judge(category, day)

    def judge(self, category: str, day: date = FRIDAY) -> None:
        with transaction(self.desk.database) as session:
            (state,) = ledger.load_states(session, category, [day])
            verdict = judge(state, now=self.clock.instant, deadline=announced_at(day) + PATIENCE)
            ledger.set_verdict(session, category, day, verdict, at=self.clock.instant)

    def trouble(self, category: str, fault: Fault) -> None:
        with transaction(self.desk.database) as session:
            ledger.note_trouble(session, category, FRIDAY, "listing", fault, "It failed.", at=self.clock.instant)

    def compose(self, day: date = FRIDAY) -> None:
        compose_edition(self.desk, day, message_id=message_id)

    def post(self, code: int = 250, text: str = "ok", outcome: Outcome = Outcome.ACCEPTED) -> None:
        """Hand everything that is due to a relay that answers so."""
        reply = SmtpReply(
            outcome=outcome,
            phase=Phase.DATA,
            code=code,
            enhanced_code=None,
            text=text,
            server="relay",
            duration_seconds=0.1,
        )
        now = self.clock.instant
        with transaction(self.desk.database) as session:
            batch = claim_batch(session, now=now, owner="here", lease_until=now + timedelta(minutes=5), limit=1000)
            for item in batch.claimed:
                mark(session, item.id, "here", at=now, lease_until=now + timedelta(minutes=5))
                verdict = judge_reply(
                    reply,
                    attempt_count=item.attempt_count + 1,
                    first_attempt_at=item.first_attempt_at or now,
                    now=now,
                )
                record(session, item.id, "here", reply, verdict, started_at=now, at=now)

    def story(self, email: str = "ann@example.org", day: date = FRIDAY) -> Story:
        return self.chronicle.story(email, day).story

    def english(self, email: str = "ann@example.org", day: date = FRIDAY) -> str:
        return self.story(email, day).sentence.en

    def ann(self, *keywords: str, preferences: Preferences = SHANGHAI) -> Subscriber:
        return add_reader(self.desk, "ann@example.org", *(keywords or ("robot",)), preferences=preferences)


@pytest.fixture
def morning(any_engine: Engine) -> Morning:
    return Morning(any_engine)


def robots(*numbers: int, category: str = "cs", listed_on: date = FRIDAY) -> Announcement:
    return announce(
        [make_paper(number, f"A robot, number {number}") for number in numbers], category=category, listed_on=listed_on
    )


def a_good_night(morning: Morning) -> None:
    """Both lists come on the minute, and the digests are composed."""
    morning.at(minutes=1)
    morning.show(robots(1, 2))
    morning.show(robots(3, category="stat"))
    morning.at(minutes=2)
    morning.compose()


# --- mails that came ----------------------------------------------------------------------------------------------


def test_a_good_night_is_told_in_few_words(morning: Morning) -> None:
    morning.ann()
    a_good_night(morning)
    morning.post()
    found = morning.chronicle.story("ANN@example.org ", FRIDAY)
    assert (found.email, found.edition_on) == ("ann@example.org", FRIDAY)
    assert found.story.sentence.en == "ann@example.org's digest with 3 papers was accepted at 08:02 (Shanghai)."
    assert (found.story.state, found.story.reason) == (DeliveryState.ACCEPTED, None)


def test_a_late_list_is_named_and_so_are_the_papers_that_come_after_it(morning: Morning) -> None:
    morning.ann()
    with transaction(morning.desk.database) as session:
        claim_collection(session, FRIDAY, at=EIGHT)
    morning.at(minutes=1)
    morning.show(robots(3, category="stat"))
    morning.answer_without_list("cs")
    morning.at(hours=2, minutes=10)
    morning.show(robots(1, 2))
    morning.compose()
    morning.post()
    assert morning.english().endswith(
        "was accepted 2 h 10 min late, at 10:10 (Shanghai): arXiv's list of cs appeared only at 22:10 Eastern."
    )
    morning.at(hours=5)
    morning.show(robots(1, 2, 4))
    calendar_day = morning.chronicle.day(FRIDAY)
    assert calendar_day.facts.late_count == 1
    assert calendar_day.sentence.en.endswith("; 1 paper came later, for the next edition.")


def test_a_machine_that_was_off_is_not_arxivs_fault(morning: Morning) -> None:
    morning.ann()
    morning.at(hours=4)
    morning.show(robots(1, 2))
    morning.show(robots(3, category="stat"))
    morning.compose()
    morning.post()
    assert morning.story().reason == "asked-late"


def test_a_source_that_could_not_be_read_is_named(morning: Morning) -> None:
    morning.ann()
    with transaction(morning.desk.database) as session:
        claim_collection(session, FRIDAY, at=EIGHT)
    morning.at(minutes=1)
    morning.show(robots(3, category="stat"))
    morning.trouble("cs", Fault.UNAVAILABLE)
    morning.at(hours=2)
    morning.show(robots(1))
    morning.compose()
    morning.post()
    assert "could be read only at 22:00 Eastern (unavailable)" in morning.english()


def test_what_the_relay_said_is_kept_for_the_story(morning: Morning) -> None:
    morning.ann()
    a_good_night(morning)
    morning.post(450, "greylisted", Outcome.DEFERRED)
    assert morning.english().startswith(
        "Not yet: the relay put off ann@example.org's digest with 3 papers once (450 greylisted); the next try is at 08:"
    )
    morning.at(hours=1)
    morning.post()
    assert morning.english().endswith("1 h late, at 09:00 (Shanghai): the relay put it off before (450 greylisted).")


def test_a_refused_mail_that_was_sent_again_says_both(morning: Morning) -> None:
    reader = morning.ann()
    a_good_night(morning)
    morning.post(550, "no such user", Outcome.FAILED)
    assert morning.english().endswith("failed at 08:02 (Shanghai): 550 no such user.")
    morning.at(hours=3)
    send_again(morning.desk, to=[reader.id])
    assert morning.story().state is DeliveryState.QUEUED
    morning.post()
    assert (morning.story().state, morning.story().reason) == (DeliveryState.ACCEPTED, "resent")


def test_the_hour_of_the_day_that_is_told_is_the_one_of_the_digest(morning: Morning) -> None:
    morning.ann(preferences=replace(SHANGHAI, hour=12))
    a_good_night(morning)
    assert morning.english().endswith("goes out at 12:00 (Shanghai), the hour ann@example.org chose.")
    morning.at(hours=4)
    morning.post()
    assert morning.english().endswith("was accepted at 12:00 (Shanghai).")


def test_an_empty_digest_says_that_nothing_matched(morning: Morning) -> None:
    morning.ann("knitting", preferences=replace(SHANGHAI, wants_empty_mail=True))
    a_good_night(morning)
    morning.post()
    assert ": none of the day's 3 papers matched what ann@example.org asked for" in morning.english()
    assert morning.story().reason == "empty"


def test_papers_of_earlier_lists_are_counted_apart(morning: Morning) -> None:
    morning.ann()
    a_good_night(morning)
    morning.post()
    morning.at(hours=1)
    morning.show(robots(1, 2, 5))
    morning.clock.instant = announced_at(MONDAY)
    morning.show(robots(6, listed_on=MONDAY))
    morning.compose(MONDAY)
    morning.post()
    assert "digest with 2 papers (1 from earlier lists)" in morning.english(day=MONDAY)


def test_a_sample_digest_makes_way_for_the_real_one(morning: Morning) -> None:
    morning.ann("reinforcement learning", "robot")
    morning.at(minutes=1)
    open_sample(morning.desk)
    morning.compose()
    morning.post()
    assert "'s sample digest with " in morning.english()
    morning.at(hours=1)
    morning.show(robots(1, 2))
    assert morning.english().startswith("Not yet: the list of stat is late")
    morning.show(robots(3, category="stat"))
    morning.compose()
    morning.post()
    assert "'s digest with 3 papers was accepted 1 h late" in morning.english()


# --- mails that did not come --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "preferences", "said"),
    [
        (
            "knitting",
            SHANGHAI,
            "none of the day's 3 papers matched what ann@example.org asked for, and ann@example.org",
        ),
        ("robot", replace(SHANGHAI, weekdays=("mon",)), "ann@example.org chose to get none on Fridays"),
    ],
)
def test_what_was_skipped_says_why(morning: Morning, keyword: str, preferences: Preferences, said: str) -> None:
    morning.ann(keyword, preferences=preferences)
    a_good_night(morning)
    assert morning.english().startswith(f"No mail: {said}")


def test_a_reader_who_left_before_their_hour_or_was_stopped_learns_so(morning: Morning) -> None:
    ann = morning.ann()
    add_reader(morning.desk, "bo@example.org", "robot", preferences=SHANGHAI)
    a_good_night(morning)
    with transaction(morning.desk.database) as session:
        unsubscribe(session, ann.id, at=morning.clock.instant)
        suppress(session, "bo@example.org", reason="550 no such user", at=morning.clock.instant)
    morning.post()
    assert morning.english() == "No mail: ann@example.org had left by then, at 08:02 (Shanghai)."
    assert morning.english("bo@example.org").endswith("is stopped since Fri 20 Mar (550 no such user).")


def test_who_confirmed_afterwards_is_told_when(morning: Morning) -> None:
    a_good_night(morning)
    morning.at(hours=2)
    morning.ann()
    add_reader(morning.desk, "bo@example.org", "robot", is_confirmed=False)
    assert morning.english().endswith("had not confirmed by then, only at 10:00 (Shanghai).")
    assert morning.english("bo@example.org") == "No mail: bo@example.org had not confirmed by then."
    morning.compose()
    morning.post()
    assert morning.english().endswith("ann@example.org confirmed only at 10:00 (Shanghai).")


def test_a_holiday_is_told_with_its_reason_and_its_notice(morning: Morning) -> None:
    morning.ann(preferences=replace(SHANGHAI, wants_empty_mail=True))
    add_reader(morning.desk, "bo@example.org", "robot", preferences=SHANGHAI)
    morning.at(hours=10)
    for category in ("cs", "stat"):
        morning.answer_without_list(category)
    assert compose_notices(morning.desk, message_id=message_id) == 1
    morning.post()
    nothing = "arXiv announced nothing dated Fri 20 Mar (no new batch came by the deadline)"
    assert morning.english("bo@example.org") == f"No mail: {nothing}."
    assert morning.english() == (
        f"No digest: {nothing}; the notice that arXiv announced nothing was accepted at 18:00 (Shanghai)."
    )
    assert morning.chronicle.day(FRIDAY).state is EditionState.NONE


def test_before_the_deadline_we_say_what_we_wait_for(morning: Morning) -> None:
    morning.ann()
    morning.at(hours=1)
    assert morning.english() == "Not yet: the lists of cs and stat are late; we ask until 06:00 Eastern."
    morning.show(robots(1))
    assert morning.english() == "Not yet: the list of stat is late; we ask until 06:00 Eastern."
    assert morning.chronicle.day(FRIDAY).state is EditionState.WAITING
    morning.show(robots(2, category="stat"))
    assert morning.english() == "Not yet: the edition is ready, and its digests are about to be composed."
    assert morning.chronicle.day(FRIDAY).state is EditionState.OPEN


def test_an_archived_day_is_not_mailed_and_a_missed_one_comes_late(morning: Morning) -> None:
    morning.ann()
    morning.at(hours=1)
    with transaction(morning.desk.database) as session:
        store_announcement(
            session, robots(9, listed_on=WEDNESDAY), collected_at=morning.clock.instant, is_backfilled=True
        )
    open_editions(morning.desk, [WEDNESDAY])
    morning.show(robots(8, listed_on=THURSDAY))
    morning.show(robots(1))
    assert "were fetched for the archive afterwards" in morning.english(day=WEDNESDAY)
    assert morning.chronicle.day(WEDNESDAY).state is EditionState.ARCHIVED
    assert "come as late ones in a later digest" in morning.english(day=THURSDAY)


def test_other_days_say_what_they_are(morning: Morning) -> None:
    morning.ann()
    assert morning.english(day=date(2026, 3, 21)) == "No mail: arXiv dates no list on a weekend."
    assert "was collected, so it has no edition" in morning.english(day=date(2025, 3, 20))
    assert morning.english(day=date(2026, 3, 24)) == (
        "Not yet: arXiv announces the list of Tue 24 Mar on Mon 23 Mar at 20:00 Eastern."
    )


def test_an_unknown_reader_is_an_error(morning: Morning) -> None:
    with pytest.raises(NotFoundError, match=r"nobody@example\.org"):
        morning.story("nobody@example.org")


def test_every_row_of_a_morning_can_be_told(morning: Morning) -> None:
    """Whatever composing and posting leave in the database, no reader is left without a sentence."""
    wishes = [SHANGHAI, Preferences(), replace(SHANGHAI, weekdays=("mon",)), replace(SHANGHAI, wants_empty_mail=True)]
    readers = [
        add_reader(morning.desk, f"{place}-{keyword}@example.org", keyword, preferences=wish)
        for place, wish in enumerate(wishes)
        for keyword in ("robot", "knitting")
    ]
    a_good_night(morning)
    morning.post()
    with reading(morning.desk.database) as session:
        rows = {row.subscriber_id: row for row in session.exec(select(DeliveryRow))}
    for reader in readers:
        story = morning.story(reader.email)
        assert story.state == rows[reader.id].state
        assert story.sentence.en.endswith(".")


# --- the calendar -------------------------------------------------------------------------------------------------


def test_the_calendar_has_every_working_day_with_its_lists(morning: Morning) -> None:
    a_good_night(morning)
    morning.at(hours=3)
    morning.show(replace(robots(1, 2), totals={NEW: 2, CROSS: 0, REPLACE: 7}))
    morning.show(robots(1, 2), Source.OAI)
    morning.trouble("cs", Fault.TIMED_OUT)
    morning.trouble("cs", Fault.TIMED_OUT)
    days = morning.chronicle.calendar(date(2026, 3, 14), date(2026, 3, 22))
    assert [day.facts.edition_on.day for day in days] == [16, 17, 18, 19, 20]
    assert [day.state for day in days] == [*[EditionState.NONE] * 4, EditionState.COMPOSED]
    cs, stat = days[-1].facts.lists
    assert (cs.category, cs.total, cs.counts) == ("cs", 2, {Source.LISTING: 2, Source.OAI: 2})
    assert [(trouble.fault, trouble.times) for trouble in cs.troubles] == [(Fault.TIMED_OUT, 2)]
    assert (stat.category, stat.seen_at) == ("stat", EIGHT + timedelta(minutes=1))


def test_a_list_that_was_only_asked_for_has_no_counts(morning: Morning) -> None:
    morning.at(hours=1)
    morning.answer_without_list("cs")
    cs = morning.chronicle.day(FRIDAY).facts.lists[0]
    assert (cs.counts, cs.total, cs.asked_at, cs.seen_at) == ({}, None, morning.clock.instant, None)


def test_a_paper_that_one_category_had_in_time_is_not_late(morning: Morning) -> None:
    a_good_night(morning)
    morning.at(hours=3)
    morning.show(robots(3, 1))
    assert morning.chronicle.day(FRIDAY).facts.late_count == 0


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [(FRIDAY, THURSDAY, "before it begins"), (date(2016, 1, 1), FRIDAY, f"{MOST_DAYS} days")],
)
def test_a_range_that_cannot_be_shown_is_refused(morning: Morning, since: date, until: date, said: str) -> None:
    with pytest.raises(InputError, match=said):
        morning.chronicle.calendar(since, until)


def test_a_weekend_alone_has_no_days(morning: Morning) -> None:
    assert morning.chronicle.calendar(date(2026, 3, 21), date(2026, 3, 22)) == []


def test_the_deliveries_of_a_day_are_counted_with_their_reasons(morning: Morning) -> None:
    morning.ann()
    add_reader(morning.desk, "bo@example.org", "knitting")
    a_good_night(morning)
    morning.post()
    found = morning.chronicle.deliveries(FRIDAY)
    assert found.states == {DeliveryState.ACCEPTED: 1, DeliveryState.SKIPPED: 1}
    assert found.skips == {"empty": 1}
    assert found.sentence.en == "Of 2 readers 1 have their mail; 1 is skipped."


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_a_year_needs_as_many_statements_as_a_day_and_a_story_always_the_same(engine: Engine) -> None:
    morning = Morning(engine)
    morning.ann()
    a_good_night(morning)
    numbers = []
    for since in (FRIDAY, date(2025, 4, 1)):
        with counting(engine) as statements:
            morning.chronicle.calendar(since, FRIDAY)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 10
    for place in range(20):
        add_reader(morning.desk, f"{place}@example.org", "robot")
    with counting(engine) as before:
        morning.story()
    morning.compose()
    morning.post()
    with counting(engine) as after:
        morning.story()
    assert len(before) == len(after) <= 17


def test_instants_are_aware(morning: Morning) -> None:
    a_good_night(morning)
    facts = morning.chronicle.day(FRIDAY).facts
    found: list[datetime | None] = [facts.asked_at, facts.lists[0].seen_at, facts.lists[0].asked_at]
    assert all(instant is not None and instant.tzinfo for instant in found)
