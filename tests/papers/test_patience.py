"""Each source is asked when it should have a list, ever more seldom while it has not, and never for what is known."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.calendar import announced_at, next_listing_on
from newsletter.papers.ledger import ListState, Sighting, Source
from newsletter.papers.patience import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_CHECKS,
    due_sources,
    is_needed,
    lists_to_ask,
    next_question_at,
    opens_at,
    urgent_sources,
    wait_after,
)
from tests.papers.pages import FRIDAY
from tests.papers.states import open_lists, seen, silent, state, without

LISTING, FEED, OAI, RECENT, API = Source
THURSDAY = date(2026, 3, 19)
EIGHT = announced_at(FRIDAY)  # Thursday 20:00 in New York
HALF_PAST_TEN = EIGHT + timedelta(hours=2, minutes=30)
MIDNIGHT = EIGHT + timedelta(hours=4)
MORNING = EIGHT + timedelta(hours=12)


def due(*lists: ListState, at: datetime) -> list[Source]:
    return due_sources(lists, now=at)


def urgent(*lists: ListState, at: datetime) -> list[Source]:
    return urgent_sources(lists, now=at)


def asked(sighting: Sighting, at: datetime, *, tries: int = 1) -> Sighting:
    """The same, asked at another time."""
    return replace(sighting, asked_at=at, answered_at=sighting.answered_at and at, tries=tries)


@pytest.mark.parametrize(
    ("source", "eastern"),
    [
        (LISTING, "2026-03-19T20:00-04:00"),
        (RECENT, "2026-03-19T20:00-04:00"),
        (OAI, "2026-03-19T22:30-04:00"),
        (FEED, "2026-03-20T00:00-04:00"),
        (API, "2026-03-20T00:00-04:00"),
    ],
)
def test_each_source_has_a_list_from_its_own_hour_on(source: Source, eastern: str) -> None:
    assert opens_at(source, FRIDAY) == datetime.fromisoformat(eastern)


def test_the_change_of_clocks_does_not_move_those_hours() -> None:
    monday = date(2026, 3, 9)  # on the Sunday, New York's clocks go from 02:00 to 03:00
    assert opens_at(LISTING, monday) == datetime.fromisoformat("2026-03-08T20:00-04:00")
    assert opens_at(FEED, date(2026, 11, 2)) == datetime.fromisoformat("2026-11-02T00:00-05:00")


@pytest.mark.parametrize(("tries", "minutes"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (5000, 30)])
def test_after_each_question_the_wait_doubles_up_to_half_an_hour(tries: int, minutes: int) -> None:
    assert wait_after(tries) == timedelta(minutes=minutes)


@given(st.integers(1, 10**6))
def test_the_wait_is_never_shorter_than_the_first_nor_longer_than_the_longest(tries: int) -> None:
    assert FIRST_WAIT <= wait_after(tries) <= LONGEST_WAIT
    assert wait_after(tries + 1) in (2 * wait_after(tries), LONGEST_WAIT)


def test_on_a_new_evening_the_listing_is_asked_at_once_and_nobody_else() -> None:
    assert due(state(), at=EIGHT) == [LISTING]
    assert urgent(state(), at=EIGHT) == [LISTING]


def test_who_was_asked_is_asked_again_after_the_wait() -> None:
    asked_before = state(asked(without(LISTING), EIGHT, tries=3))
    assert next_question_at([asked_before], now=EIGHT) == EIGHT + timedelta(minutes=8)
    assert due(asked_before, at=EIGHT + timedelta(minutes=8, seconds=-1)) == []
    assert due(asked_before, at=EIGHT + timedelta(minutes=8)) == [LISTING]


def test_a_silent_source_is_waited_for_like_one_that_shows_an_older_list() -> None:
    for sighting in (silent(LISTING), without(LISTING)):
        assert due(state(asked(sighting, EIGHT)), at=EIGHT + timedelta(minutes=1)) == []


def test_what_the_listing_counted_is_checked_once_by_those_who_have_it_later() -> None:
    whole = state(asked(seen(LISTING), EIGHT))
    assert due(whole, at=EIGHT + timedelta(hours=1)) == []
    assert next_question_at([whole], now=EIGHT) == HALF_PAST_TEN
    assert due(whole, at=HALF_PAST_TEN) == [OAI]
    both = state(asked(seen(LISTING), EIGHT), asked(seen(OAI), HALF_PAST_TEN))
    assert next_question_at([both], now=HALF_PAST_TEN) == MIDNIGHT
    assert due(both, at=MIDNIGHT) == [FEED]


def test_nobody_is_asked_about_a_list_that_all_have_shown_whole() -> None:
    whole = state(seen(LISTING), seen(FEED), seen(OAI))
    for hours in range(72):
        now = EIGHT + timedelta(hours=hours)
        assert due(whole, at=now) == urgent(whole, at=now) == []
        assert next_question_at([whole], now=now) is None


def test_a_check_that_fails_again_and_again_is_given_up_when_the_list_is_whole() -> None:
    tired = [asked(silent(source), EIGHT, tries=MOST_CHECKS) for source in (FEED, OAI)]
    assert due(state(seen(LISTING), *tired), at=MORNING) == []
    assert due(state(*tired), at=MORNING) == [LISTING, FEED, OAI]


def test_the_feed_is_asked_on_the_day_itself_only() -> None:
    seen_whole = state(seen(LISTING), seen(OAI))
    last = MIDNIGHT + timedelta(hours=24, seconds=-1)
    assert due(seen_whole, at=last) == [FEED]
    assert due(seen_whole, at=last + timedelta(seconds=1)) == []


def test_an_abstract_that_is_missing_is_asked_for_once_the_api_can_have_it() -> None:
    bare = state(seen(LISTING), seen(FEED), seen(OAI), bare="b")
    assert due(bare, at=MIDNIGHT - timedelta(seconds=1)) == []
    assert due(bare, at=MIDNIGHT) == [API]
    assert urgent(bare, at=MIDNIGHT) == [API]


def test_in_a_hurry_those_are_asked_who_could_complete_the_list_whatever_the_wait() -> None:
    just_asked = state(asked(silent(LISTING), MORNING, tries=9), asked(silent(OAI), MORNING, tries=9))
    assert due(just_asked, at=MORNING) == [FEED]
    assert urgent(just_asked, at=MORNING) == [LISTING, FEED, OAI]


def test_in_a_hurry_mere_checks_are_left_out() -> None:
    assert urgent(state(seen(LISTING)), at=MORNING) == []


def test_a_frozen_listing_is_found_in_the_page_of_recent_days() -> None:
    frozen = asked(without(LISTING), MORNING)
    assert RECENT not in due(state(frozen), at=MORNING)  # nobody has the list: there may be none
    assert RECENT in due(state(frozen, seen(FEED)), at=MORNING)
    assert RECENT not in due(state(seen(RECENT), frozen), at=MORNING)


def test_a_list_that_was_missed_is_looked_for_when_the_next_one_is_there() -> None:
    missed = state(asked(silent(LISTING), EIGHT), listed_on=THURSDAY)
    assert RECENT not in due(missed, state(), at=EIGHT)
    assert due(missed, state(seen(LISTING)), at=EIGHT) == [
        FEED,
        OAI,
        RECENT,
    ]  # the feed shows Thursday's until midnight
    assert due(missed, state(seen(LISTING), seen(FEED), seen(OAI)), at=MORNING) == [OAI, RECENT]
    assert lists_to_ask(LISTING, [missed, state()], now=EIGHT) == [state()]


def test_a_list_that_arxiv_leaves_out_is_not_looked_for_again() -> None:
    holiday = state(without(LISTING), without(RECENT), listed_on=THURSDAY)
    assert RECENT not in due(holiday, state(seen(LISTING)), at=MORNING)


def test_lists_are_asked_about_together_but_none_before_its_hour() -> None:
    older, newest = state(listed_on=THURSDAY), state(seen(LISTING))
    assert lists_to_ask(OAI, [older, newest], now=EIGHT) == [older]
    assert lists_to_ask(OAI, [older, newest], now=HALF_PAST_TEN) == [older, newest]


@given(open_lists())
def test_nobody_is_asked_for_a_list_before_its_hour(drawn: tuple[list[ListState], datetime]) -> None:
    lists, now = drawn
    at = next_question_at(lists, now=now)
    wanted = [(source, found) for source in Source for found in lists if is_needed(source, found, lists, now=now)]
    assert (at is None) == (not wanted)
    if at is not None:
        assert any(at >= opens_at(source, found.listed_on) for source, found in wanted)
    for source in (*due_sources(lists, now=now), *urgent_sources(lists, now=now)):
        assert any(opens_at(source, found.listed_on) <= now for found in lists_to_ask(source, lists, now=now))


@given(open_lists())
def test_nobody_is_asked_again_before_the_wait_is_over(drawn: tuple[list[ListState], datetime]) -> None:
    lists, now = drawn
    for source in due_sources(lists, now=now):
        sightings = [found.sighting(source) for found in lists_to_ask(source, lists, now=now)]
        assert any(
            sighting.asked_at is None or sighting.asked_at + wait_after(sighting.tries) <= now for sighting in sightings
        )


@given(open_lists())
def test_somebody_is_due_exactly_when_the_time_of_the_next_question_has_come(
    drawn: tuple[list[ListState], datetime],
) -> None:
    lists, now = drawn
    at = next_question_at(lists, now=now)
    assert bool(due_sources(lists, now=now)) == (at is not None and at <= now)


@given(open_lists())
def test_nobody_is_asked_for_what_they_have_shown(drawn: tuple[list[ListState], datetime]) -> None:
    lists, now = drawn
    for source in set(Source) - {API}:  # which is asked for papers, not for lists
        assert not any(found.is_seen(source) for found in lists_to_ask(source, lists, now=now))
    assert all(found.bare_ids for found in lists_to_ask(API, lists, now=now))


def live_through(
    start: ListState, until: datetime, *, shows: Mapping[Source, datetime]
) -> tuple[ListState, Counter[Source]]:
    """Ask what is due, and nothing else, from the announcement to an instant; each source shows the list from its time."""
    now, questions, newest = announced_at(start.listed_on), Counter[Source](), start
    while now < until:
        for source in due_sources([newest], now=now):
            questions[source] += 1
            before = newest.sighting(source)
            is_seen = source in shows and shows[source] <= now
            sighting = replace(seen(source) if is_seen else without(source), tries=before.tries + 1, asked_at=now)
            newest = replace(newest, sightings={**newest.sightings, source: sighting})
        at = next_question_at([newest], now=now)
        now = until if at is None else max(at, now + timedelta(minutes=1))  # it is a minute from tick to tick
    return newest, questions


def test_an_ordinary_evening_costs_one_request_for_each_source() -> None:
    shows = {source: opens_at(source, FRIDAY) for source in (LISTING, OAI, FEED)}
    _, questions = live_through(state(), announced_at(next_listing_on(MORNING)), shows=shows)
    assert questions == {LISTING: 1, OAI: 1, FEED: 1}


@pytest.mark.parametrize(
    ("holiday", "hours"),
    [
        (date(2026, 6, 22), 24),  # no list of Monday: a holiday on the Friday before
        (date(2026, 11, 27), 72),  # no list of Friday: Thanksgiving, and then the weekend
    ],
)
def test_a_whole_holiday_costs_two_requests_an_hour_for_each_source(holiday: date, hours: int) -> None:
    end = announced_at(holiday) + timedelta(hours=hours)
    assert announced_at(next_listing_on(end - timedelta(minutes=1))) == end
    _, questions = live_through(state(listed_on=holiday), end, shows={})
    assert questions.keys() == {LISTING, OAI, FEED}
    for source, count in questions.items():
        open_hours = (end - opens_at(source, holiday)) / timedelta(hours=1)
        assert count <= 2 * min(open_hours, 24 if source is FEED else hours) + 4


@given(st.integers(0, 1400))
def test_a_list_that_comes_late_is_seen_within_half_an_hour(minutes: int) -> None:
    comes_at = EIGHT + timedelta(minutes=minutes)
    found, _ = live_through(state(), comes_at + LONGEST_WAIT + timedelta(seconds=1), shows={LISTING: comes_at})
    assert found.is_seen(LISTING)


@given(st.integers(0, 20))
def test_every_evening_of_a_service_that_is_down_costs_a_bounded_number_of_requests(hours: int) -> None:
    _, questions = live_through(state(), EIGHT + timedelta(hours=hours), shows={})
    assert sum(questions.values()) <= 3 * (2 * hours + 5)
