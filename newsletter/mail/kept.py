"""One connection that is kept from message to message, and opened anew when it is gone."""

import ssl

import structlog

from newsletter.mail.connect import TimeLimits, open_connection
from newsletter.mail.server import SmtpServer
from newsletter.mail.wire import Wire

log = structlog.get_logger(__name__)

_GOODBYE_SECONDS = 5.0


class KeptConnection:
    """The connection to a server, if there is one: `wire`.

    `message_count` is how many messages it has seen; `must_reset`: the last of them was refused before its dot.
    """

    def __init__(self, server: SmtpServer, limits: TimeLimits, tls: ssl.SSLContext) -> None:
        self.server = server
        self.limits = limits
        self.wire: Wire | None = None
        self.message_count = 0
        self.must_reset = False
        self._tls = tls

    def open(self) -> Wire:
        """Return the wire, connected now if it was not; raises TransportError."""
        if self.wire is None:
            client = open_connection(self.server, self.limits, self._tls)
            self.wire = Wire(client, self.limits.command_seconds)
            log.info("smtp_connected", server=self.server.name, encryption=self.server.encryption)
        return self.wire

    def say_goodbye(self) -> None:
        """Close in all courtesy."""
        if self.wire is not None:
            try:
                self.wire.say_goodbye(_GOODBYE_SECONDS)
            except OSError as error:
                log.debug("smtp_quit_unanswered", server=self.server.name, error=type(error).__name__)
        self.drop()

    def drop(self) -> None:
        """Cut it; the peer discards a message whose dot it has not seen."""
        wire, self.wire, self.message_count, self.must_reset = self.wire, None, 0, False
        if wire is not None:
            wire.close()
