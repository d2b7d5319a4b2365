"""An edition is opened for what was announced, once, and waits until its lists are settled; the sample gets in no way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.store import count_states
from newsletter.editions import store
from newsletter.editions.collect import collect_edition, is_due, is_ready, open_editions, open_sample, try_collection
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.tables import CollectionRow, EditionRow
from newsletter.errors import SourceError
from newsletter.papers import ledger_store as ledger
from newsletter.papers.ask import Collector
from newsletter.papers.calendar import announced_at
from newsletter.papers.collect import collect_lists
from newsletter.papers.ledger import Judgement, Source
from newsletter.papers.store import store_announcement
from tests.conftest import StandIn
from tests.factories import (
    FRIDAY,
    FRIDAY_ANNOUNCED_AT,
    MORNING,
    Hand,
    add_reader,
    announce,
    make_desk,
    make_paper,
    message_id,
    open_day,
)
from tests.papers.pages import Entry, entries, feed_page, listing_page, oai_page, oai_record, recent_page
from tests.papers.peer import Peer, Reply, collector_for

THURSDAY = date(2026, 3, 19)
MONDAY = date(2026, 3, 23)
NOWHERE = "http://127.0.0.1:9"  # nobody listens on the discard port
DOWN = Reply(status=503)
TODAYS = entries(3)

At = Callable[..., Collector]


@pytest.fixture
def now() -> Hand:
    """The clock, an hour after the announcement."""
    return Hand(MORNING)


@pytest.fixture
def desk(engine: Engine, now: Hand) -> Desk:
    return make_desk(engine, now=now)


@pytest.fixture
def at(engine: Engine, http: requests.Session, now: Hand) -> At:
    """Make a collector of what a server at an address shows."""

    def make(url: str, *categories: str) -> Collector:
        return collector_for(engine, http, url, *categories, now=now)

    return make


def tries(engine: Engine) -> list[tuple[int, bool, bool]]:
    with reading(engine) as session:
        rows = session.exec(select(CollectionRow)).all()
        return [(row.number, row.ended_at is not None, row.problem is not None) for row in rows]


def editions(engine: Engine) -> dict[date, int]:
    with reading(engine) as session:
        return {edition.edition_on: edition.paper_count for edition in store.list_editions(session)}


def test_a_day_is_opened_once_and_counts_its_papers(engine: Engine, desk: Desk) -> None:
    open_day(desk, announce([make_paper(1, "A"), make_paper(2, "B")]))
    open_day(desk, announce([make_paper(1, "A"), make_paper(2, "B"), make_paper(3, "C")]))
    assert editions(engine) == {FRIDAY: 3}


def test_collecting_opens_the_edition_of_what_was_found(engine: Engine, desk: Desk, peer: Peer, at: At) -> None:
    peer.on("/list", listing_page(TODAYS))
    report = collect_edition(desk, at(peer.url))
    assert (report.listed_on, editions(engine)) == (FRIDAY, {FRIDAY: 3})
    with reading(engine) as session:
        edition = store.get_edition(session, FRIDAY)
    assert (edition.announced_at, edition.opened_at, edition.is_sample) == (FRIDAY_ANNOUNCED_AT, MORNING, False)


def test_every_day_that_got_papers_has_its_edition(engine: Engine, desk: Desk, peer: Peer, at: At, now: Hand) -> None:
    now.instant = announced_at(THURSDAY)
    peer.on("/", DOWN)
    with pytest.raises(SourceError):
        collect_edition(desk, at(peer.url))
    now.instant = MORNING
    peer.routes.clear()
    peer.on("/list/cs/new", listing_page(TODAYS))
    peer.on("/list/cs/recent", recent_page({FRIDAY: TODAYS, THURSDAY: entries(2, first=51)}))
    collect_edition(desk, at(peer.url))
    assert editions(engine) == {THURSDAY: 2, FRIDAY: 3}


def test_a_try_that_fails_is_recorded_and_the_next_one_waits(engine: Engine, desk: Desk, at: At, now: Hand) -> None:
    collector = at(NOWHERE)
    with pytest.raises(SourceError):
        try_collection(desk, collector)
    assert tries(engine) == [(1, True, True)]
    assert try_collection(desk, collector) is None
    now.instant += timedelta(minutes=2)
    with pytest.raises(SourceError):
        try_collection(desk, collector)
    assert tries(engine) == [(1, True, True), (2, True, True)]


@pytest.mark.standin
def test_a_collected_day_is_not_asked_for_again(engine: Engine, desk: Desk, at: At, standin: StandIn) -> None:
    collector = at(standin.url)
    report = try_collection(desk, collector)
    assert report is not None
    assert report.listed_on == FRIDAY
    assert try_collection(desk, collector) is None
    assert tries(engine) == [(1, True, False)]


def test_what_was_wrong_with_a_source_is_kept_with_the_try(engine: Engine, desk: Desk, peer: Peer, at: At) -> None:
    peer.on("/list", DOWN, Reply(body=listing_page(TODAYS)))
    assert try_collection(desk, at(peer.url)) is not None
    with reading(engine) as session:
        [row] = session.exec(select(CollectionRow))
    assert row.problem is not None
    assert row.problem.startswith("cs, listing: ")


def test_only_one_of_two_processes_collects(engine: Engine, desk: Desk, at: At, now: Hand) -> None:
    with transaction(engine) as session:
        assert store.claim_collection(session, FRIDAY, at=MORNING) == 1
    now.instant += timedelta(minutes=1)
    assert try_collection(desk, at(NOWHERE)) is None
    now.instant += timedelta(minutes=30)
    with pytest.raises(SourceError):  # whoever claimed it is dead by now
        try_collection(desk, at(NOWHERE))
    assert tries(engine) == [(1, False, False), (2, True, True)]


class _Stopped(requests.Session):
    """A session of a process that is told to stop in the middle of a request."""

    def get(self, url: str | bytes, **_keywords: object) -> requests.Response:
        raise KeyboardInterrupt


def test_a_round_that_was_stopped_has_ended_so_that_the_next_one_need_not_take_it_for_dead(
    engine: Engine, desk: Desk, peer: Peer, at: At, now: Hand
) -> None:
    peer.on("/list", listing_page(TODAYS))
    collector = at(peer.url)
    with pytest.raises(KeyboardInterrupt):
        try_collection(desk, replace(collector, http=_Stopped()))
    assert tries(engine) == [(1, True, False)]
    now.instant += timedelta(minutes=2)
    assert try_collection(desk, collector) is not None
    assert editions(engine) == {FRIDAY: 3}


@pytest.mark.parametrize("is_judged", [False, True])
def test_a_list_that_was_stored_but_not_opened_is_opened_by_the_next_tick(
    engine: Engine, desk: Desk, peer: Peer, at: At, is_judged: bool
) -> None:
    announcement = announce([make_paper(1, "A")])
    with transaction(engine) as session:  # the round was killed here
        ledger.note_question(session, "cs", [FRIDAY], Source.LISTING, at=MORNING)
        store_announcement(session, announcement, collected_at=MORNING)
        ledger.note_sighting(session, announcement, Source.LISTING, at=MORNING)
    collector = at(peer.url)
    if is_judged:
        collect_lists(collector, is_urgent=False)
    assert is_due(desk, collector)
    assert try_collection(desk, collector) is not None
    assert peer.requests == []  # there was nothing left to ask
    assert editions(engine) == {FRIDAY: 1}
    assert is_ready(desk, collector, FRIDAY)
    assert not is_due(desk, collector)


def test_an_edition_waits_until_its_lists_are_settled_in_every_category(
    desk: Desk, engine: Engine, peer: Peer, at: At, now: Hand
) -> None:
    both = replace(desk, categories=("cs", "math"))
    peer.on("/list/cs/", listing_page(TODAYS))
    peer.on("/list/math/", DOWN, DOWN, DOWN, Reply(body=listing_page(entries(2, first=71))))
    collector = at(peer.url, "cs", "math")
    try_collection(both, collector)
    assert editions(engine) == {FRIDAY: 3}
    assert not is_ready(both, collector, FRIDAY)
    now.instant += timedelta(minutes=2)
    try_collection(both, collector)
    assert editions(engine) == {FRIDAY: 5}
    assert is_ready(both, collector, FRIDAY)


def test_an_edition_whose_papers_lack_an_abstract_waits_for_it_but_not_for_ever(
    desk: Desk, peer: Peer, at: At, now: Hand
) -> None:
    peer.on("/list", listing_page([Entry(abstract="")]))
    collector = at(peer.url)
    try_collection(desk, collector)
    assert not is_ready(desk, collector, FRIDAY)
    now.instant = collector.deadline(FRIDAY) - timedelta(seconds=1)
    assert not is_ready(desk, collector, FRIDAY)
    now.instant = collector.deadline(FRIDAY)
    assert is_ready(desk, collector, FRIDAY)


def test_a_list_that_nobody_has_judged_is_waited_for(desk: Desk, engine: Engine, at: At, now: Hand) -> None:
    with transaction(engine) as session:
        store_announcement(session, announce([make_paper(1, "A")]), collected_at=MORNING)
    open_editions(desk, [FRIDAY])
    assert not is_ready(desk, at(NOWHERE), FRIDAY)
    now.instant = FRIDAY_ANNOUNCED_AT + timedelta(hours=10)
    assert is_ready(desk, at(NOWHERE), FRIDAY)


def test_the_operator_says_how_long_an_edition_waits(engine: Engine, http: requests.Session, now: Hand) -> None:
    collector = collector_for(engine, http, NOWHERE, now=now)
    patient = collector.settings.model_copy(update={"patience_hours": 2.5})
    assert replace(collector, settings=patient).deadline(FRIDAY) == FRIDAY_ANNOUNCED_AT + timedelta(hours=2, minutes=30)


def test_when_the_deadline_comes_the_ledger_says_so_though_nobody_is_to_be_asked(
    engine: Engine, desk: Desk, peer: Peer, at: At, now: Hand
) -> None:
    peer.on("/list", listing_page(entries(2, first=51), listed_on=THURSDAY))
    peer.on("/atom", feed_page([]))
    peer.on("/oai", oai_page([oai_record(Entry(), datestamp=THURSDAY)]))
    collector = at(peer.url)
    deadline = collector.deadline(FRIDAY)
    now.instant = deadline - timedelta(seconds=1)
    try_collection(desk, collector)
    assert not is_due(desk, collector)
    now.instant = deadline
    assert is_due(desk, collector)
    peer.requests.clear()
    try_collection(desk, collector)
    assert peer.requests == []
    with reading(engine) as session:
        assert ledger.list_judged(session, "cs", since=FRIDAY, before=MONDAY) == {FRIDAY: Judgement.NONE}
    assert editions(engine) == {THURSDAY: 2}


def test_the_sample_edition_is_bilingual_and_gives_way_to_the_real_one(engine: Engine, desk: Desk, at: At) -> None:
    assert open_sample(desk) == FRIDAY
    assert is_ready(desk, at(NOWHERE), FRIDAY)
    reader = add_reader(desk, "ann@example.org", "reinforcement learning")
    composition = compose_edition(desk, FRIDAY, message_id=message_id)
    assert (composition.queued, composition.translation.problem) == (1, None)
    open_day(desk, announce([make_paper(1, "Reinforcement learning")]))
    with reading(engine) as session:
        edition = store.get_edition(session, FRIDAY)
    assert (edition.is_sample, edition.paper_count, edition.composed_at) == (False, 1, None)
    assert compose_edition(desk, FRIDAY, message_id=message_id).queued == 1  # the same reader, the real paper
    with reading(engine) as session:
        assert sum(count_states(session, FRIDAY).values()) == 2
    assert reader.id == 1


def test_a_sample_never_takes_the_place_of_a_real_edition(engine: Engine, desk: Desk) -> None:
    open_day(desk, announce([make_paper(1, "Reinforcement learning")]))
    assert open_sample(desk) == FRIDAY
    with reading(engine) as session:
        assert not store.get_edition(session, FRIDAY).is_sample
        assert len(session.exec(select(EditionRow)).all()) == 1
