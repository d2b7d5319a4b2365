"""Flood limits: how many mails strangers may ask for, so that a form cannot be turned against the owner of an address.

A sign-up form sends mail to whatever address is typed into it. Known complaint: scripts that type one victim's address into
thousands of such forms. Every request that may lead to a mail is counted in the database, by mailbox, by the network it
came from, and in all, over windows that slide; several web processes count together.
"""

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from newsletter.deliveries.asking_tables import AskingRow
from newsletter.subscribers.addresses import address_key
from newsletter.words import Words

_DOTLESS = frozenset({"gmail.com", "googlemail.com"})  # there a.n.n@ and ann@ are one mailbox
_LOCK = 0x63_68_65_6E  # PostgreSQL's advisory lock of this table: any number nobody else uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """At most `most` requests in any stretch of time that is `within` long."""

    within: timedelta
    most: int


_HOUR, _DAY, _WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
OF_ADDRESS = (Allowance(within=_DAY, most=1), Allowance(within=_WEEK, most=3))
OF_MAILBOX = (Allowance(within=_DAY, most=3), Allowance(within=_WEEK, most=6))
"""All spellings that reach one mailbox (name+tag) together."""
OF_NETWORK = (Allowance(within=_HOUR, most=5), Allowance(within=_DAY, most=20))
COMMON = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodGate:
    """The limits of one installation; askers are kept as hashes under its own key."""

    secret_key: str
    mails_a_day: int

    def admit_network(self, session: Session, network: str, *, at: datetime) -> timedelta | None:
        """Count a request from a network address; returns None when it may go on, else how long to wait.

        Of IPv6 the first 64 bits count, which is what one household has. An empty address (a local socket) is not limited.
        """
        if not network:
            return None
        return take(session, self._hash("network", _network_key(network)), OF_NETWORK, at=at)

    def admit_mail(self, session: Session, message: str, address: str, *, at: datetime) -> bool:
        """Count a mail of this kind to an address and tell whether it may be sent; a refused one is not counted."""
        key = address_key(address)
        counted = (
            (self._hash(f"{message}-address", key), OF_ADDRESS),
            (self._hash(f"{message}-mailbox", mailbox_key(key)), OF_MAILBOX),
            (COMMON, (Allowance(within=_DAY, most=self.mails_a_day),)),
        )
        _wait_for_others(session)
        if any(_must_wait(session, asker, allowances, at) for asker, allowances in counted):
            return False
        for asker, allowances in counted:
            _note(session, asker, allowances, at)
        return True

    def is_exhausted(self, session: Session, *, at: datetime) -> bool:
        """Tell whether the mails of the last 24 hours are used up; never where none are allowed, which is somebody's will."""
        if not self.mails_a_day:
            return False
        return _must_wait(session, COMMON, (Allowance(within=_DAY, most=self.mails_a_day),), at) is not None

    @property
    def said(self) -> Words:
        """What an operator is told when the day's mails are used up."""
        return Words(
            f"More than {self.mails_a_day} confirmations and links were asked for within 24 hours; the rest gets no mail. "
            "If these are readers, raise NEWSLETTER_CONFIRMATIONS_A_DAY; if not, put a limit before the website.",
            f"24 小时内索取的确认邮件与链接超过 {self.mails_a_day} 封，超出部分不再发送。若确为读者，请调高 "
            "NEWSLETTER_CONFIRMATIONS_A_DAY；否则请在网站前端限流。",
        )

    def _hash(self, what: str, value: str) -> str:
        return hmac.digest(self.secret_key.encode(), f"asking:{what}:{value}".encode(), "sha256").hex()[:32]


def take(session: Session, asker: str, allowances: Sequence[Allowance], *, at: datetime) -> timedelta | None:
    """Count one request; returns None when every allowance admits it, else how long until the last of them does."""
    _wait_for_others(session)
    wait = _must_wait(session, asker, allowances, at)
    if wait is None:
        _note(session, asker, allowances, at)
    return wait


def forget_askings(session: Session, *, at: datetime) -> int:
    """Delete what no allowance counts any more: of networks after a day, of addresses after a week."""
    return session.connection().execute(delete(AskingRow).where(col(AskingRow.expires_at) <= at)).rowcount


def mailbox_key(key: str) -> str:
    """Return the comparable form of the mailbox behind an address: without +tag, and without dots where they mean nothing."""
    local, _, domain = key.rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in _DOTLESS else local}@{domain}"


def _network_key(network: str) -> str:
    address = ipaddress.ip_address(network)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address.packed, 64), strict=False))


def _wait_for_others(session: Session) -> None:
    """Let nobody count between our looking and our noting; on SQLite the transaction's write lock does that."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _must_wait(session: Session, asker: str, allowances: Sequence[Allowance], at: datetime) -> timedelta | None:
    waits = [wait for allowance in allowances if (wait := _wait_of(session, asker, allowance, at))]
    return max(waits, default=None)


def _wait_of(session: Session, asker: str, allowance: Allowance, at: datetime) -> timedelta | None:
    """Return how long until the oldest request that counts falls out of the window; None while there is room."""
    if allowance.most < 1:
        return allowance.within
    newest = (
        select(AskingRow.asked_at)
        .where(AskingRow.asker == asker, AskingRow.asked_at > at - allowance.within)
        .order_by(col(AskingRow.asked_at).desc())
        .offset(allowance.most - 1)
        .limit(1)
    )
    full_since = session.exec(newest).first()
    return None if full_since is None else full_since + allowance.within - at


def _note(session: Session, asker: str, allowances: Sequence[Allowance], at: datetime) -> None:
    expires_at = at + max(allowance.within for allowance in allowances)
    session.add(AskingRow(asker=asker, asked_at=at, expires_at=expires_at))
    session.flush()
