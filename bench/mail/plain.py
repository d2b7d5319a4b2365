"""The plain pipeline, as one would write it first: each mail is rendered, inlined, packed, signed and sent by itself.

Jinja fills an MJML template, mjml makes HTML of it, premailer moves the style into attributes, the standard library's
EmailMessage packs it, dkimpy signs it, and smtplib opens a connection for it. The Jinja environment is made once.
"""

import json
import logging
import re
import smtplib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import dkim
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup, escape
from mjml import mjml2html
from premailer import transform

from bench.mail.crew import Work
from newsletter.digests.digest import Digest, Entry

DOMAIN = "papers.example.org"
_SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type", b"content-language",
    b"list-id", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """A DKIM key as dkimpy wants it."""

    selector: str
    key: bytes
    algorithm: str


def export(digest: Digest, *, to: str, name: str) -> dict[str, Any]:
    """Return what the plain pipeline would have read from its tables for one mail."""
    return {
        "to": to,
        "name": name,
        "day": f"{digest.edition_on:%A %d %B %Y}",
        "links": {
            "browser": digest.links.browser_url,
            "manage": digest.links.manage_url,
            "unsubscribe": digest.links.unsubscribe_url,
        },
        "sections": [
            {"keyword": section.keyword, "papers": [_paper(entry) for entry in section.entries]}
            for section in digest.sections
        ],
    }


def _paper(entry: Entry) -> dict[str, Any]:
    paper = entry.paper
    return {
        "title": paper.title,
        "title_zh": paper.title_translated,
        "authors": ", ".join(paper.authors[:6]),
        "categories": " · ".join(paper.categories),
        "comment": paper.comment,
        "abstract": paper.abstract,
        "abstract_zh": paper.abstract_translated,
        "abs_url": paper.abs_url,
        "pdf_url": paper.pdf_url,
        "words": [keyword.strip('"') for keyword in entry.matched],
    }


def prepare(place: int, mails: Path, signing: Signing, port: int) -> Work:
    """Return the work of one process: it builds and sends as many mails as it is told."""
    rows = cycle(json.loads(mails.read_text("utf-8"))[place::2])
    return partial(_send_many, rows, open_environment(), signing, port)


def open_environment() -> Environment:
    """Return the Jinja environment with the template that lies beside this file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(enabled_extensions=("mjml",)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["mark"] = _mark
    return environment


def key_for(kind: str, pem: bytes) -> bytes:
    """Return a private key as dkimpy takes it: RSA in PEM, the 32 octets of Ed25519 in base64."""
    if kind == "rsa":
        return pem
    private = load_pem_private_key(pem, password=None)
    return b64encode(private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))


def _send_many(
    rows: "cycle[Mapping[str, Any]]", environment: Environment, signing: Signing, port: int, count: int
) -> int:
    for row in islice(rows, count):
        _send(*build(row, environment, signing), port)
    return 0


def build(row: Mapping[str, Any], environment: Environment, signing: Signing) -> tuple[str, bytes]:
    """Return one mail's recipient and its signed message."""
    html = mjml2html(environment.get_template("plain.mjml").render(row))
    html = transform(html, allow_network=False, cssutils_logging_level=logging.CRITICAL)
    message = EmailMessage()
    message["From"] = f"Chenbao 晨报 <chenbao@{DOMAIN}>"
    message["To"] = f"{row['name']} <{row['to']}>"
    message["Subject"] = (
        f"Chenbao 晨报: {sum(len(section['papers']) for section in row['sections'])} papers, {row['day']}"
    )
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=DOMAIN)
    message["Content-Language"] = "en, zh-Hans"
    message["List-Id"] = f"Chenbao <digest.{DOMAIN}>"
    message["List-Unsubscribe"] = f"<{row['links']['unsubscribe']}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(environment.get_template("plain.txt").render(row))
    message.add_alternative(html, subtype="html")
    raw = message.as_bytes(policy=policy.SMTP)
    return row["to"], _sign(raw, signing) + raw


def _sign(raw: bytes, signing: Signing) -> bytes:
    signature: bytes = dkim.sign(
        raw,
        signing.selector.encode(),
        DOMAIN.encode(),
        signing.key,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=signing.algorithm.encode(),
        include_headers=list(_SIGNED),
    )
    return signature


def _send(recipient: str, message: bytes, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail(f"chenbao@{DOMAIN}", [recipient], message)


def _mark(text: str, words: Sequence[str]) -> Markup:
    """Mark the keywords in a text."""
    wanted = "|".join(re.escape(str(escape(word))) for word in words)
    return Markup(re.sub(rf"\b({wanted})", r"<mark>\1</mark>", str(escape(text)), flags=re.IGNORECASE))
