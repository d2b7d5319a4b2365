"""A fresh link to one's own page, for who has no mail at hand."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from newsletter.errors import AddressError
from newsletter.web.client import refuse_flood
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkForm:
    """What was typed, and what is wrong with it."""

    email: str = ""
    errors: tuple[FieldError, ...] = ()


@router.api_route("/link", methods=["GET", "HEAD"])
def show_form(site: CurrentSite) -> HTMLResponse:
    """Ask for the address."""
    return site.page("readers/link.html", form=LinkForm())


@router.post("/link")
def send_link(request: Request, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Mail the link to its owner. The answer is the same whether or not the address is known."""
    email = one_value(fields, "email").strip()
    if not email:
        return _wrong(site, email, "Write the address that gets the newsletter.", "请填写接收晨报的邮箱。")
    refuse_flood(request, site)
    try:
        site.runtime.send_link(email)
    except AddressError as error:
        return _wrong(site, email, str(error), "请检查邮箱地址。")
    return site.page("readers/link_sent.html")


def _wrong(site: Site, email: str, message: str, message_zh: str) -> HTMLResponse:
    error = FieldError(field="email", words=Words(message, message_zh))
    return site.page("readers/link.html", status=422, form=LinkForm(email=email, errors=(error,)))
