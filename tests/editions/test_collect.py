"""An edition is opened for what was announced, once, and the sample stands in without getting in the way."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.store import count_states
from newsletter.editions import store
from newsletter.editions.collect import open_sample, try_collection
from newsletter.editions.compose import compose_edition
from newsletter.editions.tables import CollectionRow
from newsletter.errors import SourceError
from newsletter.papers.sources.gate import open_session
from newsletter.settings import Settings, load_settings
from tests.conftest import StandIn
from tests.factories import FRIDAY, MORNING, Hand, add_reader, announce, make_desk, make_paper, message_id, open_day


def settings_for(url: str, tmp_path: Path) -> Settings:
    return load_settings(
        home=tmp_path,
        arxiv_url=url,
        arxiv_api_url=url,
        arxiv_feed_url=url,
        arxiv_oai_url=url,
        arxiv_interval_seconds=0,
        arxiv_timeout_seconds=2,
    )


def tries(engine: Engine) -> list[tuple[int, bool, bool]]:
    with reading(engine) as session:
        rows = session.exec(select(CollectionRow)).all()
        return [(row.number, row.ended_at is not None, row.problem is not None) for row in rows]


def test_a_day_is_opened_once_and_counts_its_papers(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, announce([make_paper(1, "A"), make_paper(2, "B")]))
    open_day(desk, announce([make_paper(1, "A"), make_paper(2, "B"), make_paper(3, "C")]))
    with reading(engine) as session:
        editions = store.list_editions(session)
    assert [(edition.edition_on, edition.paper_count) for edition in editions] == [(FRIDAY, 3)]


def test_a_try_that_fails_is_recorded_and_the_next_one_waits(engine: Engine, tmp_path: Path) -> None:
    now = Hand()
    desk = make_desk(engine, now=now)
    settings = settings_for("http://127.0.0.1:9", tmp_path)  # nobody listens on the discard port
    with open_session(settings) as http:
        with pytest.raises(SourceError):
            try_collection(desk, http, settings)
        assert tries(engine) == [(1, True, True)]
        assert try_collection(desk, http, settings) is None
        now.instant += timedelta(minutes=2)
        with pytest.raises(SourceError):
            try_collection(desk, http, settings)
    assert tries(engine) == [(1, True, True), (2, True, True)]


def test_a_collected_day_is_not_asked_for_again(engine: Engine, tmp_path: Path, standin: StandIn) -> None:
    desk = make_desk(engine, now=Hand(MORNING))
    settings = settings_for(standin.url, tmp_path)
    with open_session(settings) as http:
        report = try_collection(desk, http, settings)
        assert report is not None
        assert report.listed_on == FRIDAY
        assert try_collection(desk, http, settings) is None
    assert tries(engine) == [(1, True, False)]


def test_only_one_of_two_processes_collects(engine: Engine) -> None:
    with transaction(engine) as session:
        assert store.claim_collection(session, FRIDAY, at=MORNING) == 1
    with transaction(engine) as session:
        last = store.find_last_try(session, FRIDAY)
    assert last is not None
    assert last.ended_at is None


def test_the_sample_edition_is_bilingual_and_gives_way_to_the_real_one(engine: Engine) -> None:
    desk = make_desk(engine, now=Hand(MORNING))
    assert open_sample(desk) == FRIDAY
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


def test_a_sample_never_takes_the_place_of_a_real_edition(engine: Engine) -> None:
    desk = make_desk(engine, now=Hand(MORNING))
    open_day(desk, announce([make_paper(1, "Reinforcement learning")]))
    assert open_sample(desk) == FRIDAY
    with reading(engine) as session:
        assert not store.get_edition(session, FRIDAY).is_sample
