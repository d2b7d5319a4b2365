"""Dates and times as a reader reads them, in any language: names and patterns are data (`[dates]` of its `language.toml`)."""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from newsletter.digests.speech import say
from newsletter.languages import SOURCE
from newsletter.papers.calendar import EASTERN
from newsletter.translation.language import load_language
from newsletter.words import WRITTEN, Words

_IN_NUMERALS = re.compile(r"\[([yMd])\]")
_PATTERNS = {"weekday": "EEEE", "weekday_short": "EEE", "weekday_narrow": "EEEEE"}
_ZH = WRITTEN[1]


def write_numeral(number: int, numerals: str) -> str:
    """Write 1 to 99 as they are read in dates: with the numerals 〇一二三四五六七八九十, 10 is 十, 20 二十, 31 三十一."""
    if not 1 <= number <= 99:
        raise ValueError(f"{number} is not between 1 and 99")
    tens, ones = divmod(number, 10)
    head = ("" if tens == 1 else numerals[tens]) + numerals[10] if tens else ""
    return head + (numerals[ones] if ones else "")


def write_date(day: date, form: str, code: str) -> str:
    """Write a date in one of the language's forms, each a CLDR pattern: `long`, `full`, `plain`, `short`, `day`, `month`.

    In every language there are `weekday`, `weekday_short` and `weekday_narrow`, too. A field in brackets is written in the
    language's own numerals.
    """
    return _write(date(day.year, day.month, day.day), form, code)  # one instant in two zones is equal, but two dates


@lru_cache(4096)
def _write(day: date, form: str, code: str) -> str:
    language = load_language(code)
    pattern = _PATTERNS.get(form) or language.dates[form]
    parts = {"y": "".join(language.numerals[int(digit)] for digit in str(day.year)) if language.numerals else ""}

    def own(match: re.Match[str]) -> str:
        if match[1] not in parts:
            parts[match[1]] = write_numeral({"M": day.month, "d": day.day}[match[1]], language.numerals)
        return f"'{parts[match[1]]}'"

    return format_date(day, _IN_NUMERALS.sub(own, pattern), locale=_locale(language.tag))


@lru_cache(64)
def _locale(tag: str) -> Locale:
    return Locale.parse(tag, sep="-")


def in_words(write: Callable[[str], str]) -> Words:
    """Return what is written by language code in the languages of words."""
    return Words(*(write(code) for code in WRITTEN))


def long_date(day: date, code: str = SOURCE) -> str:
    """Friday 20 March 2026; 三月二十日 星期五."""
    return write_date(day, "long", code)


def long_date_zh(day: date) -> str:
    """三月二十日 星期五."""
    return long_date(day, _ZH)


def full_date(day: date, code: str = SOURCE) -> str:
    """Friday 20 March 2026; 二〇二六年三月二十日 星期五: with the year, for a head that must tell it."""
    return write_date(day, "full", code)


def plain_date(day: date, code: str = SOURCE) -> str:
    """20 March 2026; 2026年3月20日."""
    return write_date(day, "plain", code)


def plain_date_zh(day: date) -> str:
    """2026年3月20日."""
    return plain_date(day, _ZH)


def month_name(day: date, code: str = SOURCE) -> str:
    """March 2026; 2026年3月."""
    return write_date(day, "month", code)


def short_date(day: date, code: str = SOURCE) -> str:
    """Fri 20 Mar; 3月20日 周五."""
    return write_date(day, "short", code)


def short_date_zh(day: date) -> str:
    """3月20日 周五."""
    return short_date(day, _ZH)


def short_day(day: date, code: str = SOURCE) -> str:
    """Fri; 周五."""
    return write_date(day, "weekday_short", code)


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


def announced_line(announced_at: datetime, *, zone: ZoneInfo, edition_on: date, code: str = SOURCE) -> str:
    """Announced Thu 20:00 Eastern, 08:00 your time; with the weekday where it is not the edition's."""
    eastern, local = announced_at.astimezone(EASTERN), announced_at.astimezone(zone)
    values = {
        "weekday": short_day(eastern, code),
        "time": f"{eastern:%H:%M}",
        "day": short_day(local, code),
        "local": f"{local:%H:%M}",
    }
    if eastern.replace(tzinfo=None) == local.replace(tzinfo=None):
        return say(code, "announced {weekday} {time} Eastern, your time", **values)
    if local.date() == edition_on:
        return say(code, "announced {weekday} {time} Eastern, {local} your time", **values)
    return say(code, "announced {weekday} {time} Eastern, {day} {local} your time", **values)


def local_time(instant: datetime, *, zone: ZoneInfo, edition_on: date, code: str = SOURCE) -> str:
    """09:05 in the reader's zone; with the date where it is not the edition's."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == edition_on else f"{short_date(local.date(), code)} {local:%H:%M}"


def local_time_zh(instant: datetime, *, zone: ZoneInfo, edition_on: date) -> str:
    """The same with a Chinese date."""
    return local_time(instant, zone=zone, edition_on=edition_on, code=_ZH)


def local_second(instant: datetime, *, zone: ZoneInfo, edition_on: date, code: str = SOURCE) -> str:
    """09:05:03 in the reader's zone; with the date where it is not the edition's."""
    local = instant.astimezone(zone)
    return f"{local_time(instant, zone=zone, edition_on=edition_on, code=code)}:{local:%S}"


def eastern_minute(instant: datetime, code: str = SOURCE) -> str:
    """Thu 19 Mar 20:00 Eastern: for those whose zone nobody knows."""
    local = instant.astimezone(EASTERN)
    return say(code, "{date} {time} Eastern", date=short_date(local.date(), code), time=f"{local:%H:%M}")
