"""Where mail is handed over: the server that NEWSLETTER_SMTP_URL names."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

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
