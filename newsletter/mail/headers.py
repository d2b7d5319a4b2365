"""Header fields as they go over the wire: checked, folded, in encoded words where they are not ASCII (RFC 5322, 2047)."""

import base64
import re
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from newsletter.errors import AddressError, InputError

_CRLF = "\r\n"
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x20\x7f<>()\[\],;:\\\"]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_FOLD_AT = 76
_WORD_OCTETS = 39  # in base64 52 characters: "Subject: =?utf-8?b?…?=" stays under the 76 of RFC 2047 section 2
_LONGEST_TOKEN = 900  # what cannot be folded must leave room for its header's name under 998 octets
_TOKEN = re.compile(rf"[!-;=?-~]{{1,{_LONGEST_TOKEN}}}")
"""What can be seen of ASCII, but no ``<`` and no ``>``."""


@lru_cache(64)
def split_mailbox(header: str) -> tuple[str, str]:
    """Return name and address of ``Name <address>``; the address's domain is in ASCII. Raises AddressError."""
    name, address = parseaddr(_tidy(header))
    return name, check_address(address)


@lru_cache(64)
def sender_field(header: str) -> str:
    """Return the value of From for ``Name <address>``. Raises AddressError."""
    return mailbox(*split_mailbox(header))


@lru_cache(64)
def date_field(instant: datetime) -> str:
    """Return the value of Date. Raises ValueError for an instant without a time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone; a letter's date is aware.")
    return format_datetime(instant)


def check_address(address: str) -> str:
    """Return the address with its domain in ASCII, or raise AddressError; nothing in it can end a header."""
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or len(address) > 320 or _UNSAFE_IN_ADDRESS.search(address):
        raise AddressError("This is not an e-mail address that mail can be sent to; write it like name@example.org.")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise AddressError(f"{domain!r} is not a domain name; check the part behind the @.") from error


def check_token(what: str, value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise InputError(f"The {what} cannot stand in a mail header; it needs 1 to {_LONGEST_TOKEN} ASCII characters.")
    return value


def check_message_id(value: str) -> str:
    if not (value.startswith("<") and value.endswith(">") and "@" in value):
        raise InputError(f"{value!r} is not a message id; write it like <id@example.org>.")
    return f"<{check_token('message id', value[1:-1])}>"


def mailbox(name: str, address: str) -> str:
    return named(name, address) if name and _tidy(name) else address


def named(name: str, identifier: str) -> str:
    """Return ``phrase <identifier>``, the phrase as atoms, quoted, or in encoded words."""
    phrase = _tidy(name)
    if not phrase:
        return f"<{identifier}>"
    if not phrase.isascii() or "=?" in phrase or len(phrase) > _FOLD_AT:
        written = _encoded_words(phrase)
    elif _ATOMS.fullmatch(phrase):
        written = phrase
    else:
        written = '"' + re.sub(r'(["\\])', r"\\\1", phrase) + '"'
    return f"{written}{_CRLF} <{identifier}>"


@lru_cache(4096)  # a morning's readers share a thousand subjects
def unstructured(value: str) -> str:
    """Return an unstructured header's value, folded; what looks like an encoded word is encoded itself."""
    tidy = _tidy(value)
    if not tidy.isascii() or "=?" in tidy or any(len(word) > _LONGEST_TOKEN for word in tidy.split(" ")):
        return _encoded_words(tidy)
    lines = [""]
    for word in tidy.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= _FOLD_AT - len("Subject: "):
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip(" ")
    return f"{_CRLF} ".join(lines)


def _tidy(value: str) -> str:
    """Make every run of blanks and control characters one space, so that no value can begin a header of its own."""
    return _BLANKS.sub(" ", value).strip()


def _encoded_words(value: str) -> str:
    """Return RFC 2047 encoded words, one to a line; none cuts a character in two."""
    octets, start = value.encode("utf-8", "replace"), 0
    words: list[str] = []
    while start < len(octets) or not words:
        end = min(start + _WORD_OCTETS, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        words.append(f"=?utf-8?b?{base64.b64encode(octets[start:end]).decode()}?=")
        start = end
    return f"{_CRLF} ".join(words)
