"""A reader's own page: keywords, authors and every choice."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.db.engine import reading
from newsletter.papers.taxonomy import category_names, list_categories
from newsletter.subscribers.store import MAX_KEYWORDS
from newsletter.subscribers.subscriber import Preferences, Subscriber, Trending
from newsletter.web.feeds.addresses import reader_feed
from newsletter.web.forms import ANNOUNCEMENT_DAYS, NO_KEYWORD, FieldError, one_value, read_preferences
from newsletter.web.forms_keywords import KeywordForm, Listing, change_rows, read_keyword_rows, show_keywords
from newsletter.web.links import find_reader
from newsletter.web.pages.keywords import Trial, try_keyword
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.web.zones import zone_groups

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnForm:
    """The form of the page as it stands; `is_draft` when a button changed it and nothing is saved yet."""

    keywords: KeywordForm
    preferences: Preferences
    errors: tuple[FieldError, ...] = ()
    is_draft: bool = False
    trial: Trial | None = None
    tried: str = ""
    """The field of the keyword that was tried."""


@router.get("/manage/{token}")
def show_choices(
    token: str, site: CurrentSite, *, saved: bool = False, paused: bool = False, resumed: bool = False
) -> HTMLResponse:
    """Show the form as it stands."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    form = OwnForm(keywords=show_keywords(reader.subscriptions), preferences=reader.preferences)
    said = "saved" if saved else "paused" if paused else "resumed" if resumed else ""
    return _manage(site, token, reader, form, said=said)


@router.post("/manage/{token}", response_model=None)
def save_choices(token: str, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Save everything, or nothing and say what is wrong; a button of a keyword changes the form and saves nothing."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    keywords = read_keyword_rows(fields, max_keywords=MAX_KEYWORDS)
    preferences, wrong = read_preferences(fields, start=reader.preferences, choices=site.runtime.choices)
    if action := one_value(fields, "do"):
        return _manage(site, token, reader, act_on(site, keywords, preferences, action))
    errors = (*keywords.all_errors, *wrong)
    if not errors and not keywords.subscriptions and preferences.trending is not Trending.TOP:
        errors = (NO_KEYWORD,)
    if errors:
        form = OwnForm(keywords=keywords, preferences=preferences, errors=errors)
        return _manage(site, token, reader, form, status=422)
    site.runtime.save_choices(reader, keywords.subscriptions, preferences)
    return RedirectResponse(f"/manage/{token}?saved=true", status_code=303)


def act_on(site: Site, keywords: KeywordForm, preferences: Preferences, action: str) -> OwnForm:
    """Return the form after a button: a keyword moved, removed, mended or tried. What else is wrong is not scolded yet."""
    if action.startswith("try:"):
        field = action.removeprefix("try:")
        trial = try_keyword(site, _typed_in(keywords, field), preferences, with_suggestions=False)
        return OwnForm(keywords=keywords, preferences=preferences, is_draft=True, trial=trial, tried=field)
    changed = change_rows(keywords, action)
    return OwnForm(keywords=changed, preferences=preferences, errors=changed.all_errors, is_draft=True)


def _typed_in(keywords: KeywordForm, field: str) -> str:
    """Return the keyword in a field; of a field with several lines, the last one."""
    listings: Sequence[Listing] = (keywords.keywords, keywords.authors)
    rows = {f"{listing.name}:{row.number}": row.text for listing in listings for row in listing.rows}
    added = [line for line in keywords.keywords.added.splitlines() if line.strip()]
    return rows.get(field, added[-1] if added else "")


def _find(site: Site, token: str) -> Subscriber | None:
    with reading(site.runtime.database) as session:
        return find_reader(session, site.runtime.tokens, "manage", token)


def _manage(
    site: Site, token: str, reader: Subscriber, form: OwnForm, *, status: int = 200, said: str = ""
) -> HTMLResponse:
    preferences = form.preferences
    today = site.runtime.clock().astimezone(reader.preferences.zone).date()
    until = reader.preferences.paused_until
    return site.speaking(preferences.languages.codes[0]).page(
        "readers/manage.html",
        status=status,
        token=token,
        reader=reader,
        form=form,
        said=said,
        days=ANNOUNCEMENT_DAYS,
        categories=list_offered(site.runtime.settings.categories, preferences.categories),
        paused_until=until if until and until > today else None,
        zones=zone_groups(site.runtime.clock(), preferences.timezone),
        feed=reader_feed(site.runtime.tokens, reader),
        unsubscribe=site.runtime.tokens.sign("unsubscribe", reader.id, reader.token_version),
    )


def list_offered(collected: Sequence[str], chosen: Sequence[str]) -> list[tuple[str, str]]:
    """Return (code, name) of the categories to choose from: those of every list that is collected, and what is chosen."""
    offered = [name for category in collected for name in (list_categories(category) or [category])]
    return [(code, category_names().get(code, "")) for code in dict.fromkeys([*offered, *chosen])]
