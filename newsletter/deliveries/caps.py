"""What an account may carry: its daily cap while it is warmed up, its rolling hour and day, and evenly spaced turns.

A new sender that begins with thousands of mails is taken for a spammer. Its first day carries 50, every further day twice as
many: 50, 100, 200, 400 … 51,200 on the eleventh, until the curve passes the account's own daily cap, or 100,000 a day.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from newsletter.mail.server import Caps

FIRST_DAY = 50
WARM = 100_000
BUCKET = timedelta(
    minutes=5
)  # of usage: the rolling hour is counted in thirteen of them, of which the oldest is partly over
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def warmup_day(caps: Caps, on: date) -> int | None:
    """Return which day of its warm-up an account has: 1 is the first, 0 or less is before it; None: it is warm."""
    if caps.warmup_on is None:
        return None
    day = (on - caps.warmup_on).days + 1
    return day if _curve(day) < (caps.per_day or WARM) else None


def daily_cap(caps: Caps, on: date) -> int | None:
    """Return how many messages an account may carry in 24 hours, None for any number."""
    day = warmup_day(caps, on)
    return caps.per_day if day is None else _curve(day)


def _curve(day: int) -> int:
    return 0 if day < 1 else FIRST_DAY * 2 ** min(day - 1, 30)


def bucket_of(at: datetime) -> datetime:
    """Return the beginning of the five minutes in which usage at this instant is counted."""
    seconds = at.timestamp()
    return datetime.fromtimestamp(seconds - seconds % BUCKET.total_seconds(), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How many messages an account carried in the last hour and the last 24, a little more than less."""

    hour: int = 0
    day: int = 0


def room_left(caps: Caps, usage: Usage, on: date) -> int | None:
    """Return how many messages the account may still carry now, None for any number."""
    by_day = daily_cap(caps, on)
    rooms = [cap - used for cap, used in ((caps.per_hour, usage.hour), (by_day, usage.day)) if cap is not None]
    return max(0, min(rooms)) if rooms else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Leave to begin `count` messages, one every `step_seconds` from `first_at` on, none later than `until`.

    A turn that is not taken within `patience` is lost, so that a slow worker cannot save its turns for a burst.
    """

    first_at: datetime
    step_seconds: float
    count: int
    until: datetime
    patience: timedelta

    @property
    def is_paced(self) -> bool:
        """Whether one comes after the other; else all are there at once, even where the clock is set back."""
        return self.step_seconds > 0

    @property
    def end_at(self) -> datetime:
        """When the next worker's turns may begin."""
        return self.first_at + timedelta(seconds=self.step_seconds * self.count)

    def kept(self, at: datetime) -> "Turns":
        """Return the turns without those that are lost by now; none are left when `count` is 0."""
        if self.count < 1 or at > self.until:
            return replace(self, count=0)
        if not self.is_paced:
            return self
        late = (at - self.patience - self.first_at).total_seconds()
        if late <= 0:
            return self
        return self.without(min(self.count, int(late / self.step_seconds) + 1))

    def without(self, taken: int) -> "Turns":
        """Return the turns after the first `taken`."""
        first_at = self.first_at + timedelta(seconds=self.step_seconds * taken)
        return replace(self, first_at=first_at, count=self.count - taken)


def next_turns(
    free_at: datetime | None, rate: float | None, wanted: int, *, at: datetime, until: datetime, patience: timedelta
) -> Turns:
    """Return up to `wanted` turns at so many a second; earlier workers' turns last until `free_at`.

    At most as many as begin before `until`, so that none is kept from other workers for nothing.
    """
    if rate is None:
        return Turns(first_at=at, step_seconds=0.0, count=wanted, until=until, patience=patience)
    first_at = at if free_at is None else max(at, free_at)
    step = 1 / rate
    before_end = int((until - first_at).total_seconds() / step) + 1 if first_at <= until else 0
    return Turns(first_at=first_at, step_seconds=step, count=min(wanted, before_end), until=until, patience=patience)
