"""Submission windows follow arXiv's 14:00 Eastern deadline, without gaps and without overlaps."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.deadlines import eastern_date, is_working_day, list_working_days, submission_window

DAYS = st.dates(date(1992, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("listed_on", "begin", "end"),
    [
        ("2026-03-20", "2026-03-18T18:00", "2026-03-19T18:00"),  # a Friday's list: Wednesday to Thursday, summer time
        ("2026-03-23", "2026-03-19T18:00", "2026-03-20T18:00"),  # a Monday's: Thursday to Friday
        ("2026-03-24", "2026-03-20T18:00", "2026-03-23T18:00"),  # a Tuesday's: over the weekend
        ("2026-02-20", "2026-02-18T19:00", "2026-02-19T19:00"),  # winter time
        ("2026-03-10", "2026-03-06T19:00", "2026-03-09T18:00"),  # the clocks change on that weekend
    ],
)
def test_the_window_of_a_list_lies_between_two_deadlines(listed_on: str, begin: str, end: str) -> None:
    expected = (datetime.fromisoformat(begin + "+00:00"), datetime.fromisoformat(end + "+00:00"))
    assert submission_window(date.fromisoformat(listed_on)) == expected


@given(DAYS)
def test_every_instant_belongs_to_exactly_one_list(day: date) -> None:
    days = list_working_days(day, day + timedelta(days=10))
    windows = [submission_window(listed_on) for listed_on in days]
    for (_, end), (begin, _) in pairwise(windows):
        assert begin == end
    assert all(begin < end for begin, end in windows)


@given(DAYS, st.integers(-3, 20))
def test_working_days_are_the_mondays_to_fridays_of_the_range(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    days = list_working_days(first, last)
    assert all(first <= day <= last and is_working_day(day) for day in days)
    assert len(days) == sum((first + timedelta(days=n)).isoweekday() < 6 for n in range(length + 1))


def test_the_eastern_date_changes_at_midnight_in_new_york() -> None:
    assert eastern_date(datetime(2026, 3, 20, 3, 59, tzinfo=UTC)) == date(2026, 3, 19)
    assert eastern_date(datetime(2026, 3, 20, 4, 0, tzinfo=UTC)) == date(2026, 3, 20)
