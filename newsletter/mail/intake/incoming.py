"""One mail that came to us, opened: which report it is, whom it was addressed to, and what it says."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from enum import StrEnum

from newsletter.mail.bounces import BounceReport, read_bounce

MAX_MAIL_BYTES = 1024 * 1024
"""How much of a mail is read: a report says what it has to say long before it has quoted the whole of ours."""
_ADDRESSED = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To")
"""Where a final delivery, and then the author, wrote down for whom the mail is; the envelope itself comes before them."""
_NAMED = ("From", "To", "Date", "Message-ID", "Subject")
"""The headers that no host on the way changes; those that it adds differ from copy to copy."""
_BLANKS = re.compile(rb"\s+")


class Source(StrEnum):
    """Where feedback came from."""

    IMAP = "imap"
    MAILDIR = "maildir"
    SMTP = "smtp"
    WEBHOOK = "webhook"
    RELAY = "relay"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What came in; `key` is the same for every copy of it.

    `addressed_to` are texts in which our signed address may stand, the most trustworthy first, and `text` is all of it.
    `is_vouched`: a service signed that the report is its own.
    """

    key: str
    source: Source
    addressed_to: tuple[str, ...]
    text: str
    report: BounceReport
    is_vouched: bool = False


def open_mail(raw: bytes, source: Source, *, recipients: Iterable[str] = ()) -> Incoming:
    """Open a mail; `recipients` are the envelope's, where the source knows them. Nothing is ever raised."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers = message_from_bytes(head + b"\n\n", policy=policy.compat32)
    named = [str(value) for name in _ADDRESSED for value in headers.get_all(name, [])]
    return Incoming(
        key=_key([str(value) for name in _NAMED for value in headers.get_all(name, [])], body),
        source=source,
        addressed_to=(*recipients, *named),
        text=raw.decode("latin-1"),
        report=read_bounce(raw),
    )


def _key(named: list[str], body: bytes) -> str:
    """Return what every copy of a mail has in common, whichever way it came: not the trace, not the line ends."""
    said = "\n".join(named).encode("utf-8", "surrogateescape") + b"\n\n" + body
    return hashlib.sha256(_BLANKS.sub(b" ", said).strip()).hexdigest()
