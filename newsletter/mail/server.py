"""Where mail is handed over: the accounts that NEWSLETTER_SMTP_URL names, and how much each may carry."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from newsletter.errors import SettingsError
from newsletter.settings import is_loopback


class Encryption(StrEnum):
    """How the connection is protected."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


_SCHEMES = {
    "smtps": (Encryption.IMPLICIT, 465),
    "smtp+starttls": (Encryption.STARTTLS, 587),
    "smtp": (Encryption.NONE, 25),
}
_FORMS = "smtps://user:password@host:465, smtp+starttls://user:password@host:587 or smtp://127.0.0.1:25"
_HINT = f"Write {_FORMS}; percent-encode @ : / ? # % in user and password."
_CAP_NAMES = ("per_second", "per_hour", "per_day", "connections", "warmup")
_CAPS_HINT = (
    f"Known are {', '.join(_CAP_NAMES)}: smtps://host?per_second=10&per_hour=500&connections=4&warmup=2026-11-01; "
    "percent-encode ? in a password."
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how mail is handed over."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What an account may carry at most; None: as much as it takes.

    `per_hour` and `per_day` are of any 60 minutes and any 24 hours; `connections` are open at the same time, of all workers
    together. `warmup_on` is the first day (UTC) of a new account whose daily cap begins low and grows (see `caps.py`).
    """

    per_second: float | None = None
    per_hour: int | None = None
    per_day: int | None = None
    connections: int | None = None
    warmup_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """One way out: a server, and what it may carry. `name` tells it from the others and holds no password."""

    name: str
    server: SmtpServer
    caps: Caps = Caps()

    @property
    def is_local(self) -> bool:
        """Whether its server is this machine: the embedded inbox, or a relay beside us."""
        return _is_local(self.server.host)


@lru_cache(64)
def _is_local(host: str) -> bool:
    return is_loopback(f"smtp://[{host}]" if ":" in host else f"smtp://{host}")


def parse_smtp_urls(text: str) -> tuple[SmtpAccount, ...]:
    """Read the accounts, the preferred one first; white space parts them.

    Each URL is one of `parse_smtp_url` and may end in caps: ``?per_second=10&per_hour=500&per_day=5000&connections=4``
    and ``&warmup=2026-11-01``. Raises SettingsError, which never repeats the password.
    """
    found = [_parse_account(url) for url in text.split() or [text]]
    shared = Counter(server.name for server, _ in found)
    accounts = tuple(
        SmtpAccount(name=server.name if shared[server.name] == 1 else _long_name(server), server=server, caps=caps)
        for server, caps in found
    )
    if len({account.name for account in accounts}) < len(accounts):
        raise SettingsError("NEWSLETTER_SMTP_URL names the same account twice; name each once, with all its caps.")
    return accounts


def _long_name(server: SmtpServer) -> str:
    return f"{server.user}@{server.name}" if server.user else server.name


def _parse_account(url: str) -> tuple[SmtpServer, Caps]:
    bare, _, query = url.partition("?")
    if "@" in query:  # a question mark in the password: what follows it is no cap
        bare, query = url, ""
    return parse_smtp_url(bare), _parse_caps(query)


def _parse_caps(query: str) -> Caps:
    pairs = parse_qsl(query, keep_blank_values=True)
    values = dict(pairs)
    if not values.keys() <= set(_CAP_NAMES):
        # the name is not repeated: it could be the rest of a password
        raise SettingsError(f"NEWSLETTER_SMTP_URL has an unknown name after the question mark. {_CAPS_HINT}")
    if len(values) < len(pairs):
        raise SettingsError(f"NEWSLETTER_SMTP_URL sets a cap twice. {_CAPS_HINT}")
    return Caps(
        per_second=_read(values, "per_second", _positive),
        per_hour=_read(values, "per_hour", _whole),
        per_day=_read(values, "per_day", _whole),
        connections=_read(values, "connections", _whole),
        warmup_on=_read(values, "warmup", date.fromisoformat),
    )


def _read(values: Mapping[str, str], name: str, read: Callable[[str], _T]) -> _T | None:
    if name not in values:
        return None
    try:
        return read(values[name])
    except ValueError:
        raise SettingsError(f"NEWSLETTER_SMTP_URL: {name}={values[name]!r} cannot be read. {_CAPS_HINT}") from None


def _positive(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    if not (text.isdecimal() and int(text) > 0):
        raise ValueError(text)
    return int(text)


def parse_smtp_url(url: str) -> SmtpServer:
    """Read where mail goes.

    ``smtps://`` is TLS from the first byte (port 465), ``smtp+starttls://`` STARTTLS or nothing (587), ``smtp://`` plain
    text (25). User and password are percent-decoded. Raises SettingsError, which never repeats the password.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(
            f"NEWSLETTER_SMTP_URL cannot be read. {_HINT}"
        ) from None  # the cause may quote the password
    if parts.scheme not in _SCHEMES:
        raise SettingsError(f"NEWSLETTER_SMTP_URL does not begin with a known scheme; write {_FORMS}.")
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment or port == 0:
        raise SettingsError(f"NEWSLETTER_SMTP_URL is not scheme://user:password@host:port. {_HINT}")
    encryption, usual_port = _SCHEMES[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not (user + password).isascii():
        raise SettingsError(f"NEWSLETTER_SMTP_URL needs a user and a password, both in ASCII, or neither. {_HINT}")
    if user and encryption is Encryption.NONE and not is_loopback(url):
        raise SettingsError(
            f"NEWSLETTER_SMTP_URL would send the password to {host} in plain text; "
            "use smtps:// (port 465) or smtp+starttls:// (port 587)."
        )
    return SmtpServer(host=host, port=port or usual_port, encryption=encryption, user=user, password=password)
