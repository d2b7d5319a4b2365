"""What the tests of whole rounds share: a day on which all is well, and what the ledger says in the end."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Engine

from newsletter.db.engine import reading
from newsletter.errors import Fault
from newsletter.papers.ask import Collector
from newsletter.papers.collect import CollectReport, collect_lists
from newsletter.papers.ledger import Judgement, Source, Verdict
from newsletter.papers.ledger_store import list_entries, list_troubles
from newsletter.papers.paper import Announced
from newsletter.papers.store import find_day
from tests.papers.asking import BARE, EIGHT, THURSDAY, TODAYS, YESTERDAYS
from tests.papers.pages import (
    FRIDAY,
    api_page,
    feed_page,
    listing_page,
    oai_page,
    oai_record,
    recent_page,
)
from tests.papers.peer import Peer, Reply

LISTING, FEED, OAI, RECENT, API = Source
MONDAY = date(2026, 3, 23)
HALF_PAST_TEN = EIGHT + timedelta(hours=2, minutes=30)
MIDNIGHT = EIGHT + timedelta(hours=4)
DOWN = Reply(status=503)
NOWHERE = "http://127.0.0.1:9"  # nobody listens on the discard port


def of(collector: Collector, *categories: str) -> Collector:
    """The same collector for other categories."""
    settings = collector.settings.model_copy(update={"categories": categories})
    return replace(collector, settings=settings)


def all_well(peer: Peer, *, bare: bool = False) -> None:
    peer.on("/list/cs/new", listing_page(BARE if bare else TODAYS))
    peer.on("/list/cs/recent", recent_page({FRIDAY: TODAYS, THURSDAY: YESTERDAYS}))
    peer.on("/atom", feed_page(TODAYS))
    peer.on("/oai", oai_page([oai_record(entry) for entry in TODAYS]))
    peer.on("/api", api_page(TODAYS))


def only(peer: Peer, path: str, *replies: Reply | bytes) -> None:
    """Let one service answer, and all others be down."""
    peer.on(path, *replies)
    peer.on("/", DOWN)


def asked(peer: Peer) -> list[str]:
    """Which services were asked, each once, in order; then forget it."""
    names = {"new": LISTING, "recent": RECENT, "atom": FEED, "oai": OAI, "api": API}
    found = [next(names[name] for name in names if f"/{name}" in path.partition("?")[0]) for path in peer.paths()]
    peer.requests.clear()
    return list(dict.fromkeys(found))


def stored(engine: Engine, *categories: str, listed_on: date = FRIDAY) -> list[Announced]:
    with reading(engine) as session:
        return find_day(session, categories or ("cs",), listed_on)


def ids(found: list[Announced]) -> list[str]:
    return [item.paper.arxiv_id for item in found]


def judged(engine: Engine, listed_on: date = FRIDAY, category: str = "cs") -> Judgement | None:
    found = verdict(engine, listed_on, category)
    return found.judgement if found else None


def verdict(engine: Engine, listed_on: date = FRIDAY, category: str = "cs") -> Verdict | None:
    with reading(engine) as session:
        found = list_entries(session, [category], since=listed_on, until=listed_on).get(listed_on, [])
    return found[0].verdict if found else None


def faults(engine: Engine, listed_on: date = FRIDAY) -> list[tuple[str, Fault]]:
    with reading(engine) as session:
        return [(trouble.source, trouble.fault) for trouble in list_troubles(session, ["cs"], listed_on)]


def on_schedule(collector: Collector) -> CollectReport:
    return collect_lists(collector, is_urgent=False)
