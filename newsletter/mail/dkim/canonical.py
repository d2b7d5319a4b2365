"""The canonical forms of a message (RFC 6376 section 3.4): what a signature really covers."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

_CRLF = b"\r\n"
_BLANKS = re.compile(rb"[ \t]+")
_FIELD_END = re.compile(rb"\r\n(?![ \t])")


class Form(StrEnum):
    """How a body is made canonical, in the words of the `c=` tag."""

    RELAXED = "relaxed"
    SIMPLE = "simple"


def split_message(message: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return the header fields, each a lower-case name and its value as it stands there, and the body."""
    head, _, body = message.partition(b"\r\n\r\n")
    return [split_field(line) for line in _FIELD_END.split(head) if line], body


def split_field(line: bytes) -> tuple[str, bytes]:
    """Return a header field's lower-case name and its value."""
    name, _, value = line.partition(b":")
    return name.decode("utf-8", "replace").strip().lower(), value


def canonical_field(name: str, value: bytes) -> bytes:
    """Return a header field in relaxed form, without a line end (RFC 6376 section 3.4.2)."""
    unfolded = value.replace(_CRLF, b"")
    if b"  " in unfolded or b"\t" in unfolded:
        unfolded = _BLANKS.sub(b" ", unfolded)
    return name.encode() + b":" + unfolded.strip(b" ")


def canonical_headers(fields: Sequence[tuple[str, bytes]], names: Sequence[str]) -> bytes:
    """Return what a signature over these names covers: of several fields of one name the last first (section 5.4.2)."""
    places = _places(tuple([name for name, _ in fields]), tuple(names))
    said = b"".join([start + fields[at][1].replace(_CRLF, b"").strip(b" \t") + _CRLF for at, start in places])
    # no run of blanks goes beyond its line, so that all of them can be looked at together
    return _BLANKS.sub(b" ", said) if b"  " in said or b"\t" in said else said


@lru_cache(64)
def _places(present: tuple[str, ...], names: tuple[str, ...]) -> tuple[tuple[int, bytes], ...]:
    """Return the place of each field that is covered, and what its line begins with."""
    left: dict[str, list[int]] = {}
    for place, name in enumerate(present):
        left.setdefault(name, []).append(place)
    return tuple([(left[name].pop(), name.encode() + b":") for name in names if left.get(name)])


def canonical_body(body: bytes, form: Form) -> bytes:
    """Return a body without empty last lines (section 3.4.3); relaxed also with runs of blanks as one, none at a line's end."""
    if form is Form.RELAXED:
        body = _relaxed(body)
    while body.endswith(_CRLF * 2):
        body = body.removesuffix(_CRLF)
    if not body.endswith(_CRLF):
        body += _CRLF
    return b"" if form is Form.RELAXED and body == _CRLF else body


def _relaxed(body: bytes) -> bytes:
    body = body.replace(b"\t", b" ")
    while b"  " in body:  # a regular expression would look at every octet by itself: 4 ms a message
        body = body.replace(b"  ", b" ")
    return body.replace(b" \r\n", _CRLF).removesuffix(b" ")
