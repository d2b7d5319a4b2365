"""Time zones are offered by place, with their offset today, and guessed only as a default."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.web.zones import likely_zone, zone_groups

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
WINTER = datetime(2026, 1, 1, tzinfo=UTC)


def labels(now: datetime, selected: str = "UTC") -> dict[str, str]:
    return {zone.name: zone.label for _, zones in zone_groups(now, selected) for zone in zones}


def test_a_zone_is_named_by_its_place_and_its_offset_of_today() -> None:
    assert labels(SUMMER)["America/New_York"] == "New York (UTC-4)"
    assert labels(WINTER)["America/New_York"] == "New York (UTC-5)"
    assert labels(WINTER)["Asia/Kolkata"] == "Kolkata (UTC+5:30)"
    assert labels(WINTER)["UTC"] == "UTC"


def test_every_zone_is_offered_once_and_exists() -> None:
    names = [zone.name for _, zones in zone_groups(SUMMER, "UTC") for zone in zones]
    assert len(names) == len(set(names)) > 300
    assert set(names) <= available_timezones()


def test_the_common_zones_come_first() -> None:
    name, zones = zone_groups(SUMMER, "UTC")[0]
    assert name == ""
    assert zones[0].name == "Asia/Shanghai"


@pytest.mark.parametrize("selected", ["Asia/Calcutta", "Asia/Shanghai", "Pacific/Chatham", "Etc/GMT+5"])
def test_the_chosen_zone_is_always_among_them_even_under_an_old_name(selected: str) -> None:
    assert selected in labels(SUMMER, selected)


@pytest.mark.parametrize(
    ("languages", "zone"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "Asia/Shanghai"),
        ("zh", "Asia/Shanghai"),
        ("zh-Hant-HK", "Asia/Hong_Kong"),
        ("EN-gb;q=0.9", "Europe/London"),
        ("de-AT", "Europe/Berlin"),
        ("en", "UTC"),
        ("*", "UTC"),
        ("", "UTC"),
    ],
)
def test_the_first_language_makes_a_zone_likely(languages: str, zone: str) -> None:
    assert likely_zone(languages) == zone


@given(st.text(max_size=80))
def test_whatever_a_browser_says_the_guess_is_a_zone(languages: str) -> None:
    assert likely_zone(languages) in available_timezones()
