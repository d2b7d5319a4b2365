"""What the reporting server says, and what it returns of the mail it is about."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.mail.bounces.addresses import find_addresses
from newsletter.mail.bounces.headers import Headers, is_field, parse_headers
from newsletter.mail.bounces.parts import Part

_LIMIT_LINES = 4000
_LONGEST_HEADER = 400
_MARGIN = " \t>|"
_QUOTED = re.compile(r"(?:[>|] ?){1,9}")
_LONGEST_LINE = 2000
_MARK = re.compile(
    r"[^a-z]{0,60}(?:"
    r"(?:this|here|below|following|enclosed|attached|attachment|included|a|the)\b.{0,40}\b"
    r"(?:copy|header|headers|beginning|contents?|part) of (?:the|your|my)?.{0,20}(?:message|mail|e-mail)"
    r"|(?:original|returned|unsent|undelivered|bounced|source) (?:mail|message|e-mail)(?: headers?| text| follows)?\b.{0,12}$"
    r"|(?:original|returned|unsent|undelivered) (?:mail|message).{0,20} (?:follows|attached)"
    r"|(?:mail|message) (?:text|headers?|body|content) (?:follows|are|is)|message headers follow"
    r"|headers? of the (?:source|original|failed)|(?:the )?header of the original"
    r"|your message (?:reads|follows|began)|-+ ?original message"
    r"|the first \d+ lines of|beginning of (?:the )?(?:original|message)|received header|text of your message"
    r")",
    re.IGNORECASE,
)
_REPORT = re.compile(r"[ \t>|]{0,12}(?:reporting-mta|final-recipient|original-recipient)[ \t]{0,4}:", re.IGNORECASE)
_OF_A_MAIL = ("received", "message-id", "return-path", "mime-version", "dkim-signature", "x-mailer", "x-received")
_ORDINARY = (*_OF_A_MAIL, "from", "to", "date", "subject", "content-type", "delivered-to", "sender", "reply-to")
_ENVELOPE_FIELDS = ("x-envelope-to", "envelope-to", "x-original-to", "x-receiver", "x-rcpt-to", "delivered-to")
_FOR = re.compile(r"\bfor <?([^\s<>;]{1,200}@[^\s<>;]{1,200})", re.IGNORECASE)
_TEXT_KINDS = ("text/plain", "text/html", "text/enriched", "text/richtext", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The server's own words as lines, and the headers of the mail it returns (of none, there are no fields)."""

    lines: tuple[str, ...]
    original: Headers

    @property
    def intended(self) -> list[str]:
        """Return to whom the returned mail went: its envelope where a server noted it, else the addresses in To."""
        for name, value in self.original.fields:
            if name in _ENVELOPE_FIELDS and (found := find_addresses(value)):
                return found
            if name == "received" and (noted := _FOR.search(value[:2000])):
                return find_addresses(noted[1])
        return find_addresses(self.original.readable("to"))

    @property
    def text(self) -> str:
        """Return the words as one text."""
        return "\n".join(self.lines)


def read_notice(mail: Part) -> Notice:
    """Separate the server's words from the mail it returns, whether enclosed, attached as headers, or just appended."""
    lines = [line[:_LONGEST_LINE] for line in _list_lines(mail)]
    end = _find_end(lines)
    return Notice(lines=tuple(lines[:end]), original=_find_original(mail) or _find_headers(lines[end:]))


def _list_lines(mail: Part) -> list[str]:
    texts = [part for part in mail.leaves() if _is_text(part) and part.text.strip()]
    plain = [part for part in texts if part.kind != "text/html"]
    found = "\n".join(part.text for part in plain or texts)
    if len(found.strip()) < 20 and plain:  # an empty plain part beside the HTML that says it
        found = "\n".join(part.text for part in texts)
    return found.split("\n")[:_LIMIT_LINES]


def _is_text(part: Part) -> bool:
    return part.kind in _TEXT_KINDS or part.kind.startswith("multipart/")  # a multipart without a boundary is a leaf


def _find_original(mail: Part) -> Headers | None:
    for enclosed in mail.enclosed_mails():
        if enclosed.headers.fields and enclosed.kind != "multipart/report":  # the report itself may have been forwarded
            return enclosed.headers
    for part in mail.leaves():
        if part.kind in ("text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/partial"):
            return parse_headers(part.text.lstrip().split("\n"))
    return None


def _find_end(lines: list[str]) -> int:
    """Return where the returned mail begins: at a line that says so, or at a block of header fields.

    An indented block is a summary within the notice, and more of the notice follows it.
    """
    for at, line in enumerate(lines):
        if (at and _MARK.match(line)) or _REPORT.match(line):
            return at
        if is_field(_QUOTED.sub("", line)) and _is_header_block(_cut_margin(lines[at : at + 40])):
            return at
    return len(lines)


def _cut_margin(lines: list[str]) -> list[str]:
    """Return lines without the indent or the quotation marks that the first of them has."""
    margin = lines[0][: len(lines[0]) - len(lines[0].lstrip(_MARGIN))]
    return [line.removeprefix(margin) for line in lines]


def _is_header_block(lines: list[str]) -> bool:
    names = list(_list_names(lines))
    return len(names) > 2 and names[0] in _ORDINARY and any(name in _OF_A_MAIL for name in names[:8])


def _list_names(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line[:1] in (" ", "\t"):
            continue
        if not is_field(line):
            return
        yield line.partition(":")[0].strip().lower()


def _find_headers(lines: list[str]) -> Headers:
    """Return the first block that begins with a field of a mail, indented or quoted or not."""
    for at, line in enumerate(lines):
        name, colon, _ = line.lstrip(_MARGIN).partition(":")
        if colon and name.strip().lower() in _ORDINARY:
            return parse_headers(_cut_margin(lines[at : at + _LONGEST_HEADER]))
    return Headers()
