"""Hugging Face's list is asked for when its day is over, patiently, and not for ever; the mail waits half an hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.trending_day import (
    GIVEN_UP_AFTER,
    PATIENCE,
    Asked,
    edition_at,
    is_trending_awaited,
    is_trending_due,
    trending_on,
)

FRIDAY = date(2026, 3, 20)
MIDNIGHT = datetime(2026, 3, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def asked(
    tries: int, *, minutes_ago: float, now: datetime = MIDNIGHT + timedelta(hours=3), seen: bool = False
) -> Asked:
    return Asked(tries=tries, asked_at=now - timedelta(minutes=minutes_ago), is_seen=seen)


@pytest.mark.parametrize(
    ("edition_on", "day"),
    [
        ("2026-03-20", "2026-03-19"),
        ("2026-03-23", "2026-03-20"),
        ("2026-03-24", "2026-03-23"),
        ("2026-03-22", "2026-03-20"),
    ],
)
def test_an_edition_shows_the_working_day_before_it(edition_on: str, day: str) -> None:
    assert trending_on(date.fromisoformat(edition_on)) == date.fromisoformat(day)


def test_the_day_is_told_in_utc_and_weekends_have_none() -> None:
    new_york = ZoneInfo("America/New_York")
    assert edition_at(datetime(2026, 3, 19, 20, 0, tzinfo=new_york)) == FRIDAY
    assert edition_at(datetime(2026, 3, 19, 19, 59, tzinfo=new_york)) == date(2026, 3, 19)
    assert edition_at(MIDNIGHT + timedelta(days=1)) is None
    assert edition_at(MIDNIGHT + timedelta(days=2, hours=23)) is None


def test_it_is_asked_for_as_soon_as_its_day_is_over() -> None:
    assert not is_trending_due(MIDNIGHT - timedelta(seconds=1), edition_on=FRIDAY, last=None)
    assert is_trending_due(MIDNIGHT, edition_on=FRIDAY, last=None)


def test_a_list_that_came_is_not_asked_for_again() -> None:
    now = MIDNIGHT + timedelta(hours=3)
    assert not is_trending_due(now, edition_on=FRIDAY, last=asked(1, minutes_ago=170, seen=True))


@pytest.mark.parametrize(("tries", "minutes"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (400, 30)])
def test_between_tries_the_wait_doubles_up_to_half_an_hour(tries: int, minutes: float) -> None:
    now = MIDNIGHT + timedelta(hours=3)
    assert not is_trending_due(now, edition_on=FRIDAY, last=asked(tries, minutes_ago=minutes - 0.1))
    assert is_trending_due(now, edition_on=FRIDAY, last=asked(tries, minutes_ago=minutes))


def test_after_twelve_hours_nobody_asks_any_more() -> None:
    assert is_trending_due(MIDNIGHT + GIVEN_UP_AFTER - MINUTE, edition_on=FRIDAY, last=None)
    assert not is_trending_due(MIDNIGHT + GIVEN_UP_AFTER, edition_on=FRIDAY, last=None)


def test_the_mail_waits_for_a_list_that_may_come_but_not_for_one_that_came() -> None:
    opened_at = MIDNIGHT + MINUTE
    assert is_trending_awaited(opened_at, edition_on=FRIDAY, opened_at=opened_at, last=None)
    seen = asked(1, minutes_ago=0, now=opened_at, seen=True)
    assert not is_trending_awaited(opened_at, edition_on=FRIDAY, opened_at=opened_at, last=seen)


def test_an_old_edition_waits_for_nothing() -> None:
    opened_at = MIDNIGHT + timedelta(days=5)
    assert not is_trending_awaited(opened_at, edition_on=FRIDAY, opened_at=opened_at, last=None)


@given(st.integers(-600, 3000), st.integers(0, 600))
def test_no_edition_ever_waits_longer_than_half_an_hour(opened: int, later: int) -> None:
    opened_at = MIDNIGHT + timedelta(minutes=opened)
    now = opened_at + timedelta(minutes=later)
    if is_trending_awaited(now, edition_on=FRIDAY, opened_at=opened_at, last=None):
        assert now - opened_at < PATIENCE


@given(st.integers(0, 7 * 24 * 60))
def test_at_weekends_nothing_is_asked_and_nothing_waits(minutes: int) -> None:
    now = MIDNIGHT + timedelta(minutes=minutes)
    edition_on = now.date()
    if edition_on.weekday() > 4:
        assert edition_at(now) is None
        assert not is_trending_due(now, edition_on=edition_on, last=None)
        assert not is_trending_awaited(now, edition_on=edition_on, opened_at=now, last=None)
