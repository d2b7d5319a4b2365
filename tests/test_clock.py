"""The clock tells the real time, or another that runs at the same pace."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.clock import parse_instant, shifted_clock, system_clock
from newsletter.errors import SettingsError


def test_the_real_time_is_aware() -> None:
    assert system_clock().tzinfo is UTC


def test_a_shifted_clock_keeps_its_distance() -> None:
    began = system_clock()
    clock = shifted_clock(datetime(2026, 3, 20, 1, 0, tzinfo=UTC), started_at=began)
    distance = clock() - system_clock()
    assert abs(distance - (datetime(2026, 3, 20, 1, 0, tzinfo=UTC) - began)) < timedelta(seconds=1)


def test_an_instant_needs_its_offset() -> None:
    assert parse_instant("2026-03-19T21:00:00-04:00") == datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
    for text in ("2026-03-19T21:00:00", "2026-03-19", "now", ""):
        with pytest.raises(SettingsError):
            parse_instant(text)
