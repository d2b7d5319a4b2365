"""A reader's choices in an operator's hands: the reader's own form, with their name above it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.digests.prose import clean
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.operators.subjects import name_reader
from newsletter.subscribers.store import MAX_KEYWORDS
from newsletter.subscribers.subscriber import Preferences, Subscriber, Trending
from newsletter.web.admin.readers import ReaderNumber
from newsletter.web.admin.session import require
from newsletter.web.forms import ANNOUNCEMENT_DAYS, NO_KEYWORD, one_value, read_preferences
from newsletter.web.forms_keywords import KeywordForm, read_keyword_rows, show_keywords
from newsletter.web.pages.manage import OwnForm, act_on, list_offered
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.web.zones import zone_groups

router = APIRouter()
Keeping = Annotated[SignedIn, Depends(require(Permission.READERS))]
MOST_NAME = 200


@router.get("/readers/{reader_id:int}/edit", response_model=None)
def show_form(operator: Keeping, site: CurrentSite, reader_id: ReaderNumber) -> HTMLResponse | RedirectResponse:
    """Show the form as it stands; of an erased reader there is nothing to edit."""
    reader = site.runtime.open_reader(reader_id).reader
    if not reader.email:
        return RedirectResponse(f"/admin/readers/{reader_id}", status_code=303)
    form = OwnForm(keywords=show_keywords(reader.subscriptions), preferences=reader.preferences)
    return _show(site, operator, reader, form, name=reader.name)


@router.post("/readers/{reader_id:int}/edit", response_model=None)
def save(
    operator: Keeping, site: CurrentSite, reader_id: ReaderNumber, fields: SubmittedFields
) -> HTMLResponse | RedirectResponse:
    """Save everything, or nothing and say what is wrong; a button of a keyword changes the form and saves nothing."""
    reader = site.runtime.open_reader(reader_id).reader
    if not reader.email:
        return RedirectResponse(f"/admin/readers/{reader_id}", status_code=303)
    name = clean(one_value(fields, "name"))[:MOST_NAME]
    keywords = read_keyword_rows(fields, max_keywords=MAX_KEYWORDS)
    preferences, wrong = read_preferences(fields, start=reader.preferences, choices=site.runtime.choices)
    if action := one_value(fields, "do"):
        return _show(site, operator, reader, act_on(site, keywords, preferences, action), name=name)
    errors = (*keywords.all_errors, *wrong)
    if not errors and not keywords.subscriptions and preferences.trending is not Trending.TOP:
        errors = (NO_KEYWORD,)
    if errors:
        form = OwnForm(keywords=keywords, preferences=preferences, errors=errors)
        return _show(site, operator, reader, form, name=name, status=422)
    changed = _list_changes(reader, name, keywords, preferences)
    note = operator.note("edit-reader", name_reader(reader.id), changed=sorted(changed))
    site.runtime.edit_reader(
        reader, name=name, subscriptions=keywords.subscriptions, preferences=preferences, note=note
    )
    return RedirectResponse(f"/admin/readers/{reader_id}?done=saved", status_code=303)


def _list_changes(reader: Subscriber, name: str, keywords: KeywordForm, preferences: Preferences) -> list[str]:
    """Return what an edit changes, by name: what exactly a reader searches for is no business of a log."""
    before, after = _flat(reader.preferences), _flat(preferences)
    changed = [field for field, value in after.items() if value != before[field]]
    changed += ["name"] if name != reader.name else []
    return changed + (["keywords"] if keywords.subscriptions != reader.subscriptions else [])


def _flat(preferences: Preferences) -> Mapping[str, object]:
    return {field: getattr(preferences, field) for field in Preferences.__dataclass_fields__}


def _show(
    site: Site, operator: SignedIn, reader: Subscriber, form: OwnForm, *, name: str, status: int = 200
) -> HTMLResponse:
    return site.page(
        "admin/reader_edit.html",
        status=status,
        operator=operator,
        reader=reader,
        form=form,
        name=name,
        most_name=MOST_NAME,
        days=ANNOUNCEMENT_DAYS,
        categories=list_offered(site.runtime.settings.categories, form.preferences.categories),
        zones=zone_groups(site.runtime.clock(), form.preferences.timezone),
    )
