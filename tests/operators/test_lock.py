"""Five tries are free; then each costs twice the wait of the one before, up to an hour; a day later all is forgotten."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.operators.lock import OF_ACCOUNT, OF_NETWORK, LockRule, Tries, count_try, wait_after, wait_left
from tests.conftest import NOON

RULES = [OF_ACCOUNT, OF_NETWORK]


def test_the_waits_double_up_to_an_hour() -> None:
    waits = [wait_after(OF_ACCOUNT, count) / timedelta(minutes=1) for count in range(13)]
    assert waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_the_wait_is_measured_from_the_latest_try() -> None:
    tries = Tries(count=6, last_at=NOON)
    assert wait_left(OF_ACCOUNT, tries, at=NOON + timedelta(seconds=30)) == timedelta(seconds=90)
    assert wait_left(OF_ACCOUNT, tries, at=NOON + timedelta(minutes=2)) is None


def test_who_never_tried_waits_for_nothing() -> None:
    assert wait_left(OF_ACCOUNT, None, at=NOON) is None
    assert count_try(OF_ACCOUNT, None, at=NOON) == Tries(count=1, last_at=NOON)


def test_a_day_without_a_try_makes_all_of_it_forgotten() -> None:
    old = Tries(count=40, last_at=NOON)
    assert count_try(OF_ACCOUNT, old, at=NOON + timedelta(days=1)).count == 1
    assert count_try(OF_ACCOUNT, old, at=NOON + timedelta(hours=23)).count == 41


@pytest.mark.parametrize("rule", RULES)
@given(count=st.integers(0, 10**9))
def test_one_more_try_never_shortens_the_wait(rule: LockRule, count: int) -> None:
    assert wait_after(rule, count) <= wait_after(rule, count + 1) <= rule.longest_wait


def test_a_day_of_guessing_one_account_is_some_thirty_guesses() -> None:
    at, made, tries = NOON, 0, None
    while at < NOON + timedelta(days=1):
        wait = wait_left(OF_ACCOUNT, tries, at=at)
        if wait is None:
            tries, made = count_try(OF_ACCOUNT, tries, at=at), made + 1
        else:
            at += wait
    assert made == 33
