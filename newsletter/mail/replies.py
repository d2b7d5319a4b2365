"""What a peer's answers say: the outcome of one message, and what is our trouble rather than its recipient's."""

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import TransportError
from newsletter.mail.connect import one_line, without_addresses

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_SIZE_CODES = ("5.3.4", "5.2.3")  # RFC 3463: the message is too big
_LOGIN_CODES = (530, 534, 535, 538)  # RFC 4954: we should have logged in
_POLICY_PAUSE_SECONDS = 600.0  # 421 4.7.x: large providers want at least ten quiet minutes


class Outcome(StrEnum):
    """What became of one message in one conversation."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """How far an attempt came; `build` is before any conversation."""

    BUILD = "build"
    CONNECT = "connect"
    EHLO = "ehlo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpReply:
    """The answer that settled an attempt. `text` is the peer's, in one line without control characters."""

    outcome: Outcome
    phase: Phase
    code: int | None
    enhanced_code: str | None
    text: str
    server: str
    duration_seconds: float


def read_reply(
    phase: Phase, outcome: Outcome, *, text: str | bytes, code: int | None, server: str, duration_seconds: float
) -> SmtpReply:
    """Return what settled an attempt; `code` is None when the text is our own."""
    said = one_line(text)
    enhanced = _ENHANCED.match(said) if code is not None else None
    return SmtpReply(
        outcome=outcome,
        phase=phase,
        code=code,
        enhanced_code=enhanced[0] if enhanced else None,
        text=said,
        server=server,
        duration_seconds=duration_seconds,
    )


def find_trouble(reply: SmtpReply) -> TransportError | None:
    """Return what a refusal says about us rather than about the recipient, or None.

    Before RCPT the peer knows no recipient, so a refusal there would meet every reader; only a message that is too big
    is this message's own trouble. After RCPT even 421 may be about where this one goes: Gmail's 4.7.28 is.
    """
    said = f"{reply.server} answered {reply.code} {without_addresses(reply.text)}".rstrip(" .")
    if reply.code == 421 and reply.phase is Phase.MAIL:
        is_policy = (reply.enhanced_code or "").startswith("4.7.")
        pause = _POLICY_PAUSE_SECONDS if is_policy else None
        return TransportError(f"{said}: it is closing its service.", retryable=True, retry_after_seconds=pause)
    if reply.code in _LOGIN_CODES:
        return TransportError(f"{said}. Put user and password into NEWSLETTER_SMTP_URL.", retryable=False)
    is_size = reply.code == 552 or reply.enhanced_code in _SIZE_CODES
    if reply.phase is Phase.MAIL and not is_size:
        is_lasting = reply.outcome is Outcome.FAILED
        hint = "It does not take our sender address: check NEWSLETTER_MAIL_FROM." if is_lasting else "Trying later."
        return TransportError(f"{said}. {hint}", retryable=not is_lasting)
    return None
