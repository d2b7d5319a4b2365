"""Sending a day again from the website: choose the readers, look at the dry run, go, watch, cancel.

What goes out is what the dry run showed: a plan that has changed since is shown again instead.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.editions.resend.plan import Audience, ResendLine, ResendRequest, fingerprint
from newsletter.editions.story.mails import say_word
from newsletter.errors import NotFoundError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import FieldError, Fields, one_value
from newsletter.web.marks import state_mark
from newsletter.web.pages.day import read_date
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Resending = Annotated[SignedIn, Depends(require(Permission.RESEND))]

LINES_A_PAGE = 100
REFRESH_SECONDS = 5

_AUDIENCES = {
    Audience.MISSING: Words("Those without an accepted delivery", "尚未收到的读者"),
    Audience.FAILED: Words("Those of them whose mail failed", "其中投递失败的读者"),
    Audience.ALL: Words("All readers of the day", "当日全部读者"),
    Audience.CHOSEN: Words("One reader", "一位读者"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendForm:
    """What an operator chose."""

    audience: Audience = Audience.MISSING
    reader: str = ""
    is_trending: bool = False
    is_recomposed: bool = False
    again: bool = False

    @property
    def fields(self) -> dict[str, str]:
        """The same as form fields."""
        flags = {"trending": self.is_trending, "recompose": self.is_recomposed, "again": self.again}
        reader = {"reader": self.reader} if self.audience is Audience.CHOSEN else {}
        return {"audience": self.audience.value, **reader, **{name: "yes" for name, is_set in flags.items() if is_set}}


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """Who gets a day again and who does not: the page's share of the lines, and all of them counted by reason."""

    lines: Sequence[ResendLine]
    planned: int
    left_out: int
    reasons: Sequence[tuple[bool, Words, int]]
    fingerprint: str
    page: int
    pages: int


@router.get("/days/{written}/resend")
def show_resend(
    operator: Looking,
    written: str,
    site: CurrentSite,
    audience: str = "",
    reader: str = "",
    trending: str = "",
    recompose: str = "",
    again: str = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> HTMLResponse:
    """Show the form, and the dry run of what is chosen; nothing is sent."""
    fields = {"audience": audience, "reader": reader, "trending": trending, "recompose": recompose, "again": again}
    form = read_resend({name: [value] for name, value in fields.items()})
    return _show(site, operator, read_date(written), form, page=page, is_chosen=bool(audience))


@router.post("/days/{written}/resend", response_model=None)
def start_resend(
    operator: Resending, written: str, site: CurrentSite, fields: SubmittedFields
) -> HTMLResponse | RedirectResponse:
    """Send the day again as the dry run showed; pressed twice, nothing more happens."""
    edition_on, form = read_date(written), read_resend(fields)
    request, errors = _request(site, edition_on, form)
    if request is None:
        return _show(site, operator, edition_on, form, errors=errors)
    # by number: an entry outlives the address of a reader who is erased
    reader = {"reader": request.to[0]} if request.to else {}
    note = operator.note("resend", str(edition_on), **(form.fields | reader))
    plan = one_value(fields, "plan")
    requested = site.runtime.hand_over_resend(request, by=operator.email, expected=plan, note=note)
    resend_id = requested.unfinished or requested.resend_id
    if resend_id is not None:
        return RedirectResponse(f"/admin/resends/{resend_id}", status_code=303)
    return _show(site, operator, edition_on, form, has_changed=True)


@router.get("/resends/{resend_id}")
def show_progress(operator: Looking, resend_id: int, site: CurrentSite, *, still: bool = False) -> HTMLResponse:
    """Show how far a resend is; until it is over the page follows it, unless it is asked to keep still."""
    return site.page("admin/resent.html", **_progress(site, operator, resend_id, still=still))


@router.get("/resends/{resend_id}/progress")
def follow_progress(operator: Looking, resend_id: int, site: CurrentSite) -> HTMLResponse:
    """Return the part of that page that changes."""
    return site.page("admin/_progress.html", **_progress(site, operator, resend_id, still=False))


@router.post("/resends/{resend_id}/cancel")
def cancel_resend(operator: Resending, resend_id: int, site: CurrentSite) -> RedirectResponse:
    """Take back what is not on the wire; pressed twice, nothing more happens."""
    note = operator.note("cancel-resend", f"resend {resend_id}")
    site.runtime.cancel_resend(resend_id, by=operator.email, note=note)
    return RedirectResponse(f"/admin/resends/{resend_id}", status_code=303)


def read_resend(fields: Fields) -> ResendForm:
    """Read what was chosen; what nobody offered counts as not chosen."""
    chosen = one_value(fields, "audience")
    return ResendForm(
        audience=Audience(chosen) if chosen in set(Audience) else Audience.MISSING,
        reader=one_value(fields, "reader").strip(),
        is_trending=one_value(fields, "trending") == "yes",
        is_recomposed=one_value(fields, "recompose") == "yes",
        again=one_value(fields, "again") == "yes",
    )


def _progress(site: Site, operator: SignedIn, resend_id: int, *, still: bool) -> dict[str, Any]:
    progress = site.runtime.resend_progress(resend_id)
    return {
        "operator": operator,
        "progress": progress,
        "resend": progress.resend,
        "audience": _AUDIENCES[progress.resend.audience],
        "troubled": site.runtime.list_resend_troubles(resend_id),
        "marks": {state: state_mark(state) for state in DeliveryState},
        "say_word": say_word,
        "is_live": not progress.is_over and not still,
        "refresh_seconds": REFRESH_SECONDS,
    }


def _show(
    site: Site,
    operator: SignedIn,
    edition_on: date,
    form: ResendForm,
    *,
    page: int = 1,
    is_chosen: bool = True,
    has_changed: bool = False,
    errors: Sequence[FieldError] = (),
) -> HTMLResponse:
    dry_run = None
    if is_chosen and not errors:
        request, errors = _request(site, edition_on, form)
        dry_run = _dry_run(site.runtime.plan_resend(request), page) if request else None
    return site.page(
        "admin/resend.html",
        status=409 if has_changed else 422 if errors else 200,
        operator=operator,
        edition_on=edition_on,
        form=form,
        audiences=_AUDIENCES,
        errors=errors,
        dry_run=dry_run,
        has_changed=has_changed,
        resends=site.runtime.list_resends(edition_on),
    )


def _request(site: Site, edition_on: date, form: ResendForm) -> tuple[ResendRequest | None, list[FieldError]]:
    if form.is_trending and form.is_recomposed:
        return None, [
            FieldError(
                field="recompose",
                words=Words("Mails of trending papers are sent again as they were.", "热门论文邮件只能按原样重发。"),
            )
        ]
    try:
        request = site.runtime.resend_request(
            edition_on,
            to=[form.reader] if form.audience is Audience.CHOSEN else None,
            only_missing=form.audience is Audience.MISSING,
            only_failed=form.audience is Audience.FAILED,
            again=form.again,
            is_recomposed=form.is_recomposed,
            message=Message.TRENDING if form.is_trending else Message.DIGEST,
        )
    except NotFoundError:
        unknown = FieldError(field="reader", words=Words("No reader has this address.", "没有读者使用这个地址。"))
        return None, [unknown]
    return request, []


def _dry_run(lines: Sequence[ResendLine], page: int) -> DryRun:
    """Return a page of the lines, those who get it first, in the order of the readers."""
    ordered = sorted(lines, key=lambda line: line.revision is None)
    planned = sum(line.revision is not None for line in lines)
    pages = max(-(-len(lines) // LINES_A_PAGE), 1)
    page = min(page, pages)
    reasons = Counter((line.revision is not None, line.why) for line in lines)
    return DryRun(
        lines=ordered[(page - 1) * LINES_A_PAGE : page * LINES_A_PAGE],
        planned=planned,
        left_out=len(lines) - planned,
        reasons=[
            (is_sent, why, number)
            for (is_sent, why), number in sorted(reasons.items(), key=lambda item: (not item[0][0], -item[1]))
        ],
        fingerprint=fingerprint(lines),
        page=page,
        pages=pages,
    )
