"""How a body travels: as it is where the peer takes 8-bit text (RFC 6152), else in base64 or quoted-printable."""

import base64
import binascii

from newsletter.lines import CRLF, has_long_line

_ASCII = bytes(range(128))
_BASE64_LINE = 76


def encode(octets: bytes, *, is_eight_bit: bool, is_plain: bool = False) -> tuple[str, bytes]:
    """Return the transfer encoding of a body, and the body in it.

    `octets` are text whose lines end in CR LF. Where `is_eight_bit` they stay as they are, unless a line is too long; else
    they become base64 when much is not ASCII, quoted-printable when little is not. `is_plain` as in `lines.are_plain`,
    where that is known already.
    """
    if is_eight_bit and (is_plain or not has_long_line(octets)):
        return ("7bit" if octets.isascii() else "8bit"), octets
    if len(octets.translate(None, delete=_ASCII)) * 6 > len(octets):
        return "base64", _to_base64(octets)
    encoded = binascii.b2a_qp(octets.replace(CRLF, b"\n"), istext=True)
    return "quoted-printable", encoded.replace(b"\n", CRLF)


def _to_base64(octets: bytes) -> bytes:
    """Return base64 in lines of 76; the standard library's own folding takes ten times as long."""
    encoded = base64.b64encode(octets)
    return CRLF.join([encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE)])
