"""Which account may carry one message now: the way in to accounts and destinations, for one dispatch run."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self

import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.deliveries.channels.leave import SHORT, Wait
from newsletter.deliveries.channels.line import Line
from newsletter.deliveries.pacing import Signal, read_signal
from newsletter.errors import TransportError
from newsletter.mail.connect import without_addresses
from newsletter.mail.content import Content
from newsletter.mail.server import SmtpAccount
from newsletter.mail.smtp import SmtpReply
from newsletter.mail.volley import Conversation

__all__ = ["Channel", "Channels", "Destinations", "Transport", "Wait"]

log = structlog.get_logger(__name__)

_WORTH_A_WAIT = timedelta(seconds=5)
_REFUSALS = 5
_REFUSED_PAUSE = timedelta(minutes=10)


class Transport(Conversation, Protocol):
    """What hands messages over, one at a time; see `SmtpTransport`."""

    @property
    def result(self) -> SmtpReply | TransportError | None:
        """What became of the message, once it is settled."""
        ...

    def begin(self, sender: str, recipient: str, message: Content) -> None: ...

    def end(self) -> None: ...

    def cut(self) -> None: ...

    def close(self) -> None: ...


class Destinations(Protocol):
    """What knows where addresses lead; see `mail.exchangers.Exchangers`."""

    def learn(self, emails: Collection[str]) -> None: ...

    def destination_of(self, email: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Leave for one message: through which account, to which destination; `began_at` is when it was given.

    `place` is which of our connections to the account it is: the first is 0.
    """

    account: SmtpAccount
    place: int
    destination: str
    transport: Transport
    began_at: datetime


class Channels:
    """The accounts of one dispatch run, the preferred one first; not for use by two threads.

    `gather` leave for some messages that may go at a time, send each over the transport of its `Channel`, write down what
    became of them, then `settle` each answer, or `settle_trouble` (neither for one that was cut short by us). At the end
    `close`. State is in the database and shared by all workers; leave is taken for up to 50 messages and 10 seconds at a
    time, so that a healthy run costs one transaction in 50 messages. No transaction is open when a method returns, and
    none but `prepare`, `open` and `gather` raises for want of the database. `owner` is a name by `lease.this_owner`;
    `connections` is how many of ours may be open to an account at a time, where it takes so many.
    """

    def __init__(
        self,
        database: Engine,
        accounts: Sequence[SmtpAccount],
        *,
        now: Clock,
        owner: str,
        transport_for: Callable[[SmtpAccount], Transport],
        destinations: Destinations | None = None,
        connections: int = 1,
    ) -> None:
        self._now = now
        self._destinations = destinations
        self._transport_for = transport_for
        self._transports: dict[str, list[Transport]] = {account.name: [] for account in accounts}
        self._lines = {
            account.name: Line(
                database=database,
                account=account,
                owner=owner,
                is_only=len(accounts) == 1,
                connections=connections,
            )
            for account in accounts
        }
        self._refusals: dict[str, set[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self, recipients: Collection[str]) -> None:
        """Say who comes next: unknown domains are looked up, and leave is taken for all of them together."""
        if self._destinations is not None and not all(line.account.is_local for line in self._lines.values()):
            self._destinations.learn(recipients)
        at = self._now()
        for place, line in enumerate(self._lines.values()):
            destinations = [self._destination(line.account, recipient) for recipient in recipients]
            line.expect(destinations, at, is_likely=place == 0)
            if line.must_disconnect:
                self._close(line.account)

    def gather(self, recipients: Sequence[str], *, pause: Callable[[float], None]) -> list[Channel | Wait | None]:
        """Return for the first of these, in their order, how each may go now, all at a time; or until when none takes it.

        None: when the others are through. A first turn that comes within seconds is waited for, by `pause`.
        """
        found: list[Channel | Wait | None] = []
        volley: list[Channel] = []
        most = max(line.connections for line in self._lines.values())
        for recipient in recipients[: 2 * most]:
            if len(volley) == most:
                break
            one = self.open(recipient, beside=volley) if volley else self._open_soon(recipient, pause)
            if isinstance(one, Channel):
                volley.append(one)
            is_soon = isinstance(one, Wait) and one.until - self._now() <= _WORTH_A_WAIT
            found.append(None if volley and is_soon else one)
        return found

    def open(self, recipient: str, *, beside: Sequence[Channel] = ()) -> Channel | Wait:
        """Return the channel through which one message may go now, or until when none takes it, and why.

        `beside` are those through which others go at the same time.

        The first account that takes it carries it, so that mail comes back to the preferred one by itself. A wait of under
        two seconds is a matter of pace and not a reason to change the account: sleep it, or send to somebody else meanwhile.
        """
        at = self._now()
        waits = []
        for line in self._lines.values():
            destination = self._destination(line.account, recipient)
            others = [channel.destination for channel in beside if channel.account.name == line.account.name]
            found = line.begin(destination, at, beside=others)
            if found is None:
                self._close(line.account, beyond=line.limit())
                transport = self._transport(line.account, len(others))
                return Channel(
                    account=line.account,
                    place=len(others),
                    destination=destination,
                    transport=transport,
                    began_at=at,
                )
            if line.must_disconnect:
                self._close(line.account)
            waits.append(found)
            if found.until - at <= SHORT:
                break
        reasons = "; ".join(dict.fromkeys(wait.reason for wait in waits))
        return Wait(
            until=min(wait.until for wait in waits),
            reason=reasons,
            is_everywhere=all(wait.is_everywhere for wait in waits),
        )

    def settle(self, channel: Channel, reply: SmtpReply) -> None:
        """Tell how the peer answered: what was accepted is counted; who asks us to slow down or to stop is obeyed."""
        line = self._lines[channel.account.name]
        signal = read_signal(reply)
        at = self._now()
        line.answered(at)
        if signal is Signal.ACCEPTED:
            self._refusals.pop(channel.account.name, None)
            line.accepted(channel.destination, channel.began_at, at)
        elif signal is not Signal.NOTHING:
            said = f"{reply.code} {without_addresses(reply.text)}".rstrip(" .") + "."
            pace = line.slow(channel.destination, signal, at=at, reason=said)
            log.warning(
                "channel_slowed",
                account=channel.account.name,
                destination=channel.destination,
                signal=signal,
                held_until=pace.held_until,
            )
            if signal is not Signal.THROTTLED:
                self._watch_account(line, channel.destination, said, at)

    def settle_trouble(self, channel: Channel, error: TransportError) -> None:
        """Tell that the account cannot be used: it is held for a while, and `open` turns to the next one.

        A further connection that cannot be had, while the first can, is done without.
        """
        line = self._lines[channel.account.name]
        if channel.place and error.retryable and not error.retry_after_seconds:
            line.connections = min(line.connections, channel.place)
            self._close(channel.account, beyond=channel.place)
            log.info("connections_limited", account=channel.account.name, to=channel.place, problem=str(error))
            return
        self._close(channel.account)
        at_least = timedelta(seconds=error.retry_after_seconds or 0)
        pace = line.stop(at=self._now(), reason=str(error), at_least=at_least, is_lasting=not error.retryable)
        log.warning("account_unusable", account=channel.account.name, held_until=pace.held_until, problem=str(error))

    def close(self) -> None:
        """Give unused leave and connections back, and say goodbye to the servers."""
        for line in self._lines.values():
            self._close(line.account)
        at = self._now()
        for line in self._lines.values():
            line.close(at)

    def _open_soon(self, recipient: str, pause: Callable[[float], None]) -> Channel | Wait:
        found = self.open(recipient)
        seconds = (found.until - self._now()).total_seconds() if isinstance(found, Wait) else 0.0
        if not isinstance(found, Wait) or seconds > _WORTH_A_WAIT.total_seconds():
            return found
        pause(max(0.0, seconds))
        return self.open(recipient)

    def _watch_account(self, line: Line, destination: str, said: str, at: datetime) -> None:
        """Hold the whole account when one destination after the other refuses us: it is not about any of them."""
        refused = self._refusals.setdefault(line.account.name, set())
        refused.add(destination)
        if len(refused) >= _REFUSALS:
            refused.clear()
            reason = f"{_REFUSALS} destinations in a row refused us, the last one with {said}"
            line.stop(at=at, reason=reason, at_least=_REFUSED_PAUSE, is_lasting=True)

    def _destination(self, account: SmtpAccount, recipient: str) -> str:
        if self._destinations is None or account.is_local:
            return recipient.rpartition("@")[2].lower()
        return self._destinations.destination_of(recipient)

    def _transport(self, account: SmtpAccount, place: int) -> Transport:
        found = self._transports[account.name]
        while len(found) <= place:
            found.append(self._transport_for(account))
        return found[place]

    def _close(self, account: SmtpAccount, *, beyond: int = 0) -> None:
        """Close our connections to an account but for the first so many."""
        for transport in self._transports[account.name][beyond:]:
            transport.close()
