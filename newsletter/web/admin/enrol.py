"""Enrolment: whoever has the link chooses a password and joins their phone."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from newsletter.operators.enrol import EnrolFault, Enrolled, Invitation, enrol, find_invitation
from newsletter.operators.password_policy import LEAST_LENGTH
from newsletter.operators.totp import grouped, provisioning_uri, qr_svg
from newsletter.web.admin.session import browser_of, network_of, set_session
from newsletter.web.admin.words import NOT_ALIKE, WRONG_CODE, say_fault
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields

router = APIRouter()


@router.get("/enrol/{token}")
def show_enrolment(token: str, site: CurrentSite) -> HTMLResponse:
    """Show the form; opening the link uses nothing up, since programs look at links in mails before people do."""
    invitation = find_invitation(site.runtime.door, token)
    return _bad_link(site) if invitation is None else _show(site, invitation, [])


@router.post("/enrol/{token}")
def complete_enrolment(token: str, request: Request, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Enrol and sign in, and show the recovery codes, this once."""
    door = site.runtime.door
    invitation = find_invitation(door, token)
    if invitation is None:
        return _bad_link(site)
    password, code = one_value(fields, "password"), one_value(fields, "code")
    if password != one_value(fields, "again"):
        return _show(site, invitation, [FieldError(field="again", words=NOT_ALIKE)])
    found = enrol(
        door,
        token,
        password=password,
        code=code,
        network=network_of(request, site),
        browser=browser_of(request),
    )
    match found:
        case Enrolled():
            page = site.page("admin/recovery_codes.html", codes=found.recovery_codes, is_new=True)
            set_session(page, site.runtime.settings, token=found.token, kept=found.kept)
            return page
        case EnrolFault.LINK:
            return _bad_link(site)
        case EnrolFault.CODE:
            return _show(site, invitation, [FieldError(field="code", words=WRONG_CODE)])
        case _:
            return _show(site, invitation, [FieldError(field="password", words=say_fault(found))])


def _show(site: Site, invitation: Invitation, errors: list[FieldError]) -> HTMLResponse:
    email = invitation.operator.email
    uri = provisioning_uri(invitation.secret, email)
    return site.page(
        "admin/enrol.html",
        status=422 if errors else 200,
        email=email,
        least_length=LEAST_LENGTH,
        uri=uri,
        picture=Markup(qr_svg(uri)),  # noqa: S704  made by us from a URI; holds numbers only
        secret=grouped(invitation.secret),
        errors=errors,
    )


def _bad_link(site: Site) -> HTMLResponse:
    return site.page("admin/bad_enrolment.html", status=404)
