"""Leave to send, as one worker holds it: what it may send through one account, what it waits for, what it has done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from newsletter.deliveries.caps import Turns
from newsletter.deliveries.channels.alarms import name_channel
from newsletter.deliveries.channels.store import WHOLE
from newsletter.deliveries.pacing import Pace, after_accepted
from newsletter.mail.server import SmtpAccount

SIZE = 50  # messages
FREE_SIZE = 500
"""The same where nothing is counted out: to this machine, without caps."""
SHORT = timedelta(seconds=2)
"""A wait that is a matter of pace: no reason to change the account, or to close a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing may go out there before `until`; `reason` says in words why.

    `is_everywhere`: it is not about the destination; no other recipient's message may go out either.
    """

    until: datetime
    reason: str
    is_everywhere: bool = False


@dataclass(slots=True, kw_only=True)
class Leave:
    """What one worker may send through one account until it is used up or over.

    `whole` are the turns of the account, `lanes` those of each destination; a destination that is in neither `lanes` nor
    `waits` needs none if `is_free`, and else has to be asked for. `connections` are how many may be used at a time, where that
    is limited. `charged` messages are counted as the account's usage in
    `bucket`, `used` of them were begun.
    """

    until: datetime
    whole: Turns
    lanes: dict[str, Turns] = field(default_factory=dict)
    waits: dict[str, Wait] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    is_free: bool = False
    bucket: datetime
    charged: int
    used: int = 0


@dataclass(slots=True, kw_only=True)
class Done:
    """What happened since the last leave and nobody else knows yet: accepted messages, and when the first was begun."""

    accepted: dict[str, int] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)

    def add(self, destination: str, began_at: datetime) -> None:
        for name in (destination, WHOLE):
            self.accepted[name] = self.accepted.get(name, 0) + 1
            self.since.setdefault(name, began_at)

    def applied(self, destination: str, pace: Pace) -> Pace:
        count = self.accepted.get(destination, 0)
        return after_accepted(pace, count, since=self.since[destination]) if count else pace

    def forget(self, destination: str) -> None:
        self.accepted.pop(destination, None)
        self.since.pop(destination, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A wish for leave: how many messages to which destinations, the one needed now first.

    `ahead`: of paced ones at most; `connections`: how many are wished for at a time.
    """

    account: SmtpAccount
    owner: str
    at: datetime
    wanted: Mapping[str, int]
    ahead: int
    connections: int = 1


def held_wait(account: SmtpAccount, destination: str, pace: Pace) -> Wait:
    """Return the wait for the end of a hold, in words."""
    until = pace.held_until or datetime.min.replace(tzinfo=UTC)
    reason = f"{name_channel(account.name, destination)} is paused until {until:%H:%M} UTC: {pace.reason}"
    return Wait(until=until, reason=reason, is_everywhere=destination == WHOLE)
