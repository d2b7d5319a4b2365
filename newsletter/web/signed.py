"""Signatures of requests that programs send us: who knows the secret wrote this body, just now."""

import hmac
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
"""How far a request's clock may be from ours; after that a request that somebody overheard is worth nothing."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return ``sha256=`` and HMAC-SHA256, in hex, of the time stamp (seconds since the epoch), a dot, and the body."""
    digest = hmac.digest(secret.encode(), timestamp.encode("utf-8", "replace") + b"." + body, "sha256")
    return f"sha256={digest.hex()}"


def is_signed(secret: str, timestamp: str, signature: str, body: bytes, *, now: datetime) -> bool:
    """Tell whether a request is signed with the secret and not older, nor younger, than the window."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    is_recent = abs(now.timestamp() - int(timestamp)) <= WINDOW.total_seconds()
    expected = sign(secret, timestamp, body)
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode("utf-8", "replace")) and is_recent
