"""Agreeing to get mail, and leaving. A link scanner opens links, so only a button changes anything."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.db.engine import reading, transaction
from newsletter.web.links import find_reader, speaking_to
from newsletter.web.site import CurrentSite

router = APIRouter()


@router.api_route("/confirm/{token}", methods=["GET", "HEAD"])
def ask_to_confirm(token: str, site: CurrentSite) -> HTMLResponse:
    """Show the button."""
    with reading(site.runtime.database) as session:
        reader = find_reader(session, site.runtime.tokens, "confirm", token)
    return speaking_to(site, reader).page("readers/confirm.html", reader=reader) if reader else site.bad_link()


@router.post("/confirm/{token}")
def confirm_reader(token: str, site: CurrentSite) -> HTMLResponse:
    """Record that the reader agreed; pressed twice, nothing more happens."""
    runtime = site.runtime
    with transaction(runtime.database) as session:
        reader = find_reader(session, runtime.tokens, "confirm", token)
        if reader:
            welcome = runtime.confirm_reader(session, reader.id)
    if reader is None:
        return site.bad_link()
    runtime.wake_delivery(welcome)
    manage = runtime.tokens.sign("manage", reader.id, reader.token_version)
    return speaking_to(site, reader).page("readers/confirmed.html", manage=manage)


@router.api_route("/unsubscribe/{token}", methods=["GET", "HEAD"])
def ask_to_unsubscribe(token: str, site: CurrentSite) -> HTMLResponse:
    """Show the button."""
    with reading(site.runtime.database) as session:
        reader = find_reader(session, site.runtime.tokens, "unsubscribe", token)
    return speaking_to(site, reader).page("readers/unsubscribe.html", reader=reader) if reader else site.bad_link()


@router.post("/unsubscribe/{token}")
def unsubscribe_reader(token: str, site: CurrentSite) -> HTMLResponse:
    """Stop all mail at once (RFC 8058 section 3.2: no cookie, no redirect, no further question; twice does no harm).

    The body is not read: the link itself is the proof, and a mailbox provider that encodes the body in its own way must be
    obeyed too.
    """
    runtime = site.runtime
    with transaction(runtime.database) as session:
        reader = find_reader(session, runtime.tokens, "unsubscribe", token)
        if reader:
            goodbye = runtime.unsubscribe_reader(session, reader.id)
    if reader is None:
        return site.bad_link()
    runtime.wake_delivery(goodbye)
    return speaking_to(site, reader).page("readers/unsubscribed.html")
