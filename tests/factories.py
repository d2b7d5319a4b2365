"""Papers, days and desks for tests: small, honest, over a real database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import Engine, update
from sqlmodel import col

from newsletter.clock import Clock
from newsletter.db.engine import transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.addresses import Addresses
from newsletter.editions.collect import open_editions
from newsletter.editions.desk import Desk
from newsletter.editions.sign_up import parse_keywords
from newsletter.papers import ledger_store as ledger
from newsletter.papers.ledger import Judgement, Source, Verdict, judge
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.store import store_announcement
from newsletter.subscribers.store import add_subscriber, confirm, get_subscriber
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, SubscriberId, Subscription
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.engines import Answer, TermPair
from newsletter.translation.engines import Engine as Translator
from tests.chinese import in_chinese

FRIDAY = date(2026, 3, 20)
FRIDAY_ANNOUNCED_AT = datetime(2026, 3, 20, 0, 0, tzinfo=UTC)  # Thursday 20:00 in New York
MORNING = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
SITE = "https://papers.example.org"


def make_subscriber(*, name: str = "Ann Lee 李安", subscriptions: Sequence[Subscription] = ()) -> Subscriber:
    """Return Ann, who is in no database."""
    return Subscriber(
        id=SubscriberId(1),
        email="ann@example.org",
        name=name,
        consent=Consent.CONFIRMED,
        preferences=Preferences(),
        token_version=0,
        created_at=MORNING,
        subscriptions=tuple(subscriptions),
    )


def make_paper(
    number: int, title: str, *, abstract: str = "We walk and measure.", categories: Sequence[str] = ("cs.LG",)
) -> Paper:
    """Return a paper without TeX, so that its readable and its source text are the same."""
    return Paper(
        arxiv_id=ArxivId(f"2603.{number:05}"),
        version=1,
        title=title,
        authors=("Ann Lee", "Bo Chen"),
        abstract=abstract,
        categories=tuple(categories),
        comment=None,
        title_source=title,
        authors_source=("Ann Lee", "Bo Chen"),
        abstract_source=abstract,
        comment_source=None,
    )


def announce(
    papers: Sequence[Paper | tuple[Paper, AnnouncementKind]], *, category: str = "cs", listed_on: date = FRIDAY
) -> Announcement:
    """Return a list of papers; one without a kind is new."""
    placed = [item if isinstance(item, tuple) else (item, AnnouncementKind.NEW) for item in papers]
    announced = tuple(Announced(paper=paper, kind=kind, position=at) for at, (paper, kind) in enumerate(placed))
    return Announcement(category=category, listed_on=listed_on, source="listing", announced=announced)


def make_addresses(now: Clock) -> Addresses:
    """Return the addresses of the tests' site."""
    return Addresses(public_url=SITE, tokens=Tokens("a secret of the tests", now=now))


@dataclass
class Hand:
    """A clock that is set by hand."""

    instant: datetime = MORNING

    def __call__(self) -> datetime:
        return self.instant


@dataclass
class WordForWord(Translator):
    """A translation engine that remembers what it was given."""

    name: str = "word-for-word"
    asked: list[str] = field(default_factory=list)

    def batches(self, texts: Sequence[str]) -> list[list[str]]:
        return [list(texts)] if texts else []

    def translate(self, texts: Sequence[str], *, source: str, target: str, terms: Sequence[TermPair] = ()) -> Answer:
        self.asked += texts
        return Answer(texts=[in_chinese(text) for text in texts], characters=sum(map(len, texts)))


def make_desk(engine: Engine, *translators: Translator, now: Hand | None = None) -> Desk:
    """Return a desk over a database; nothing outside is reached."""
    clock = now or Hand()
    return Desk(
        database=engine,
        now=clock,
        categories=("cs",),
        language="zh",
        translators=translators,
        addresses=make_addresses(clock),
    )


def open_day(desk: Desk, announcement: Announcement) -> date:
    """Store an announcement as a listing that was seen whole, judge it, and open its edition."""
    category, listed_on, now = announcement.category, announcement.listed_on, desk.now()
    with transaction(desk.database) as session:
        store_announcement(session, announcement, collected_at=now)
        ledger.note_sighting(session, announcement, Source.LISTING, at=now)
        [state] = ledger.load_states(session, category, [listed_on])
        ledger.set_verdict(session, category, listed_on, judge(state, now=now, deadline=now), at=now)
    open_editions(desk, [announcement.listed_on])
    return announcement.listed_on


def judge_list(desk: Desk, judgement: Judgement, *, category: str = "cs", listed_on: date = FRIDAY) -> None:
    """Write a judgement into the ledger, as if the sources had been asked."""
    verdict = Verdict(judgement=judgement, reason="so says the test", missing_count=None)
    with transaction(desk.database) as session:
        ledger.set_verdict(session, category, listed_on, verdict, at=desk.now())


def message_id(subscriber_id: int, message: str, occasion: str, revision: int) -> str:
    """Return a Message-ID that can be read."""
    return f"<{subscriber_id}.{message}.{occasion}.{revision}@papers.example.org>"


def add_reader(
    desk: Desk, email: str, *keywords: str, preferences: Preferences | None = None, is_confirmed: bool = True
) -> Subscriber:
    """Store a reader of these keywords, confirmed unless said."""
    with transaction(desk.database) as session:
        reader = add_subscriber(
            session,
            email,
            subscriptions=parse_keywords(keywords) if keywords else [],
            preferences=preferences or Preferences(),
            created_at=desk.now(),
        )
        if is_confirmed:
            confirm(session, reader.id, at=desk.now())
        return get_subscriber(session, reader.id)


def accept_mail(desk: Desk) -> None:
    """Let the relay have taken whatever is queued."""
    with transaction(desk.database) as session:
        queued = update(DeliveryRow).where(col(DeliveryRow.state) == "queued")
        session.connection().execute(queued.values(state="accepted", accepted_at=desk.now()))
