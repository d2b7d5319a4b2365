"""A reader's own terms: how words of the field are said in their mail."""

from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.db.engine import reading
from newsletter.errors import TermError
from newsletter.subscribers.subscriber import Subscriber
from newsletter.translation.own_terms import LONGEST_FORM, MOST_TERMS_OF_A_READER
from newsletter.web.forms import one_value
from newsletter.web.forms_terms import TermForm, fill_term_form, read_term_form, say_fault
from newsletter.web.links import find_reader, speaking_to
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter(prefix="/manage/{token}/terms")

_DONE = {
    "kept": Words("Kept. Your next mail says it so.", "已保存，下一封邮件起生效。"),
    "removed": Words("The term is gone.", "已删除该术语。"),
}


@router.get("")
def show_terms(token: str, site: CurrentSite, *, change: str = "", done: str = "") -> HTMLResponse:
    """List the reader's terms, and show the form for another or for the one to be changed."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    asked = next((term for term in site.runtime.list_reader_terms(reader) if term.term == change), None)
    form = fill_term_form(asked) if asked else TermForm()
    return _page(speaking_to(site, reader), token, reader, form, done=done)


@router.post("", response_model=None)
def put_term(token: str, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Add a term, or change it."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    form = read_term_form(fields)
    if not form.errors:
        try:
            site.runtime.put_reader_term(reader, form.term, form.accepted, form.unwanted)
        except TermError as error:
            form = replace(form, errors=(say_fault(error),))
    if form.errors:
        return _page(speaking_to(site, reader), token, reader, form, status=422)
    return RedirectResponse(f"/manage/{token}/terms?done=kept", status_code=303)


@router.post("/remove", response_model=None)
def remove_term(token: str, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Remove one of the reader's terms; one that is not there is none."""
    reader = _find(site, token)
    if reader is None:
        return site.bad_link()
    is_gone = site.runtime.remove_reader_term(reader, one_value(fields, "term"))
    return RedirectResponse(f"/manage/{token}/terms{'?done=removed' if is_gone else ''}", status_code=303)


def _find(site: Site, token: str) -> Subscriber | None:
    with reading(site.runtime.database) as session:
        return find_reader(session, site.runtime.tokens, "manage", token)


def _page(
    site: Site, token: str, reader: Subscriber, form: TermForm, *, status: int = 200, done: str = ""
) -> HTMLResponse:
    return site.page(
        "readers/terms.html",
        status=status,
        token=token,
        reader=reader,
        form=form,
        terms=site.runtime.list_reader_terms(reader),
        most=MOST_TERMS_OF_A_READER,
        longest=LONGEST_FORM,
        done=_DONE.get(done),
    )
