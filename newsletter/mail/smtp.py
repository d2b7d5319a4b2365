"""The way to the relay: one kept SMTP connection (RFC 5321), and what its answers say about a message."""

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import structlog

from newsletter.errors import TransportError
from newsletter.mail.connect import TimeLimits, explain, one_line, open_connection, set_timeout, without_addresses
from newsletter.mail.content import Content
from newsletter.mail.server import Encryption, SmtpServer, parse_smtp_url

__all__ = ["Encryption", "Outcome", "Phase", "SmtpReply", "SmtpServer", "SmtpTransport", "TimeLimits", "parse_smtp_url"]

log = structlog.get_logger(__name__)

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")
_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f<>]")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    sender: str
    recipient: str
    body: bytes  # dot-stuffed, without the CRLF before the dot
    before_final_dot: Callable[[], None]
    started: float


class _GoneError(Exception):
    """The peer closed the connection before this message was begun."""


class SmtpTransport:
    """Hands messages to one server over a kept connection, one at a time; not for use by two threads.

    It connects when the first message comes, again when the peer has closed an idle connection, and afresh after
    `messages_per_connection` messages.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        time_limits: TimeLimits | None = None,
        tls_context: ssl.SSLContext | None = None,
        messages_per_connection: int = 100,
    ) -> None:
        self._server = server
        self._limits = time_limits or TimeLimits()
        self._tls = tls_context or ssl.create_default_context()
        self._messages_per_connection = messages_per_connection
        self._client: smtplib.SMTP | None = None
        self._message_count = 0
        self._is_kept = False  # whether the connection was there before the present message

    def send(self, sender: str, recipient: str, message: Content, *, before_final_dot: Callable[[], None]) -> SmtpReply:
        """Hand one message over; `before_final_dot` is called when all but the terminating dot has gone out.

        If that call raises, the connection is cut before the dot, so that the peer discards the message, and the error
        goes on. Raises TransportError when the trouble says nothing about this recipient: no connection, no TLS, no
        login, our sender address refused, or the peer closing its service before it was named.
        """
        envelope = _Envelope(
            sender=sender,
            recipient=recipient,
            body=_stuff(message.octets(is_eight_bit=False)),
            before_final_dot=before_final_dot,
            started=time.monotonic(),
        )
        if _FORBIDDEN.search(sender) or _FORBIDDEN.search(recipient):
            return self._own_refusal(envelope, "the address has a character that SMTP forbids")
        if self._message_count >= self._messages_per_connection:
            self.close()
        self._is_kept = self._client is not None
        try:
            try:
                return self._converse(envelope)
            except _GoneError:
                # the peer had closed the idle connection: nothing is lost, begin afresh
                self._drop()
                self._is_kept = False
                return self._converse(envelope)
        except BaseException:
            self._drop()  # in the middle of a conversation the connection is of no use to the next message
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye, if there is a connection."""
        if self._client is not None:
            try:
                set_timeout(self._client, self._limits.connect_seconds)
                self._client.quit()
            except (OSError, smtplib.SMTPException) as error:
                log.debug("smtp_quit_unanswered", server=self._server.name, error=type(error).__name__)
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            self._client = open_connection(self._server, self._limits, self._tls)
            log.info("smtp_connected", server=self._server.name, encryption=self._server.encryption)
        return self._client

    def _drop(self) -> None:
        """Cut the connection; the peer discards a message whose dot it has not seen."""
        client, self._client, self._message_count = self._client, None, 0
        if client is not None:
            client.close()

    def _converse(self, envelope: _Envelope) -> SmtpReply:
        client = self._connected()
        options = [f"SIZE={len(envelope.body) + 2}"] if client.has_extn("size") else []
        if not (envelope.sender + envelope.recipient).isascii():
            if not client.has_extn("smtputf8"):
                return self._own_refusal(envelope, "the relay takes no addresses beyond ASCII (SMTPUTF8)")
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        steps: tuple[tuple[Phase, int, Callable[[], tuple[int, bytes]]], ...] = (
            (Phase.MAIL, 2, lambda: client.mail(envelope.sender, options)),
            (Phase.RCPT, 2, lambda: client.rcpt(envelope.recipient)),
            (Phase.DATA, 3, lambda: client.docmd("DATA")),
        )
        for phase, wanted, command in steps:
            try:
                code, text = command()
            except (OSError, smtplib.SMTPException) as error:
                return self._broken_off(envelope, phase, error)
            if code // 100 != wanted:
                return self._refused(envelope, phase, code, text)
        return self._finish(client, envelope)

    def _finish(self, client: smtplib.SMTP, envelope: _Envelope) -> SmtpReply:
        """Send the body, get leave to end it, and read the answer to the dot."""
        try:
            client.send(envelope.body)
        except (OSError, smtplib.SMTPException) as error:
            return self._broken_off(envelope, Phase.BODY, error)
        envelope.before_final_dot()
        try:
            set_timeout(client, self._limits.final_dot_seconds)
            client.send(b"\r\n.\r\n")
        except (OSError, smtplib.SMTPException) as error:
            if isinstance(error.__context__, ConnectionError):  # the peer had hung up already: the dot did not leave
                return self._broken_off(envelope, Phase.DOT, error)
            return self._unanswered(envelope, error)
        try:
            code, text = client.getreply()
            set_timeout(client, self._limits.command_seconds)
        except (OSError, smtplib.SMTPException) as error:
            return self._unanswered(envelope, error)
        self._message_count += 1
        outcome = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.FAILED}.get(code // 100, Outcome.UNKNOWN)
        if code == 421 or outcome is Outcome.UNKNOWN:
            self._drop()
        return self._reply(envelope, Phase.DOT, outcome, code=code, text=text)

    def _unanswered(self, envelope: _Envelope, error: Exception) -> SmtpReply:
        """The dot may have arrived: RFC 5321 section 4.5.3.2.6 asks to assume neither that it did nor that it did not."""
        self._drop()
        return self._reply(envelope, Phase.DOT, Outcome.UNKNOWN, text=f"no answer to the final dot: {error}")

    def _broken_off(self, envelope: _Envelope, phase: Phase, error: Exception) -> SmtpReply:
        """The connection went before the dot: the peer has nothing."""
        if phase is Phase.MAIL and self._is_kept:
            raise _GoneError from error
        if phase is Phase.MAIL:
            raise explain(error, self._server) from error
        self._drop()
        return self._reply(envelope, phase, Outcome.DEFERRED, text=f"the connection was lost: {error}")

    def _refused(self, envelope: _Envelope, phase: Phase, code: int, text: bytes) -> SmtpReply:
        reply = self._reply(
            envelope, phase, Outcome.FAILED if code // 100 == 5 else Outcome.DEFERRED, code=code, text=text
        )
        if code == 421 and phase is Phase.MAIL and self._is_kept:
            raise _GoneError  # how a peer says goodbye to an idle connection
        trouble = _trouble_of_ours(reply)
        if trouble is not None:
            raise trouble
        if code == 421:  # it has closed the connection
            self._drop()
        else:
            self._reset()
        return reply

    def _reset(self) -> None:
        """Make the connection ready for the next message."""
        self._message_count += 1
        try:
            if self._client is not None and self._client.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _own_refusal(self, envelope: _Envelope, text: str) -> SmtpReply:
        return self._reply(envelope, Phase.RCPT, Outcome.FAILED, text=text)

    def _reply(
        self, envelope: _Envelope, phase: Phase, outcome: Outcome, *, text: str | bytes, code: int | None = None
    ) -> SmtpReply:
        said = one_line(text)
        enhanced = _ENHANCED.match(said) if code is not None else None
        return SmtpReply(
            outcome=outcome,
            phase=phase,
            code=code,
            enhanced_code=enhanced[0] if enhanced else None,
            text=said,
            server=self._server.name,
            duration_seconds=time.monotonic() - envelope.started,
        )


def _trouble_of_ours(reply: SmtpReply) -> TransportError | None:
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


def _stuff(message: bytes) -> bytes:
    """Return the message with doubled leading dots, without its last line end, which goes out with the dot."""
    body = message.removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..")
    return b"." + body if body.startswith(b".") else body
