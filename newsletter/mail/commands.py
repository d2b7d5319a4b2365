"""The commands of one message, as its peer takes them (RFC 5321, 1870, 2920, 3030, 6152 and 6531)."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.lines import has_dotted_line
from newsletter.mail.content import Content
from newsletter.mail.replies import Phase
from newsletter.mail.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message with its envelope, to be written for a peer."""

    sender: str
    recipient: str
    content: Content

    @property
    def is_international(self) -> bool:
        """Whether an address needs SMTPUTF8."""
        return not (self.sender + self.recipient).isascii()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, and the first digit of the answer that lets us go on."""

    phase: Phase
    wanted: int
    octets: bytes
    is_reset: bool = False


_RESET = Step(phase=Phase.MAIL, wanted=2, octets=b"RSET\r\n", is_reset=True)
_DATA = Step(phase=Phase.DATA, wanted=3, octets=b"DATA\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The commands that lead to the dot, the `body` that follows them where it is not part of one, and the dot itself.

    The body is in pieces, to be sent one behind the other.
    `is_pipelined`: all of them may go out before the first answer has come.
    """

    steps: Sequence[Step]
    body: Sequence[bytes]
    dot: bytes
    is_pipelined: bool

    @property
    def is_chunked(self) -> bool:
        return not self.body

    @property
    def is_plain(self) -> bool:
        """Whether any server since 1982 understands it."""
        return not (self.is_pipelined or self.is_chunked)


def write_script(wire: Wire, letter: Letter, *, is_plain: bool, has_reset: bool) -> Script:
    """Write a message for a peer, using what it offers, or with `is_plain` neither pipelining nor chunks.

    `has_reset`: the connection must be made ready first, since the message before was refused.
    """
    is_eight_bit = wire.offers("8bitmime")
    pieces = letter.content.pieces(is_eight_bit=is_eight_bit)
    is_chunked = wire.offers("chunking") and not is_plain
    if is_chunked:
        chunk = b"".join((b"BDAT %d\r\n" % sum(map(len, pieces)), *pieces))
        last = Step(phase=Phase.DATA, wanted=2, octets=chunk)
    else:
        last = _DATA
    is_dotless = letter.content.is_dotless(is_eight_bit=is_eight_bit)
    sender = f"MAIL FROM:<{letter.sender}>{_options(wire, letter, pieces)}\r\n".encode()
    steps = (
        *((_RESET,) if has_reset else ()),
        Step(phase=Phase.MAIL, wanted=2, octets=sender),
        Step(phase=Phase.RCPT, wanted=2, octets=f"RCPT TO:<{letter.recipient}>\r\n".encode()),
        last,
    )
    return Script(
        steps=steps,
        body=() if is_chunked else pieces if is_dotless else (_stuff(b"".join(pieces)) or b"\r\n",),
        dot=b"BDAT 0 LAST\r\n" if is_chunked else b".\r\n",
        is_pipelined=wire.offers("pipelining") and not is_plain,
    )


def _options(wire: Wire, letter: Letter, pieces: Sequence[bytes]) -> str:
    size = f" SIZE={sum(map(len, pieces))}" if wire.offers("size") else ""
    addresses = " SMTPUTF8" if letter.is_international else ""
    body = " BODY=8BITMIME" if letter.is_international or not all(map(bytes.isascii, pieces)) else ""
    return size + addresses + body


def _stuff(message: bytes) -> bytes:
    """Return the message with doubled leading dots (RFC 5321 section 4.5.2)."""
    if not has_dotted_line(message):
        return message
    body = message.replace(b"\n.", b"\n..")
    return b"." + body if body.startswith(b".") else body
