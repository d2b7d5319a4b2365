"""One small message on its way to a loopback peer."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.mail.content import Ready
from newsletter.mail.smtp import SmtpReply, SmtpTransport, TimeLimits

MESSAGE = b"Subject: hello\r\n\r\nGood morning.\r\n"
SOON = TimeLimits(connect_seconds=5, command_seconds=5, final_dot_seconds=5)
READER = "reader@example.org"


@dataclass(frozen=True)
class InPieces:
    """A message that comes in pieces, as a digest does."""

    message: tuple[bytes, ...]

    def octets(self, *, is_eight_bit: bool) -> bytes:
        return b"".join(self.message)

    def pieces(self, *, is_eight_bit: bool) -> tuple[bytes, ...]:
        return self.message

    def is_dotless(self, *, is_eight_bit: bool) -> bool:
        return not any(piece.startswith(b".") for piece in self.message)


def nothing() -> None:
    """What is done before the final dot, when a test does not care."""


def send(
    transport: SmtpTransport,
    *,
    recipient: str = READER,
    message: bytes = MESSAGE,
    before_final_dot: Callable[[], None] = nothing,
) -> SmtpReply:
    return transport.send("chenbao@example.org", recipient, Ready(message), before_final_dot=before_final_dot)
