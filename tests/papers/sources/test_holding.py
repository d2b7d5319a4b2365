"""What the gate remembers survives being written down, and never silences us for longer than was meant."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.papers.sources.holding import (
    EVERYTHING,
    MAX_BACK_OFF_SECONDS,
    MAX_HOLD_SECONDS,
    GateMemory,
    Hold,
    parse_retry_after,
)

INSTANTS = st.floats(0, 4e9)
HOLDS = st.builds(Hold, until=INSTANTS, failures=st.integers(1, 100))
MEMORIES = st.builds(
    GateMemory,
    last_at=INSTANTS,
    holds=st.dictionaries(st.sampled_from([EVERYTHING, "http://a/list", "http://a/api"]), HOLDS),
)


@given(MEMORIES)
def test_a_memory_read_back_is_the_same(memory: GateMemory) -> None:
    assert GateMemory.from_json(memory.to_json()) == memory


def test_an_unused_gate_remembers_nothing() -> None:
    assert GateMemory.from_json("") == GateMemory()


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", "{}", '{"last_at": "x", "holds": {}}', '{"last_at": 1, "holds": {"*": 3}}']
)
def test_a_spoilt_memory_is_recognized(text: str) -> None:
    with pytest.raises(ValueError):
        GateMemory.from_json(text)


@given(MEMORIES, INSTANTS, st.floats(0, 60))
def test_a_wait_is_never_negative_and_never_longer_than_the_longest_hold(
    memory: GateMemory, now: float, interval: float
) -> None:
    assert 0 <= memory.wait_seconds("http://a/list", now=now, interval=interval) <= MAX_HOLD_SECONDS


@given(st.integers(0, 120), st.floats(0, 60))
def test_backing_off_grows_up_to_a_limit(failures: int, interval: float) -> None:
    memory = GateMemory(last_at=1000.0)
    for _ in range(failures):
        memory = memory.held("http://a/list", None, interval=interval)
    assert memory.wait_seconds("http://a/list", now=1000.0, interval=interval) <= max(interval, MAX_BACK_OFF_SECONDS)


def test_a_success_ends_the_hold_of_its_service_only() -> None:
    memory = GateMemory(last_at=1000.0).held("http://a/list", 50, interval=3).held("http://a/api", 40, interval=3)
    after = memory.released("http://a/list")
    assert after.wait_seconds("http://a/list", now=1000.0, interval=3) == 3
    assert after.wait_seconds("http://a/api", now=1000.0, interval=3) == 40


@given(st.integers(0, int(MAX_HOLD_SECONDS)))
def test_both_forms_of_retry_after_mean_the_same(seconds: int) -> None:
    now = datetime(2026, 3, 20, 12, tzinfo=UTC)
    date_form = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(str(seconds), now=now.timestamp()) == seconds
    assert parse_retry_after(date_form, now=now.timestamp()) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Fri, 20 Mar 2020 12:00:00 GMT", 0.0),
        ("Fri, 20 Mar 2099 12:00:00 GMT", MAX_HOLD_SECONDS),
        ("9" * 400, MAX_HOLD_SECONDS),
    ],
)
def test_odd_retry_after_headers(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, now=1_774_000_000.0) == seconds
