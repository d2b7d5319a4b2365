"""What the answers of a destination do to the pace of the way there."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.deliveries.pacing import (
    MAX_CONNECTIONS,
    MAX_RATE,
    MIN_RATE,
    STEP,
    UNLIMITED,
    Hold,
    Pace,
    Signal,
    after_accepted,
    after_answer,
    after_signal,
    after_trouble,
    read_signal,
    released,
    start_of,
)
from newsletter.mail.smtp import Outcome
from tests.conftest import NOON
from tests.deliveries.world import reply

START = start_of("example.org", is_local=False)
SLOWING = [Signal.THROTTLED, Signal.STOPPED, Signal.REFUSED]
MINUTE = timedelta(minutes=1)


def slow(pace: Pace, signal: Signal, *, minutes: float = 0) -> Pace:
    return after_signal(pace, signal, at=NOON + minutes * MINUTE, reason="slower, please")


def accept(pace: Pace, count: int, *, minutes: float) -> Pace:
    return after_accepted(pace, count, since=NOON + minutes * MINUTE)


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "signal"),
    [
        (250, None, "2.0.0 ok", Signal.ACCEPTED),
        (421, "4.7.28", "4.7.28 unusual rate of mail from your IP address", Signal.STOPPED),
        (450, "4.7.28", "4.7.28 unusual rate of mail", Signal.STOPPED),
        (421, "4.7.0", "4.7.0 temporarily rate limited", Signal.STOPPED),
        (421, None, "too many connections from your address", Signal.THROTTLED),
        (421, None, "closing", Signal.THROTTLED),
        (421, "4.3.2", "4.3.2 service not available", Signal.THROTTLED),
        (450, "4.3.2", "4.3.2 try again later", Signal.THROTTLED),
        (451, "4.7.24", "4.7.24 SPF validation error", Signal.THROTTLED),
        (451, "4.7.500", "4.7.500 server busy", Signal.THROTTLED),
        (450, None, "too many mails, rate limit", Signal.THROTTLED),
        (451, "4.7.1", "4.7.1 greylisted, try again in 5 minutes", Signal.NOTHING),
        (450, None, "greylisting in action", Signal.NOTHING),
        (452, "4.2.2", "4.2.2 mailbox full", Signal.NOTHING),
        (552, "5.2.2", "5.2.2 mailbox full", Signal.NOTHING),
        (550, "5.1.1", "5.1.1 no such user", Signal.NOTHING),
        (450, "4.2.1", "4.2.1 mailbox disabled", Signal.NOTHING),
        (552, "5.3.4", "5.3.4 message too big", Signal.NOTHING),
        (451, "4.3.0", "4.3.0 local error", Signal.NOTHING),
        (550, "5.7.1", "5.7.1 message refused", Signal.REFUSED),
        (550, "5.7.26", "5.7.26 unauthenticated", Signal.REFUSED),
        (550, "5.7.515", "5.7.515 access denied", Signal.REFUSED),
        (554, None, "blocked by Spamhaus, bad reputation", Signal.REFUSED),
        (550, "5.7.17", "5.7.17 mailbox owner has changed", Signal.NOTHING),
        (550, "5.7.124", "5.7.124 sender not in allowed-senders list", Signal.NOTHING),
    ],
)
def test_an_answer_about_the_way_is_told_from_one_about_the_reader(
    code: int, enhanced: str | None, text: str, signal: Signal
) -> None:
    outcome = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}[code // 100]
    assert read_signal(reply(outcome, code=code, enhanced_code=enhanced, text=text)) is signal


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.DEFERRED, Outcome.FAILED])
def test_a_broken_connection_says_nothing_about_the_way(outcome: Outcome) -> None:
    assert read_signal(reply(outcome, text="the connection was lost")) is Signal.NOTHING


def test_gmails_recipe_stop_ten_minutes_then_one_connection_then_one_more_at_a_time() -> None:
    """https://support.google.com/a/answer/14229414: 421 4.7.28."""
    gmail = start_of("google", is_local=False)
    said = reply(Outcome.DEFERRED, code=421, enhanced_code="4.7.28", text="4.7.28 unusual rate of mail")
    pace = slow(gmail, read_signal(said))
    assert [pace.is_held(NOON + minutes * MINUTE) for minutes in (0, 5, 9.99, 10)] == [True, True, True, False]
    assert pace.is_half_open
    assert pace.connections() == 1
    pace = accept(pace, 1, minutes=10)
    assert not pace.is_half_open
    seen = [pace.connections()]
    for _ in range(4):
        pace = accept(pace, STEP, minutes=11)
        seen.append(pace.connections())
    assert seen == [1, 2, 3, 4, 5]
    assert pace.rate() == 5


@pytest.mark.parametrize("signal", [Signal.STOPPED, Signal.REFUSED])
def test_a_stop_that_comes_again_holds_twice_as_long_up_to_two_hours_until_something_is_accepted(
    signal: Signal,
) -> None:
    pace, minutes, lengths = START, 0.0, []
    for _ in range(6):
        pace = slow(pace, signal, minutes=minutes)
        assert pace.held_until is not None
        length = (pace.held_until - NOON) / MINUTE - minutes
        lengths.append(round(length))
        minutes += length
    assert lengths == [10, 20, 40, 80, 120, 120]
    pace = slow(accept(pace, 1, minutes=minutes), signal, minutes=minutes)
    assert pace.held_until == NOON + (minutes + 10) * MINUTE


def test_throttling_halves_and_holds_ten_seconds_doubling_to_ten_minutes() -> None:
    pace, at, lengths, limits = START, NOON, [], []
    for _ in range(8):
        pace = after_signal(pace, Signal.THROTTLED, at=at, reason="slower")
        assert pace.held_until is not None
        lengths.append((pace.held_until - at).total_seconds())
        limits.append((pace.connection_limit, pace.rate_per_second))
        at = pace.held_until
    assert lengths == [10, 20, 40, 80, 160, 320, 600, 600]
    assert limits[:6] == [(10, 25), (5, 12.5), (2, 6.25), (1, 3.125), (1, 1.5625), (1, 0.78125)]
    assert not pace.is_half_open


def test_many_answers_to_what_was_under_way_count_as_one() -> None:
    once = slow(START, Signal.THROTTLED)
    assert slow(once, Signal.THROTTLED, minutes=0.1) == once
    stopped = slow(once, Signal.STOPPED, minutes=0.1)
    assert (stopped.hold, stopped.held_until) == (Hold.STOPPED, NOON + 10.1 * MINUTE)
    assert slow(stopped, Signal.STOPPED, minutes=1) == stopped
    assert slow(stopped, Signal.THROTTLED, minutes=1) == stopped
    assert slow(stopped, Signal.REFUSED, minutes=1).hold is Hold.REFUSED


def test_what_was_begun_before_the_hold_ended_does_not_open_the_channel() -> None:
    pace = slow(START, Signal.REFUSED)
    assert accept(pace, 30, minutes=9) == pace
    opened = accept(pace, 1, minutes=10)
    assert (opened.hold, opened.held_until, opened.reason) == (None, None, None)


def test_throttling_while_half_open_keeps_it_half_open() -> None:
    pace = slow(slow(START, Signal.REFUSED), Signal.THROTTLED, minutes=10)
    assert pace.is_half_open
    assert pace.held_until == NOON + timedelta(minutes=10, seconds=10)


def test_a_channel_without_trouble_doubles_its_rate_and_one_that_was_slowed_adds_to_it() -> None:
    assert accept(START, STEP, minutes=0).rate_per_second == 100
    assert accept(START, STEP, minutes=0).connection_limit == 21
    slowed = accept(slow(START, Signal.THROTTLED), STEP, minutes=1)
    assert (slowed.connection_limit, slowed.rate_per_second) == (11, 26)
    assert accept(START, STEP - 1, minutes=0).rate_per_second == 50


def test_what_has_no_limit_gets_one_with_the_first_trouble_only() -> None:
    assert accept(UNLIMITED, 1000, minutes=0) == UNLIMITED
    slowed = slow(UNLIMITED, Signal.THROTTLED)
    assert (slowed.connection_limit, slowed.rate_per_second) == (10, 25)
    assert start_of("google", is_local=True) == UNLIMITED


def test_an_account_in_trouble_is_left_alone_for_a_minute_and_tried_with_one_message() -> None:
    pace = after_trouble(UNLIMITED, at=NOON, reason="nothing listens")
    assert (pace.hold, pace.held_until, pace.connections()) == (Hold.TROUBLE, NOON + MINUTE, 1)
    assert pace.is_alarming is False
    again = after_trouble(pace, at=NOON + MINUTE, reason="nothing listens")
    assert (again.held_until, again.is_alarming) == (NOON + 3 * MINUTE, True)
    assert after_answer(again) == UNLIMITED
    assert accept(again, 1, minutes=3) == UNLIMITED


def test_a_login_that_is_refused_is_tried_again_rarely() -> None:
    pace = after_trouble(UNLIMITED, at=NOON, reason="wrong password", is_lasting=True)
    assert pace.held_until == NOON + 5 * MINUTE


def test_an_account_whose_server_says_how_long_is_left_alone_so_long() -> None:
    pace = after_trouble(UNLIMITED, at=NOON, reason="421 4.7.0", at_least=timedelta(minutes=25))
    assert (pace.hold, pace.held_until, pace.connections(), pace.rate()) == (Hold.STOPPED, NOON + 25 * MINUTE, 1, 1)
    assert after_answer(pace) == pace


def test_a_refusal_of_us_alarms_at_once_and_a_stop_when_it_comes_again() -> None:
    assert slow(START, Signal.REFUSED).is_alarming
    stopped = slow(START, Signal.STOPPED)
    assert not stopped.is_alarming
    assert slow(stopped, Signal.STOPPED, minutes=10).is_alarming
    assert not slow(slow(START, Signal.THROTTLED), Signal.THROTTLED, minutes=1).is_alarming


def test_an_operator_can_end_a_hold() -> None:
    pace = released(slow(START, Signal.REFUSED))
    assert not pace.is_held(NOON)
    assert not pace.is_half_open
    assert pace.connections() == 1


EVENTS = st.lists(
    st.tuples(st.sampled_from([*SLOWING, "accepted", "trouble", "answer"]), st.integers(1, 200), st.floats(0, 3600)),
    max_size=40,
)
STARTS = st.sampled_from([UNLIMITED, START, start_of("tencent", is_local=False)])


@given(STARTS, EVENTS, st.none() | st.integers(1, 5), st.none() | st.floats(0.01, 100))
def test_whatever_happens_a_pace_stays_within_its_bounds(
    pace: Pace, events: list[tuple[Signal | str, int, float]], cap: int | None, rate_cap: float | None
) -> None:
    at = NOON
    for what, count, seconds in events:
        at += timedelta(seconds=seconds)
        before = pace
        match what:
            case "accepted":
                pace = after_accepted(pace, count, since=at)
                assert (pace.connection_limit or MAX_CONNECTIONS) >= (before.connection_limit or 1)
                assert pace.is_held(at) == before.is_held(at)
                assert before.is_held(at) or pace.hold is None
            case "trouble":
                pace = after_trouble(pace, at=at, reason="gone")
                assert pace.is_held(at)
            case "answer":
                pace = after_answer(pace)
            case Signal():
                pace = after_signal(pace, what, at=at, reason="slower")
                assert pace.is_held(at)
                assert (pace.connection_limit or 1) <= (before.connection_limit or MAX_CONNECTIONS)
                assert (pace.rate_per_second or 0) <= (before.rate_per_second or MAX_RATE)
        assert pace.connection_limit is None or 1 <= pace.connection_limit <= MAX_CONNECTIONS
        assert pace.rate_per_second is None or MIN_RATE <= pace.rate_per_second <= MAX_RATE
        assert 1 <= (pace.connections(cap) or 1) <= (cap or MAX_CONNECTIONS)
        assert 0 < (pace.rate(rate_cap) or 1) <= (rate_cap or MAX_RATE)
        assert (pace.hold is None) == (pace.held_until is None) == (pace.hold_count == 0) == (pace.reason is None)
        assert pace.held_until is None or pace.held_until <= at + timedelta(hours=2)


@given(STARTS, st.lists(st.integers(1, 60), max_size=10))
def test_accepted_mail_counts_the_same_however_it_is_told(pace: Pace, counts: list[int]) -> None:
    apart = pace
    for count in counts:
        apart = after_accepted(apart, count, since=NOON)
    together = after_accepted(pace, sum(counts), since=NOON)
    assert apart.connection_limit == together.connection_limit
    assert apart.streak == together.streak
