"""arXiv's timetable of submission: which list a paper submitted at an instant would be announced in.

A submission received by 14:00 US Eastern on a working day is in the list dated the next working day: Thursday's deadline
makes Friday's list, Friday's makes Monday's. It is an estimate: moderation can hold a paper for days, and on arXiv's
holidays two batches are announced as one. Source: https://info.arxiv.org/help/availability.html
"""

from datetime import UTC, date, datetime, time, timedelta

from newsletter.papers.calendar import EASTERN, eastern

DEADLINE = time(14)
_FRIDAY = 4


def is_working_day(day: date) -> bool:
    """Tell whether the day is a Monday to Friday: the only days a list can be dated."""
    return day.weekday() <= _FRIDAY


def submission_window(listed_on: date) -> tuple[datetime, datetime]:
    """Return the instants (UTC) from which and before which papers of the list dated `listed_on` are submitted."""
    last = _working_day_before(listed_on)
    return _deadline(_working_day_before(last)), _deadline(last)


def list_working_days(first: date, last: date) -> list[date]:
    """Return the working days from `first` to `last`, both included."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if is_working_day(day)]


def eastern_date(instant: datetime) -> date:
    """Return the date in arXiv's time zone."""
    return eastern(instant).date()


def _working_day_before(day: date) -> date:
    before = day - timedelta(days=1)
    while not is_working_day(before):
        before -= timedelta(days=1)
    return before


def _deadline(day: date) -> datetime:
    return datetime.combine(day, DEADLINE, EASTERN).astimezone(UTC)
