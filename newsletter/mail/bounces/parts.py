"""The parts of a mail, read in linear time and without faith: boundaries may be wrong, nesting endless, lines missing."""

import html
import re
from binascii import Error as BadBase64
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from newsletter.mail.bounces.charsets import decode_bytes
from newsletter.mail.bounces.headers import Headers, is_field, parameter, parse_headers

LIMIT_BYTES = 1024 * 1024  # what a report says stands before the mail it encloses
_LIMIT_DEPTH = 8
_LIMIT_PARTS = 60

_LEADING = re.compile(rb"(?:\xef\xbb\xbf|\s){1,200}")
_HTML_BREAK = re.compile(
    r"<(?:br|/?p|/?div|/?tr|/?td|/?li|/?h\d|hr|/?pre|/?table|/title)\b[^<>]{0,2000}>", re.IGNORECASE
)
_HTML_HIDDEN = re.compile(r"<(/?)(?:style|script|head)\b[^<>]{0,2000}>", re.IGNORECASE)
_HTML_TAG = re.compile(r"<[^<>]{0,4000}>")
_ENCLOSING = ("message/rfc822", "message/global", "message/news")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A mail, or a part of one.

    `kind` is its media type; `text` what a leaf says (HTML as plain text); `parts` what a multipart or an enclosed mail
    holds.
    """

    headers: Headers
    kind: str
    text: str
    parts: tuple["Part", ...] = ()

    @property
    def is_enclosed_mail(self) -> bool:
        """Return whether this part encloses another mail."""
        return self.kind in _ENCLOSING

    def leaves(self) -> Iterator["Part"]:
        """Return the parts that hold text, in their order, without those of enclosed mails."""
        if not self.parts:
            yield self
        elif not self.is_enclosed_mail:
            for part in self.parts:
                yield from part.leaves()

    def enclosed_mails(self) -> Iterator["Part"]:
        """Return the mails this one encloses, the outermost first."""
        for part in self.parts:
            if self.is_enclosed_mail:
                yield part
            yield from part.enclosed_mails()


def read_mail(raw: bytes) -> Part:
    """Return the mail's parts; of a longer one the first megabyte."""
    beginning = _LEADING.match(raw[:400])
    text = raw[beginning.end() if beginning else 0 :][:LIMIT_BYTES].decode("latin-1")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _Reader().read(lines, depth=0)


def html_to_text(source: str) -> str:
    """Return what a reader of the HTML sees, one line for each block."""
    text = _HTML_BREAK.sub("\n", _drop_hidden(source).replace("\n", " "))
    return html.unescape(_HTML_TAG.sub(_keep_address, text)).replace("\xa0", " ")


def _drop_hidden(source: str) -> str:
    """Cut what lies between the first opening and the last closing tag of each run of styles and scripts."""
    kept: list[str] = []
    begin, hidden = 0, 0
    for tag in _HTML_HIDDEN.finditer(source):
        if not hidden:
            kept.append(source[begin : tag.start()])
        hidden = max(0, hidden + (-1 if tag[1] else 1))
        begin = tag.end()
    return " ".join([*kept, source[begin:]])


def _keep_address(tag: re.Match[str]) -> str:
    is_address = "@" in tag[0] and not any(sign in tag[0] for sign in " =:\"'")
    return tag[0] if is_address else ""


@dataclass(slots=True)
class _Reader:
    """Counts parts, so that a mail made of boundaries cannot cost more than its length."""

    count: int = 0

    def read(self, lines: list[str], *, depth: int) -> Part:
        self.count += 1
        end = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
        headers = parse_headers(lines[:end])
        begin = end + 1
        if not headers.fields:  # no header at all: everything is text
            begin = 0
        elif stray := next((at for at, line in enumerate(lines[:end]) if not _belongs(line)), None):
            begin = stray  # the empty line is missing
        kind = (headers.get("content-type").split(";")[0].strip() or "text/plain").lower()
        return self._read_body(headers, kind, lines[begin:], depth)

    def _read_body(self, headers: Headers, kind: str, lines: list[str], depth: int) -> Part:
        if depth < _LIMIT_DEPTH and self.count < _LIMIT_PARTS:
            if kind.startswith("multipart/") and (pieces := _split(lines, headers)):
                parts = (self.read(piece, depth=depth + 1) for piece in pieces[: _LIMIT_PARTS - self.count])
                return Part(headers=headers, kind=kind, text="", parts=tuple(parts))
            if kind in _ENCLOSING:
                inner = _octets(lines, headers).decode("latin-1").split("\n")
                start = next((at for at, line in enumerate(inner) if line.strip()), 0)
                enclosed = self.read(inner[start:], depth=depth + 1)
                return Part(headers=headers, kind=kind, text="", parts=(enclosed,))
        charset = parameter(headers.get("content-type"), "charset")
        text = decode_bytes(_octets(lines, headers), charset).replace("\r\n", "\n")
        return Part(headers=headers, kind=kind, text=html_to_text(text) if kind == "text/html" else text)


def _belongs(line: str) -> bool:
    return line[:1] in (" ", "\t") or is_field(line) or line.startswith(("From ", ">From "))


def _split(lines: list[str], headers: Headers) -> list[list[str]]:
    """Return what stands between the boundaries: the declared one, or else the one that is really there."""
    boundary = "--" + parameter(headers.get("content-type"), "boundary").strip()
    if boundary == "--" or not any(line.rstrip() == boundary for line in lines):
        boundary = _find_boundary(lines)
    if not boundary:
        return []
    pieces: list[list[str]] = []
    for line in lines:
        if line.startswith(boundary) and line.rstrip() in (boundary, boundary + "--"):
            if line.rstrip() != boundary:
                break
            pieces.append([])
        elif pieces:
            pieces[-1].append(line)
    return pieces


def _find_boundary(lines: list[str]) -> str:
    """Return the first line that begins with two dashes and is followed by a field about content."""
    for line, after in pairwise(lines):
        if line.startswith("--") and 4 < len(line.rstrip()) < 200 and after.lower().startswith("content-"):
            return line.rstrip()
    return ""


def _octets(lines: list[str], headers: Headers) -> bytes:
    octets = "\n".join(lines).encode("latin-1")
    match headers.get("content-transfer-encoding").strip().lower():
        case "quoted-printable":
            return a2b_qp(octets)
        case "base64":
            try:
                return a2b_base64(b"".join(octets.split()) + b"==")
            except BadBase64:  # said to be base64, and is not: read as it stands
                return octets
    return octets
