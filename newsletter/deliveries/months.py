"""The mails of a month counted by day, without counting again what stays as it is: a month of many readers is millions."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from threading import Lock

from sqlmodel import Session

from newsletter.deliveries.states import FINAL, DeliveryState
from newsletter.deliveries.tally import Mark, count_by_day, read_mark

KEPT_FOR = timedelta(hours=1)
_AT_REST = FINAL | {DeliveryState.UNCERTAIN}


class Months:
    """Counts days for one process, and keeps between two looks the counts of days of which nothing is under way.

    Such a day is moved by a resend or by an operator's word on a mail in doubt, and both are noticed; a reader who gets an old
    edition for the first time is counted within the hour.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[date, Mapping[DeliveryState, int]] = {}
        self._mark = Mark()
        self._begun_at: datetime | None = None

    def count(
        self, session: Session, *, since: date, until: date, at: datetime
    ) -> Mapping[date, Mapping[DeliveryState, int]]:
        """Return how many mails of each day are in each state; days without mail are left out."""
        mark = read_mark(session)
        with self._lock:
            if mark != self._mark or self._begun_at is None or abs(at - self._begun_at) >= KEPT_FOR:
                self._kept, self._mark, self._begun_at = {}, mark, at
            known = dict(self._kept)
        days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
        counted = count_by_day(session, [day for day in days if day not in known])
        found = {day: states for day in days if (states := known.get(day) or counted.get(day))}
        with self._lock:
            if mark == self._mark:
                self._kept |= {
                    day: found.get(day, {}) for day in days if day < until and _is_at_rest(found.get(day, {}))
                }
        return found


def _is_at_rest(states: Mapping[DeliveryState, int]) -> bool:
    return _AT_REST.issuperset(states)
