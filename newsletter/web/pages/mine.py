"""A reader's further pages: the next mail as it would be, the past ones, a pause, their data, and the way out for good."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from newsletter.db.engine import reading
from newsletter.deliveries.history import PastMail, say_fate
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.feeds.addresses import reader_feed
from newsletter.web.forms import FieldError, one_value
from newsletter.web.framing import with_outside_links
from newsletter.web.links import find_reader, speaking_to
from newsletter.web.marks import state_mark
from newsletter.web.pages.day import read_date
from newsletter.web.security import FRAMED_MAIL_POLICY
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

MAILS_A_PAGE = 40
LONGEST_PAUSE = timedelta(days=366)

router = APIRouter(prefix="/manage/{token}")
Answer = HTMLResponse | RedirectResponse | Response


@router.get("/preview", response_model=None)
def show_preview(token: str, site: CurrentSite) -> HTMLResponse:
    """Show what the newest edition would bring with the choices as they stand, as a mail in a frame."""
    return _for_reader(site, token, _preview)


@router.get("/preview/mail", response_model=None)
def show_framed_mail(token: str, site: CurrentSite) -> HTMLResponse:
    """Return that mail alone, shut in by its policy."""
    return _for_reader(site, token, _framed_mail)


@router.get("/history", response_model=None)
def show_history(token: str, site: CurrentSite, before: str = "") -> HTMLResponse:
    """List what became of the reader's mails."""
    since = read_date(before) if before else None
    return _for_reader(site, token, lambda own, token, reader: _history(own, token, reader, since))


@router.get("/data", response_model=None)
def show_data(token: str, site: CurrentSite) -> HTMLResponse:
    """Say what is held about the reader, and how to take it along or have it erased."""
    return _for_reader(site, token, _data)


@router.get("/export", response_model=None)
def download_data(token: str, site: CurrentSite) -> Response:
    """Return all that is held about the reader, as one JSON document."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    body = json.dumps(site.runtime.export_reader(reader), ensure_ascii=False, indent=2)
    name = f"chenbao-{site.runtime.clock():%Y-%m-%d}.json"
    return Response(
        body, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/pause", response_model=None)
def show_pause(token: str, site: CurrentSite) -> HTMLResponse:
    """Ask until when no mail is to come."""
    return _for_reader(site, token, lambda own, token, reader: _pause(own, token, reader))


@router.post("/pause", response_model=None)
def pause(token: str, site: CurrentSite, fields: SubmittedFields) -> Answer:
    """Pause until the chosen day, or go on at once; what waits to be sent is taken back."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    own = speaking_to(site, reader)
    written = "" if "resume" in fields else one_value(fields, "until").strip()
    until, wrong = _read_until(own, reader, written) if "resume" not in fields else (None, None)
    if wrong is not None:
        return _pause(own, token, reader, typed=written, wrong=wrong)
    own.runtime.pause(reader, until)
    return RedirectResponse(f"/manage/{token}?{'paused' if until else 'resumed'}=true", status_code=303)


@router.get("/delete", response_model=None)
def ask_to_delete(token: str, site: CurrentSite) -> HTMLResponse:
    """Say what erasing does, and show the button."""
    return _for_reader(site, token, lambda own, token, reader: _page(own, "delete", token, reader))


@router.post("/delete", response_model=None)
def delete(token: str, site: CurrentSite) -> HTMLResponse:
    """Erase whose the row is; the link that led here is worth nothing afterwards."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    site.runtime.forget(reader)
    return speaking_to(site, reader).page("readers/deleted.html")


def _find(site: Site, token: str) -> Subscriber | None:
    with reading(site.runtime.database) as session:
        return find_reader(session, site.runtime.tokens, "manage", token)


def _for_reader(site: Site, token: str, show: Callable[[Site, str, Subscriber], HTMLResponse]) -> HTMLResponse:
    reader = _find(site, token)
    return site.bad_link() if reader is None else show(speaking_to(site, reader), token, reader)


def _page(site: Site, name: str, token: str, reader: Subscriber, status: int = 200, **context: Any) -> HTMLResponse:
    return site.page(f"readers/{name}.html", status=status, token=token, reader=reader, **context)


def _data(site: Site, token: str, reader: Subscriber) -> HTMLResponse:
    return _page(site, "data", token, reader, feed=reader_feed(site.runtime.tokens, reader))


def _preview(site: Site, token: str, reader: Subscriber) -> HTMLResponse:
    digest = site.runtime.preview_choices(reader)
    subject = site.runtime.renderer.subject(digest) if digest else ""
    return _page(site, "next_mail", token, reader, digest=digest, subject=subject)


def _framed_mail(site: Site, _token: str, reader: Subscriber) -> HTMLResponse:
    digest = site.runtime.preview_choices(reader)
    if digest is None:
        raise HTTPException(404)
    return HTMLResponse(
        with_outside_links(site.runtime.renderer.html(digest)),
        headers={"Content-Security-Policy": FRAMED_MAIL_POLICY, "Content-Type": "text/html; charset=utf-8"},
    )


def _history(site: Site, token: str, reader: Subscriber, before: date | None) -> HTMLResponse:
    found = site.runtime.list_history(reader, limit=MAILS_A_PAGE + 1, before=before)
    mails, older = _whole_days(found)
    shown = [(mail, state_mark(mail.state), say_fate(mail)) for mail in mails]
    tokens = site.runtime.tokens
    digest, feed = tokens.sign("digest", reader.id, reader.token_version), reader_feed(tokens, reader)
    return _page(site, "history", token, reader, mails=shown, older=older, before=before, digest=digest, feed=feed)


def _whole_days(found: Sequence[PastMail]) -> tuple[Sequence[PastMail], date | None]:
    """Return a page of mails and the day before which the next one begins, None for the last page.

    A day's mails stay together: the last day of a full page may have more than were read.
    """
    if len(found) <= MAILS_A_PAGE:
        return found, None
    last = found[-1].edition_on
    whole = [mail for mail in found if mail.edition_on > last]
    return whole, whole[-1].edition_on


def _pause(
    site: Site, token: str, reader: Subscriber, *, typed: str = "", wrong: FieldError | None = None
) -> HTMLResponse:
    today = _today(site, reader)
    return _page(
        site,
        "pause",
        token,
        reader,
        status=422 if wrong else 200,
        typed=typed,
        errors=[wrong] if wrong else [],
        first=today + timedelta(days=1),
        last=today + LONGEST_PAUSE,
        is_paused=reader.preferences.paused_until is not None and reader.preferences.paused_until > today,
    )


def _read_until(site: Site, reader: Subscriber, written: str) -> tuple[date | None, FieldError | None]:
    today = _today(site, reader)
    try:
        until = date.fromisoformat(written)
    except ValueError:
        until = today
    if today < until <= today + LONGEST_PAUSE:
        return until, None
    words = Words(
        "Choose a day after today, within a year. To stop for good, unsubscribe.",
        "请选择今天之后、一年之内的日期；若不再需要，可以退订。",
    )
    return None, FieldError(field="until", words=words)


def _today(site: Site, reader: Subscriber) -> date:
    return site.runtime.clock().astimezone(reader.preferences.zone).date()
