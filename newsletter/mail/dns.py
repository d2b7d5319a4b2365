"""Asking the DNS: what a domain publishes about its mail.

An answer "there is no such record" is an empty list; only a name server that gives no answer is an error.
"""

import ipaddress
import re
from collections.abc import Iterator

import dns.exception
import dns.name
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from newsletter.errors import NameServerError, SettingsError

LIFETIME_SECONDS = 5.0
_PORT = 53
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:(?P<six_port>\d+))?|(?P<four>[^:]+):(?P<four_port>\d+)")


class Resolver:
    """Asks one name server, or those of this machine; safe for several threads.

    `server` is ``host``, ``host:port`` or ``[host]:port`` with an IP address as host; empty: the machine's own servers.
    Every method raises NameServerError (retryable) when no name server answers within `lifetime_seconds`. A text that cannot
    be a domain name has no records.
    """

    def __init__(self, server: str = "", *, lifetime_seconds: float = LIFETIME_SECONDS) -> None:
        self._server = server
        self._resolver = _open(server)
        self._resolver.lifetime = lifetime_seconds
        self._resolver.cache = dns.resolver.LRUCache()

    def find_mx(self, domain: str) -> list[str]:
        """Return the hosts that take a domain's mail, the preferred first, in lower case and without a final dot.

        A domain without MX records takes its mail itself when it has an address (RFC 5321 section 5.1); empty: it takes
        none, perhaps by saying so (RFC 7505).
        """
        found = self.find_mx_records(domain)
        if found:
            return [host for host in found if host]
        return [domain.rstrip(".").lower()] if self.find_addresses(domain) else []

    def find_mx_records(self, domain: str) -> list[str]:
        """Return the hosts of a domain's MX records alone, the preferred first; "" is the host of "takes no mail"."""
        records = (record for record in self._ask(domain, "MX") if isinstance(record, MX))
        return [host for _, host in sorted((record.preference, _bare(record.exchange)) for record in records)]

    def find_texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, the strings of each joined (RFC 7208 section 3.3, RFC 6376 section 3.6.2.2)."""
        records = (record for record in self._ask(name, "TXT") if isinstance(record, TXT))
        return [b"".join(record.strings).decode("utf-8", "replace") for record in records]

    def find_addresses(self, host: str) -> list[str]:
        """Return the IPv4 and then the IPv6 addresses of a host."""
        found = [*self._ask(host, "A"), *self._ask(host, "AAAA")]
        return [record.address for record in found if isinstance(record, A | AAAA)]

    def find_names(self, address: str) -> list[str]:
        """Return the names that an IP address has (PTR)."""
        try:
            name = dns.reversename.from_address(address).to_text()
        except (dns.exception.SyntaxError, ValueError):
            return []
        return [_bare(record.target) for record in self._ask(name, "PTR") if isinstance(record, PTR)]

    def _ask(self, name: str, kind: str) -> Iterator[object]:
        try:
            return iter(self._resolver.resolve(name, kind, search=False, raise_on_no_answer=False).rrset or ())
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong):
            return iter(())
        except (dns.name.EmptyLabel, dns.name.IDNAException, UnicodeError):
            return iter(())
        except (dns.exception.DNSException, OSError) as error:
            asked = f"The name server {self._server}" if self._server else "The name server of this machine"
            raise NameServerError(f"{asked} gave no answer for {name} ({kind}).", retryable=True) from error


def parse_name_server(server: str) -> tuple[str, int]:
    """Return IP address and port of ``host``, ``host:port`` or ``[host]:port``. Raises SettingsError."""
    found = _WITH_PORT.fullmatch(server.strip())
    host = (found["six"] or found["four"]) if found else server.strip()
    port = int(found["six_port"] or found["four_port"] or _PORT) if found else _PORT
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is None or not 0 < port < 65536:
        raise SettingsError("NEWSLETTER_DNS_SERVER is not an IP address with a port; write it like 127.0.0.1:53.")
    return str(address), port


def _open(server: str) -> dns.resolver.Resolver:
    if not server:
        try:
            return dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration as error:
            raise NameServerError(
                "This machine names no name server in /etc/resolv.conf; set NEWSLETTER_DNS_SERVER.", retryable=True
            ) from error
    resolver = dns.resolver.Resolver(configure=False)
    host, resolver.port = parse_name_server(server)
    resolver.nameservers = [host]
    return resolver


def _bare(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")
