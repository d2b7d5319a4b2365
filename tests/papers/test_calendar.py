"""The newsletter knows when arXiv announces, in every season."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.calendar import (
    announced_at,
    eastern,
    format_eastern,
    is_holiday_hint,
    latest_listing_on,
    next_listing_on,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
INSTANTS = st.integers(0, 16 * 366 * 86_400).map(
    lambda second: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
WEEKDAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31)).filter(lambda day: day.weekday() < 5)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("listed_on", "evening", "morning"),
    [
        (date(2026, 3, 20), "Thu, 19 Mar 2026 20:00 EDT", "2026-03-20 08:00"),
        (date(2026, 2, 23), "Sun, 22 Feb 2026 20:00 EST", "2026-02-23 09:00"),
        (date(2026, 3, 9), "Sun, 08 Mar 2026 20:00 EDT", "2026-03-09 08:00"),  # the clocks went forward that morning
        (date(2026, 11, 2), "Sun, 01 Nov 2026 20:00 EST", "2026-11-02 09:00"),  # and back on this one
        (date(2026, 10, 30), "Thu, 29 Oct 2026 20:00 EDT", "2026-10-30 08:00"),
    ],
)
def test_a_list_comes_out_on_the_evening_before(listed_on: date, evening: str, morning: str) -> None:
    instant = announced_at(listed_on)
    assert instant.tzinfo is UTC
    assert format_eastern(instant) == evening
    assert f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" == morning


@pytest.mark.parametrize(
    ("now", "latest", "following"),
    [
        ("2026-03-19T19:59:59", date(2026, 3, 19), date(2026, 3, 20)),
        ("2026-03-19T20:00:00", date(2026, 3, 20), date(2026, 3, 23)),
        ("2026-03-20T20:00:00", date(2026, 3, 20), date(2026, 3, 23)),  # nothing on a Friday evening
        ("2026-03-21T23:00:00", date(2026, 3, 20), date(2026, 3, 23)),
        ("2026-03-22T19:59:00", date(2026, 3, 20), date(2026, 3, 23)),
        ("2026-03-22T20:00:00", date(2026, 3, 23), date(2026, 3, 24)),
        ("2026-03-23T09:00:00", date(2026, 3, 23), date(2026, 3, 24)),
    ],
)
def test_the_newest_and_the_next_list_follow_the_week(now: str, latest: date, following: date) -> None:
    assert latest_listing_on(local(now)) == latest
    assert next_listing_on(local(now)) == following


@given(INSTANTS)
def test_the_newest_list_is_out_and_the_next_is_not(now: datetime) -> None:
    latest, following = latest_listing_on(now), next_listing_on(now)
    assert announced_at(latest) <= now < announced_at(following)
    assert latest.weekday() < 5
    assert following.weekday() < 5
    between = [latest + DAY * days for days in range(1, (following - latest).days)]
    assert all(day.weekday() >= 5 for day in between)


@given(WEEKDAYS)
def test_a_list_is_the_newest_from_its_own_instant_on(listed_on: date) -> None:
    instant = announced_at(listed_on)
    assert latest_listing_on(instant) == listed_on
    assert next_listing_on(instant - timedelta(microseconds=1)) == listed_on


@given(WEEKDAYS)
def test_the_hour_is_twenty_in_new_york_all_year(listed_on: date) -> None:
    evening = eastern(announced_at(listed_on))
    assert (evening.hour, evening.minute, evening.date()) == (20, 0, listed_on - DAY)
    assert evening.tzname() in ("EDT", "EST")
    assert evening.weekday() in (6, 0, 1, 2, 3)


@given(INSTANTS, st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland"]))
def test_the_asker_s_own_zone_does_not_matter(now: datetime, zone: str) -> None:
    assert latest_listing_on(now.astimezone(ZoneInfo(zone))) == latest_listing_on(now)


@pytest.mark.parametrize(
    ("holiday", "missing"),
    [
        ("2026-01-01", "2026-01-02"),
        ("2026-01-19", "2026-01-20"),
        ("2026-06-19", "2026-06-22"),
        ("2026-07-03", "2026-07-06"),
        ("2026-09-07", "2026-09-08"),
        ("2026-11-26", "2026-11-27"),
        ("2026-12-25", "2026-12-28"),
        ("2026-12-29", "2026-12-30"),
        ("2026-12-31", "2027-01-01"),
    ],
)
def test_a_holiday_takes_the_list_of_the_next_weekday(holiday: str, missing: str) -> None:
    assert is_holiday_hint(date.fromisoformat(missing))
    assert not is_holiday_hint(date.fromisoformat(holiday))


def test_nine_lists_are_missing_after_the_holidays_of_2026() -> None:
    days = [date(2025, 6, 1) + DAY * number for number in range(800)]
    assert len([day for day in days if is_holiday_hint(day)]) == 9
    assert not is_holiday_hint(date(2026, 6, 20))  # a Saturday never has a list


def test_a_holiday_does_not_hide_a_list() -> None:
    assert latest_listing_on(local("2026-06-21T21:00:00")) == date(2026, 6, 22)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        latest_listing_on(datetime(2026, 3, 19))  # noqa: DTZ001  that is what is refused
