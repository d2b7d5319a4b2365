"""Each morning's lists are collected whole from what answers; a failing source is named, and loses nothing."""

import json
import lzma
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, event
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.errors import SourceError
from newsletter.papers.collect import CollectReport, collect_newest
from newsletter.papers.paper import Announced, AnnouncementKind
from newsletter.papers.sources.gate import polite_session
from newsletter.papers.sources.record import fold
from newsletter.papers.store import find_day, list_days
from newsletter.papers.tables import AnnouncementRow
from tests.conftest import SHARED, StandIn
from tests.papers.pages import FRIDAY, Entry, api_page, entries, feed_page, listing_page
from tests.papers.peer import Peer, Reply, settings_for

THURSDAY = date(2026, 3, 19)
EVENING = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)  # Thursday 21:00 in New York: only the listing has Friday's list
MORNING = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
TODAYS = [*entries(3), *entries(1, kind=AnnouncementKind.CROSS, first=11)]
YESTERDAYS = entries(4, first=51)
DOWN = Reply(status=503)

Collect = Callable[..., CollectReport]


@pytest.fixture
def collect(engine: Engine, http: requests.Session, peer: Peer) -> Collect:
    def run(*categories: str, now: datetime = MORNING, **more: Any) -> CollectReport:
        return collect_newest(engine, http, settings_for(peer.url, *categories), now=lambda: now, **more)

    return run


def stored(engine: Engine, *categories: str, listed_on: date = FRIDAY) -> list[Announced]:
    with reading(engine) as session:
        return find_day(session, categories or ("cs",), listed_on)


def ids(found: list[Announced]) -> list[str]:
    return [item.paper.arxiv_id for item in found]


def test_the_listing_is_stored_and_counted(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page(TODAYS))
    peer.on("/atom", feed_page(TODAYS))
    told: list[str] = []
    report = collect(on_progress=told.append)
    assert report.listed_on == FRIDAY
    assert [str(line) for line in report.categories] == told
    assert told == ["cs, list of 2026-03-20: 3 new, 1 cross-listed, 0 replaced (from the listing)."]
    assert report.problems == ()
    assert (report.stored.new_papers, report.stored.announced) == (4, 4)
    assert ids(stored(engine)) == [entry.arxiv_id for entry in TODAYS]


def test_collecting_twice_changes_nothing(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page(TODAYS))
    peer.on("/atom", feed_page(TODAYS))
    collect()
    before = stored(engine)
    report = collect()
    assert (report.stored.new_papers, report.stored.changed_papers, report.stored.announced) == (0, 0, 0)
    assert stored(engine) == before


def test_in_the_evening_the_feed_is_not_asked_for_what_it_cannot_have_yet(peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page(TODAYS))
    assert collect(now=EVENING).problems == ()
    assert [path.split("/")[1] for path in peer.paths()] == ["list"]


@pytest.mark.parametrize(
    "trouble",
    [
        DOWN,
        Reply(body=b"Rate exceeded."),
        Reply(body=b"<html>It works!</html>"),
        Reply(body=b"<html><body><h3>Showing new listings for Friday, 20 March 2026</h3></body></html>"),
        Reply(body=listing_page(TODAYS).replace(b"showing 3 of 3", b"showing 5 of 5")),
        Reply(resets=True),
        Reply(status=404),
    ],
)
def test_without_a_listing_the_feed_is_taken_and_the_trouble_named(
    engine: Engine, peer: Peer, collect: Collect, trouble: Reply
) -> None:
    peer.on("/list", trouble)
    peer.on("/atom", feed_page(TODAYS))
    report = collect()
    assert report.categories[0].source == "feed"
    [problem] = report.problems
    assert str(problem).startswith("cs, listing: ")
    assert ids(stored(engine)) == [entry.arxiv_id for entry in TODAYS]


@pytest.mark.parametrize(
    "trouble",
    [Reply(status=503, headers={"Retry-After": "0"}), Reply(body=b"garbage"), Reply(body=b""), Reply(resets=True)],
)
def test_when_nothing_answers_the_error_is_clear_and_nothing_is_lost(
    engine: Engine, peer: Peer, collect: Collect, trouble: Reply
) -> None:
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    peer.on("/atom", feed_page([]))
    collect(now=datetime(2026, 3, 19, 1, tzinfo=UTC))
    before = stored(engine, listed_on=THURSDAY)
    peer.on("/list", trouble)
    peer.on("/atom", trouble)
    with pytest.raises(SourceError, match="No source gave an announcement; nothing was changed") as caught:
        collect()
    assert caught.value.retryable
    assert "cs, listing: " in str(caught.value)
    assert "cs, feed: " in str(caught.value)
    assert before
    assert stored(engine, listed_on=THURSDAY) == before
    with reading(engine) as session:
        assert list_days(session, ["cs"]) == [THURSDAY]


def test_the_error_says_how_long_arxiv_asked_us_to_wait(peer: Peer, collect: Collect) -> None:
    peer.on("/", Reply(status=503, headers={"Retry-After": "600"}))
    with pytest.raises(SourceError) as caught:
        collect()
    assert caught.value.retry_after_seconds == 600


def test_a_category_that_arxiv_does_not_know_is_not_worth_another_try(peer: Peer, collect: Collect) -> None:
    peer.on("/", Reply(status=400, body=b"<html>Invalid archive or category</html>"))
    with pytest.raises(SourceError, match="NEWSLETTER_CATEGORIES") as caught:
        collect("cs.XX")
    assert not caught.value.retryable


def test_an_empty_feed_alone_is_no_list_but_may_have_one_later(peer: Peer, collect: Collect) -> None:
    peer.on("/list", Reply(status=404))
    peer.on("/atom", feed_page([]))
    with pytest.raises(SourceError, match="it is empty") as caught:
        collect()
    assert caught.value.retryable


def test_one_category_that_fails_does_not_stop_the_others(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list/cs.RO", listing_page(TODAYS))
    peer.on("/atom/cs.RO", feed_page(TODAYS))
    peer.on("/", DOWN)
    report = collect("cs.LG", "cs.RO")
    assert [line.category for line in report.categories] == ["cs.RO"]
    assert [(problem.category, problem.source) for problem in report.problems] == [
        ("cs.LG", "listing"),
        ("cs.LG", "feed"),
    ]
    assert len(stored(engine, "cs.LG", "cs.RO")) == 4


def test_the_newest_of_the_categories_dates_is_reported(peer: Peer, collect: Collect) -> None:
    peer.on("/list/cs.LG", listing_page(YESTERDAYS, listed_on=THURSDAY))
    peer.on("/list/cs.RO", listing_page(TODAYS))
    peer.on("/atom", feed_page([]))
    report = collect("cs.RO", "cs.LG")
    assert report.listed_on == FRIDAY
    assert [line.listed_on for line in report.categories] == [FRIDAY, THURSDAY]


def test_what_only_the_feed_has_is_stored_too(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page(TODAYS[:3]))
    peer.on("/atom", feed_page(TODAYS))
    assert collect().problems == ()
    assert ids(stored(engine)) == [entry.arxiv_id for entry in TODAYS]


def test_a_frozen_listing_gives_way_to_a_newer_feed(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    peer.on("/atom", feed_page(TODAYS))
    report = collect()
    assert report.listed_on == FRIDAY
    assert "still shows the list of 2026-03-19" in str(report.problems[0])
    assert len(stored(engine)) == 4


def test_yesterdays_feed_under_todays_date_is_not_stored_as_todays(
    engine: Engine, peer: Peer, collect: Collect
) -> None:
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY), DOWN)
    collect(now=datetime(2026, 3, 19, 1, tzinfo=UTC))
    peer.on("/atom", feed_page(YESTERDAYS))
    with pytest.raises(SourceError, match="an earlier list again"):
        collect()
    assert stored(engine) == []


def test_a_missing_abstract_comes_from_the_api_by_identifier(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page([Entry(arxiv_id="2603.00001", abstract=""), Entry(arxiv_id="2603.00002")]))
    peer.on("/api", api_page([Entry(arxiv_id="2603.00001", abstract="From the API.")]))
    assert collect(now=EVENING).problems == ()
    assert [item.paper.abstract for item in stored(engine)] == ["From the API.", Entry().abstract]
    assert "id_list=2603.00001&" in peer.paths()[-1]


def test_a_paper_whose_abstract_nobody_has_is_stored_and_named(engine: Engine, peer: Peer, collect: Collect) -> None:
    peer.on("/list", listing_page([Entry(abstract="")]))
    peer.on("/api", DOWN)
    report = collect(now=EVENING)
    assert [problem.source for problem in report.problems] == ["api", "listing"]
    assert "1 papers have no abstract yet, among them 2603.00001" in str(report.problems[1])
    assert len(stored(engine)) == 1


def test_no_transaction_is_open_during_a_request(engine: Engine, peer: Peer, collect: Collect) -> None:
    open_now = 0
    seen: list[int] = []

    def count(change: int) -> Callable[..., None]:
        def changed(*_arguments: object) -> None:
            nonlocal open_now
            open_now += change

        return changed

    for name, change in (("begin", 1), ("commit", -1), ("rollback", -1)):
        event.listen(engine, name, count(change))

    def answer(path: str) -> Reply:
        seen.append(open_now)
        return Reply(body=listing_page(TODAYS) if path.startswith("/list") else feed_page(TODAYS))

    peer.answer = answer
    collect("cs", "cs.RO")
    assert seen == [0, 0, 0, 0]


@pytest.mark.standin
@pytest.mark.parametrize(
    ("now", "day"), [("2026-03-19T21:00-04:00", "2026-03-20"), ("2026-02-22T21:00-05:00", "2026-02-23")]
)
def test_the_recorded_day_is_stored_with_every_paper_of_its_listing(
    engine: Engine, standin: StandIn, http: requests.Session, now: str, day: str
) -> None:
    standin.control(now=now)
    report = collect_newest(
        engine, http, settings_for(standin.url), now=lambda: datetime.fromisoformat(now).astimezone(UTC)
    )
    assert (report.listed_on.isoformat(), report.problems) == (day, ())
    found = {item.paper.arxiv_id: item.paper for item in stored(engine, listed_on=report.listed_on)}
    assert report.stored.announced == len(found)
    with lzma.open(SHARED / "data" / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert sum(item.kind is not AnnouncementKind.REPLACE for item in stored(engine, listed_on=report.listed_on)) == len(
        rows
    )
    for row in rows:
        paper = found[row["id"]]
        assert (paper.title_source, paper.abstract_source) == (fold(row["title"]), fold(row["abstract"]))


@pytest.mark.standin
@pytest.mark.parametrize(
    ("fault", "source"),
    [
        ({"match": "/list", "status": 503, "retry_after": 0}, "feed"),
        ({"match": "/list", "kind": "rate_exceeded_200"}, "feed"),
        ({"match": "/list", "kind": "truncate", "bytes": 3000, "clean": True}, "feed"),
        ({"match": "/list", "kind": "truncate", "bytes": 3000}, "feed"),
        ({"match": "/list", "kind": "reset"}, "feed"),
        ({"match": "/list", "kind": "stale"}, "feed"),
        ({"match": "/atom", "kind": "stale"}, "listing"),
        ({"match": "/atom", "kind": "rate_exceeded_200"}, "listing"),
        ({"match": "/atom", "kind": "truncate", "bytes": 3000, "clean": True}, "listing"),
        ({"match": "/", "kind": "not_acceptable_without_accept"}, "listing"),
        ({"match": "/list", "status": 503, "retry_after": 0, "times": 2}, "listing"),
    ],
)
def test_the_recorded_day_is_whole_from_whichever_source_is_well(
    engine: Engine, standin: StandIn, http: requests.Session, fault: dict[str, Any], source: str
) -> None:
    standin.control(now=MORNING.isoformat(), faults=[fault])
    report = collect_newest(engine, http, settings_for(standin.url, "cs.RO"), now=lambda: MORNING)
    assert (report.listed_on, report.categories[0].source) == (FRIDAY, source)
    with lzma.open(SHARED / "data" / "arxiv-cs-daily" / "2026-03-20.jsonl.xz", "rt", encoding="utf-8") as lines:
        recorded = {row["id"] for row in map(json.loads, lines) if "cs.RO" in row["categories"]}
    announced = [item for item in stored(engine, "cs.RO") if item.kind is not AnnouncementKind.REPLACE]
    assert set(ids(announced)) == recorded


@pytest.mark.standin
def test_a_silent_recorded_service_gives_an_error_in_time(engine: Engine, standin: StandIn, tmp_path: Path) -> None:
    standin.control(faults=[{"match": "/", "kind": "slow", "seconds": 2}])
    session = polite_session(folder=tmp_path, interval_seconds=0, timeout_seconds=0.1, contact="editor@example.org")
    with pytest.raises(SourceError, match="no answer in time") as caught:
        collect_newest(engine, session, settings_for(standin.url), now=lambda: MORNING)
    assert caught.value.retryable
    with reading(engine) as work:
        assert work.exec(select(AnnouncementRow)).all() == []


@pytest.mark.standin
def test_a_recorded_feed_that_repeats_yesterday_is_seen_through(
    engine: Engine, standin: StandIn, http: requests.Session
) -> None:
    settings = settings_for(standin.url, "cs.RO")
    thursday = datetime(2026, 3, 19, 1, tzinfo=UTC)
    standin.control(now=thursday.isoformat())
    collect_newest(engine, http, settings, now=lambda: thursday)
    standin.control(
        now=MORNING.isoformat(), faults=[{"match": "/list", "status": 500}, {"match": "/atom", "kind": "stale"}]
    )
    with pytest.raises(SourceError, match="an earlier list again"):
        collect_newest(engine, http, settings, now=lambda: MORNING)
    assert stored(engine, "cs.RO") == []
