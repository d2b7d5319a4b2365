"""Keys for the tests, and dkimpy as a receiver that knows what the DNS publishes."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dkim

from newsletter.mail.dkim.keys import format_record, generate_key, record_name
from newsletter.mail.dkim.signer import Algorithm, Signer, SigningKey

DOMAIN = "papers.example.org"
RSA_KEY = generate_key(Algorithm.RSA, "chenbao")
ED25519_KEY = generate_key(Algorithm.ED25519, "chenbao-ed25519")
SIGNER = Signer(domain=DOMAIN, keys=(RSA_KEY, ED25519_KEY))
AT = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)


def published(keys: Sequence[SigningKey] = SIGNER.keys, domain: str = DOMAIN) -> dict[str, str]:
    """Return the TXT records of these keys."""
    return {record_name(key.selector, domain): format_record(key) for key in keys}


def verified_by_dkimpy(message: bytes, records: dict[str, str]) -> list[bool]:
    """Return what dkimpy says of each signature, the topmost first."""

    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        found = records.get(name.decode().rstrip("."))
        return found.encode() if found is not None else None

    count = message.partition(b"\r\n\r\n")[0].lower().count(b"dkim-signature:")
    return [_verify(message, number, ask) for number in range(count)]


def _verify(message: bytes, number: int, ask: object) -> bool:
    try:
        return bool(dkim.DKIM(message).verify(idx=number, dnsfunc=ask))
    except dkim.DKIMException:
        return False
