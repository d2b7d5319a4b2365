"""A small office that sends mail through accounts: a clock set by hand, relays that answer as told, and what they saw."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.deliveries.alarms import list_open_alarms
from newsletter.deliveries.channels import Channel, Channels, Wait
from newsletter.deliveries.channels.leave import SHORT
from newsletter.deliveries.channels.store import WHOLE, StoredChannel, list_channels
from newsletter.deliveries.channels.tables import AccountUsageRow, ChannelSlotRow
from newsletter.errors import TransportError
from newsletter.mail.server import SmtpAccount, parse_smtp_urls
from newsletter.mail.smtp import Outcome, SmtpReply
from tests.conftest import NOON
from tests.deliveries.world import FakeTransport, reply

OK = reply(Outcome.ACCEPTED, code=250, text="2.0.0 ok")
THROTTLED = reply(Outcome.DEFERRED, code=451, enhanced_code="4.7.500", text="4.7.500 server busy")
STOPPED = reply(Outcome.DEFERRED, code=421, enhanced_code="4.7.28", text="4.7.28 unusual rate of mail")
REFUSED = reply(Outcome.FAILED, code=550, enhanced_code="5.7.1", text="5.7.1 ann@example.org: we do not like you")
GONE = TransportError("Nothing listens at a.example:465.", retryable=True)
LOCKED_OUT = TransportError("a.example:465 refused the login.", retryable=False)


class Domains:
    """Every address leads to its domain; big.example and large.example are one provider."""

    def __init__(self) -> None:
        self.learned: list[str] = []

    def learn(self, emails: Collection[str]) -> None:
        self.learned += emails

    def destination_of(self, email: str) -> str:
        domain = email.rpartition("@")[2]
        return "big" if domain in ("big.example", "large.example") else domain


class Relay(FakeTransport):
    """A way out that is never really used: what was closed is counted."""

    def __init__(self, account: SmtpAccount) -> None:
        super().__init__()
        self.account = account
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@dataclass
class Office:
    """Workers that share a database; each has its own `Channels`."""

    database: Engine
    urls: str = "smtps://a.example"
    time: datetime = NOON
    sent: list[tuple[str, str, datetime]] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)

    def wait(self, seconds: float) -> None:
        self.advance(seconds=seconds)

    def worker(self, owner: str = "elsewhere:1:1:a", urls: str | None = None, *, connections: int = 1) -> Channels:
        return Channels(
            self.database,
            parse_smtp_urls(urls or self.urls),
            now=lambda: self.time,
            owner=owner,
            transport_for=self._relay,
            destinations=Domains(),
            connections=connections,
        )

    def _relay(self, account: SmtpAccount) -> Relay:
        self.relays.append(Relay(account))
        return self.relays[-1]

    def open(self, worker: Channels, recipient: str) -> Channel | Wait:
        """Ask for a way out; a short wait is a matter of pace and waited for."""
        found = worker.open(recipient)
        while isinstance(found, Wait) and found.until - self.time <= SHORT:
            self.time = found.until
            found = worker.open(recipient)
        return found

    def send(self, worker: Channels, recipient: str, answer: SmtpReply | TransportError = OK) -> Channel | Wait:
        """Send one message if it may go, now or in a moment, and settle the answer."""
        channel = self.open(worker, recipient)
        if isinstance(channel, Wait):
            return channel
        self.sent.append((channel.account.name, recipient, self.time))
        if isinstance(answer, TransportError):
            worker.settle_trouble(channel, answer)
        else:
            worker.settle(channel, answer)
        return channel

    def send_all(self, worker: Channels, recipients: Sequence[str]) -> None:
        """Send to each, waiting as long as the way out asks."""
        worker.prepare(recipients)
        for recipient in recipients:
            while isinstance(found := self.send(worker, recipient), Wait):
                self.time = max(self.time, found.until)

    def stored(self, account: str = "a.example:465") -> dict[str, StoredChannel]:
        with reading(self.database) as session:
            return list_channels(session, account)

    def slots(self, account: str | None = None) -> set[tuple[str, str]]:
        """Return the slots that are not over, by destination and owner."""
        with reading(self.database) as session:
            rows = session.exec(select(ChannelSlotRow).where(ChannelSlotRow.until > self.time))
            return {(row.destination, row.owner) for row in rows if account in (None, row.account)}

    def counted_slots(self, destination: str) -> set[tuple[str, str, int]]:
        """Return the slots of a destination, with how many connections each is."""
        with reading(self.database) as session:
            rows = session.exec(select(ChannelSlotRow).where(ChannelSlotRow.destination == destination))
            return {(row.destination, row.owner, row.count) for row in rows if row.until > self.time}

    def usage(self, account: str = "a.example:465") -> int:
        with reading(self.database) as session:
            rows = session.exec(select(AccountUsageRow).where(AccountUsageRow.account == account))
            return sum(row.count for row in rows)

    def alarms(self) -> list[tuple[str, str]]:
        with reading(self.database) as session:
            return [(alarm.kind, alarm.subject) for alarm in list_open_alarms(session)]


def account_of(found: Channel | Wait) -> str:
    assert isinstance(found, Channel), found
    return found.account.name


def minutes_of(found: Channel | Wait, since: datetime) -> float:
    assert isinstance(found, Wait), found
    return (found.until - since) / timedelta(minutes=1)


__all__ = ["GONE", "LOCKED_OUT", "OK", "REFUSED", "STOPPED", "THROTTLED", "WHOLE", "Domains", "Office", "Relay"]
