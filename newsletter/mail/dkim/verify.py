"""Verifying our own DKIM signatures in a message that arrived (SHA-256, the header in relaxed form, as we sign)."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from newsletter.mail.dkim.canonical import (
    Form,
    canonical_body,
    canonical_field,
    canonical_headers,
    split_message,
)
from newsletter.mail.dkim.keys import PublicKey, parse_tags
from newsletter.mail.dkim.signer import SIGNATURE, Algorithm

_SIGNATURE_VALUE = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
_FORMS = {f"relaxed/{form}": form for form in Form}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One DKIM-Signature field: the header fields it covers, in lower case, and its raw parts."""

    domain: str
    selector: str
    algorithm: str
    canonical: str
    covered: tuple[str, ...]
    body_hash: str
    value: str
    field: bytes


def find_signatures(message: bytes) -> list[Signature]:
    """Return the signatures of a message, the topmost first; a field that lacks a tag is left out."""
    fields, _ = split_message(message)
    found = (_read(value) for name, value in fields if name == SIGNATURE.lower())
    return [signature for signature in found if signature is not None]


def why_invalid(message: bytes, signature: Signature, public: PublicKey) -> str | None:
    """Return in words why a signature does not hold, or None when it does."""
    fields, body = split_message(message)
    kind = Algorithm.RSA if isinstance(public.key, RSAPublicKey) else Algorithm.ED25519
    form = _FORMS.get(signature.canonical)
    if signature.algorithm != kind or form is None:
        return (
            f"it is {signature.algorithm}, {signature.canonical}, and the published key is for {kind}, "
            f"{' or '.join(_FORMS)}"
        )
    if "from" not in signature.covered:
        return "it does not cover From"
    if base64.b64encode(hashlib.sha256(canonical_body(body, form)).digest()).decode() != signature.body_hash:
        return "the body was changed on the way"
    unsigned = canonical_field(SIGNATURE.lower(), _SIGNATURE_VALUE.sub(rb"\1", signature.field))
    content = canonical_headers(fields, signature.covered) + unsigned
    try:
        _check(public, base64.b64decode(signature.value, validate=True), content)
    except (InvalidSignature, binascii.Error):
        return "a covered header field was changed on the way, or the published key is not the one that signed"
    return None


def _check(public: PublicKey, value: bytes, content: bytes) -> None:
    if isinstance(public.key, RSAPublicKey):
        public.key.verify(value, content, PKCS1v15(), hashes.SHA256())
    else:
        public.key.verify(value, hashlib.sha256(content).digest())


def _read(field: bytes) -> Signature | None:
    tags = parse_tags(field.decode("utf-8", "replace"))
    if not {"a", "b", "bh", "d", "h", "s"} <= tags.keys():
        return None
    return Signature(
        domain=tags["d"].lower(),
        selector=tags["s"],
        algorithm=tags["a"],
        canonical=tags.get("c", "simple/simple"),
        covered=tuple(name.lower() for name in tags["h"].split(":")),
        body_hash=tags["bh"],
        value=tags["b"],
        field=field,
    )
