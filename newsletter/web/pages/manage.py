"""A reader's own page: keywords and preferences."""

from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.db.engine import reading, transaction
from newsletter.subscribers.store import MAX_KEYWORDS, set_keywords, set_preferences
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.forms import (
    ANNOUNCEMENT_DAYS,
    Fields,
    ReaderForm,
    format_keywords,
    mend_keywords,
    one_value,
    read_manage,
)
from newsletter.web.links import find_reader
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.web.zones import zone_groups

router = APIRouter()


@router.get("/manage/{token}")
def show_choices(token: str, site: CurrentSite, *, saved: bool = False) -> HTMLResponse:
    """Show the form as it stands."""
    with reading(site.runtime.database) as session:
        reader = find_reader(session, site.runtime.tokens, "manage", token)
    if reader is None:
        return site.bad_link()
    form = ReaderForm(
        keywords=format_keywords(reader.subscriptions),
        subscriptions=reader.subscriptions,
        preferences=reader.preferences,
    )
    return _manage(site, token, reader, form, is_saved=saved)


@router.post("/manage/{token}", response_model=None)
def save_choices(token: str, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Save everything, or nothing and say what is wrong."""
    runtime = site.runtime
    with reading(runtime.database) as session:
        reader = find_reader(session, runtime.tokens, "manage", token)
    if reader is None:
        return site.bad_link()
    if "mend" in fields:
        return _manage(site, token, reader, _mend(fields, reader))
    form = read_manage(fields, max_keywords=MAX_KEYWORDS, start=reader.preferences)
    if form.errors:
        return _manage(site, token, reader, form, status=422)
    with transaction(runtime.database) as session:
        set_keywords(session, reader.id, form.subscriptions)
        set_preferences(session, reader.id, form.preferences)
    return RedirectResponse(f"/manage/{token}?saved=true", status_code=303)


def _mend(fields: Fields, reader: Subscriber) -> ReaderForm:
    keywords = mend_keywords(one_value(fields, "keywords"), one_value(fields, "mend"))
    form = read_manage({**fields, "keywords": [keywords]}, max_keywords=MAX_KEYWORDS, start=reader.preferences)
    return replace(form, errors=tuple(error for error in form.errors if error.field == "keywords"))


def _manage(
    site: Site, token: str, reader: Subscriber, form: ReaderForm, *, status: int = 200, is_saved: bool = False
) -> HTMLResponse:
    return site.page(
        "readers/manage.html",
        status=status,
        token=token,
        reader=reader,
        form=form,
        is_saved=is_saved,
        days=ANNOUNCEMENT_DAYS,
        zones=zone_groups(site.runtime.clock(), form.preferences.timezone),
        unsubscribe=site.runtime.tokens.sign("unsubscribe", reader.id, reader.token_version),
    )
