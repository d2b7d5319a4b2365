"""Composing for a crowd: each reader gets what they would get alone, and the work done once is done once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from newsletter.db.engine import reading
from newsletter.deliveries.messages import Message
from newsletter.deliveries.store import count_states
from newsletter.digests.store import find_row
from newsletter.editions.audience import READERS_A_PAGE, Audience, Page, demands_of, list_queries
from newsletter.editions.compose import compose_edition, preview_digest
from newsletter.editions.day import load_day
from newsletter.editions.plan import Planner
from newsletter.editions.unread import Unread
from tests.editions.crowds import a_full_list, add_crowd
from tests.factories import FRIDAY, make_desk, message_id, open_day

EVERYBODY = Audience(message=Message.DIGEST, occasion=str(FRIDAY))


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_every_reader_gets_in_a_crowd_what_they_would_get_alone(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, a_full_list())
    readers = add_crowd(desk, 112)
    alone = {reader.id: preview_digest(desk, reader, FRIDAY).sections for reader in readers[::5]}
    compose_edition(desk, FRIDAY, message_id=message_id)
    with reading(engine) as session:
        stored = {reader.id: find_row(session, reader.id, FRIDAY) for reader in readers}
    assert all(stored.values())
    assert {number: row.sections for number, row in stored.items() if row is not None and number in alone} == alone
    assert sum(row.paper_count for row in stored.values() if row is not None) > len(readers)


def test_a_thousand_readers_take_as_many_statements_as_a_hundred_and_each_further_page_the_same(
    engine: Engine,
) -> None:
    desk = make_desk(engine)
    open_day(desk, a_full_list())
    numbers = []
    for count in (120, 120 + READERS_A_PAGE, 120 + 3 * READERS_A_PAGE):
        add_crowd(desk, count)
        with counted(engine) as seen:
            compose_edition(desk, FRIDAY, message_id=message_id)
        numbers.append(len(seen))
    few, page, two_pages = numbers
    further = two_pages - page
    assert page - few <= further < 2 * 10, (numbers, seen)


def test_death_between_two_pages_leaves_whole_pages_and_the_next_call_goes_on(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, a_full_list())
    last = add_crowd(desk, READERS_A_PAGE + 200)[-1]

    def dying(subscriber_id: int, *rest: Any) -> str:
        if subscriber_id == last.id:
            raise ConnectionError("the power is cut")
        return message_id(subscriber_id, *rest)

    with pytest.raises(ConnectionError):
        compose_edition(desk, FRIDAY, message_id=dying)
    with reading(engine) as session:
        assert sum(count_states(session, FRIDAY).values()) == READERS_A_PAGE
    assert compose_edition(desk, FRIDAY, message_id=message_id).readers == 200
    with reading(engine) as session:
        assert sum(count_states(session, FRIDAY).values()) == READERS_A_PAGE + 200


def test_an_audience_comes_in_pages_and_asks_for_each_query_once(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, a_full_list())
    readers = add_crowd(desk, READERS_A_PAGE + 200)
    pages = list(EVERYBODY.pages(engine))
    assert [len(page.readers) for page in pages] == [READERS_A_PAGE, 200]
    assert [reader for page in pages for reader in page.readers] == readers
    assert list_queries(EVERYBODY.list_demands(engine)) == {
        item.query for reader in readers for item in reader.active
    }
    compose_edition(desk, FRIDAY, message_id=message_id)
    assert list(EVERYBODY.pages(engine)) == []
    assert EVERYBODY.list_demands(engine) == {}


def test_a_keyword_that_came_while_others_were_matched_finds_its_papers_too(engine: Engine) -> None:
    desk = make_desk(engine)
    open_day(desk, a_full_list())
    readers = add_crowd(desk, 6)
    with reading(engine) as session:
        day = load_day(session, FRIDAY, desk.categories)
    late = Planner(desk, day, Unread(), {}).plan(Page(readers=readers))
    assert late == Planner(desk, day, Unread(), demands_of(readers)).plan(Page(readers=readers))
    assert any(section.entries for plan in late for section in plan.sections)
