"""No other site can send a form of ours: every request that changes something comes from our page and carries its token."""

import hmac
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import UploadFile

from newsletter.web.admin.session import session_token
from newsletter.web.forms import Fields
from newsletter.web.security import MAX_UPLOAD_BYTES
from newsletter.web.site import MAX_FIELDS, CurrentSite, Site

FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def check_origin(request: Request, site: CurrentSite) -> None:
    """Refuse what another site's page sent. Raises HTTPException 403.

    Browsers say it by Sec-Fetch-Site over TLS and on loopback, else by Origin; neither can be set by a page.
    """
    if request.method in _SAFE:
        return
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        is_ours = fetched in ("same-origin", "none")
    else:
        origin = request.headers.get("origin")
        is_ours = origin is None or _is_own(origin, request, site)
    if not is_ours:
        raise HTTPException(403)


async def check_form(request: Request, site: CurrentSite) -> AsyncIterator[None]:
    """Refuse what was not sent by a form of this very session. Raises HTTPException 403.

    Without a session there is nothing to protect: such a request ends at the sign-in.
    """
    check_origin(request, site)
    token = session_token(request, site.runtime.settings)
    if request.method in _SAFE or not token:
        yield
        return
    async with request.form(
        max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_UPLOAD_BYTES
    ) as form:  # kept open for who reads a file in it
        typed = form.get(FIELD)
        right = site.runtime.door.csrf_of(token)
        if not isinstance(typed, str) or not hmac.compare_digest(typed.encode(), right.encode()):
            raise HTTPException(403)
        yield


async def read_upload(request: Request) -> tuple[Fields, bytes | None]:
    """Return a form's text fields, and the content of its one file; None when no file was chosen."""
    found: dict[str, list[str]] = {}
    content = None
    async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_UPLOAD_BYTES) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read() if value.filename else None
            else:
                found.setdefault(name, []).append(value)
    return found, content


SubmittedUpload = Annotated[tuple[Fields, bytes | None], Depends(read_upload)]


def _is_own(origin: str, request: Request, site: Site) -> bool:
    """Tell whether an Origin is the address that readers know, or the one that this very request went to."""
    return origin == site.runtime.settings.public_url or (
        bool(urlsplit(origin).netloc) and urlsplit(origin).netloc == request.headers.get("host")
    )
