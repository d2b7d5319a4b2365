"""Every working day of a range with its lists and its deliveries, in as many statements as one day needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.chronicle import MOST_DAYS
from newsletter.editions.story.tell import EditionState
from newsletter.errors import Fault, InputError
from newsletter.papers.ledger import Source
from newsletter.papers.paper import AnnouncementKind
from tests.editions.story.morning import THURSDAY, Morning, a_good_night, robots
from tests.editions.story.stories import EIGHT
from tests.factories import FRIDAY, add_reader

NEW, CROSS, REPLACE = AnnouncementKind


def test_the_calendar_has_every_working_day_with_its_lists(morning: Morning) -> None:
    a_good_night(morning)
    morning.at(hours=3)
    morning.show(replace(robots(1, 2), totals={NEW: 2, CROSS: 0, REPLACE: 7}))
    morning.show(robots(1, 2), Source.OAI)
    morning.trouble("cs", Fault.TIMED_OUT)
    morning.trouble("cs", Fault.TIMED_OUT)
    days = morning.chronicle.calendar(date(2026, 3, 14), date(2026, 3, 22))
    assert [day.facts.edition_on.day for day in days] == [16, 17, 18, 19, 20]
    assert [day.state for day in days] == [*[EditionState.NONE] * 4, EditionState.COMPOSED]
    cs, stat = days[-1].facts.lists
    assert (cs.category, cs.total, cs.counts) == ("cs", 2, {Source.LISTING: 2, Source.OAI: 2})
    assert [(trouble.fault, trouble.times) for trouble in cs.troubles] == [(Fault.TIMED_OUT, 2)]
    assert (stat.category, stat.seen_at) == ("stat", EIGHT + timedelta(minutes=1))


def test_a_list_that_was_only_asked_for_has_no_counts(morning: Morning) -> None:
    morning.at(hours=1)
    morning.answer_without_list("cs")
    cs = morning.chronicle.day(FRIDAY).facts.lists[0]
    assert (cs.counts, cs.total, cs.asked_at, cs.seen_at) == ({}, None, morning.clock.instant, None)


def test_a_paper_that_one_category_had_in_time_is_not_late(morning: Morning) -> None:
    a_good_night(morning)
    morning.at(hours=3)
    morning.show(robots(3, 1))
    assert morning.chronicle.day(FRIDAY).facts.late_count == 0


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [(FRIDAY, THURSDAY, "before it begins"), (date(2016, 1, 1), FRIDAY, f"{MOST_DAYS} days")],
)
def test_a_range_that_cannot_be_shown_is_refused(morning: Morning, since: date, until: date, said: str) -> None:
    with pytest.raises(InputError, match=said):
        morning.chronicle.calendar(since, until)


def test_a_weekend_alone_has_no_days(morning: Morning) -> None:
    assert morning.chronicle.calendar(date(2026, 3, 21), date(2026, 3, 22)) == []


def test_the_deliveries_of_a_day_are_counted_with_their_reasons(morning: Morning) -> None:
    morning.ann()
    add_reader(morning.desk, "bo@example.org", "knitting")
    a_good_night(morning)
    morning.post()
    found = morning.chronicle.deliveries(FRIDAY)
    assert found.states == {DeliveryState.ACCEPTED: 1, DeliveryState.SKIPPED: 1}
    assert found.skips == {"empty": 1}
    assert found.sentence.en == "Of 2 readers 1 have their mail; 1 is skipped."


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_a_year_needs_as_many_statements_as_a_day_and_a_story_always_the_same(engine: Engine) -> None:
    morning = Morning(engine)
    morning.ann()
    a_good_night(morning)
    numbers = []
    for since in (FRIDAY, date(2025, 4, 1)):
        with counting(engine) as statements:
            morning.chronicle.calendar(since, FRIDAY)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= 10
    for place in range(20):
        add_reader(morning.desk, f"{place}@example.org", "robot")
    with counting(engine) as before:
        morning.story()
    morning.compose()
    morning.post()
    with counting(engine) as after:
        morning.story()
    assert len(before) == len(after) <= 17


def test_instants_are_aware(morning: Morning) -> None:
    a_good_night(morning)
    facts = morning.chronicle.day(FRIDAY).facts
    found: list[datetime | None] = [facts.asked_at, facts.lists[0].seen_at, facts.lists[0].asked_at]
    assert all(instant is not None and instant.tzinfo for instant in found)
