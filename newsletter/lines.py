"""Lines as they go over the wire: they end in CR LF, and some of them need care (RFC 5321 sections 4.5.2 and 4.5.3.1.6)."""

import re

CRLF = b"\r\n"
LONGEST_LINE = 998
"""Octets in a line before its end."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_FEW_DOTS = 200
_SHORT = 8192
_LF = 10


def to_octets(text: str) -> bytes:
    """Return a text as it goes over the wire: UTF-8, every line end CR LF."""
    return "\r\n".join(_LINE_END.split(text)).encode("utf-8", "replace")


def are_plain(octets: bytes) -> bool:
    """Tell whether lines can go out as they are: none begins with a dot, and none is longer than SMTP allows."""
    return not (has_dotted_line(octets) or has_long_line(octets))


def has_long_line(octets: bytes) -> bool:
    """Tell whether a line has more than 998 octets; looks at one octet in some hundreds."""
    start, size = 0, len(octets)
    while size - start > LONGEST_LINE:
        end = octets.rfind(b"\n", start, start + LONGEST_LINE + len(CRLF))
        if end < 0:
            return True
        start = end + 1
    return False


def has_dotted_line(octets: bytes) -> bool:
    """Tell whether a line begins with a dot.

    In what is long one octet is found ten times as fast as two, and in base64 only the header has dots; 8-bit text has
    hundreds.
    """
    if len(octets) < _SHORT or not octets.isascii():
        return octets.startswith(b".") or b"\n." in octets
    at = -1
    for _ in range(_FEW_DOTS):
        at = octets.find(b".", at + 1)
        if at <= 0:
            return at == 0
        if octets[at - 1] == _LF:
            return True
    return b"\n." in octets
