"""Dates and times as readers read them; the announcement's true hour in both zones."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from newsletter.digests.dates import (
    announced_line,
    both_times,
    full_date,
    local_second,
    local_time,
    local_time_zh,
    long_date,
    long_date_zh,
    month_name,
    offset_name,
    plain_date,
    plain_date_zh,
    short_date,
    short_date_zh,
    write_numeral,
)

FRIDAY = date(2026, 3, 20)
SUMMER = datetime(2026, 3, 20, 0, 0, tzinfo=UTC)  # 19 March 20:00 EDT
WINTER = datetime(2026, 2, 20, 1, 0, tzinfo=UTC)  # 19 February 20:00 EST
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_date_is_written_out_in_both_languages() -> None:
    assert long_date(FRIDAY) == "Friday 20 March 2026"
    assert long_date_zh(FRIDAY) == "三月二十日 星期五"
    assert short_date(FRIDAY) == "Fri 20 Mar"
    assert short_date_zh(FRIDAY) == "3月20日 周五"
    assert month_name(FRIDAY) == "March 2026"


def test_sunday_is_the_day_of_the_sun_not_a_number() -> None:
    assert long_date_zh(date(2026, 11, 1)) == "十一月一日 星期日"
    assert long_date(date(2026, 11, 1)) == "Sunday 1 November 2026"


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (21, "二十一"), (31, "三十一"), (99, "九十九")],
)
def test_chinese_numerals(number: int, written: str) -> None:
    assert write_numeral(number, "〇一二三四五六七八九十") == written


@pytest.mark.parametrize("number", [0, 100, -1])
def test_a_number_that_no_date_holds_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 99"):
        write_numeral(number, "〇一二三四五六七八九十")


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Asia/Shanghai", "UTC+8"),
        ("Asia/Kolkata", "UTC+5:30"),
        ("America/St_Johns", "UTC-2:30"),
        ("UTC", "UTC"),
        ("Europe/Lisbon", "UTC"),
        ("America/New_York", "UTC-4"),
    ],
)
def test_offsets_have_their_usual_names(zone: str, name: str) -> None:
    assert offset_name(SUMMER.astimezone(ZoneInfo(zone))) == name


def test_a_time_without_zone_has_no_offset_to_name() -> None:
    with pytest.raises(ValueError, match="no offset"):
        offset_name(datetime(2026, 3, 20))  # noqa: DTZ001  the point of the test


def test_the_announcement_is_the_evening_before_in_summer_and_in_winter() -> None:
    assert both_times(SUMMER, SHANGHAI) == "2026-03-19 20:00 EDT (2026-03-20 08:00 UTC+8)"
    assert both_times(WINTER, SHANGHAI) == "2026-02-19 20:00 EST (2026-02-20 09:00 UTC+8)"
    assert both_times(SUMMER, ZoneInfo("Asia/Kolkata")) == "2026-03-19 20:00 EDT (2026-03-20 05:30 UTC+5:30)"


def test_the_masthead_names_eastern_time_and_the_readers() -> None:
    assert announced_line(SUMMER, zone=SHANGHAI, edition_on=FRIDAY) == "announced Thu 20:00 Eastern, 08:00 your time"
    assert (
        announced_line(SUMMER, zone=SHANGHAI, edition_on=FRIDAY, code="zh") == "美东时间周四 20:00 发布，您当地 08:00"
    )


def test_a_reader_whose_evening_it_was_is_told_the_day() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    assert announced_line(SUMMER, zone=zone, edition_on=FRIDAY) == "announced Thu 20:00 Eastern, Thu 17:00 your time"
    assert (
        announced_line(SUMMER, zone=zone, edition_on=FRIDAY, code="zh") == "美东时间周四 20:00 发布，您当地周四 17:00"
    )


def test_a_reader_in_the_east_is_not_told_the_same_time_twice() -> None:
    zone = ZoneInfo("America/Toronto")
    assert announced_line(SUMMER, zone=zone, edition_on=FRIDAY) == "announced Thu 20:00 Eastern, your time"
    assert announced_line(SUMMER, zone=zone, edition_on=FRIDAY, code="zh") == "美东时间周四 20:00 发布，与您当地相同"


def test_a_digest_made_on_another_day_says_which() -> None:
    late = datetime(2026, 3, 20, 23, 30, tzinfo=UTC)
    assert local_time(SUMMER, zone=SHANGHAI, edition_on=FRIDAY) == "08:00"
    assert local_time(late, zone=SHANGHAI, edition_on=FRIDAY) == "Sat 21 Mar 07:30"
    assert local_time_zh(late, zone=SHANGHAI, edition_on=FRIDAY) == "3月21日 周六 07:30"
    assert local_time_zh(SUMMER, zone=SHANGHAI, edition_on=FRIDAY) == "08:00"
    assert local_second(late, zone=SHANGHAI, edition_on=FRIDAY, code="zh") == "3月21日 周六 07:30:00"


def test_a_head_and_a_line_can_tell_the_year() -> None:
    assert full_date(FRIDAY, "zh") == "二〇二六年三月二十日 星期五"
    assert plain_date(FRIDAY) == "20 March 2026"
    assert plain_date_zh(FRIDAY) == "2026年3月20日"
