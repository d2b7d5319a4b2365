"""How fast a channel may go: what the answers of a destination do to its pace (AIMD, as in TCP's RFC 5681).

A channel is one account and one destination; its pace is how many connections may work for it at a time and how many
messages may begin a second, of all workers together. What moves a pace::

    accepted          20 of them: one connection and one message a second more (until the first trouble: twice the rate)
    throttled         half of both; held for 10 s, doubling to 10 min while nothing is accepted in between
    stopped           421 4.7.x, Gmail's 4.7.28: held for 10 min, doubling to 2 h; then one connection, add one at a time
    refused           5.7.x: a refusal of us, not of the reader; as stopped, and the operators are told
    in trouble        no connection (of a whole account): held for 1 min, doubling to 15; no login: for 5 min at least

After a hold for anything but throttling the channel is half open: one connection, one message at a time, until one is
accepted. An answer to a message that was under way when the hold began says nothing about the time after it. Greylisting,
a full or missing mailbox and a message that is too large say nothing about the channel.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.deliveries.refusals import Cause, find_cause
from newsletter.mail.smtp import SmtpReply

STEP = 20  # accepted messages for one step up
MAX_CONNECTIONS = 100
MAX_RATE = 1000.0
MIN_RATE = 0.1
_LOCAL_REFUSALS = ("5.7.13", "5.7.17", "5.7.18", "5.7.124", "5.7.133", "5.7.134", "5.7.136")
"""Policy of one mailbox: closed account, new owner (RFC 7293), senders that its owner has not allowed (Exchange)."""


class Signal(StrEnum):
    """What an answer says about the channel it came through."""

    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    STOPPED = "stopped"
    REFUSED = "refused"
    NOTHING = "nothing"


class Hold(StrEnum):
    """Why a channel is held, from light to heavy."""

    THROTTLED = "throttled"
    TROUBLE = "trouble"
    STOPPED = "stopped"
    REFUSED = "refused"

    @property
    def weight(self) -> int:
        return list(Hold).index(self)


_HOLDS = {
    Hold.THROTTLED: (timedelta(seconds=10), timedelta(minutes=10)),
    Hold.TROUBLE: (timedelta(minutes=1), timedelta(minutes=15)),
    Hold.STOPPED: (timedelta(minutes=10), timedelta(hours=2)),
    Hold.REFUSED: (timedelta(minutes=10), timedelta(hours=2)),
}
_LASTING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a channel may go, and whether it may at all.

    `connection_limit` and `rate_per_second` are None where nobody has asked for a limit. `hold`, `hold_count` and `reason`
    tell of the hold that began last, and of how many in a row, since anything was accepted; it lasts until `held_until`.
    `streak` counts accepted messages since the last step; `was_slowed` once the peer has ever told us to go slower.
    """

    connection_limit: int | None
    rate_per_second: float | None
    hold: Hold | None = None
    held_until: datetime | None = None
    hold_count: int = 0
    reason: str | None = None
    streak: int = 0
    was_slowed: bool = False

    def is_held(self, at: datetime) -> bool:
        return self.held_until is not None and at < self.held_until

    @property
    def is_half_open(self) -> bool:
        """Whether, once the hold is over, one message at a time must show that the channel is open again."""
        return self.hold is not None and self.hold is not Hold.THROTTLED

    @property
    def is_alarming(self) -> bool:
        """Whether a person should look: a refusal of us at once, anything else when the first hold did not help."""
        return self.hold is Hold.REFUSED or (self.is_half_open and self.hold_count > 1)

    def connections(self, cap: int | None = None) -> int | None:
        """Return how many connections may be used at a time, None for any number; `cap` is the account's."""
        limits = [
            limit for limit in (1 if self.is_half_open else None, self.connection_limit, cap) if limit is not None
        ]
        return min(limits, default=None)

    def rate(self, cap: float | None = None) -> float | None:
        """Return how many messages may begin in a second, None for any number; `cap` is the account's."""
        limits = [limit for limit in (self.rate_per_second, cap) if limit is not None]
        return min(limits, default=None)


UNLIMITED = Pace(connection_limit=None, rate_per_second=None)
"""An account as a whole, and whatever goes to this machine."""
_CAREFUL = Pace(connection_limit=20, rate_per_second=50)
_STARTS = {
    "yahoo": Pace(connection_limit=10, rate_per_second=20),
    "apple": Pace(connection_limit=10, rate_per_second=20),
    "tencent": Pace(connection_limit=5, rate_per_second=10),
    "netease": Pace(connection_limit=5, rate_per_second=10),
}


def start_of(destination: str, *, is_local: bool) -> Pace:
    """Return the pace at which a channel begins; the group of large providers by the names of `mail.exchangers`."""
    return UNLIMITED if is_local else _STARTS.get(destination, _CAREFUL)


def read_signal(reply: SmtpReply) -> Signal:
    """Return what an answer says about the channel."""
    cause, code = find_cause(reply), reply.enhanced_code or ""
    match cause:
        case None:
            return Signal.ACCEPTED
        case Cause.THROTTLED | Cause.POLICY if (reply.code or 0) // 100 == 5:
            return Signal.NOTHING if code in _LOCAL_REFUSALS else Signal.REFUSED
        case Cause.THROTTLED | Cause.POLICY:
            is_stop = code == "4.7.28" or (reply.code == 421 and code.startswith("4.7."))
            return Signal.STOPPED if is_stop else Signal.THROTTLED
        case Cause.GREYLISTED | Cause.BUSY if reply.code == 421 or code == "4.3.2":
            return Signal.THROTTLED
        case _:
            return Signal.NOTHING


def after_signal(pace: Pace, signal: Signal, *, at: datetime, reason: str) -> Pace:
    """Return the pace after an answer that asks to go slower, or to stop; any other leaves it as it is."""
    match signal:
        case Signal.THROTTLED:
            return pace if pace.is_held(at) else _held(_halved(pace), Hold.THROTTLED, at=at, reason=reason)
        case Signal.STOPPED:
            return _held(_slowest(pace), Hold.STOPPED, at=at, reason=reason)
        case Signal.REFUSED:
            return _held(_slowest(pace), Hold.REFUSED, at=at, reason=reason)
        case Signal.ACCEPTED | Signal.NOTHING:
            return pace


def after_trouble(
    pace: Pace, *, at: datetime, reason: str, at_least: timedelta = timedelta(0), is_lasting: bool = False
) -> Pace:
    """Return the pace of an account that cannot be used.

    `at_least` is how long its server asked to be left alone; `is_lasting`: somebody has to act, and a login that is tried
    again and again may be locked.
    """
    if at_least:
        return _held(_slowest(pace), Hold.STOPPED, at=at, reason=reason, at_least=at_least)
    longer = _LASTING if is_lasting else timedelta(0)
    return _held(pace, Hold.TROUBLE, at=at, reason=reason, at_least=longer)


def after_accepted(pace: Pace, count: int, *, since: datetime) -> Pace:
    """Return the pace after `count` accepted messages, the first of which was begun at `since`."""
    if count < 1 or pace.is_held(since):
        return pace
    steps, streak = divmod(pace.streak + count, STEP)
    limit, rate = pace.connection_limit, pace.rate_per_second
    if limit is not None:
        limit = min(limit + steps, MAX_CONNECTIONS)
    if rate is not None:
        rate = min(rate + steps if pace.was_slowed else rate * 2 ** min(steps, 10), MAX_RATE)
    return Pace(
        connection_limit=limit,
        rate_per_second=rate,
        streak=0 if limit is None and rate is None else streak,
        was_slowed=pace.was_slowed,
    )


def after_answer(pace: Pace) -> Pace:
    """Return the pace of an account whose server has answered: it can be reached and lets us in."""
    return released(pace) if pace.hold is Hold.TROUBLE else pace


def released(pace: Pace) -> Pace:
    """Return the pace without its hold, as an operator asks for."""
    return replace(pace, hold=None, held_until=None, hold_count=0, reason=None)


def _held(pace: Pace, hold: Hold, *, at: datetime, reason: str, at_least: timedelta = timedelta(0)) -> Pace:
    """Return the pace held; what was under way when an equal or heavier hold began does not make it longer."""
    if pace.is_held(at) and pace.hold is not None and pace.hold.weight >= hold.weight:
        return pace
    was = pace.hold
    heavier = hold if was is None or was.weight <= hold.weight else was
    count = 1 if was is None or heavier is not was else pace.hold_count + (was is hold)
    first, longest = _HOLDS[hold]
    length = max(min(first * 2 ** min(count - 1, 20), longest), at_least)
    return replace(pace, hold=heavier, held_until=at + length, hold_count=count, reason=reason, streak=0)


def _halved(pace: Pace) -> Pace:
    limit = pace.connection_limit or _CAREFUL.connection_limit or 1
    rate = pace.rate_per_second or _CAREFUL.rate_per_second or MIN_RATE
    return replace(
        pace, connection_limit=max(1, limit // 2), rate_per_second=max(MIN_RATE, rate / 2), was_slowed=True, streak=0
    )


def _slowest(pace: Pace) -> Pace:
    rate = min(pace.rate_per_second or 1.0, 1.0)
    return replace(pace, connection_limit=1, rate_per_second=rate, was_slowed=True, streak=0)
