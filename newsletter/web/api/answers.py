"""Answers of the API: JSON with validators, and pages of lists with the link to the next one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from newsletter.web.api.cursors import Cursors, Position
from newsletter.web.caching import PUBLIC_FOR_MINUTES, Fresh, answer, etag_of
from newsletter.web.site import Site

MEDIA_TYPE = "application/json"
FOR_EVER = "public, max-age=86400"
"""For what changes only by accident: an edition that has been mailed."""
PRIVATE = "private, no-cache"


class Listing(BaseModel):
    """One page of a list."""

    next: str | None = Field(description="The address of the next page; null on the last one.")


def reply(
    request: Request,
    body: BaseModel,
    *,
    cache_control: str = PUBLIC_FOR_MINUTES,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a body with its entity tag, or 304 when the client has it already."""
    document = body.model_dump_json().encode()
    fresh = Fresh(etag=etag_of(document), cache_control=cache_control)
    found = answer(request, document, fresh, media_type=MEDIA_TYPE)
    found.headers.update(headers or {})
    return found


def reply_page(request: Request, body: Listing, *, cache_control: str = PUBLIC_FOR_MINUTES) -> Response:
    """Return a page of a list; the next one is named in the Link header, too (RFC 8288)."""
    link = {"Link": f'<{body.next}>; rel="next"'} if body.next else {}
    return reply(request, body, cache_control=cache_control, headers=link)


def read_position(site: Site, listing: str, filters: Mapping[str, Any], cursor: str | None) -> Position | None:
    """Return where a page begins, None for the first; raises CursorError."""
    if cursor is None:
        return None
    return Cursors(site.runtime.settings.secret_key).read(listing, filters, cursor)


def next_page(site: Site, path: str, listing: str, filters: Mapping[str, Any], position: Position | None) -> str | None:
    """Return the address of the page that begins at a position, None where there is none; the limit is one of the filters."""
    if position is None:
        return None
    cursor = Cursors(site.runtime.settings.secret_key).write(listing, filters, position)
    given = {name: str(value) for name, value in filters.items() if value is not None}
    return f"{address(site, path)}?{urlencode(given | {'cursor': cursor})}"


def address(site: Site, path: str) -> str:
    """Return the absolute address of a resource of the API."""
    return f"{site.runtime.settings.public_url}/api/v1{path}"
