"""Answers that a client need not fetch twice: validators, and 304 where it has them already."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request
from fastapi.responses import Response

PUBLIC_FOR_MINUTES = "public, max-age=300"
PRIVATE_FOR_MINUTES = "private, max-age=300"
PRIVATE = "private, no-cache"
"""Kept by the reader's own client alone, which asks each time whether it is still so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """How a representation is known again: its entity tag, and when it last changed where that is known.

    The tag is weak, since the same bytes go out compressed or not.
    """

    etag: str
    changed_at: datetime | None = None
    cache_control: str = PUBLIC_FOR_MINUTES

    @property
    def headers(self) -> dict[str, str]:
        found = {"ETag": self.etag, "Cache-Control": self.cache_control}
        if self.changed_at is not None:
            found["Last-Modified"] = format_datetime(self.changed_at.astimezone(UTC), usegmt=True)
        return found


def etag_of(*parts: bytes | str) -> str:
    """Return a weak entity tag of some content."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "replace") if isinstance(part, str) else part)
        digest.update(b"\0")
    return f'W/"{digest.hexdigest()[:32]}"'


def is_known(headers: Mapping[str, str], fresh: Fresh) -> bool:
    """Tell whether the client has this representation. Source: RFC 9110 section 13.2.2."""
    if (listed := headers.get("if-none-match")) is not None:
        tags = [tag.strip() for tag in listed.split(",")]
        return "*" in tags or fresh.etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in tags]
    since = headers.get("if-modified-since")
    if since is None or fresh.changed_at is None:
        return False
    try:
        known_at = parsedate_to_datetime(since)
    except ValueError:
        return False
    if known_at.tzinfo is None:  # -0000: the zone is not told, the instant is UTC
        known_at = known_at.replace(tzinfo=UTC)
    return fresh.changed_at.replace(microsecond=0) <= known_at


def answer(request: Request, body: bytes, fresh: Fresh, *, media_type: str) -> Response:
    """Return the body, or 304 when the client has it."""
    if is_known(request.headers, fresh):
        return Response(status_code=304, headers=fresh.headers)
    return Response(body, media_type=media_type, headers=fresh.headers)
