"""What is due at this instant? Pure answers on plain values; whoever asks does the work."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from newsletter.subscribers.subscriber import WEEKDAYS, Preferences

FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(minutes=30)
ABANDONED_AFTER = timedelta(minutes=30)  # a try that never ended belongs to a process that died


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionTry:
    """One earlier try to collect a listing date; `number` counts from 1, `ended_at` is None while it runs."""

    number: int
    started_at: datetime
    ended_at: datetime | None


def is_collection_due(
    now: datetime, *, expected_on: date, newest_on: date | None, last_try: CollectionTry | None
) -> bool:
    """Tell whether to ask arXiv for the listing dated `expected_on`, of which `newest_on` is the newest one we have.

    Between tries the wait doubles from 2 minutes to half an hour, so that a holiday costs two requests an hour.
    """
    if newest_on is not None and newest_on >= expected_on:
        return False
    if last_try is None:
        return True
    if last_try.ended_at is None:
        return now - last_try.started_at >= ABANDONED_AFTER
    # the exponent is bounded before it is used: a long outage must not overflow the wait
    wait: timedelta = min(FIRST_WAIT * (1 << min(last_try.number - 1, 10)), LONGEST_WAIT)
    return now - last_try.ended_at >= wait


def is_composition_due(*, newest_on: date | None, is_composed: bool, has_readers: bool) -> bool:
    """Tell whether the newest edition waits for its digests.

    Only the newest one: what lay in the archive is not mailed after the fact. Without readers it waits, so that the first
    one to come gets the day's paper at once.
    """
    return newest_on is not None and not is_composed and has_readers


def due_at(preferences: Preferences, *, announced_at: datetime, opened_at: datetime) -> datetime:
    """Return when a reader's mail is due: at the first stroke of their hour after the announcement, in their zone.

    Without an hour it is due as soon as the edition is open. An hour that a change of clocks leaves out falls on the
    instant the zone database gives it; one that comes twice, on the first.
    """
    if preferences.hour is None:
        return opened_at
    local = announced_at.astimezone(preferences.zone)
    for days in range(3):
        day = local.date() + timedelta(days=days)
        stroke = datetime.combine(day, time(preferences.hour), tzinfo=preferences.zone)
        if stroke.timestamp() >= announced_at.timestamp():
            return stroke.astimezone(opened_at.tzinfo)
    raise AssertionError("an hour of the day comes at least once in three days")


def is_wanted_on(preferences: Preferences, edition_on: date) -> bool:
    """Tell whether the reader wants mail on the weekday of this edition."""
    return WEEKDAYS[edition_on.weekday()] in preferences.weekdays
