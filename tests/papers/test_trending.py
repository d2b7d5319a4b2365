"""A day's trending papers are stored with Hugging Face's numbers and arXiv's own record of each."""

from datetime import UTC, date, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.errors import SourceError
from newsletter.papers.hub_facts import HubFacts
from newsletter.papers.paper import ArxivId
from newsletter.papers.store import get_papers, store_papers
from newsletter.papers.tables import SightingRow, TrendingRow
from newsletter.papers.trending import TrendingReport, collect_trending, try_trending
from newsletter.papers.trending_store import find_facts, find_last_asked, list_trending
from newsletter.settings import Settings
from tests.conftest import StandIn
from tests.factories import Hand, make_paper
from tests.papers.hub import hub_entry, hub_page
from tests.papers.pages import Entry, api_page
from tests.papers.peer import Peer, Reply, settings_for

THURSDAY = date(2026, 3, 19)
MORNING = datetime(2026, 3, 20, 0, 5, tzinfo=UTC)
DOWN = Reply(status=503)


def settings(url: str) -> Settings:
    return settings_for(url).model_copy(update={"huggingface_url": url})


def arxiv_entry(number: int) -> Entry:
    return Entry(
        arxiv_id=f"2603.{number:05d}", title=f"Trending study {number}, by arXiv", categories=("cs.RO",), comment="9 p."
    )


def collect(engine: Engine, http: requests.Session, peer: Peer, now: datetime = MORNING) -> TrendingReport:
    return collect_trending(engine, http, settings(peer.url), THURSDAY, now=lambda: now)


def sighting(engine: Engine) -> SightingRow:
    with reading(engine) as session:
        return session.exec(select(SightingRow)).one()


def test_a_day_is_stored_in_the_order_of_votes_with_its_numbers(
    engine: Engine, http: requests.Session, peer: Peer
) -> None:
    peer.on("/api/daily_papers", hub_page([hub_entry(1, upvotes=3), hub_entry(2, upvotes=57)]))
    peer.on("/api/query", api_page([arxiv_entry(1), arxiv_entry(2)]))
    report = collect(engine, http, peer)
    assert report == TrendingReport(day=THURSDAY, papers=2, filled=2)
    with reading(engine) as session:
        found = list_trending(session, THURSDAY)
    assert [item.paper.arxiv_id for item in found] == ["2603.00002", "2603.00001"]
    assert found[0].facts == HubFacts(
        upvotes=57,
        comments=3,
        organisation="Walkers' Union",
        code_url="https://github.com/walkers/gait",
        stars=1200,
    )


def test_arxivs_own_record_is_shown_and_asked_for_only_when_it_is_not_known(
    engine: Engine, http: requests.Session, peer: Peer
) -> None:
    known = make_paper(1, "What we know of it")
    with transaction(engine) as session:
        store_papers(session, [known], stored_at=MORNING)
    peer.on("/api/daily_papers", hub_page([hub_entry(1), hub_entry(2)]))
    peer.on("/api/query", api_page([arxiv_entry(2)]))
    collect(engine, http, peer)
    [asked] = [path for path in peer.paths() if path.startswith("/api/query")]
    assert ("2603.00002" in asked, "2603.00001" in asked) == (True, False)
    with reading(engine) as session:
        found = {item.paper.arxiv_id: item.paper for item in list_trending(session, THURSDAY)}
    assert found[ArxivId("2603.00001")] == known
    assert found[ArxivId("2603.00002")].title == "Trending study 2, by arXiv"
    assert found[ArxivId("2603.00002")].primary_category == "cs.RO"


@pytest.mark.parametrize("answer", [DOWN, Reply(body=api_page([]))], ids=["down", "unknown"])
def test_hugging_faces_words_stand_in_until_arxivs_are_known(
    engine: Engine, http: requests.Session, peer: Peer, answer: Reply
) -> None:
    peer.on("/api/daily_papers", hub_page([hub_entry(1)]))
    peer.on("/api/query", answer)
    report = collect(engine, http, peer)
    assert (report.papers, report.filled, report.unfilled) == (1, 0, 1)
    assert (report.problem is not None) == (answer is DOWN)
    with reading(engine) as session:
        [stand_in] = list_trending(session, THURSDAY)
    assert (stand_in.paper.title, stand_in.paper.categories) == ("Trending study 1", ())
    assert stand_in.paper.abstract.startswith("Robots learn to read")
    peer.on("/api/query", api_page([arxiv_entry(1)]))
    assert collect(engine, http, peer).filled == 1
    with reading(engine) as session:
        assert get_papers(session, ["2603.00001"])[ArxivId("2603.00001")].title == "Trending study 1, by arXiv"


def test_asking_again_replaces_the_numbers(engine: Engine, http: requests.Session, peer: Peer) -> None:
    later = MORNING + timedelta(hours=1)
    peer.on("/api/query", api_page([arxiv_entry(1), arxiv_entry(2)]), api_page([arxiv_entry(3)]))
    peer.on("/api/daily_papers", hub_page([hub_entry(1, upvotes=5), hub_entry(2, upvotes=9)]))
    collect(engine, http, peer)
    peer.on("/api/daily_papers", hub_page([hub_entry(1, upvotes=60), hub_entry(3, upvotes=1)]))
    collect(engine, http, peer, later)
    with reading(engine) as session:
        rows = session.exec(select(TrendingRow)).all()
        assert find_facts(session, ["2603.00001", "2603.00009"])["2603.00001"].upvotes == 60
    assert {row.arxiv_id[-1]: (row.position, row.upvotes) for row in rows} == {"1": (0, 60), "3": (1, 1)}
    assert {row.collected_at for row in rows} == {later}


def test_the_newest_facts_of_a_paper_are_found(engine: Engine, http: requests.Session, peer: Peer) -> None:
    peer.on("/api/query", api_page([arxiv_entry(1)]))
    for day, votes in ((date(2026, 3, 18), 5), (THURSDAY, 50), (date(2026, 3, 17), 2)):
        peer.on("/api/daily_papers", hub_page([hub_entry(1, upvotes=votes)]))
        collect_trending(engine, http, settings(peer.url), day, now=lambda: MORNING)
    with reading(engine) as session:
        assert find_facts(session, ["2603.00001"])["2603.00001"].upvotes == 50
        assert find_facts(session, []) == {}


def test_every_try_is_recorded_and_what_came(engine: Engine, http: requests.Session, peer: Peer) -> None:
    peer.on("/api/daily_papers", DOWN)
    with pytest.raises(SourceError):
        collect(engine, http, peer)
    row = sighting(engine)
    assert (row.category, row.source, row.listed_on, row.tries) == ("trending", "huggingface", THURSDAY, 1)
    assert (row.asked_at, row.seen_at, row.counts) == (MORNING, None, None)
    peer.on("/api/daily_papers", hub_page([hub_entry(1)]))
    peer.on("/api/query", api_page([arxiv_entry(1)]))
    collect(engine, http, peer)
    row = sighting(engine)
    assert (row.tries, row.seen_at, row.counts, row.ids) == (2, MORNING, {"papers": 1}, ["2603.00001"])


def test_it_is_tried_once_by_whoever_comes_first_and_again_after_a_while(
    engine: Engine, http: requests.Session, peer: Peer
) -> None:
    clock, known = Hand(MORNING), settings(peer.url)
    peer.on("/api/daily_papers", DOWN)
    with pytest.raises(SourceError):
        try_trending(engine, http, known, now=clock)
    assert try_trending(engine, http, known, now=clock) is None
    clock.instant += timedelta(minutes=2)
    peer.on("/api/daily_papers", hub_page([hub_entry(1)]))
    peer.on("/api/query", api_page([arxiv_entry(1)]))
    report = try_trending(engine, http, known, now=clock)
    assert report is not None
    assert (report.day, report.papers) == (THURSDAY, 1)
    clock.instant += timedelta(hours=1)
    assert try_trending(engine, http, known, now=clock) is None


def test_an_empty_list_of_a_working_day_may_still_fill_and_keeps_what_is_known(
    engine: Engine, http: requests.Session, peer: Peer
) -> None:
    peer.on("/api/daily_papers", hub_page([hub_entry(1)]), b"[]")
    peer.on("/api/query", api_page([arxiv_entry(1)]))
    collect(engine, http, peer)
    assert collect(engine, http, peer).papers == 0
    with reading(engine) as session:
        assert len(list_trending(session, THURSDAY)) == 1
    day = date(2026, 3, 18)
    peer.on("/api/daily_papers", b"[]")
    collect_trending(engine, http, settings(peer.url), day, now=lambda: MORNING)
    with reading(engine) as session:
        last = find_last_asked(session, day)
    assert last is not None
    assert not last.is_seen


def test_at_weekends_nobody_is_asked(engine: Engine, http: requests.Session, peer: Peer) -> None:
    saturday = Hand(MORNING + timedelta(days=1))
    assert try_trending(engine, http, settings(peer.url), now=saturday) is None
    assert peer.requests == []


@pytest.mark.standin
def test_a_recorded_day_is_merged_with_arxivs_records(engine: Engine, http: requests.Session, standin: StandIn) -> None:
    standin.control(now="2026-03-20T00:30-04:00")
    report = collect_trending(engine, http, settings(standin.url), THURSDAY, now=lambda: MORNING)
    assert (report.problem, report.papers) == (None, report.filled + report.unfilled)
    assert report.papers == 20
    assert report.filled == 20
    paths = [entry["path"] for entry in requests.get(f"{standin.url}/_log", timeout=10).json()]
    assert sum(path.startswith("/api/query") for path in paths) == 1
