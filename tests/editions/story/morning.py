"""A night and a morning of an installation with a real database, told to happen step by step."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.deliveries.claims import claim_batch, mark
from newsletter.deliveries.states import judge_reply
from newsletter.editions.collect import open_editions
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.story.chronicle import Chronicle
from newsletter.editions.story.tell import Story
from newsletter.errors import Fault
from newsletter.mail.smtp import Outcome, Phase, SmtpReply
from newsletter.papers import ledger_store as ledger
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import Source, judge
from newsletter.papers.paper import Announcement
from newsletter.papers.store import store_announcement
from newsletter.subscribers.subscriber import Preferences, Subscriber
from tests.deliveries.world import record_one
from tests.editions.story.stories import EIGHT
from tests.factories import FRIDAY, Hand, add_reader, announce, make_desk, make_paper, message_id

WEDNESDAY, THURSDAY, MONDAY = date(2026, 3, 18), date(2026, 3, 19), date(2026, 3, 23)
PATIENCE = timedelta(hours=10)
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
                mark(session, [item.id], "here", at=now, lease_until=now + timedelta(minutes=5))
                verdict = judge_reply(
                    reply,
                    attempt_count=item.attempt_count + 1,
                    first_attempt_at=item.first_attempt_at or now,
                    now=now,
                )
                record_one(session, item.id, "here", reply, verdict, at=now)

    def story(self, email: str = "ann@example.org", day: date = FRIDAY) -> Story:
        return self.chronicle.story(email, day).story

    def english(self, email: str = "ann@example.org", day: date = FRIDAY) -> str:
        return self.story(email, day).sentence.en

    def ann(self, *keywords: str, preferences: Preferences = SHANGHAI) -> Subscriber:
        return add_reader(self.desk, "ann@example.org", *(keywords or ("robot",)), preferences=preferences)


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
