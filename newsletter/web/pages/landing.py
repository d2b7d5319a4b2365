"""The front page and the sign-up form."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from newsletter.digests.dates import short_date, short_date_zh
from newsletter.errors import InputError
from newsletter.papers.calendar import announced_at, eastern
from newsletter.subscribers.store import MAX_KEYWORDS
from newsletter.subscribers.subscriber import Preferences
from newsletter.web.client import refuse_flood
from newsletter.web.days import find_newest_day, show_papers
from newsletter.web.feeds.addresses import EDITIONS
from newsletter.web.forms import FieldError, Fields, ReaderForm, mend_keywords, one_value, read_sign_up
from newsletter.web.pages.keywords import Trial, try_keyword
from newsletter.web.site import PUBLIC, CurrentSite, Site, SubmittedFields
from newsletter.web.zones import likely_zone, zone_groups
from newsletter.words import Words

SAMPLE_PAPERS = 5

router = APIRouter()


@router.api_route("/", methods=["GET", "HEAD"])
def show_landing(request: Request, site: CurrentSite, q: str = "") -> HTMLResponse:
    """Say what this is, offer the form, with a keyword that was tried elsewhere (`q`), and show today's first papers."""
    zone = likely_zone(request.headers.get("accept-language", ""))
    choices = site.runtime.choices
    languages = next((one for one in choices if one.codes[0] == site.language), choices[0])
    form = ReaderForm(keywords=q, subscriptions=(), preferences=Preferences(timezone=zone, languages=languages))
    return _landing(site, form, headers=PUBLIC, guesses_zone=True)


@router.post("/subscribe")
def subscribe(request: Request, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Ask the owner of an address to confirm. The answer is the same whether or not the address is known."""
    form = read_sign_up(fields, max_keywords=MAX_KEYWORDS, **_choices(site))
    if "mend" in fields:
        return _landing(site, _mend(site, fields))
    if "try" in fields:
        return _landing(site, replace(form, errors=()), trial=_try_last(site, form.keywords))
    if form.errors:
        return _landing(site, form, status=422)
    refuse_flood(request, site)
    try:
        site.runtime.sign_up(form.email, [item.keyword for item in form.subscriptions], form.preferences)
    except InputError as error:
        wrong = FieldError(field="email", words=Words(str(error), "请检查所填内容。"))
        return _landing(site, replace(form, errors=(wrong,)), status=422)
    return site.page("readers/look_in_inbox.html")


def _mend(site: Site, fields: Fields) -> ReaderForm:
    """Read the form once more with one keyword mended; the reader has not sent it yet, so nothing else is scolded."""
    keywords = mend_keywords(one_value(fields, "keywords"), one_value(fields, "mend"))
    form = read_sign_up({**fields, "keywords": [keywords]}, max_keywords=MAX_KEYWORDS, **_choices(site))
    return replace(form, errors=tuple(error for error in form.errors if error.field == "keywords"))


def _try_last(site: Site, keywords: str) -> Trial:
    """Try the keyword of the last line."""
    lines = [line for line in keywords.splitlines() if line.strip()]
    return try_keyword(site, lines[-1] if lines else "", with_suggestions=False)


def _choices(site: Site) -> dict[str, Any]:
    choices = site.runtime.choices
    return {"start": Preferences(languages=choices[0]), "choices": choices}


def _landing(
    site: Site,
    form: ReaderForm,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    trial: Trial | None = None,
    guesses_zone: bool = False,
) -> HTMLResponse:
    runtime = site.runtime
    day = find_newest_day(runtime)
    papers = show_papers(runtime, day, day.announced[:SAMPLE_PAPERS]) if day else []
    return site.page(
        "readers/landing.html",
        status=status,
        headers=headers,
        form=form,
        trial=trial,
        guesses_zone=guesses_zone,
        zones=zone_groups(runtime.clock(), form.preferences.timezone),
        feed=EDITIONS,
        day=day,
        announced=day and _say_announced(day.edition_on),
        papers=papers,
    )


def _say_announced(edition_on: date) -> Words:
    """Thu 19 Mar 20:00 Eastern: the page does not know its visitor's zone."""
    at = eastern(announced_at(edition_on))
    return Words(f"{short_date(at.date())} {at:%H:%M} Eastern", f"美东时间 {short_date_zh(at.date())} {at:%H:%M}")
