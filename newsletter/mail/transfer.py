"""How a body travels: as it is where the peer takes 8-bit text (RFC 6152), else in base64 or quoted-printable."""

import base64
import binascii
import re

CRLF = b"\r\n"
LONGEST_LINE = 998
"""Octets in a line before its end (RFC 5321 section 4.5.3.1.6)."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_ASCII = bytes(range(128))
_BASE64_LINE = 76


def to_octets(text: str) -> bytes:
    """Return a text as it goes over the wire: UTF-8, every line end CR LF."""
    return "\r\n".join(_LINE_END.split(text)).encode("utf-8", "replace")


def encode(octets: bytes, *, is_eight_bit: bool) -> tuple[str, bytes]:
    """Return the transfer encoding of a body, and the body in it.

    `octets` are text whose lines end in CR LF. Where `is_eight_bit` they stay as they are, unless a line is too long; else
    they become base64 when much is not ASCII, quoted-printable when little is not.
    """
    if is_eight_bit and not has_long_line(octets):
        return ("7bit" if octets.isascii() else "8bit"), octets
    if len(octets.translate(None, delete=_ASCII)) * 6 > len(octets):
        return "base64", _to_base64(octets)
    encoded = binascii.b2a_qp(octets.replace(CRLF, b"\n"), istext=True)
    return "quoted-printable", encoded.replace(b"\n", CRLF)


def has_long_line(octets: bytes) -> bool:
    """Tell whether a line has more than 998 octets; looks at one octet in some hundreds."""
    start, size = 0, len(octets)
    while size - start > LONGEST_LINE:
        end = octets.rfind(b"\n", start, start + LONGEST_LINE + len(CRLF))
        if end < 0:
            return True
        start = end + 1
    return False


def _to_base64(octets: bytes) -> bytes:
    """Return base64 in lines of 76; the standard library's own folding takes ten times as long."""
    encoded = base64.b64encode(octets)
    return CRLF.join([encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE)])
