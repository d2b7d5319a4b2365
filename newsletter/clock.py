"""Time comes in as an argument: a clock that tells the real time, or a past day's for a rehearsal."""

from collections.abc import Callable
from datetime import UTC, datetime

from newsletter.errors import SettingsError

Clock = Callable[[], datetime]
"""Returns the present instant as an aware UTC datetime."""


def system_clock() -> datetime:
    """Return the real present instant, in UTC."""
    return datetime.now(UTC)


def shifted_clock(start: datetime, *, started_at: datetime) -> Clock:
    """Return a clock that showed `start` when the real time was `started_at` and runs on from there.

    Processes that share both instants agree on the time.
    """
    offset = start - started_at

    def now() -> datetime:
        return system_clock() + offset

    return now


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with offset, such as ``2026-03-19T21:00:00-04:00``, as UTC.

    Raises SettingsError when the text is not an instant or has no offset.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} is not an instant; write one like 2026-03-19T21:00:00-04:00.") from error
    if instant.tzinfo is None:
        raise SettingsError(f"{text!r} has no offset; add one, for example {text}-04:00 or {text}+00:00.")
    return instant.astimezone(UTC)
