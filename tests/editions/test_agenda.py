"""What is due: collection with patience, composition once, and each reader's own hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.editions.agenda import (
    ABANDONED_AFTER,
    FIRST_WAIT,
    LONGEST_WAIT,
    CollectionTry,
    due_at,
    is_collection_due,
    is_composition_due,
    is_wanted_on,
)
from newsletter.subscribers.subscriber import Preferences
from tests.factories import FRIDAY, FRIDAY_ANNOUNCED_AT, MORNING

THURSDAY = date(2026, 3, 19)


def due(last_try: CollectionTry | None, *, newest_on: date | None = THURSDAY, now: datetime = MORNING) -> bool:
    return is_collection_due(now, expected_on=FRIDAY, newest_on=newest_on, last_try=last_try)


def ended(number: int, ago: timedelta) -> CollectionTry:
    return CollectionTry(number=number, started_at=MORNING - ago - timedelta(minutes=1), ended_at=MORNING - ago)


def test_a_list_we_have_is_not_asked_for_again() -> None:
    assert not due(None, newest_on=FRIDAY)


def test_a_new_list_is_asked_for_at_once() -> None:
    assert due(None)
    assert due(None, newest_on=None)


@pytest.mark.parametrize(("number", "minutes"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (5000, 30)])
def test_after_each_try_the_wait_grows_up_to_half_an_hour(number: int, minutes: int) -> None:
    assert not due(ended(number, timedelta(minutes=minutes, seconds=-1)))
    assert due(ended(number, timedelta(minutes=minutes)))


@given(st.integers(1, 10**6))
def test_the_wait_is_never_shorter_than_the_first_nor_longer_than_the_longest(number: int) -> None:
    assert not due(ended(number, FIRST_WAIT - timedelta(seconds=1)))
    assert due(ended(number, LONGEST_WAIT))


def test_a_try_under_way_is_left_alone_until_its_process_must_be_dead() -> None:
    running = CollectionTry(number=1, started_at=MORNING, ended_at=None)
    assert not due(running, now=MORNING + ABANDONED_AFTER - timedelta(seconds=1))
    assert due(running, now=MORNING + ABANDONED_AFTER)


def test_only_an_edition_without_digests_is_composed_and_only_for_somebody() -> None:
    assert is_composition_due(newest_on=FRIDAY, is_composed=False, has_readers=True)
    assert not is_composition_due(newest_on=FRIDAY, is_composed=True, has_readers=True)
    assert not is_composition_due(newest_on=FRIDAY, is_composed=False, has_readers=False)
    assert not is_composition_due(newest_on=None, is_composed=False, has_readers=True)


@pytest.mark.parametrize(
    ("zone", "hour", "local"),
    [
        ("Asia/Shanghai", 8, "2026-03-20T08:00+08:00"),  # the very stroke of the announcement
        ("Asia/Shanghai", 7, "2026-03-21T07:00+08:00"),  # that hour has passed there: the next morning
        ("America/New_York", 7, "2026-03-20T07:00-04:00"),
        ("America/New_York", 21, "2026-03-19T21:00-04:00"),
        ("Europe/Zurich", 0, "2026-03-21T00:00+01:00"),
        ("Asia/Kolkata", 6, "2026-03-20T06:00+05:30"),
    ],
)
def test_the_mail_is_due_at_the_first_stroke_of_the_readers_hour(zone: str, hour: int, local: str) -> None:
    found = due_at(Preferences(timezone=zone, hour=hour), announced_at=FRIDAY_ANNOUNCED_AT, opened_at=MORNING)
    assert found == datetime.fromisoformat(local)


def test_without_an_hour_it_is_due_when_the_edition_opens() -> None:
    assert due_at(Preferences(), announced_at=FRIDAY_ANNOUNCED_AT, opened_at=MORNING) == MORNING


def test_an_hour_that_the_change_of_clocks_leaves_out_is_due_all_the_same() -> None:
    # on 8 March 2026 New York's clocks go from 02:00 to 03:00
    announced = datetime(2026, 3, 8, 1, 0, tzinfo=UTC)
    found = due_at(Preferences(timezone="America/New_York", hour=2), announced_at=announced, opened_at=announced)
    assert found == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


@given(
    st.sampled_from(sorted(available_timezones())),
    st.integers(0, 23),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  made aware below
)
def test_it_is_due_within_a_day_and_a_bit_of_the_announcement_at_that_hour(
    zone: str, hour: int, naive: datetime
) -> None:
    announced = naive.replace(tzinfo=UTC)
    found = due_at(Preferences(timezone=zone, hour=hour), announced_at=announced, opened_at=announced)
    assert timedelta(0) <= found - announced <= timedelta(hours=50)
    local = found.astimezone(ZoneInfo(zone))
    assert (
        (local.hour, local.minute) == (hour, 0)
        or local.replace(fold=1).utcoffset() != local.replace(fold=0).utcoffset()
        or (local - timedelta(hours=2)).utcoffset() != local.utcoffset()
    )


def test_mail_is_wanted_on_the_weekdays_that_were_chosen() -> None:
    assert is_wanted_on(Preferences(weekdays=("fri",)), FRIDAY)
    assert not is_wanted_on(Preferences(weekdays=("mon", "thu")), FRIDAY)
