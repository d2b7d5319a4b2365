"""The small change of stories, in English and in Chinese: times, durations, counts, names."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.digests.dates import local_time, local_time_zh, short_date, short_date_zh
from newsletter.papers.calendar import announced_at, eastern
from newsletter.words import Words

LATE_AFTER = timedelta(minutes=30)
"""Less is no delay that anybody asks about."""
_DAY = timedelta(days=1)


def date_words(day: date) -> Words:
    """Fri 20 Mar."""
    return Words(short_date(day), short_date_zh(day))


def local_words(instant: datetime, zone: ZoneInfo, edition_on: date) -> Words:
    """08:00 (Shanghai): in the reader's zone; with the date where it is not the edition's."""
    place = zone.key.rpartition("/")[2].replace("_", " ")
    return Words(
        f"{local_time(instant, zone=zone, edition_on=edition_on)} ({place})",
        f"{local_time_zh(instant, zone=zone, edition_on=edition_on)}（{place}）",
    )


def eastern_words(instant: datetime, edition_on: date) -> Words:
    """22:10 Eastern; with the date where it is not in the day that begins with the announcement."""
    local = eastern(instant)
    if timedelta() <= instant - announced_at(edition_on) < _DAY:
        return Words(f"{local:%H:%M} Eastern", f"美东时间 {local:%H:%M}")
    day = date_words(local.date())
    return Words(f"{local:%H:%M} Eastern on {day.en}", f"美东时间 {day.zh} {local:%H:%M}")


def duration_words(duration: timedelta) -> Words:
    """2 h 10 min; from two days on in days."""
    minutes = max(round(duration / timedelta(minutes=1)), 0)
    if minutes >= 2 * 24 * 60:
        days = round(minutes / (24 * 60))
        return Words(f"{days} days", f" {days} 天")
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "h", "小时")] if hours else []
    parts += [(rest, "min", "分钟")] if rest or not hours else []
    return Words(
        " ".join(f"{number} {unit}" for number, unit, _ in parts),
        "".join(f" {number} {unit}" for number, _, unit in parts),
    )


def paper_words(count: int) -> Words:
    """1,204 papers."""
    return Words(f"{count:,} paper{'' if count == 1 else 's'}", f"{count:,} 篇论文")


def join_words(items: Sequence[Words]) -> Words:
    """Join as a sentence does: a, b and c."""
    head, last = [item.en for item in items[:-1]], items[-1].en
    return Words(f"{', '.join(head)} and {last}" if head else last, "、".join(item.zh for item in items))


def names(items: Sequence[str]) -> Words:
    """Join names: cs, math and stat."""
    return join_words([Words(item, item) for item in items])


def lists_words(categories: Sequence[str]) -> Words:
    """list of cs; lists of cs and stat."""
    named = names(categories)
    return Words(f"list{'' if len(categories) == 1 else 's'} of {named.en}", f"{named.zh} 的列表")


def quote(text: str) -> str:
    """Return somebody else's words so that they fit into a sentence."""
    return " ".join(text.split()).rstrip(". ")
