"""What the tests of single questions share: a day as each source shows it, and what is known of it afterwards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.errors import Fault
from newsletter.papers import ledger_store as ledger
from newsletter.papers.ask import Answer
from newsletter.papers.calendar import announced_at
from newsletter.papers.ledger import ListState, Sighting, Source
from newsletter.papers.paper import Announced, AnnouncementKind
from newsletter.papers.sources.feed import parse_feed
from newsletter.papers.sources.listing import parse_listing
from newsletter.papers.store import find_day, list_days, store_announcement
from tests.papers.pages import (
    FRIDAY,
    Entry,
    api_page,
    entries,
    feed_page,
    listing_page,
    oai_page,
    oai_record,
    recent_page,
)

NEW, CROSS, REPLACE = AnnouncementKind
LISTING, FEED, OAI, RECENT, API = Source
TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (17, 18, 19))
EIGHT = announced_at(FRIDAY)  # Thursday 20:00 in New York
MORNING = EIGHT + timedelta(hours=12)
TODAYS = [*entries(3), Entry(arxiv_id="2603.00011", kind=CROSS, categories=("math.OC", "cs.RO"))]
YESTERDAYS = entries(4, first=51)
IDS = [entry.arxiv_id for entry in TODAYS]
BARE = [replace(entry, abstract="") for entry in TODAYS]

WELL = {
    LISTING: ("/list/cs/new", listing_page(TODAYS)),
    FEED: ("/atom/cs", feed_page(TODAYS)),
    OAI: ("/oai", oai_page([oai_record(entry) for entry in TODAYS])),
    RECENT: ("/list/cs/recent", recent_page({FRIDAY: TODAYS, THURSDAY: YESTERDAYS})),
    API: ("/api", api_page(TODAYS)),
}
Ask = Callable[..., Answer]
"""Asks a source about the lists of some days (default: Friday's) as the ledger knows them."""


def load(engine: Engine, *days: date, category: str = "cs") -> list[ListState]:
    with reading(engine) as session:
        return ledger.load_states(session, category, days or (FRIDAY,))


def sighting(engine: Engine, source: Source, listed_on: date = FRIDAY) -> Sighting:
    [state] = load(engine, listed_on)
    return state.sighting(source)


def stored(engine: Engine, listed_on: date = FRIDAY) -> list[Announced]:
    with reading(engine) as session:
        return find_day(session, ["cs"], listed_on)


def ids(found: list[Announced]) -> list[str]:
    return [item.paper.arxiv_id for item in found]


def days(engine: Engine) -> list[date]:
    with reading(engine) as session:
        return list_days(session, ["cs"])


def show(
    engine: Engine, source: Source, shown: list[Entry], *, listed_on: date = FRIDAY, at: datetime = MORNING
) -> None:
    """Let a source have shown a list before."""
    if source is FEED:
        found = parse_feed(feed_page(shown, published=f"{listed_on}T00:00:00-04:00"), "cs")
    else:
        found = parse_listing(listing_page(shown, listed_on=listed_on), "cs")
    with transaction(engine) as session:
        store_announcement(session, found, collected_at=at)
        ledger.note_sighting(session, found, source, at=at)


def asked_before(engine: Engine, source: Source, *, answered_at: datetime) -> None:
    """Let a source have been asked before, and have shown another list."""
    with transaction(engine) as session:
        ledger.note_question(session, "cs", [FRIDAY], source, at=answered_at)
        ledger.note_answer(session, "cs", [FRIDAY], source, at=answered_at)


def remarks(answer: Answer) -> list[Fault]:
    return [fault for fault, _ in answer.remarks]
