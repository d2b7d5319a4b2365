"""Dates and times as a reader reads them, in English and in Chinese."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsletter.papers.calendar import EASTERN

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS_ZH = "一二三四五六日"
_DIGITS_ZH = "〇一二三四五六七八九"


def chinese_number(number: int) -> str:
    """Write 1 to 99 in Chinese numerals, as dates are read: 10 is 十, 20 二十, 31 三十一."""
    if not 1 <= number <= 99:
        raise ValueError(f"{number} is not between 1 and 99")
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else _DIGITS_ZH[tens]) + "十" if tens else ""
    return head + (_DIGITS_ZH[ones] if ones else "")


def long_date(day: date) -> str:
    """Friday 20 March 2026."""
    return f"{long_day(day)} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def long_date_zh(day: date) -> str:
    """三月二十日 星期五."""
    return f"{chinese_number(day.month)}月{chinese_number(day.day)}日 星期{_DAYS_ZH[day.weekday()]}"


def full_date_zh(day: date) -> str:
    """二〇二六年三月二十日 星期五: with the year, for a head that must tell it."""
    return f"{''.join(_DIGITS_ZH[int(digit)] for digit in str(day.year))}年{long_date_zh(day)}"


def plain_date(day: date) -> str:
    """20 March 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def plain_date_zh(day: date) -> str:
    """2026年3月20日."""
    return f"{day.year}年{day.month}月{day.day}日"


def month_name(day: date) -> str:
    """March 2026."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Fri 20 Mar."""
    return f"{short_day(day)} {day.day} {_MONTHS[day.month - 1][:3]}"


def short_date_zh(day: date) -> str:
    """3月20日 周五."""
    return f"{day.month}月{day.day}日 {short_day_zh(day)}"


def long_day(day: date) -> str:
    """Friday."""
    return _DAYS[day.weekday()]


def short_day(day: date) -> str:
    """Fri."""
    return long_day(day)[:3]


def short_day_zh(day: date) -> str:
    """周五."""
    return f"周{_DAYS_ZH[day.weekday()]}"


def offset_name(instant: datetime) -> str:
    """Name the offset of a local time: UTC, UTC+8, UTC-3:30."""
    offset = instant.utcoffset()
    if offset is None:
        raise ValueError("the time has no offset")
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")


def minute(instant: datetime) -> str:
    """2026-03-20 09:05, in the instant's own zone."""
    return f"{instant:%Y-%m-%d %H:%M}"


def both_times(instant: datetime, zone: ZoneInfo) -> str:
    """2026-03-19 20:00 EDT (2026-03-20 08:00 UTC+8): an instant in Eastern time and in the reader's."""
    eastern, local = instant.astimezone(EASTERN), instant.astimezone(zone)
    return f"{minute(eastern)} {eastern:%Z} ({minute(local)} {offset_name(local)})"


def announced_line(announced_at: datetime, *, zone: ZoneInfo, edition_on: date) -> str:
    """Announced Thu 20:00 Eastern, 08:00 your time; with the weekday where it is not the edition's."""
    eastern, local = announced_at.astimezone(EASTERN), announced_at.astimezone(zone)
    start = f"announced {short_day(eastern)} {eastern:%H:%M} Eastern"
    if eastern.replace(tzinfo=None) == local.replace(tzinfo=None):
        return f"{start}, your time"
    day = "" if local.date() == edition_on else f"{short_day(local)} "
    return f"{start}, {day}{local:%H:%M} your time"


def announced_line_zh(announced_at: datetime, *, zone: ZoneInfo, edition_on: date) -> str:
    """The same in Chinese: 美东时间周四 20:00 发布，您当地 08:00."""
    eastern, local = announced_at.astimezone(EASTERN), announced_at.astimezone(zone)
    start = f"美东时间{short_day_zh(eastern)} {eastern:%H:%M} 发布"
    if eastern.replace(tzinfo=None) == local.replace(tzinfo=None):
        return f"{start}，与您当地相同"
    day = "" if local.date() == edition_on else short_day_zh(local)
    return f"{start}，您当地{day} {local:%H:%M}"


def local_time(instant: datetime, *, zone: ZoneInfo, edition_on: date) -> str:
    """09:05 in the reader's zone; with the date where it is not the edition's."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == edition_on else f"{short_date(local.date())} {local:%H:%M}"


def local_time_zh(instant: datetime, *, zone: ZoneInfo, edition_on: date) -> str:
    """The same with a Chinese date."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == edition_on else f"{short_date_zh(local.date())} {local:%H:%M}"


def local_second(instant: datetime, *, zone: ZoneInfo, edition_on: date) -> str:
    """09:05:03 in the reader's zone; with the date where it is not the edition's."""
    local = instant.astimezone(zone)
    return f"{local_time(instant, zone=zone, edition_on=edition_on)}:{local:%S}"
