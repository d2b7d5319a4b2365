"""Past days are put together from submission times, marked as estimates, and never in place of what was seen."""

import json
import lzma
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.errors import InputError, SourceError
from newsletter.papers.backfill import (
    BackfillReport,
    backfill_ids,
    backfill_range,
    check_range,
    estimate_announcement,
    plan_backfill,
)
from newsletter.papers.paper import AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.listing import parse_listing
from newsletter.papers.sources.record import make_paper
from newsletter.papers.store import find_day, get_papers, list_days, store_announcement
from newsletter.papers.tables import AnnouncementRow
from tests.conftest import NOON, SHARED, StandIn
from tests.papers.pages import FRIDAY, Entry, api_page, entries, instant, listing_page
from tests.papers.peer import Peer, Reply, settings_for

pytestmark = pytest.mark.one_database

THURSDAY, MONDAY = date(2026, 3, 19), date(2026, 3, 23)
NOW = datetime(2026, 3, 24, 12, tzinfo=UTC)

Backfill = Callable[..., BackfillReport]


@pytest.fixture
def fill(engine: Engine, http: requests.Session, peer: Peer) -> Backfill:
    def run(
        *categories: str, first: date = THURSDAY, last: date = MONDAY, told: list[str] | None = None
    ) -> BackfillReport:
        on_progress = None if told is None else told.append
        settings = settings_for(peer.url, *categories)
        return backfill_range(engine, http, settings, first, last, now=lambda: NOW, on_progress=on_progress)

    return run


def serve(peer: Peer, shown: list[Entry]) -> None:
    """Answer searches by the window of submission times, and lists of identifiers."""

    def answer(path: str) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if "id_list" in asked:
            return Reply(body=api_page([entry for entry in shown if entry.arxiv_id in asked["id_list"].split(",")]))
        begin, end = (
            datetime.strptime(text + "+0000", "%Y%m%d%H%M%z") for text in re.findall(r"\d{12}", asked["search_query"])
        )
        return Reply(body=api_page([entry for entry in shown if begin <= instant(entry.submitted) <= end]))

    peer.answer = answer


def days(engine: Engine) -> dict[date, list[tuple[str, AnnouncementKind]]]:
    with reading(engine) as session:
        return {
            day: [(item.paper.arxiv_id, item.kind) for item in find_day(session, ["cs"], day)]
            for day in list_days(session, ["cs"])
        }


WEEK = [
    Entry(arxiv_id="2603.00001", submitted="2026-03-18T10:00:00Z"),
    Entry(arxiv_id="2603.00003", submitted="2026-03-19T10:00:00Z"),
    Entry(arxiv_id="2603.00002", submitted="2026-03-19T11:00:00Z", categories=("math.OC", "cs.RO")),
    Entry(arxiv_id="2603.00004", submitted="2026-03-20T17:00:00Z"),
    Entry(arxiv_id="2603.00005", submitted="2026-03-20T19:00:00Z"),  # after Friday's deadline
]


def test_papers_fall_into_the_lists_of_their_deadlines(engine: Engine, peer: Peer, fill: Backfill) -> None:
    serve(peer, WEEK)
    told: list[str] = []
    report = fill(told=told)
    new, cross = AnnouncementKind.NEW, AnnouncementKind.CROSS
    assert days(engine) == {
        THURSDAY: [("2603.00001", new)],
        FRIDAY: [("2603.00003", new), ("2603.00002", cross)],
        MONDAY: [("2603.00004", new)],
    }
    assert report.filled == (THURSDAY, FRIDAY, MONDAY)
    assert (report.papers, report.new_papers) == (4, 4)
    assert told[1] == "2026-03-20: 2 papers put together from their submission times."


def test_the_days_are_marked_as_estimates(engine: Engine, peer: Peer, fill: Backfill) -> None:
    serve(peer, WEEK)
    fill()
    with reading(engine) as session:
        assert set(session.exec(select(AnnouncementRow.source))) == {"api"}


def test_a_day_that_was_collected_is_neither_asked_for_nor_touched(engine: Engine, peer: Peer, fill: Backfill) -> None:
    with transaction(engine) as session:
        store_announcement(session, parse_listing(listing_page(entries(3, first=91)), "cs"), collected_at=NOON)
    serve(peer, WEEK)
    assert fill().kept == (FRIDAY,)
    assert len(days(engine)[FRIDAY]) == 3
    assert len(peer.requests) == 2


def test_a_run_that_broke_off_goes_on_where_it_stopped(engine: Engine, peer: Peer, fill: Backfill) -> None:
    serve(peer, WEEK)
    assert peer.answer is not None
    healthy, count = peer.answer, 0

    def breaks_off(path: str) -> Reply | None:
        nonlocal count
        count += 1
        return healthy(path) if count == 1 else Reply(status=503)

    peer.answer = breaks_off
    with pytest.raises(SourceError):
        fill()
    assert list(days(engine)) == [THURSDAY]
    peer.answer = healthy
    report = fill()
    assert (report.kept, report.filled) == ((THURSDAY,), (FRIDAY, MONDAY))


def test_a_day_without_papers_is_left_open(engine: Engine, peer: Peer, fill: Backfill) -> None:
    serve(peer, WEEK[:1])
    assert fill().empty == (FRIDAY, MONDAY)
    assert list(days(engine)) == [THURSDAY]


def test_a_weekend_has_no_lists_and_needs_no_request(peer: Peer, fill: Backfill) -> None:
    assert fill(first=date(2026, 3, 21), last=date(2026, 3, 22)) == BackfillReport()
    assert peer.requests == []


def test_several_categories_are_one_search_a_day(engine: Engine, peer: Peer, fill: Backfill) -> None:
    serve(peer, WEEK)
    fill("cs.LG", "cs.RO", "math", first=FRIDAY, last=FRIDAY)
    assert len(peer.requests) == 1
    with reading(engine) as session:
        assert [i.kind for i in find_day(session, ["cs.RO"], FRIDAY)] == [AnnouncementKind.CROSS] * 2
        assert [i.kind for i in find_day(session, ["cs.LG"], FRIDAY)] == [AnnouncementKind.NEW]
        assert [i.paper.arxiv_id for i in find_day(session, ["math"], FRIDAY)] == ["2603.00002"]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (FRIDAY, THURSDAY, "swap the two dates"),
        (date(1991, 8, 13), FRIDAY, "arXiv began on 1991-08-14"),
        (FRIDAY, date(2026, 3, 25), "end the range at 2026-03-24 or earlier"),
    ],
)
def test_a_range_that_cannot_be_says_what_to_change(
    peer: Peer, fill: Backfill, first: date, last: date, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        fill(first=first, last=last)
    assert peer.requests == []


@given(st.dates(date(1991, 8, 14)), st.dates(date(1991, 8, 14)), st.dates(date(1991, 8, 14)))
def test_a_range_is_right_exactly_when_its_dates_are_in_order(first: date, last: date, today: date) -> None:
    if first <= last <= today:
        check_range(first, last, today=today)
    else:
        with pytest.raises(InputError):
            check_range(first, last, today=today)


def paper(number: int, *categories: str) -> Paper:
    name = ArxivId(f"2603.{number:05d}")
    return make_paper(
        name, 1, title="Walk", authors=["Ada Roe"], abstract="We walk.", categories=categories, comment=None
    )


def test_an_estimate_lists_new_papers_first_by_identifier() -> None:
    papers = [paper(3, "cs.LG"), paper(2, "math.OC", "cs.LG"), paper(1, "cs.LG"), paper(4, "math.OC")]
    found = estimate_announcement("cs", FRIDAY, papers)
    assert [item.paper.arxiv_id for item in found.announced] == ["2603.00001", "2603.00003", "2603.00002"]
    assert [item.position for item in found.announced] == [0, 1, 2]


def test_papers_are_fetched_by_identifier_and_unknown_ones_named(
    engine: Engine, http: requests.Session, peer: Peer
) -> None:
    serve(peer, entries(150))
    ids = [ArxivId(f"2603.{number:05d}") for number in (*range(1, 151), 7, 999)]
    told: list[str] = []
    report = backfill_ids(engine, http, settings_for(peer.url), ids, now=lambda: NOW, on_progress=told.append)
    assert (report.papers, report.new_papers, report.unknown) == (150, 150, ("2603.00999",))
    assert told == ["100 of 151 papers are stored.", "150 of 151 papers are stored."]
    with reading(engine) as session:
        assert len(get_papers(session, ids)) == 150
        assert list_days(session, ["cs"]) == []


def test_papers_fetched_before_a_failure_are_kept(engine: Engine, http: requests.Session, peer: Peer) -> None:
    down = Reply(status=503)
    peer.on("/api", api_page(entries(100)), down)
    ids = [ArxivId(f"2603.{number:05d}") for number in range(1, 151)]
    with pytest.raises(SourceError):
        backfill_ids(engine, http, settings_for(peer.url), ids, now=lambda: NOW)
    with reading(engine) as session:
        assert len(get_papers(session, ids)) == 100


@pytest.mark.standin
def test_a_recorded_week_is_put_together_nearly_as_it_was_announced(
    engine: Engine, standin: StandIn, http: requests.Session
) -> None:
    standin.control(now="2026-03-20T12:00-04:00")
    now = datetime(2026, 3, 20, 16, tzinfo=UTC)
    report = backfill_range(engine, http, settings_for(standin.url), date(2026, 3, 18), THURSDAY, now=lambda: now)
    assert report.filled == (date(2026, 3, 18), THURSDAY)
    for listed_on, found in days(engine).items():
        with lzma.open(SHARED / "data" / "arxiv-cs-daily" / f"{listed_on}.jsonl.xz", "rt", encoding="utf-8") as lines:
            recorded = {json.loads(line)["id"] for line in lines}
        both = recorded & {arxiv_id for arxiv_id, _ in found}
        assert len(both) > 0.85 * max(len(recorded), len(found))  # moderation holds some papers for days


def test_a_plan_counts_what_is_missing_and_how_long_it_takes(engine: Engine, peer: Peer) -> None:
    settings = settings_for(peer.url, "cs.LG")
    plan = plan_backfill(engine, settings, date(2016, 3, 21), FRIDAY, now=lambda: NOW)
    assert (plan.range_days, plan.missing_days) == (2610, 2610)
    assert str(plan) == "2610 days to fetch, in about 2 h 54 min: arXiv allows one request every 3 seconds."
    assert peer.requests == []


def test_a_category_that_arxiv_does_not_have_is_no_empty_archive(engine: Engine, peer: Peer) -> None:
    with pytest.raises(InputError, match=r"no archive or category 'cs\.XX'"):
        plan_backfill(engine, settings_for(peer.url, "cs.XX"), FRIDAY, FRIDAY, now=lambda: NOW)
