"""The glossary: the terms that operators added, the shipped ones, and how often the newest edition says one."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import NotFoundError, TermError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.runtime.glossary import TermUse
from newsletter.translation.own_terms import LONGEST_FORM
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import one_value
from newsletter.web.forms_terms import TermForm, fill_term_form, read_term_form, say_fault
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Translating = Annotated[SignedIn, Depends(require(Permission.TRANSLATIONS))]
HERE = "/admin/glossary"
MOST_SHOWN = 60
_DONE = {
    "added": Words(
        "Kept. New translations say it so; what is there already can be renewed.",
        "已保存，新译文即照此翻译；已有译文可按新术语更新。",
    ),
    "removed": Words("The term is gone.", "已删除该术语。"),
}


@router.get("/glossary")
def show_glossary(
    operator: Looking,
    site: CurrentSite,
    q: Annotated[str, Query(max_length=100)] = "",
    about: Annotated[str, Query(max_length=100)] = "",
    change: Annotated[str, Query(max_length=100)] = "",
    done: str = "",
) -> HTMLResponse:
    """Show the terms that operators added, what is found in the shipped glossary, and where a term is said."""
    asked = next((term for term in site.runtime.list_terms() if term.term == change), None)
    form = fill_term_form(asked) if asked else TermForm()
    return _page(site, operator, form, query=q.strip(), about=about.strip(), done=done)


@router.post("/glossary", response_model=None)
def put_term(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Add a term, or change it."""
    form = read_term_form(fields)
    if form.errors:
        return _page(site, operator, form, status=422)
    known = {term.term.casefold() for term in site.runtime.list_terms()}
    action = "change-term" if form.term.casefold() in known else "add-term"
    note = operator.note(action, form.term, forms=list(form.accepted), forbidden=list(form.unwanted))
    try:
        site.runtime.put_term(form.term, form.accepted, form.unwanted, by=operator.email, note=note)
    except TermError as error:
        return _page(site, operator, replace(form, errors=(say_fault(error),)), status=422)
    return RedirectResponse(f"{HERE}?done=added", status_code=303)


@router.post("/glossary/remove")
def remove_term(operator: Translating, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Remove a term that an operator added."""
    term = one_value(fields, "term")
    is_gone = site.runtime.remove_term(term, note=operator.note("remove-term", term))
    return RedirectResponse(f"{HERE}?done=removed" if is_gone else HERE, status_code=303)


def _page(
    site: Site,
    operator: SignedIn,
    form: TermForm,
    *,
    status: int = 200,
    query: str = "",
    about: str = "",
    done: str = "",
) -> HTMLResponse:
    found = site.runtime.search_terms(query) if query else ()
    return site.page(
        "admin/glossary.html",
        status=status,
        operator=operator,
        own=site.runtime.list_terms(),
        form=form,
        errors=form.errors,
        query=query,
        found=found[:MOST_SHOWN],
        found_count=len(found),
        about=about,
        use=_count(site, about) if about else None,
        longest=LONGEST_FORM,
        done=_DONE.get(done),
    )


def _count(site: Site, about: str) -> TermUse | None:
    try:
        return site.runtime.count_term(about)
    except NotFoundError:
        return None
