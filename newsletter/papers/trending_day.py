"""When Hugging Face's list of a day is asked for: once that day is over, for the edition that shows it.

The edition dated D shows the list of the working day before, as it stands when D begins in UTC: Monday's edition shows
Friday's, with the votes of the weekend.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from newsletter.papers.deadlines import is_working_day, list_working_days

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(minutes=30)
GIVEN_UP_AFTER = timedelta(hours=12)
PATIENCE = timedelta(minutes=30)
"""The longest time an edition waits for the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How often a day's list was asked for, when last, and whether it came."""

    tries: int
    asked_at: datetime
    is_seen: bool


def trending_on(edition_on: date) -> date:
    """Return the day whose list the edition shows: the working day before it."""
    return list_working_days(edition_on - timedelta(days=3), edition_on - timedelta(days=1))[-1]


def edition_at(now: datetime) -> date | None:
    """Return the date of the edition whose list may be had at this instant; None at weekends, which have none."""
    today = now.astimezone(UTC).date()
    return today if is_working_day(today) else None


def is_trending_due(now: datetime, *, edition_on: date, last: Asked | None) -> bool:
    """Tell whether to ask for the list that the edition shows.

    Between tries the wait doubles from 2 minutes to half an hour; after twelve hours nobody asks any more.
    """
    if not _may_come(now, edition_on, last):
        return False
    if last is None:
        return True
    # the exponent is bounded before it is used: many tries must not overflow the wait
    return now - last.asked_at >= min(FIRST_WAIT * (1 << min(last.tries - 1, 10)), LONGEST_WAIT)


def is_trending_awaited(now: datetime, *, edition_on: date, opened_at: datetime, last: Asked | None) -> bool:
    """Tell whether an edition that is ready holds back its digests for the list: half an hour at most."""
    return _may_come(now, edition_on, last) and now - opened_at < PATIENCE


def _may_come(now: datetime, edition_on: date, last: Asked | None) -> bool:
    begin = datetime.combine(edition_on, time(), UTC)
    return not (last and last.is_seen) and is_working_day(edition_on) and begin <= now < begin + GIVEN_UP_AFTER
