"""Header fields as broken mail servers write them."""

import re
from binascii import Error as BadBase64
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.mail.bounces.charsets import decode_bytes

_FIELD = re.compile(r"([!-9;-~]{1,76})[ \t]*:[ \t]?(.*)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([\w.:*-]{1,40})\?([bq])\?([^?\s]{0,998})\?=(?:[ \t]{1,80}(?==\?))?", re.IGNORECASE)
_PARAMETER = re.compile(r';[ \t]{0,80}([\w*-]{1,40})[ \t]{0,80}=[ \t]{0,80}(?:"([^"]{0,300})"|([^;"\s]{0,300}))')
_LIMIT_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields in their order; names in lower case, values unfolded and as they came."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """Return the first field of that name, "" if there is none."""
        return next(self.all(name), "")

    def all(self, name: str) -> Iterator[str]:
        """Return every field of that name."""
        return (value for found, value in self.fields if found == name)

    def readable(self, name: str) -> str:
        """Return the first field of that name with its encoded words (RFC 2047), or bare bytes, read."""
        return decode_words(self.get(name))


def parse_headers(lines: list[str]) -> Headers:
    """Read lines up to one that cannot belong to a header; what no field can begin with ends them."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and found:
            found[-1][1].append(line.strip())
        elif field := _FIELD.match(line):
            found.append((field[1].lower(), [field[2].strip()]))
        elif not line.startswith(("From ", ">From ")):
            break
        if len(found) > _LIMIT_FIELDS:
            break
    return Headers(tuple((name, " ".join(pieces).strip()) for name, pieces in found))


def is_field(line: str) -> bool:
    """Return whether a line looks like a header field."""
    return _FIELD.match(line) is not None


def parameter(value: str, name: str) -> str:
    """Return a parameter of a Content-Type or Content-Disposition, "" if it is not there."""
    for found in _PARAMETER.finditer(value[:2000]):
        if found[1].lower() == name:
            return found[2] if found[2] is not None else found[3]
    return ""


def decode_words(value: str) -> str:
    """Read encoded words, and bytes that stand there without; a word that cannot be read stays as it is."""
    return _ENCODED_WORD.sub(_decode_word, value if value.isascii() else _decode_bare(value))


def _decode_bare(value: str) -> str:
    """Return text whose bytes were taken for Latin-1; other text as it is."""
    try:
        return decode_bytes(value.encode("latin-1"))
    except UnicodeEncodeError:
        return value


def _decode_word(found: re.Match[str]) -> str:
    charset, encoding, text = found[1].split("*")[0], found[2].lower(), found[3].encode("ascii", "replace")
    try:
        octets = a2b_base64(text + b"=" * (-len(text) % 4)) if encoding == "b" else a2b_qp(text, header=True)
    except BadBase64:
        return found[0]
    return decode_bytes(octets, charset)
