"""Signing in."""

import math

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.operators.sign_in import Admitted, Attempt, sign_in
from newsletter.web.admin.session import (
    browser_of,
    find_signed_in,
    kept_by_browser,
    network_of,
    path_within,
    set_session,
)
from newsletter.web.admin.words import REFUSED, say_wait
from newsletter.web.forms import one_value
from newsletter.web.site import CurrentSite, SubmittedFields
from newsletter.words import Words

router = APIRouter()


@router.get("/sign-in", response_model=None)
def show_sign_in(request: Request, site: CurrentSite, next: str = "") -> HTMLResponse | RedirectResponse:  # noqa: A002
    """Show the form; who is signed in already goes on."""
    if find_signed_in(request, site) is not None:
        return RedirectResponse(path_within(next), status_code=303)
    return site.page("admin/sign_in.html", email="", wanted=path_within(next), refusal=None)


@router.post("/sign-in", response_model=None)
def come_in(request: Request, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Let in who has the password and the code, and lead them to where they wanted to go."""
    settings = site.runtime.settings
    wanted, email = path_within(one_value(fields, "next")), one_value(fields, "email").strip()
    attempt = Attempt(
        email=email,
        password=one_value(fields, "password"),
        code=one_value(fields, "code"),
        network=network_of(request, site),
        browser=browser_of(request),
        kept=kept_by_browser(request, settings),
    )
    found = sign_in(site.runtime.door, attempt)
    if isinstance(found, Admitted):
        answer = RedirectResponse(wanted, status_code=303)
        set_session(answer, settings, token=found.token, kept=found.kept)
        return answer
    refusal: Words = REFUSED if found.wait is None else say_wait(found.wait)
    return site.page(
        "admin/sign_in.html",
        status=422 if found.wait is None else 429,
        headers={"Retry-After": str(math.ceil(found.wait.total_seconds()))} if found.wait else None,
        email=email,
        wanted=wanted,
        refusal=refusal,
    )
