"""An operator's own account: password, recovery codes, sessions, and the way out."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.operators.password_policy import LEAST_LENGTH, PasswordFault
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.runtime.operators import PasswordChanged, WrongPassword
from newsletter.web.admin.session import SIGN_IN, browser_of, clear_session, require, set_session
from newsletter.web.admin.words import NOT_ALIKE, ROLES, WRONG_PASSWORD, say_fault, say_wait
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields

router = APIRouter()
ACCOUNT = "/admin/account"
Keeping = Annotated[SignedIn, Depends(require(Permission.ACCOUNT))]


@router.get("/account")
def show_account(operator: Keeping, site: CurrentSite, done: str = "") -> HTMLResponse:
    """Show one's account."""
    return _show(site, operator, done=done)


@router.post("/account/password", response_model=None)
def change_password(
    operator: Keeping, request: Request, site: CurrentSite, fields: SubmittedFields
) -> HTMLResponse | RedirectResponse:
    """Change one's password; every other session ends."""
    new = one_value(fields, "new")
    if new != one_value(fields, "again"):
        return _show(site, operator, [FieldError(field="again", words=NOT_ALIKE)])
    old = one_value(fields, "old")
    found = site.runtime.change_password(operator, old=old, new=new, browser=browser_of(request))
    match found:
        case WrongPassword():
            return _show(site, operator, [_wrong("old", found)])
        case PasswordFault():
            return _show(site, operator, [FieldError(field="new", words=say_fault(found))])
        case PasswordChanged():
            answer = RedirectResponse(f"{ACCOUNT}?done=password", status_code=303)
            set_session(answer, site.runtime.settings, token=found.token)
            return answer


@router.post("/account/recovery-codes")
def renew_recovery_codes(operator: Keeping, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Make new recovery codes and show them, this once."""
    found = site.runtime.renew_recovery_codes(operator, password=one_value(fields, "present"))
    if isinstance(found, WrongPassword):
        return _show(site, operator, [_wrong("present", found)])
    return replace(site, address=ACCOUNT).page("admin/recovery_codes.html", codes=found, is_new=False)


@router.post("/account/end-others")
def end_other_sessions(operator: Keeping, site: CurrentSite) -> RedirectResponse:
    """End one's sessions in other browsers."""
    site.runtime.end_other_sessions(operator)
    return RedirectResponse(f"{ACCOUNT}?done=sessions", status_code=303)


@router.post("/sign-out")
def sign_out(operator: Keeping, site: CurrentSite) -> RedirectResponse:
    """End the session."""
    site.runtime.sign_out(operator)
    answer = RedirectResponse(SIGN_IN, status_code=303)
    clear_session(answer, site.runtime.settings)
    return answer


def _wrong(field: str, found: WrongPassword) -> FieldError:
    return FieldError(field=field, words=WRONG_PASSWORD if found.wait is None else say_wait(found.wait))


def _show(site: Site, operator: SignedIn, errors: list[FieldError] | None = None, *, done: str = "") -> HTMLResponse:
    runtime = site.runtime
    return replace(site, address=ACCOUNT).page(
        "admin/account.html",
        status=422 if errors else 200,
        operator=operator,
        role=ROLES[operator.role],
        sessions=runtime.list_operator_sessions(operator.operator_id),
        codes_left=runtime.count_recovery_codes(operator.operator_id),
        least_length=LEAST_LENGTH,
        errors=errors or [],
        done=done,
    )
