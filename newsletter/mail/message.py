"""A letter becomes a MIME message: bytes that every relay takes as they are.

The message is put together by hand: the standard library's `EmailMessage` takes 7 ms for a large body and its 8-bit
output breaks the 998-octet rule. Everything here is 7-bit, so no relay ever has to convert it.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr

from newsletter.errors import AddressError, InputError

_CRLF = "\r\n"
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_UNSAFE = re.compile(r"[\s\x00-\x20\x7f<>]")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x20\x7f<>()\[\],;:\\\"]")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]+(, ?[A-Za-z0-9-]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_FOLD_AT = 76
_ASCII = bytes(range(128))
_WORD_OCTETS = 39  # in base64 52 characters: "Subject: =?utf-8?b?…?=" stays under the 76 of RFC 2047 section 2
_LONGEST_TOKEN = 900  # what cannot be folded must leave room for its header's name under 998 octets


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

    `from_header` is ``Name <address>``; `message_id` is ``<id@domain>``; `date` is aware; `language` holds BCP 47 tags
    (``en, zh-Hans``); `list_headers` is None for a letter that answers somebody, such as a confirmation.
    """

    to_name: str
    to_address: str
    from_header: str
    subject: str
    text: str
    html: str
    message_id: str
    date: datetime
    language: str
    list_headers: ListHeaders | None


def build_message(letter: Letter) -> bytes:
    """Return the letter as multipart/alternative (text, HTML): CRLF, no line over 998 octets, 7-bit bodies.

    Only an address with a non-ASCII local part makes a header 8-bit (RFC 6532; such a message needs SMTPUTF8).
    Raises AddressError for an address, and InputError for a URL or an id, that cannot stand in a header.
    """
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:24]  # "=_" is in no base64 and no QP
    lines = [f"{name}: {value}" for name, value in _headers(letter)]
    lines += [f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    for subtype, body in (("plain", letter.text), ("html", letter.html)):
        encoding, encoded = _encode_body(body)
        lines += [
            f"--{boundary}",
            f"Content-Type: text/{subtype}; charset=utf-8",
            f"Content-Transfer-Encoding: {encoding}",
            "",
            encoded,
        ]
    lines += [f"--{boundary}--", ""]
    return _CRLF.join(lines).encode("utf-8")


def message_id_for(
    *, secret_key: str, from_header: str, subscriber_id: int, message: str, occasion: str, revision: int
) -> str:
    """Return the Message-ID of one delivery: the same on every attempt, telling nobody who the reader is."""
    domain = split_mailbox(from_header)[1].rpartition("@")[2]
    said = f"message-id\n{subscriber_id}\n{message}\n{occasion}\n{revision}"
    digest = hmac.digest(secret_key.encode(), said.encode(), "sha256")
    return f"<{base64.b32encode(digest[:20]).decode().lower()}@{domain}>"


def split_mailbox(header: str) -> tuple[str, str]:
    """Return name and address of ``Name <address>``; the address's domain is in ASCII. Raises AddressError."""
    name, address = parseaddr(_tidy(header))
    return name, _check_address(address)


def _headers(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox(*split_mailbox(letter.from_header))
    yield "To", _mailbox(letter.to_name, _check_address(letter.to_address))
    yield "Subject", _text(letter.subject)
    yield "Date", format_datetime(_aware(letter.date))
    yield "Message-ID", _check_message_id(letter.message_id)
    yield "MIME-Version", "1.0"
    if not _LANGUAGE.fullmatch(letter.language):
        raise InputError(f"{letter.language!r} is not a list of language tags; write it like en, zh-Hans.")
    yield "Content-Language", letter.language
    yield "Auto-Submitted", "auto-generated"
    if letter.list_headers is not None:
        yield from _list_headers(letter.list_headers)


def _list_headers(headers: ListHeaders) -> Iterator[tuple[str, str]]:
    ways = [f"<{_check_token('unsubscribe URL', headers.unsubscribe_url)}>"]
    if headers.unsubscribe_mailto:
        mailto = "mailto:" + headers.unsubscribe_mailto.removeprefix("mailto:")
        ways.append(f"<{_check_token('unsubscribe address', mailto)}>")
    name, _, identifier = headers.list_id.rpartition("<")
    yield "List-Id", _named(name, _check_token("list id", identifier.removesuffix(">")))
    yield "List-Unsubscribe", f",{_CRLF} ".join(ways)
    yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    yield "List-Help", f"<{_check_token('help URL', headers.help_url)}>"
    yield "List-Archive", f"<{_check_token('archive URL', headers.archive_url)}>"
    yield "Feedback-ID", _check_token("feedback id", headers.feedback_id)
    yield "Precedence", "bulk"


def _aware(date: datetime) -> datetime:
    if date.tzinfo is None:
        raise ValueError(f"{date!r} has no time zone; a letter's date is aware.")
    return date


def _check_address(address: str) -> str:
    """Return the address with its domain in ASCII, or raise AddressError; nothing in it can end a header."""
    local, at, domain = address.rpartition("@")
    if not (at and local and domain) or len(address) > 320 or _UNSAFE_IN_ADDRESS.search(address):
        raise AddressError("This is not an e-mail address that mail can be sent to; write it like name@example.org.")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise AddressError(f"{domain!r} is not a domain name; check the part behind the @.") from error


def _check_token(what: str, value: str) -> str:
    if not value or _UNSAFE.search(value) or not value.isascii() or len(value) > _LONGEST_TOKEN:
        raise InputError(f"The {what} cannot stand in a mail header; it needs 1 to {_LONGEST_TOKEN} ASCII characters.")
    return value


def _check_message_id(value: str) -> str:
    if not (value.startswith("<") and value.endswith(">") and "@" in value):
        raise InputError(f"{value!r} is not a message id; write it like <id@example.org>.")
    return f"<{_check_token('message id', value[1:-1])}>"


def _mailbox(name: str, address: str) -> str:
    return _named(name, address) if _tidy(name) else address


def _named(name: str, identifier: str) -> str:
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


def _text(value: str) -> str:
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
    chunks = [b""]
    for character in value:
        octets = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(octets) > _WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return f"{_CRLF} ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)


def _encode_body(body: str) -> tuple[str, str]:
    """Return the transfer encoding and the encoded body: base64 when much is not ASCII, else quoted-printable."""
    lines = re.split(r"\r\n|\r|\n", body)
    octets = _CRLF.join(lines).encode("utf-8", "replace")
    if len(octets.translate(None, delete=_ASCII)) * 6 > len(octets):
        encoded = base64.encodebytes(octets).decode("ascii")
        return "base64", encoded.rstrip("\n").replace("\n", _CRLF)
    encoded = binascii.b2a_qp(octets.replace(b"\r\n", b"\n"), istext=True).decode("ascii")
    return "quoted-printable", encoded.replace("\n", _CRLF)
