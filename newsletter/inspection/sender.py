"""The sender in the eyes of receivers: what the DNS says of its domains, its keys and its relay."""

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.errors import InputError
from newsletter.findings import Finding, Grade
from newsletter.inspection.look import look
from newsletter.mail.dkim.keys import record_name
from newsletter.mail.dkim.signer import Signer
from newsletter.mail.dns import Resolver
from newsletter.mail.keyring import find_signer
from newsletter.mail.message import split_mailbox
from newsletter.mail.sender_check import (
    dmarc_names,
    judge_dkim,
    judge_dmarc,
    judge_mx,
    judge_ptr,
    judge_spf,
    judge_unsigned,
)
from newsletter.mail.server import parse_smtp_urls
from newsletter.mail.spf import read_spf
from newsletter.settings import Settings

_ELSEWHERE = "192.0.2.1"  # reserved for documentation: nothing is sent there, only the way out is looked up


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who we are on the way to a receiver."""

    settings: Settings
    resolver: Resolver
    signer: Signer | None
    from_domain: str
    return_domain: str
    relay_ip: str

    @property
    def selectors(self) -> list[str]:
        """The DNS names of our public keys."""
        return [record_name(key.selector, self.signer.domain) for key in self.signer.keys] if self.signer else []


def open_sender(settings: Settings, *, relay_ip: str = "") -> Sender:
    """Return who we are. Raises SettingsError, and InputError for an address that is none."""
    if relay_ip and not _is_address(relay_ip):
        raise InputError(f"{relay_ip!r} is not an IP address; write one like 192.0.2.10.")
    from_domain = split_mailbox(settings.mail_from)[1].rpartition("@")[2].lower()
    return Sender(
        settings=settings,
        resolver=Resolver(settings.dns_server),
        signer=find_signer(settings),
        from_domain=from_domain,
        return_domain=settings.bounce_domain.lower() or from_domain,
        relay_ip=relay_ip,
    )


def inspect_sender(sender: Sender) -> list[Finding]:
    """Look at SPF, DKIM, DMARC, MX and PTR."""
    if "." not in sender.from_domain:
        return [_at_home(sender.from_domain)]
    addresses = _find_relay(sender)
    return [
        *look("SPF", lambda: _spf(sender, addresses)),
        *look("DKIM", lambda: _dkim(sender)),
        *look("DMARC", lambda: _dmarc(sender)),
        *look("MX", lambda: _mx(sender)),
        *look("PTR", lambda: _ptr(sender, addresses)),
    ]


def _at_home(domain: str) -> Finding:
    return Finding(
        part="sender",
        grade=Grade.WARNING,
        text=f"mail comes from {domain}, about which no DNS says anything",
        hint="Set NEWSLETTER_MAIL_FROM to an address of your domain before mail leaves this machine.",
    )


def _spf(sender: Sender, addresses: list[str]) -> Iterator[Finding]:
    unknown: list[str | None] = [None]
    for address in addresses or unknown:
        reading = read_spf(sender.resolver, sender.return_domain, address)
        yield from judge_spf(reading, domain=sender.return_domain, address=address)


def _dkim(sender: Sender) -> Iterator[Finding]:
    if sender.signer is None:
        yield judge_unsigned(has_keys=any(sender.settings.dkim_folder.glob("*.pem")))
        return
    for key in sender.signer.keys:
        texts = sender.resolver.find_texts(record_name(key.selector, sender.signer.domain))
        yield from judge_dkim(key, sender.signer.domain, texts)


def _dmarc(sender: Sender) -> Iterator[Finding]:
    records = {name: sender.resolver.find_texts(name) for name in dmarc_names(sender.from_domain)}
    signing_domain = sender.signer.domain if sender.signer else None
    yield from judge_dmarc(
        records,
        from_domain=sender.from_domain,
        signing_domain=signing_domain,
        return_domain=sender.return_domain,
    )


def _mx(sender: Sender) -> Iterator[Finding]:
    yield judge_mx(sender.from_domain, sender.resolver.find_mx(sender.from_domain), receives="readers' answers")
    if sender.return_domain != sender.from_domain:
        yield judge_mx(sender.return_domain, sender.resolver.find_mx(sender.return_domain), receives="bounces")


def _ptr(sender: Sender, addresses: list[str]) -> Iterator[Finding]:
    for address in addresses:
        names = sender.resolver.find_names(address)
        yield judge_ptr(address, {name: sender.resolver.find_addresses(name) for name in names})


def _find_relay(sender: Sender) -> list[str]:
    """Return the addresses that our mail leaves from, as far as they can be known here.

    A relay on this machine sends from this machine's address, unless that is translated on the way (NAT). What another host
    sends from is no business of its name: a provider has many addresses.
    """
    if sender.relay_ip:
        return [sender.relay_ip]
    if sender.settings.uses_inbox or not any(account.is_local for account in parse_smtp_urls(sender.settings.smtp)):
        return []
    return [address for address in _own_addresses() if ipaddress.ip_address(address).is_global]


def _own_addresses() -> Iterator[str]:
    """Yield the address that this machine's way out begins at; none without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE, 9))
        except OSError:
            return
        yield str(probe.getsockname()[0])


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
