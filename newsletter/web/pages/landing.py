"""The front page and the sign-up form."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from newsletter.errors import InputError
from newsletter.papers.calendar import announced_at
from newsletter.subscribers.store import MAX_KEYWORDS
from newsletter.subscribers.subscriber import Preferences
from newsletter.web.client import refuse_flood
from newsletter.web.days import find_newest_day, show_papers
from newsletter.web.forms import FieldError, Fields, ReaderForm, mend_keywords, one_value, read_sign_up
from newsletter.web.site import PUBLIC, CurrentSite, Site, SubmittedFields
from newsletter.web.zones import likely_zone, zone_groups
from newsletter.words import Words

SAMPLE_PAPERS = 5

router = APIRouter()


@router.api_route("/", methods=["GET", "HEAD"])
def show_landing(request: Request, site: CurrentSite) -> HTMLResponse:
    """Say what this is, offer the form, and show the newest edition's first papers."""
    zone = likely_zone(request.headers.get("accept-language", ""))
    form = ReaderForm(keywords="", subscriptions=(), preferences=Preferences(timezone=zone))
    return _landing(site, form, headers=PUBLIC | {"Vary": "Accept-Language"})


@router.post("/subscribe")
def subscribe(request: Request, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Ask the owner of an address to confirm. The answer is the same whether or not the address is known."""
    form = read_sign_up(fields, max_keywords=MAX_KEYWORDS, start=Preferences())
    if "mend" in fields:
        return _landing(site, _mend(fields))
    if form.errors:
        return _landing(site, form, status=422)
    refuse_flood(request, site)
    try:
        site.runtime.sign_up(form.email, [item.keyword for item in form.subscriptions], form.preferences)
    except InputError as error:
        wrong = FieldError(field="email", words=Words(str(error), "请检查所填内容。"))
        return _landing(site, replace(form, errors=(wrong,)), status=422)
    return site.page("readers/look_in_inbox.html")


def _mend(fields: Fields) -> ReaderForm:
    """Read the form once more with one keyword mended; the reader has not sent it yet, so nothing else is scolded."""
    keywords = mend_keywords(one_value(fields, "keywords"), one_value(fields, "mend"))
    form = read_sign_up({**fields, "keywords": [keywords]}, max_keywords=MAX_KEYWORDS, start=Preferences())
    return replace(form, errors=tuple(error for error in form.errors if error.field == "keywords"))


def _landing(
    site: Site, form: ReaderForm, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    runtime = site.runtime
    day = find_newest_day(runtime)
    papers = show_papers(runtime, day, day.announced[:SAMPLE_PAPERS]) if day else []
    return site.page(
        "readers/landing.html",
        status=status,
        headers=headers,
        form=form,
        zones=zone_groups(runtime.clock(), form.preferences.timezone),
        day=day,
        announced_at=day and announced_at(day.edition_on),
        papers=papers,
    )
