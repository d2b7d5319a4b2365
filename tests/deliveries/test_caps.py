"""What an account may carry: warm-up, rolling caps, turns."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.caps import (
    BUCKET,
    Turns,
    Usage,
    bucket_of,
    daily_cap,
    next_turns,
    room_left,
    warmup_day,
)
from newsletter.mail.server import Caps
from tests.conftest import NOON

BEGIN = date(2026, 11, 1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("on", "day", "cap"),
    [
        (date(2026, 10, 31), 0, 0),
        (BEGIN, 1, 50),
        (date(2026, 11, 2), 2, 100),
        (date(2026, 11, 3), 3, 200),
        (date(2026, 11, 7), 7, 3200),
        (date(2026, 11, 11), 11, 51_200),
        (date(2026, 11, 12), None, None),
        (date(2027, 11, 12), None, None),
    ],
)
def test_a_new_account_carries_fifty_on_its_first_day_and_twice_as_many_each_further_day(
    on: date, day: int | None, cap: int | None
) -> None:
    caps = Caps(warmup_on=BEGIN)
    assert (warmup_day(caps, on), daily_cap(caps, on)) == (day, cap)


def test_the_warm_up_ends_when_its_curve_passes_the_daily_cap() -> None:
    caps = Caps(warmup_on=BEGIN, per_day=300)
    found = [daily_cap(caps, BEGIN + timedelta(days=number)) for number in range(6)]
    assert found == [50, 100, 200, 300, 300, 300]
    assert warmup_day(caps, BEGIN + timedelta(days=3)) is None


def test_the_smaller_of_hour_and_day_is_what_is_left() -> None:
    caps = Caps(per_hour=100, per_day=150)
    assert room_left(caps, Usage(hour=30, day=30), BEGIN) == 70
    assert room_left(caps, Usage(hour=30, day=140), BEGIN) == 10
    assert room_left(caps, Usage(hour=130, day=140), BEGIN) == 0
    assert room_left(Caps(per_second=1), Usage(hour=10**6, day=10**6), BEGIN) is None


def test_usage_is_counted_in_buckets_of_five_minutes() -> None:
    assert bucket_of(NOON + timedelta(minutes=4, seconds=59)) == NOON
    assert bucket_of(NOON + timedelta(minutes=5)) == NOON + BUCKET


def turns(rate: float | None, wanted: int, free_at: float | None = None, patience: float = 0.5) -> Turns:
    return next_turns(
        None if free_at is None else NOON + free_at * SECOND,
        rate,
        wanted,
        at=NOON,
        until=NOON + 10 * SECOND,
        patience=patience * SECOND,
    )


def test_turns_are_evenly_spaced_behind_those_of_earlier_workers() -> None:
    found = turns(4, 8, free_at=1)
    assert (found.first_at, found.count, found.end_at) == (NOON + SECOND, 8, NOON + 3 * SECOND)
    assert turns(4, 8, free_at=-100).first_at == NOON


def test_no_more_turns_are_taken_than_begin_before_the_leave_is_over() -> None:
    assert turns(1, 50).count == 11
    assert turns(0.1, 50, free_at=11).count == 0
    assert turns(None, 50).count == 50


def test_a_turn_that_is_not_taken_in_time_is_lost() -> None:
    found = turns(2, 8)
    assert found.kept(NOON + 0.5 * SECOND) == found
    assert found.kept(NOON + 0.6 * SECOND).count == 7
    assert found.kept(NOON + 9.9 * SECOND).count == 0
    assert turns(None, 8).kept(NOON + 10 * SECOND).count == 8
    assert turns(None, 8).kept(NOON + 10.1 * SECOND).count == 0


@given(st.floats(0.1, 200), st.integers(1, 100), st.lists(st.floats(0, 2), max_size=60))
def test_no_worker_begins_more_in_any_time_than_the_rate_allows(rate: float, wanted: int, steps: list[float]) -> None:
    left, at, begun = turns(rate, wanted), NOON, []
    for step in steps:
        at += step * SECOND
        left = left.kept(at)
        if left.count and left.first_at <= at:
            begun.append((at - NOON).total_seconds())
            left = left.without(1)
    for first, start in enumerate(begun):
        for last, end in enumerate(begun[first:], first):
            assert last - first <= rate * (end - start + 0.5) + 1e-3
