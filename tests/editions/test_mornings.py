"""A morning that is kept shows what the day itself would, a late paper at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.editions.collect import open_editions
from newsletter.editions.compose import preview_digest
from newsletter.editions.day import match_day
from newsletter.editions.desk import Desk
from newsletter.editions.mornings import KEPT_FOR, Mornings
from newsletter.papers.store import store_announcement, store_papers
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation.memory import remember
from tests.factories import FRIDAY, Hand, add_reader, announce, make_desk, make_paper, open_day


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def desk(engine: Engine, clock: Hand) -> Desk:
    desk = make_desk(engine, now=clock)
    open_day(desk, announce([make_paper(1, "A robot"), make_paper(2, "A graph of robots"), make_paper(3, "Ice")]))
    return desk


@pytest.fixture
def ann(desk: Desk) -> Subscriber:
    return add_reader(desk, "ann@example.org", "robot", "graph")


def shown(desk: Desk, reader: Subscriber, mornings: Mornings) -> list[str]:
    """The papers of a preview with a kept morning; those of one without are the same."""
    frozen = preview_digest(desk, reader, FRIDAY, morning=mornings.load(desk, FRIDAY))
    assert frozen.sections == preview_digest(desk, reader, FRIDAY).sections
    return [entry["id"][-1] for section in frozen.sections for entry in section["entries"]]


def test_a_late_paper_is_in_the_next_preview(desk: Desk, ann: Subscriber) -> None:
    mornings = Mornings()
    assert shown(desk, ann, mornings) == ["1", "2"]
    with transaction(desk.database) as session:
        store_announcement(session, announce([make_paper(4, "A late robot")]), collected_at=desk.now())
    assert shown(desk, ann, mornings) == ["1", "2", "4"]


def test_one_load_serves_many_readers_and_queries(desk: Desk, ann: Subscriber) -> None:
    mornings = Mornings()
    first = mornings.load(desk, FRIDAY)
    assert shown(desk, ann, mornings) == ["1", "2"]
    assert shown(desk, add_reader(desk, "bo@example.org", "robot", "ice"), mornings) == ["1", "2", "3"]
    assert mornings.load(desk, FRIDAY) is first
    assert first.matches == match_day(desk, first.day, ["robot", "graph", "ice"])


def test_another_edition_is_another_morning(desk: Desk, ann: Subscriber) -> None:
    mornings, thursday = Mornings(), FRIDAY - timedelta(days=1)
    with transaction(desk.database) as session:
        listed = announce([make_paper(5, "A robot of Thursday")], listed_on=thursday)
        store_announcement(session, listed, collected_at=desk.now())
    open_editions(desk, [thursday])
    assert mornings.load(desk, FRIDAY).day.edition_on == FRIDAY
    assert mornings.load(desk, thursday).day.edition_on == thursday


def test_what_was_translated_since_is_found(desk: Desk) -> None:
    mornings = Mornings()
    reader = add_reader(desk, "lin@example.org", "冰原")
    assert shown(desk, reader, mornings) == []
    with transaction(desk.database) as session:
        remember(session, {"Ice": "冰原"}, source="en", target="zh", engine="e", translated_at=desk.now())
    assert shown(desk, reader, mornings) == ["3"]


def test_after_some_minutes_papers_are_read_again(desk: Desk, ann: Subscriber, clock: Hand) -> None:
    mornings = Mornings()
    shown(desk, ann, mornings)
    with transaction(desk.database) as session:
        store_papers(session, [replace(make_paper(3, "An ice robot"), version=2)], stored_at=clock())
    clock.instant += KEPT_FOR
    assert shown(desk, ann, mornings) == ["1", "2", "3"]
