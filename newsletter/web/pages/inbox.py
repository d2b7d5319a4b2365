"""The embedded inbox in the browser: what was mailed on this machine, as a reader would see it."""

from typing import Literal

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse, Response

from newsletter.embedded.inbox import OpenedMessage, list_messages, read_message
from newsletter.web.framing import with_outside_links
from newsletter.web.security import FRAMED_MAIL_POLICY
from newsletter.web.site import CurrentSite

SHOWN_MESSAGES = 200
Part = Literal["html", "text", "headers"]


def require_inbox(site: CurrentSite) -> None:
    """Answer 404 where there is no inbox to show."""
    if not site.shows_inbox:
        raise HTTPException(404)


router = APIRouter(prefix="/inbox", dependencies=[Depends(require_inbox)])


@router.get("")
def show_inbox(site: CurrentSite) -> HTMLResponse:
    """List the newest messages."""
    messages = list_messages(site.runtime.settings.inbox_folder, SHOWN_MESSAGES)
    return site.page("inbox.html", messages=messages, limit=SHOWN_MESSAGES)


@router.get("/{key}")
def show_message(key: str, site: CurrentSite, part: Part | None = None) -> HTMLResponse:
    """Show one message: its HTML part in a sandboxed frame, its text, or its headers."""
    message = _open(site, key)
    shown = part or ("html" if message.html is not None else "text")
    envelope = {name.lower(): value for name, value in message.headers}
    return site.page("mail.html", key=key, message=message, envelope=envelope, part=shown)


@router.get("/{key}/html")
def show_html_part(key: str, site: CurrentSite) -> HTMLResponse:
    """Return the HTML part alone, shut in by its policy; its links open beside the frame, not in it."""
    message = _open(site, key)
    if message.html is None:
        raise HTTPException(404)
    return HTMLResponse(
        with_outside_links(message.html),
        headers={"Content-Security-Policy": FRAMED_MAIL_POLICY, "Content-Type": "text/html; charset=utf-8"},
    )


@router.get("/{key}/raw")
def download_message(key: str, site: CurrentSite) -> Response:
    """Return the message as it was accepted, byte for byte."""
    message = _open(site, key)
    disposition = {"Content-Disposition": f'attachment; filename="{key}.eml"'}
    return Response(message.raw, media_type="message/rfc822", headers=disposition)


def _open(site: CurrentSite, key: str) -> OpenedMessage:
    return read_message(site.runtime.settings.inbox_folder, key)
