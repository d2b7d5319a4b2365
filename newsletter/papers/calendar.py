"""When arXiv announces, by its timetable.

A list dated D is announced on the evening before, at 20:00 New York: Friday's on Thursday evening, Monday's on Sunday
evening; nothing is announced on Friday and Saturday evening. Source: https://info.arxiv.org/help/availability.html
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
ANNOUNCED_AT = time(20, 0)
_DAY = timedelta(days=1)
_SATURDAY = 5
_HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2026-01-01",
        "2026-01-19",
        "2026-06-19",
        "2026-07-03",
        "2026-09-07",
        "2026-11-26",
        "2026-12-25",
        "2026-12-29",
        "2026-12-31",
    )
)
"""The working days on which arXiv closes, by its own list; that list changes during the year."""


def announced_at(listed_on: date) -> datetime:
    """Return the UTC instant at which the list of this date is announced: 20:00 New York on the day before."""
    return datetime.combine(listed_on - _DAY, ANNOUNCED_AT, EASTERN).astimezone(UTC)


def latest_listing_on(now: datetime) -> date:
    """Return the date of the newest list that has come out by the timetable.

    Holidays do not count here: whether a list really came is seen at arXiv, and a stale list of holidays must not hide one.
    """
    local = eastern(now)
    listed_on = local.date() + (_DAY if local.time() >= ANNOUNCED_AT else timedelta())
    while listed_on.weekday() >= _SATURDAY:
        listed_on -= _DAY
    return listed_on


def next_listing_on(now: datetime) -> date:
    """Return the date of the first list that has still to come out by the timetable."""
    return _next_weekday(latest_listing_on(now))


def is_holiday_hint(listed_on: date) -> bool:
    """Tell whether a holiday probably leaves arXiv without a list of this date; for words only, never for a decision.

    arXiv names the days on which it closes. A closed day has no evening announcement, and that announcement would have had
    the date of the next weekday: a holiday on Thursday takes Friday's list, one on Friday takes Monday's (in 2026 there was
    no list of 22 June after Friday 19 June, and none of 6 July after Friday 3 July). Years without a known list say no.
    """
    before = listed_on - _DAY
    while before.weekday() >= _SATURDAY:
        before -= _DAY
    return listed_on.weekday() < _SATURDAY and before in _HOLIDAYS


def eastern(instant: datetime) -> datetime:
    """Return the instant in arXiv's own zone; its `%Z` is EDT in summer and EST in winter."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(EASTERN)


def format_eastern(instant: datetime) -> str:
    """Return the instant as arXiv would write it: `Thu, 19 Mar 2026 20:00 EDT`."""
    return f"{eastern(instant):%a, %d %b %Y %H:%M %Z}"


def _next_weekday(day: date) -> date:
    day += _DAY
    while day.weekday() >= _SATURDAY:
        day += _DAY
    return day
