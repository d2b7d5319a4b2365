"""A source is asked about some lists: what it shows is kept with its sighting, and what is wrong with it has a name."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.errors import Fault
from newsletter.papers.ask import ask
from newsletter.papers.ledger import Source
from newsletter.papers.sources.gate import polite_session
from newsletter.papers.tables import PaperRow, SightingRow
from tests.papers.asking import (
    BARE,
    CROSS,
    FEED,
    IDS,
    LISTING,
    MORNING,
    NEW,
    OAI,
    RECENT,
    REPLACE,
    TODAYS,
    WELL,
    Ask,
    load,
    remarks,
    show,
    sighting,
    stored,
)
from tests.papers.pages import (
    FRIDAY,
)
from tests.papers.peer import Peer, Reply, collector_for

pytestmark = pytest.mark.one_database

TROUBLES: dict[str, tuple[Callable[[bytes], Reply], Fault]] = {
    "down": (lambda _: Reply(status=503), Fault.UNAVAILABLE),
    "down for long": (lambda _: Reply(status=503, headers={"Retry-After": "600"}), Fault.UNAVAILABLE),
    "too many requests": (lambda _: Reply(status=429), Fault.RATE_LIMITED),
    "rate exceeded with 200": (lambda _: Reply(body=b"Rate exceeded."), Fault.RATE_LIMITED),
    "forbidden": (lambda _: Reply(status=403), Fault.REFUSED),
    "not found": (lambda _: Reply(status=404), Fault.REFUSED),
    "cut": (lambda body: Reply(body=body[: len(body) // 2], length=len(body)), Fault.TRUNCATED),
    "cut cleanly": (lambda body: Reply(body=body[: len(body) // 2]), Fault.TRUNCATED),
    "reset": (lambda _: Reply(resets=True), Fault.DROPPED),
    "empty": (lambda _: Reply(), Fault.UNUSABLE),
    "something else": (lambda _: Reply(body=b"<html><body>It works!</body></html>"), Fault.UNUSABLE),
}


@pytest.mark.parametrize("source", [LISTING, FEED, OAI, RECENT])
def test_what_a_source_shows_is_kept_with_the_sighting_of_it(
    engine: Engine, peer: Peer, asks: Ask, source: Source
) -> None:
    peer.on(*WELL[source])
    answer = asks(source)
    assert (answer.error, answer.remarks, answer.days) == (None, [], {FRIDAY})
    assert (answer.stored.new_papers, answer.stored.announced) == (4, 4)
    assert [(item.paper.arxiv_id, item.kind) for item in stored(engine)] == [(e.arxiv_id, e.kind) for e in TODAYS]
    found = sighting(engine, source)
    assert (found.answered_at, found.seen_at, found.ids) == (MORNING, MORNING, frozenset(IDS))
    assert found.counts == {NEW: 3, CROSS: 1, REPLACE: 0}
    assert found.total == (4 if source in (LISTING, RECENT) else None)


@pytest.mark.parametrize("source", [LISTING, FEED, OAI, RECENT])
def test_asking_twice_changes_nothing(engine: Engine, peer: Peer, asks: Ask, source: Source) -> None:
    peer.on(*WELL[source])
    asks(source)
    before = stored(engine)
    answer = asks(source)
    counts = answer.stored
    assert (counts.new_papers, counts.changed_papers, counts.announced) == (0, 0, 0)
    assert stored(engine) == before


@pytest.mark.parametrize("source", list(Source))
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_source_in_trouble_changes_nothing_and_its_fault_is_named(
    engine: Engine, peer: Peer, asks: Ask, source: Source, trouble: str
) -> None:
    show(engine, LISTING, BARE)
    path, body = WELL[source]
    make, fault = TROUBLES[trouble]
    peer.on(path, make(body))
    before = stored(engine), sighting(engine, source)
    answer = asks(source)
    assert answer.error is not None
    assert answer.error.retryable == (fault is not Fault.REFUSED)
    assert set(remarks(answer)) == {fault}
    assert answer.days == set()
    assert (stored(engine), sighting(engine, source)) == before


@pytest.mark.parametrize("source", list(Source))
def test_a_trouble_that_passes_is_named_too_and_the_answer_kept(
    engine: Engine, peer: Peer, asks: Ask, source: Source
) -> None:
    show(engine, FEED, BARE)
    path, body = WELL[source]
    peer.on(path, Reply(status=503), Reply(resets=True), Reply(body=body))
    answer = asks(source)
    assert (answer.error, answer.days) == (None, {FRIDAY})
    assert remarks(answer) == [Fault.UNAVAILABLE, Fault.DROPPED]


@pytest.mark.parametrize("source", list(Source))
def test_one_refusal_is_one_remark_in_the_best_words_for_it(
    engine: Engine, peer: Peer, asks: Ask, source: Source
) -> None:
    show(engine, FEED, BARE)
    peer.on("/", Reply(status=400, body=b"<html>Invalid archive or category</html>"))
    [(fault, reason)] = asks(source).remarks
    assert fault is Fault.REFUSED
    assert ("NEWSLETTER_CATEGORIES" in reason) == (source in (LISTING, FEED, RECENT))


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[requests.Session]:
    """A session that waits a tenth of a second for an answer."""
    with polite_session(
        folder=tmp_path / "hasty", interval_seconds=0, timeout_seconds=0.1, contact="editor@example.org"
    ) as session:
        yield session


@pytest.mark.parametrize("source", list(Source))
def test_a_source_that_does_not_answer_in_time_is_named(
    engine: Engine, peer: Peer, hasty: requests.Session, source: Source
) -> None:
    show(engine, FEED, BARE)
    is_over = threading.Event()

    def hang(_path: str) -> Reply:
        is_over.wait(20)
        return Reply()

    peer.answer = hang
    answer = ask(collector_for(engine, hasty, peer.url, now=lambda: MORNING), "cs", source, load(engine))
    is_over.set()
    assert set(remarks(answer)) == {Fault.TIMED_OUT}


def test_a_source_that_drips_is_named_as_well(engine: Engine, peer: Peer, hasty: requests.Session) -> None:
    peer.on("/", Reply(drip_seconds=0.02, length=10**6))
    answer = ask(collector_for(engine, hasty, peer.url, now=lambda: MORNING), "cs", LISTING, load(engine))
    assert set(remarks(answer)) == {Fault.TIMED_OUT}


@pytest.mark.parametrize("source", list(Source))
def test_without_a_connection_a_source_is_unreachable(engine: Engine, http: requests.Session, source: Source) -> None:
    show(engine, FEED, BARE)
    nowhere = "http://127.0.0.1:9"  # nobody listens on the discard port
    answer = ask(collector_for(engine, http, nowhere, now=lambda: MORNING), "cs", source, load(engine))
    assert remarks(answer) == [Fault.UNREACHABLE]


def test_no_source_makes_a_paper_or_a_sighting_twice(engine: Engine, peer: Peer, asks: Ask) -> None:
    for source in Source:
        peer.on(*WELL[source])
    for source in (*Source, *Source):
        asks(source)
    with reading(engine) as session:
        assert len(session.exec(select(PaperRow)).all()) == 4
        assert len(session.exec(select(SightingRow)).all()) == len(Source)
