"""What goes over the wire as one message, in the transfer encoding that its peer takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Content(Protocol):
    """A message that can be written for a peer with 8BITMIME (RFC 6152) and for one without."""

    def octets(self, *, is_eight_bit: bool) -> bytes:
        """Return the whole message, signed: every line ends in CRLF and has at most 998 octets before it.

        Dots at the beginning of a line are as they are. The same instance returns the same message again.
        """
        ...

    def pieces(self, *, is_eight_bit: bool) -> Sequence[bytes]:
        """Return the same octets in a few pieces, to be sent one behind the other: nobody has to join so large a mail."""
        ...

    def is_dotless(self, *, is_eight_bit: bool) -> bool:
        """Tell whether it is known that no line of those octets begins with a dot; where it is not, they must be searched."""
        ...


@dataclass(frozen=True, slots=True)
class Ready:
    """A message of 7-bit octets that is written already, such as a raw one in a test; its line ends are mended."""

    message: bytes

    def octets(self, *, is_eight_bit: bool) -> bytes:
        """Return the message, every line ending in CRLF."""
        return b"".join(line + b"\r\n" for line in self.message.splitlines())

    def pieces(self, *, is_eight_bit: bool) -> Sequence[bytes]:
        """Return the message as one piece."""
        return (self.octets(is_eight_bit=is_eight_bit),)

    def is_dotless(self, *, is_eight_bit: bool) -> bool:
        """Return False: nobody has looked."""
        return False
