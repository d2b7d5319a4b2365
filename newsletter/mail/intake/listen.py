"""Where the listener for reports is, as a setting names it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.errors import SettingsError
from newsletter.settings import Settings

DEFAULT_URL = "smtp://127.0.0.1:2526"
_FORM = "Write smtp://127.0.0.1:2526 or lmtp://127.0.0.1:2526."


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAt:
    """An address of this machine, and what is spoken there."""

    host: str
    port: int
    is_lmtp: bool


def parse_listen_url(url: str) -> ListenAt:
    """Read where to listen. Raises SettingsError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"NEWSLETTER_BOUNCE_LISTEN cannot be read: {error}. {_FORM}") from error
    if parts.scheme not in ("smtp", "lmtp") or not (host and port) or parts.path.strip("/"):
        raise SettingsError(f"NEWSLETTER_BOUNCE_LISTEN is {url!r}, which is not scheme://host:port. {_FORM}")
    return ListenAt(host=host, port=port, is_lmtp=parts.scheme == "lmtp")


def has_reports(settings: Settings) -> bool:
    """Tell whether the settings name a place where reports come in."""
    return bool(
        settings.bounce_imap_url or settings.bounce_maildir or settings.bounce_listen or settings.bounce_webhook_secret
    )
