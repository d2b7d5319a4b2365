"""Reading SPF (RFC 7208): may this address send mail for this domain, and is the record in order?"""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

MOST_LOOKUPS = 10
"""More look-ups than these make a record invalid (RFC 7208 section 4.6.4)."""
_GIVE_UP_AT = 40  # records that include each other would go on for ever
_TERM = re.compile(r"(?P<sign>[-+~?]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?P<value>[:/].*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
_PREFIXES = re.compile(r"(?P<domain>[^/]*)(/(?P<four>\d{1,2}))?(//(?P<six>\d{1,3}))?")
_ASKING = ("include", "a", "mx", "ptr", "exists")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class SpfResult(StrEnum):
    """What a record says of an address (RFC 7208 section 2.6)."""

    PASS = "pass"  # noqa: S105  a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"


_SIGNS = {"": SpfResult.PASS, "+": SpfResult.PASS, "-": SpfResult.FAIL, "~": SpfResult.SOFTFAIL, "?": SpfResult.NEUTRAL}


class Records(Protocol):
    """Whoever can say what the DNS holds; `Resolver` is one."""

    def find_texts(self, name: str) -> list[str]: ...
    def find_addresses(self, host: str) -> list[str]: ...
    def find_mx_records(self, domain: str) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfReading:
    """What was read from a domain's record.

    `result` is for the address that was asked about; None: no address, or the record has macros, which are not computed.
    `lookups` counts all the record may cost; `default` is what it says of addresses that it does not name.
    """

    records: tuple[str, ...]
    result: SpfResult | None
    default: SpfResult
    lookups: int
    problems: tuple[str, ...]


def read_spf(records: Records, domain: str, address: str | None) -> SpfReading:
    """Read a domain's SPF record, with all that it includes."""
    found = tuple(_spf_texts(records, domain))
    walk = _Walk(records, ipaddress.ip_address(address) if address else None)
    result = walk.read(domain)
    unnamed = _Walk(records, None)  # matches what matches everybody
    return SpfReading(
        records=found,
        result=result if address and walk.is_certain else None,
        default=unnamed.read(domain),
        lookups=walk.lookups,
        problems=tuple(dict.fromkeys(walk.problems)),
    )


def _spf_texts(records: Records, domain: str) -> list[str]:
    return [text for text in records.find_texts(domain) if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]


@dataclass(slots=True)
class _Walk:
    """One walk through a record and its includes; every term is looked at, so that all look-ups are counted."""

    records: Records
    address: Address | None
    lookups: int = 0
    is_certain: bool = True
    problems: list[str] = field(default_factory=list)

    def read(self, domain: str) -> SpfResult:
        texts = _spf_texts(self.records, domain)
        if not texts:
            return SpfResult.NONE
        if len(texts) > 1:
            return self._wrong(f"{domain} has {len(texts)} SPF records, and only one is allowed")
        result, redirect, has_all = None, "", False
        for term in texts[0].split()[1:]:
            if found := _TERM.fullmatch(term):
                has_all = has_all or found["name"].lower() == "all"
                if self._matches(found, domain) and result is None:
                    result = _SIGNS[found["sign"]]
            elif (modifier := _MODIFIER.fullmatch(term)) is None:
                return self._wrong(f"the record of {domain} has a term that is no SPF: {term}")
            elif modifier["name"].lower() == "redirect":
                redirect = modifier["value"]
        if redirect and not has_all:
            self.lookups += 1
            redirected = self._follow(redirect, domain)
            result = redirected if result is None else result
        return SpfResult.NEUTRAL if result is None else result

    def _matches(self, term: re.Match[str], domain: str) -> bool:
        name, value = term["name"].lower(), term["value"] or ""
        self.lookups += name in _ASKING
        if self.lookups > _GIVE_UP_AT:
            return False
        if "%" in value or name in ("ptr", "exists"):
            self.is_certain = False
            return False
        match name:
            case "all":
                return True
            case "include":
                return self._follow(value[1:], domain) is SpfResult.PASS
            case "ip4" | "ip6":
                return self._is_in(value[1:], domain)
            case _:
                return self._is_host(name, value, domain)

    def _follow(self, target: str, domain: str) -> SpfResult:
        if self.lookups > _GIVE_UP_AT or "%" in target:
            self.is_certain = False
            return SpfResult.NEUTRAL
        result = self.read(target)
        if result is SpfResult.NONE:
            return self._wrong(f"the record of {domain} refers to {target}, which has no SPF record")
        return result

    def _is_in(self, network: str, domain: str) -> bool:
        try:
            return self.address is not None and self.address in ipaddress.ip_network(network, strict=False)
        except ValueError:
            self._wrong(f"the record of {domain} names {network}, which is no network")
            return False

    def _is_host(self, name: str, value: str, domain: str) -> bool:
        found = _PREFIXES.fullmatch(value.removeprefix(":"))
        if found is None:
            self._wrong(f"the record of {domain} has a term that is no SPF: {name}{value}")
            return False
        target = found["domain"] or domain
        hosts = [target] if name == "a" else [host for host in self.records.find_mx_records(target) if host]
        addresses = [address for host in hosts for address in self.records.find_addresses(host)]
        return any(
            self._is_in(
                f"{address}/{found['six'] or 128}" if ":" in address else f"{address}/{found['four'] or 32}", domain
            )
            for address in addresses
        )

    def _wrong(self, problem: str) -> SpfResult:
        self.problems.append(problem)
        return SpfResult.PERMERROR
