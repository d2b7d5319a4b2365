"""A letter becomes a MIME message: octets that every relay takes as they are.

The message is put together by hand: the standard library's `EmailMessage` takes 7 ms for a large body and its 8-bit
output breaks the 998-octet rule. A digest's body comes as octets that were made ready once for all its readers; only joining,
headers and the signature are done for each of them.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from newsletter.errors import InputError
from newsletter.lines import has_dotted_line, to_octets
from newsletter.mail.dkim.signer import Signer
from newsletter.mail.headers import (
    check_address,
    check_message_id,
    check_token,
    date_field,
    mailbox,
    named,
    sender_field,
    split_mailbox,
    unstructured,
)
from newsletter.mail.transfer import encode

__all__ = ["Letter", "ListHeaders", "WrittenLetter", "build_message", "message_id_for", "split_mailbox", "write_letter"]

_CRLF = "\r\n"
_LETTERS = str.maketrans("0189", "ghij")  # so that an identifier has no digit that is easily taken for a letter
_LANGUAGE = re.compile(r"[A-Za-z0-9-]+(, ?[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHeaders:
    """What makes a message a list's: RFC 2369 (List-*), 2919 (List-Id), 8058 (one click), and Feedback-ID.

    `unsubscribe_mailto` is an address (with or without ``mailto:`` and a query); `list_id` is ``name.example.org``, also as
    ``A name <name.example.org>``; `feedback_id` is ``campaign:customer:type:sender``.
    """

    unsubscribe_url: str
    unsubscribe_mailto: str | None
    list_id: str
    help_url: str
    archive_url: str
    feedback_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything that goes into one message.

    `from_header` is ``Name <address>``; `text` and `html` are words, or octets that are ready: UTF-8, every line end CR LF;
    `message_id` is ``<id@domain>``; `date` is aware; `language` holds BCP 47 tags (``en, zh-Hans``); `list_headers` is None
    for a letter that answers somebody, such as a confirmation. `is_plain`: text and HTML are octets whose lines were looked
    at, see `lines.are_plain`.
    """

    to_name: str
    to_address: str
    from_header: str
    subject: str
    text: str | bytes
    html: str | bytes
    message_id: str
    date: datetime
    language: str
    list_headers: ListHeaders | None
    is_plain: bool = False


class _Written(NamedTuple):
    """A whole message in pieces, and whether it is known that no line of it begins with a dot."""

    pieces: tuple[bytes, ...]
    is_dotless: bool


@dataclass(slots=True)
class WrittenLetter:
    """A letter with its header fields checked, to be encoded and signed for the peer that takes it; see `Content`."""

    fields: list[tuple[str, str]]
    text: bytes
    html: bytes
    boundary: str
    date: datetime
    signer: Signer | None
    is_plain: bool
    _done: dict[bool, _Written] = field(default_factory=dict)

    def octets(self, *, is_eight_bit: bool) -> bytes:
        """Return the whole message, signed, its bodies as they are where the peer has 8BITMIME."""
        return b"".join(self.pieces(is_eight_bit=is_eight_bit))

    def pieces(self, *, is_eight_bit: bool) -> tuple[bytes, ...]:
        """Return the same in pieces: the header, then what stands around the bodies, and they themselves."""
        return self._written(is_eight_bit=is_eight_bit).pieces

    def is_dotless(self, *, is_eight_bit: bool) -> bool:
        """Tell whether it is known that no line begins with a dot."""
        return self._written(is_eight_bit=is_eight_bit).is_dotless

    def _written(self, *, is_eight_bit: bool) -> _Written:
        if is_eight_bit not in self._done:
            self._done[is_eight_bit] = self._write(is_eight_bit=is_eight_bit)
        return self._done[is_eight_bit]

    def _write(self, *, is_eight_bit: bool) -> _Written:
        body = _pieces_of(self.boundary, self.text, self.html, is_eight_bit=is_eight_bit, is_plain=self.is_plain)
        fields = "".join([f"{name}: {value}\r\n" for name, value in self.fields]).encode("utf-8")
        signatures = self.signer.sign_parts(self.fields, body, at=self.date) if self.signer else b""
        head = signatures + fields + b"\r\n"
        is_dotless = is_eight_bit and self.is_plain and not has_dotted_line(head)
        return _Written((head, *body), is_dotless)


def write_letter(letter: Letter, signer: Signer | None = None) -> WrittenLetter:
    """Return the letter as multipart/alternative (text, HTML), to be signed if there is a signer.

    Only an address with a non-ASCII local part makes a header 8-bit (RFC 6532; such a message needs SMTPUTF8).
    Raises AddressError for an address, and InputError for a URL or an id, that cannot stand in a header.
    """
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]  # "=_" is in no base64 and no QP
    fields = [*_headers(letter), ("Content-Type", f'multipart/alternative; boundary="{boundary}"')]
    text, html = (to_octets(body) if isinstance(body, str) else body for body in (letter.text, letter.html))
    return WrittenLetter(fields, text, html, boundary, letter.date, signer, letter.is_plain)


def build_message(letter: Letter, *, is_eight_bit: bool = False) -> bytes:
    """Return the letter as a message without a signature: CRLF, no line over 998 octets; see `write_letter`."""
    return write_letter(letter).octets(is_eight_bit=is_eight_bit)


def message_id_for(
    *, secret_key: str, from_header: str, subscriber_id: int, message: str, occasion: str, revision: int
) -> str:
    """Return the Message-ID of one delivery: the same on every attempt, telling nobody who the reader is."""
    said = f"message-id\n{subscriber_id}\n{message}\n{occasion}\n{revision}"
    digest = hmac.digest(secret_key.encode(), said.encode(), "sha256")
    return f"<{digest[:16].hex().translate(_LETTERS)}@{_domain_of(from_header)}>"


@lru_cache(16)
def _domain_of(from_header: str) -> str:
    return split_mailbox(from_header)[1].rpartition("@")[2]


def _pieces_of(boundary: str, text: bytes, html: bytes, *, is_eight_bit: bool, is_plain: bool) -> list[bytes]:
    pieces, before = [], f"--{boundary}{_CRLF}"
    for subtype, body in (("plain", text), ("html", html)):
        encoding, encoded = encode(body, is_eight_bit=is_eight_bit, is_plain=is_plain)
        head = (
            f"{before}Content-Type: text/{subtype}; charset=utf-8{_CRLF}"
            f"Content-Transfer-Encoding: {encoding}{_CRLF}{_CRLF}"
        )
        pieces += [head.encode(), encoded]
        before = f"{_CRLF}--{boundary}{_CRLF}"
    return [*pieces, f"{_CRLF}--{boundary}--{_CRLF}".encode()]


def _headers(letter: Letter) -> list[tuple[str, str]]:
    if not _LANGUAGE.fullmatch(letter.language):
        raise InputError(f"{letter.language!r} is not a list of language tags; write it like en, zh-Hans.")
    return [
        ("From", sender_field(letter.from_header)),
        ("To", mailbox(letter.to_name, check_address(letter.to_address))),
        ("Subject", unstructured(letter.subject)),
        ("Date", date_field(letter.date)),
        ("Message-ID", check_message_id(letter.message_id)),
        ("MIME-Version", "1.0"),
        ("Content-Language", letter.language),
        ("Auto-Submitted", "auto-generated"),
        *(() if letter.list_headers is None else _list_headers(letter.list_headers)),
    ]


def _list_headers(headers: ListHeaders) -> list[tuple[str, str]]:
    ways = [f"<{check_token('unsubscribe URL', headers.unsubscribe_url)}>"]
    if headers.unsubscribe_mailto:
        mailto = "mailto:" + headers.unsubscribe_mailto.removeprefix("mailto:")
        ways.append(f"<{check_token('unsubscribe address', mailto)}>")
    return [
        ("List-Id", _list_id(headers.list_id)),
        ("List-Unsubscribe", f",{_CRLF} ".join(ways)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Help", f"<{check_token('help URL', headers.help_url)}>"),
        ("List-Archive", f"<{check_token('archive URL', headers.archive_url)}>"),
        ("Feedback-ID", check_token("feedback id", headers.feedback_id)),
        ("Precedence", "bulk"),
    ]


@lru_cache(16)
def _list_id(list_id: str) -> str:
    name, _, identifier = list_id.rpartition("<")
    return named(name, check_token("list id", identifier.removesuffix(">")))
