"""Opening an SMTP connection: TCP, TLS, EHLO, login; and what went wrong, in words that say what to change."""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass

from newsletter.errors import TransportError
from newsletter.mail.server import Encryption, SmtpServer

_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_TEXT_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long to wait for the peer (RFC 5321 section 4.5.3.2)."""

    connect_seconds: float = 30.0
    command_seconds: float = 300.0
    final_dot_seconds: float = 600.0


def open_connection(server: SmtpServer, limits: TimeLimits, tls: ssl.SSLContext) -> smtplib.SMTP:
    """Connect, protect the connection as the server's URL asks, and log in. Raises TransportError.

    There is no falling back: a server that does not offer the encryption asked for gets neither password nor mail.
    """
    try:
        client = _dial(server, limits, tls)
    except (OSError, smtplib.SMTPException) as error:
        raise explain(error, server) from error
    try:
        _greet(client, server, tls)
    except (OSError, smtplib.SMTPException) as error:
        client.close()
        raise explain(error, server) from error
    except TransportError:
        client.close()
        raise
    return client


def _dial(server: SmtpServer, limits: TimeLimits, tls: ssl.SSLContext) -> smtplib.SMTP:
    name, timeout = _own_name(), limits.connect_seconds
    client: smtplib.SMTP
    if server.encryption is Encryption.IMPLICIT:
        client = smtplib.SMTP_SSL(server.host, server.port, name, timeout=timeout, context=tls)
    else:
        client = smtplib.SMTP(server.host, server.port, name, timeout=timeout)
    set_timeout(client, limits.command_seconds)
    if client.sock is not None:
        # the final dot goes out alone: with Nagle's algorithm it would wait for the peer's delayed ACK, 40 ms a mail
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _own_name() -> str:
    """Return the name for EHLO; never by DNS, which smtplib would ask and which can hang for seconds."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _greet(client: smtplib.SMTP, server: SmtpServer, tls: ssl.SSLContext) -> None:
    client.ehlo_or_helo_if_needed()
    if server.encryption is Encryption.STARTTLS:
        if not client.has_extn("starttls"):
            raise TransportError(
                f"{server.name} does not offer STARTTLS, so nothing was sent. "
                "Use smtps:// if it speaks TLS from the first byte (port 465), or another port; "
                "smtp:// only for a relay that may see the mail in plain text.",
                retryable=False,
            )
        client.starttls(context=tls)
        client.ehlo_or_helo_if_needed()
    if server.user:
        client.login(server.user, server.password)


def set_timeout(client: smtplib.SMTP, seconds: float) -> None:
    """Set how long the client waits for its peer."""
    if client.sock is not None:
        client.sock.settimeout(seconds)


def explain(error: Exception, server: SmtpServer) -> TransportError:
    """Return what is wrong between us and the server, and what to do about it."""
    name = server.name
    match error:
        case ssl.SSLCertVerificationError():
            return TransportError(
                f"The certificate of {name} is not trusted: {error.verify_message}. Use the host name the certificate was "
                "made for; for a certificate of your own, point SSL_CERT_FILE at its authority.",
                retryable=False,
            )
        case ssl.SSLError():
            return TransportError(f"The TLS handshake with {name} failed. {_other_port(server)}", retryable=False)
        case smtplib.SMTPAuthenticationError():
            return TransportError(
                f"{name} refused the login ({describe(error)}). Check user and password in NEWSLETTER_SMTP_URL; "
                "many providers want an app password.",
                retryable=error.smtp_code // 100 == 4,
            )
        case smtplib.SMTPNotSupportedError():
            return TransportError(
                f"{name} offers no login on this connection. Use smtps:// or smtp+starttls://, or drop user and password.",
                retryable=False,
            )
        case smtplib.SMTPResponseException():
            return TransportError(f"{name} refused the connection: {describe(error)}.", retryable=True)
        case socket.gaierror():
            return TransportError(f"The host {server.host} cannot be found. Check NEWSLETTER_SMTP_URL.", retryable=True)
        case ConnectionRefusedError():
            return TransportError(
                f"Nothing listens at {name}. Check host and port, or start the relay.", retryable=True
            )
        case _:
            return TransportError(f"{name} did not speak SMTP: {_hushed(error)}. {_other_port(server)}", retryable=True)


def _other_port(server: SmtpServer) -> str:
    if server.encryption is Encryption.IMPLICIT:
        return f"Port {server.port} may speak STARTTLS (587 does): use smtp+starttls://."
    return f"Port {server.port} may speak TLS from the first byte (465 does): use smtps://."


def _hushed(error: Exception) -> str:
    return without_addresses(one_line(str(error))).rstrip(".") or type(error).__name__


def describe(error: smtplib.SMTPResponseException) -> str:
    """Return the peer's code and text."""
    return f"{error.smtp_code} {without_addresses(one_line(error.smtp_error))}".rstrip(" .")


def without_addresses(text: str) -> str:
    """Return a peer's text with the addresses it quotes blotted out, for problems that are logged and shown."""
    return _ADDRESS.sub("…", text)


def one_line(text: str | bytes) -> str:
    """Return a peer's text as one line of at most 500 characters, without control characters."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return _CONTROL.sub(" ", decoded).strip()[:_TEXT_LENGTH]
