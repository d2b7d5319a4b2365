"""Each morning's lists are collected whole from what answers; a failing source is named, and loses nothing."""

from datetime import timedelta

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.errors import Fault, NoConnectionError, SourceError
from newsletter.papers.ask import Collector
from newsletter.papers.calendar import announced_at
from newsletter.papers.collect import collect_lists, next_round_at, open_states
from newsletter.papers.ledger import Judgement
from newsletter.papers.tables import AnnouncementRow
from tests.factories import Hand
from tests.papers.asking import EIGHT, MORNING, THURSDAY, TODAYS, WEDNESDAY, YESTERDAYS
from tests.papers.pages import (
    FRIDAY,
    Entry,
    entries,
    feed_page,
    listing_page,
    oai_page,
    oai_record,
    recent_page,
)
from tests.papers.peer import Peer, Reply, collector_for
from tests.papers.rounds import (
    DOWN,
    FEED,
    HALF_PAST_TEN,
    LISTING,
    MIDNIGHT,
    NOWHERE,
    OAI,
    all_well,
    asked,
    faults,
    ids,
    judged,
    of,
    on_schedule,
    only,
    stored,
    verdict,
)

pytestmark = pytest.mark.one_database


def test_a_listing_is_stored_judged_and_reported(engine: Engine, peer: Peer, collector: Collector) -> None:
    all_well(peer)
    report = collect_lists(collector)
    assert (report.listed_on, report.problems, report.changed) == (FRIDAY, (), (FRIDAY,))
    assert [str(line) for line in report.categories] == [
        "cs, list of 2026-03-20: complete: all 4 papers that the listing counts are here."
    ]
    assert (report.stored.new_papers, report.stored.announced) == (4, 4)
    assert ids(stored(engine)) == [entry.arxiv_id for entry in TODAYS]
    assert judged(engine) is Judgement.COMPLETE


def test_progress_is_told_after_each_source(peer: Peer, collector: Collector) -> None:
    all_well(peer)
    told: list[str] = []
    collect_lists(of(collector, "cs", "cs.RO"), on_progress=told.append, is_urgent=False)
    assert told[:3] == ["cs: asked listing", "cs: asked feed", "cs: asked oai"]
    assert "cs.RO: asked feed" in told


def test_collecting_twice_changes_nothing(engine: Engine, peer: Peer, collector: Collector) -> None:
    all_well(peer)
    collect_lists(collector)
    before = stored(engine)
    report = collect_lists(collector)
    assert (report.stored.new_papers, report.stored.changed_papers, report.stored.announced) == (0, 0, 0)
    assert stored(engine) == before


def test_each_source_is_asked_once_when_it_has_the_list(peer: Peer, collector: Collector, now: Hand) -> None:
    all_well(peer)
    for instant, source in ((EIGHT, LISTING), (HALF_PAST_TEN, OAI), (MIDNIGHT, FEED)):
        now.instant = instant
        assert next_round_at(collector) in (instant, announced_at(FRIDAY))
        on_schedule(collector)
        assert asked(peer) == [source]
        assert on_schedule(collector).stored.announced == 0
        assert asked(peer) == []
    assert next_round_at(collector) is None


def test_a_round_on_schedule_waits_and_one_in_a_hurry_does_not(peer: Peer, collector: Collector, now: Hand) -> None:
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    now.instant = EIGHT
    on_schedule(collector)
    assert next_round_at(collector) == EIGHT + timedelta(minutes=2)
    now.instant = EIGHT + timedelta(minutes=1)
    peer.requests.clear()
    on_schedule(collector)
    assert asked(peer) == []
    collect_lists(collector)
    assert asked(peer) == [LISTING]
    assert next_round_at(collector) == now.instant + timedelta(minutes=4)


def test_in_a_hurry_mere_checks_are_left_to_the_schedule(peer: Peer, collector: Collector) -> None:
    all_well(peer)
    collect_lists(collector)
    assert asked(peer) == [LISTING]
    on_schedule(collector)
    assert asked(peer) == [FEED, OAI]


def test_in_the_evening_nobody_is_asked_for_what_they_cannot_have_yet(
    peer: Peer, collector: Collector, now: Hand
) -> None:
    now.instant = EIGHT + timedelta(hours=1)
    only(peer, "/list/cs/new", DOWN)
    with pytest.raises(SourceError):
        collect_lists(collector)
    assert asked(peer) == [LISTING]


# --- one source in trouble ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "fault"),
    [
        (DOWN, Fault.UNAVAILABLE),
        (Reply(body=b"Rate exceeded."), Fault.RATE_LIMITED),
        (Reply(body=b"<html>It works!</html>"), Fault.UNUSABLE),
        (
            Reply(body=b"<html><body><h3>Showing new listings for Friday, 20 March 2026</h3></body></html>"),
            Fault.UNUSABLE,
        ),
        (Reply(body=listing_page(TODAYS).replace(b"showing 3 of 3", b"showing 5 of 5")), Fault.UNUSABLE),
        (Reply(body=listing_page(TODAYS)[:900]), Fault.TRUNCATED),
        (Reply(resets=True), Fault.DROPPED),
        (Reply(status=404), Fault.REFUSED),
    ],
)
def test_without_a_listing_feed_and_oai_are_taken_and_the_trouble_named(
    engine: Engine, peer: Peer, collector: Collector, trouble: Reply, fault: Fault
) -> None:
    peer.on("/list", trouble)
    all_well(peer)
    peer.routes.pop("/list/cs/new")
    peer.routes.pop("/list/cs/recent")
    report = collect_lists(collector)
    assert ids(stored(engine)) == [entry.arxiv_id for entry in TODAYS]
    assert str(report.problems[0]).startswith("cs, listing: ")
    assert faults(engine) == [("listing", fault), ("recent", fault)]
    assert judged(engine) is Judgement.COMPLETE
    found = verdict(engine)
    assert found is not None
    assert found.reason == "the feed and OAI-PMH agree on 4 papers; the listing was not seen"


@pytest.mark.parametrize("path", ["/atom", "/oai", "/list/cs/recent", "/api"])
def test_when_another_source_is_in_trouble_the_listing_stands_for_itself(
    engine: Engine, peer: Peer, collector: Collector, path: str
) -> None:
    all_well(peer)
    peer.on(path, DOWN)
    on_schedule(collector)
    assert ids(stored(engine)) == [entry.arxiv_id for entry in TODAYS]
    assert judged(engine) is Judgement.COMPLETE
    names = {"/atom": [("feed", Fault.UNAVAILABLE)], "/oai": [("oai", Fault.UNAVAILABLE)]}
    assert faults(engine) == names.get(path, [])


@pytest.mark.parametrize("path", ["/atom", "/oai"])
def test_what_a_single_uncounted_source_shows_is_partial(
    engine: Engine, peer: Peer, collector: Collector, path: str
) -> None:
    only(peer, path, feed_page(TODAYS) if path == "/atom" else oai_page([oai_record(entry) for entry in TODAYS]))
    report = collect_lists(collector)
    assert (report.listed_on, len(stored(engine))) == (FRIDAY, 4)
    assert judged(engine) is Judgement.PARTIAL


def test_a_frozen_listing_gives_way_to_what_others_show(engine: Engine, peer: Peer, collector: Collector) -> None:
    all_well(peer)
    peer.on("/list/cs/new", listing_page(YESTERDAYS, listed_on=THURSDAY))
    peer.on("/list/cs/recent", recent_page({THURSDAY: YESTERDAYS, WEDNESDAY: entries(2, first=71)}))
    report = collect_lists(collector)
    assert (report.listed_on, report.changed) == (FRIDAY, (THURSDAY, FRIDAY))
    assert len(stored(engine)) == 4
    assert faults(engine) == [("recent", Fault.OLD_LIST)]
    collect_lists(collector)
    assert set(faults(engine)) == {("listing", Fault.OLD_LIST), ("recent", Fault.OLD_LIST)}


def test_a_frozen_listing_is_counted_by_the_page_of_recent_days(
    engine: Engine, peer: Peer, collector: Collector
) -> None:
    all_well(peer)
    peer.on("/list/cs/new", listing_page(YESTERDAYS, listed_on=THURSDAY))
    collect_lists(collector)
    found = verdict(engine)
    assert found is not None
    assert found.reason == "all 4 papers that the listing of recent days counts are here"


def test_yesterdays_feed_under_todays_date_is_not_stored_as_todays(
    engine: Engine, peer: Peer, collector: Collector
) -> None:
    peer.on("/list/cs/new", listing_page(YESTERDAYS, listed_on=THURSDAY), DOWN)
    peer.on("/atom", feed_page(YESTERDAYS))
    peer.on("/", DOWN)
    report = collect_lists(collector)
    assert report.listed_on == THURSDAY
    assert stored(engine) == []
    assert ("feed", Fault.REPEATED) in faults(engine)


def test_papers_that_were_put_under_a_day_by_the_feed_are_completed_by_the_listing(
    engine: Engine, peer: Peer, collector: Collector
) -> None:
    only(peer, "/atom", feed_page(TODAYS[:2]))
    collect_lists(collector)
    assert judged(engine) is Judgement.PARTIAL
    peer.routes.clear()
    all_well(peer)
    report = collect_lists(collector)
    assert report.stored.announced == 2
    assert judged(engine) is Judgement.COMPLETE


def test_missing_abstracts_come_from_the_api_in_the_same_round(
    engine: Engine, peer: Peer, collector: Collector
) -> None:
    all_well(peer, bare=True)
    peer.on("/atom", DOWN)
    peer.on("/oai", DOWN)
    collect_lists(collector)
    assert [item.paper.abstract for item in stored(engine)] == [entry.abstract for entry in TODAYS]
    assert judged(engine) is Judgement.COMPLETE


def test_a_paper_whose_abstract_nobody_has_is_stored_and_counted_as_missing(
    engine: Engine, peer: Peer, collector: Collector
) -> None:
    only(peer, "/list/cs/new", listing_page([Entry(abstract=""), Entry(arxiv_id="2603.00002")]))
    report = collect_lists(collector)
    assert len(stored(engine)) == 2
    assert report.categories[0].verdict.missing_count == 1
    assert ("api", Fault.UNAVAILABLE) in faults(engine)


# --- nothing at all -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [Reply(status=503, headers={"Retry-After": "0"}), Reply(body=b"garbage"), Reply(body=b""), Reply(resets=True)],
)
def test_when_nothing_answers_the_error_is_clear(
    engine: Engine, peer: Peer, collector: Collector, trouble: Reply
) -> None:
    peer.on("/", trouble)
    with pytest.raises(SourceError, match="No source gave an announcement; nothing was changed") as caught:
        collect_lists(collector)
    assert caught.value.retryable
    for source in ("listing", "feed", "oai"):
        assert f"cs, {source}: " in str(caught.value)
    assert judged(engine) is Judgement.ERROR
    with reading(engine) as session:
        assert session.exec(select(AnnouncementRow)).all() == []


def test_when_nothing_answers_what_was_stored_before_stays_and_is_reported(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    now.instant = announced_at(THURSDAY)
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY), DOWN)
    peer.on("/", DOWN)
    collect_lists(collector)
    before = stored(engine, listed_on=THURSDAY)
    now.instant = MORNING
    report = collect_lists(collector)
    assert (report.listed_on, report.changed) == (THURSDAY, ())
    assert all(problem.error is not None for problem in report.problems)
    assert before
    assert stored(engine, listed_on=THURSDAY) == before
    assert (judged(engine, THURSDAY), judged(engine)) == (Judgement.COMPLETE, Judgement.ERROR)


def test_without_a_network_the_error_says_so_in_one_sentence(engine: Engine, http: requests.Session, now: Hand) -> None:
    with pytest.raises(NoConnectionError, match=r"arXiv cannot be reached \(.*refused\)\.\Z"):
        collect_lists(collector_for(engine, http, NOWHERE, now=now))
    assert set(faults(engine)) == {(source, Fault.UNREACHABLE) for source in ("listing", "feed", "oai")}


def test_the_error_says_how_long_arxiv_asked_us_to_wait(peer: Peer, collector: Collector) -> None:
    peer.on("/", Reply(status=503, headers={"Retry-After": "600"}))
    with pytest.raises(SourceError) as caught:
        collect_lists(collector)
    assert caught.value.retry_after_seconds == 600


def test_a_category_that_arxiv_does_not_know_is_not_worth_another_try(peer: Peer, collector: Collector) -> None:
    peer.on("/", Reply(status=400, body=b"<html>Invalid archive or category</html>"))
    with pytest.raises(SourceError, match="NEWSLETTER_CATEGORIES") as caught:
        collect_lists(of(collector, "cs.XX"))
    assert not caught.value.retryable


def test_an_empty_feed_alone_is_no_list_but_may_have_one_later(
    engine: Engine, peer: Peer, collector: Collector
) -> None:
    peer.on("/atom", feed_page([]))
    with pytest.raises(SourceError) as caught:
        collect_lists(collector)
    assert caught.value.retryable
    assert judged(engine) is Judgement.NONE  # it is past the deadline, and the feed says that there is no list


# --- several categories -------------------------------------------------------------------------------------------


def test_one_category_that_fails_does_not_stop_the_others(engine: Engine, peer: Peer, collector: Collector) -> None:
    peer.on("/list/cs.RO", listing_page(TODAYS))
    peer.on("/", DOWN)
    report = collect_lists(of(collector, "cs.LG", "cs.QQ", "cs.RO"))
    assert [line.category for line in report.categories] == ["cs.RO"]
    assert {problem.category for problem in report.problems} == {"cs.LG", "cs.QQ"}
    assert len(stored(engine, "cs.LG", "cs.RO")) == 4
    assert judged(engine, category="cs.RO") is Judgement.COMPLETE
    assert judged(engine, category="cs.LG") is judged(engine, category="cs.QQ") is Judgement.ERROR


def test_the_newest_of_the_categories_dates_is_reported(peer: Peer, collector: Collector) -> None:
    peer.on("/list/cs.LG", listing_page(YESTERDAYS, listed_on=THURSDAY))
    peer.on("/list/cs.RO", listing_page(TODAYS))
    peer.on("/", DOWN)
    report = collect_lists(of(collector, "cs.RO", "cs.LG"))
    assert report.listed_on == FRIDAY
    assert [line.listed_on for line in report.categories] == [FRIDAY, THURSDAY]


def test_a_category_that_was_added_later_has_no_past_to_make_up_for(
    engine: Engine, peer: Peer, collector: Collector, now: Hand
) -> None:
    peer.on("/list", listing_page(YESTERDAYS, listed_on=THURSDAY))
    now.instant = announced_at(THURSDAY)
    collect_lists(collector)
    now.instant = EIGHT
    assert [state.listed_on for state in open_states(of(collector, "cs", "math"), "math")] == [FRIDAY]
