"""Any reader's mail of any day, in every density and language: looked at in a sandbox, or sent to one's own address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import AddressError, NotFoundError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.operators.subjects import join_subjects, name_reader
from newsletter.runtime.mailroom import MailForm, PreviewedMail
from newsletter.subscribers.admin_store import ReaderSearch
from newsletter.subscribers.subscriber import Consent, Density, Languages
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import FieldError, Fields, one_value
from newsletter.web.framing import with_outside_links
from newsletter.web.security import FRAMED_MAIL_POLICY
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Trying = Annotated[SignedIn, Depends(require(Permission.TRY_MAIL))]

DENSITIES = {
    Density.FULL: Words("everything", "完整摘要"),
    Density.COMPACT: Words("compact", "精简"),
    Density.TITLES: Words("titles only", "仅标题"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which mail somebody wants to see, as it was typed or chosen."""

    reader: str = ""
    day: str = ""
    languages: str = ""
    density: str = ""

    def form(self, choices: Sequence[Languages]) -> MailForm:
        """Return the form; what is none of the choices is as the reader gets it."""
        return MailForm(
            languages=next((choice for choice in choices if choice == self.languages), None),
            density=Density(self.density) if self.density in set(Density) else None,
        )

    @property
    def fields(self) -> dict[str, str]:
        """The same as form fields."""
        return {"reader": self.reader, "day": self.day, "languages": self.languages, "density": self.density}


def read_wish(
    reader: Annotated[str, Query(max_length=320)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
    languages: str = "",
    density: str = "",
) -> Wish:
    """Read which mail an address asks for."""
    return Wish(reader=reader.strip(), day=day.strip(), languages=languages, density=density)


Wished = Annotated[Wish, Depends(read_wish)]


@router.get("/mail")
def show_mail(
    operator: Looking, site: CurrentSite, wish: Wished, part: Literal["html", "text"] = "html", sent: str = ""
) -> HTMLResponse:
    """Show the form, and the mail that is chosen."""
    mail, errors = _find(site, wish) if wish.reader else (None, [])
    return _show(site, operator, wish, mail=mail, errors=errors, part=part, is_sent=bool(sent))


@router.get("/mail/html")
def show_html(_operator: Looking, site: CurrentSite, wish: Wished) -> HTMLResponse:
    """Return the mail's HTML alone, shut in by its policy; its links open beside the frame."""
    mail, _ = _find(site, wish)
    if mail is None:
        raise HTTPException(404)
    return HTMLResponse(
        with_outside_links(mail.message.html),
        headers={"Content-Security-Policy": FRAMED_MAIL_POLICY, "Content-Type": "text/html; charset=utf-8"},
    )


@router.post("/mail/test", response_model=None)
def send_test(operator: Trying, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Send a copy to the operator's own address."""
    wish = _read_wish(fields)
    mail, errors = _find(site, wish)
    if mail is None:
        return _show(site, operator, wish, mail=None, errors=errors)
    what = join_subjects([name_reader(mail.frozen.subscriber_id), str(mail.frozen.edition_on)])
    note = operator.note("test-send", what, density=wish.density)
    try:
        site.runtime.send_test(mail, operator.email, note=note)
    except AddressError as error:
        own = FieldError(
            field="test", words=Words(f"Your own address takes no mail: {error}", "您的登录地址无法收信。")
        )
        return _show(site, operator, wish, mail=mail, errors=[own])
    return RedirectResponse(f"/admin/mail?{urlencode(wish.fields | {'sent': 'yes'})}", status_code=303)


def _show(
    site: Site,
    operator: SignedIn,
    wish: Wish,
    *,
    mail: PreviewedMail | None,
    errors: list[FieldError],
    part: str = "html",
    is_sent: bool = False,
) -> HTMLResponse:
    newest_on = site.runtime.newest_edition()
    suggested = [] if wish.reader else site.runtime.search_readers(ReaderSearch(consent=Consent.CONFIRMED)).readers[:5]
    return site.page(
        "admin/mail.html",
        status=422 if errors else 200,
        operator=operator,
        wish=wish,
        newest_on=newest_on,
        mail=mail,
        part=part,
        errors=errors,
        densities=DENSITIES,
        suggested=suggested,
        is_sent=is_sent,
    )


def _find(site: Site, wish: Wish) -> tuple[PreviewedMail | None, list[FieldError]]:
    day = _read_day(wish.day) if wish.day else site.runtime.newest_edition()
    if day is None:
        words = Words("There is no edition of this day.", "这一天没有晨报。")
        return None, [FieldError(field="day", words=words)]
    try:
        reader = site.runtime.get_reader(wish.reader)
    except NotFoundError:
        return None, [FieldError(field="reader", words=Words("No reader has this address.", "没有读者使用这个地址。"))]
    try:
        return site.runtime.preview_mail(reader, day, wish.form(site.runtime.choices)), []
    except NotFoundError:
        words = Words("There is no edition of this day.", "这一天没有晨报。")
        return None, [FieldError(field="day", words=words)]


def _read_wish(fields: Fields) -> Wish:
    texts = {name: one_value(fields, name).strip()[:320] for name in ("reader", "day", "languages", "density")}
    return Wish(**texts)


def _read_day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
