"""The people who run the service: an owner adds them, gives them a role, shuts them out, and makes their enrolment links."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import AddressError, ConflictError
from newsletter.operators.account import Operator, OperatorId
from newsletter.operators.roles import Permission, Role
from newsletter.operators.session import SignedIn
from newsletter.runtime.operators import Invited
from newsletter.web.admin.session import require
from newsletter.web.admin.words import ROLES, STATES
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
PEOPLE = "/admin/operators"
Choosing = Annotated[SignedIn, Depends(require(Permission.OPERATORS))]

_KNOWN = Words("This address is among them already.", "此邮箱已在名单中。")
_NO_ADDRESS = Words("Write the address that is theirs.", "请填写对方的邮箱地址。")
_LAST_OWNER = Words(
    "This is the only owner. Make somebody else an owner first.", "这是唯一的所有者，请先指定另一位所有者。"
)


@router.get("/operators")
def show_operators(operator: Choosing, site: CurrentSite) -> HTMLResponse:
    """Show who runs the service."""
    return _show(site, operator)


@router.post("/operators")
def add_operator(operator: Choosing, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse:
    """Add somebody and show their enrolment link, this once."""
    email, role = one_value(fields, "email").strip(), _read_role(one_value(fields, "role"))
    try:
        invited = site.runtime.add_operator(email, role, by=operator.actor)
    except (AddressError, ConflictError) as error:
        words = _KNOWN if isinstance(error, ConflictError) else _NO_ADDRESS
        return _show(site, operator, [FieldError(field="email", words=words)], email=email, role=role)
    return _show_link(site, operator, invited)


@router.post("/operators/{operator_id}/role", response_model=None)
def change_role(
    operator: Choosing, operator_id: int, site: CurrentSite, fields: SubmittedFields
) -> HTMLResponse | RedirectResponse:
    """Change what somebody may do."""
    other, role = _other(site, operator_id), _read_role(one_value(fields, "role"))
    try:
        site.runtime.set_operator_role(other.email, role, by=operator.actor)
    except ConflictError:
        return _show(site, operator, [_last_owner(other)])
    return RedirectResponse(PEOPLE, status_code=303)


@router.post("/operators/{operator_id}/disable", response_model=None)
def disable_operator(operator: Choosing, operator_id: int, site: CurrentSite) -> HTMLResponse | RedirectResponse:
    """Shut somebody out at once."""
    other = _other(site, operator_id)
    try:
        site.runtime.disable_operator(other.email, by=operator.actor)
    except ConflictError:
        return _show(site, operator, [_last_owner(other)])
    return RedirectResponse(PEOPLE, status_code=303)


@router.post("/operators/{operator_id}/enable")
def enable_operator(operator: Choosing, operator_id: int, site: CurrentSite) -> RedirectResponse:
    """Let somebody in again."""
    site.runtime.enable_operator(_other(site, operator_id).email, by=operator.actor)
    return RedirectResponse(PEOPLE, status_code=303)


@router.post("/operators/{operator_id}/reset")
def reset_operator(operator: Choosing, operator_id: int, site: CurrentSite) -> HTMLResponse:
    """Forget somebody's password and phone, and show their new enrolment link; one's own are kept on one's account."""
    if operator_id == operator.operator_id:
        raise HTTPException(403)
    invited = site.runtime.reset_operator(_other(site, operator_id).email, by=operator.actor)
    return _show_link(site, operator, invited)


def _other(site: Site, operator_id: int) -> Operator:
    return site.runtime.get_operator(OperatorId(operator_id))


def _read_role(written: str) -> Role:
    if written not in set(Role):
        raise HTTPException(400)
    return Role(written)


def _last_owner(other: Operator) -> FieldError:
    return FieldError(field=f"operator-{other.id}", words=_LAST_OWNER)


def _show(
    site: Site,
    operator: SignedIn,
    errors: list[FieldError] | None = None,
    *,
    email: str = "",
    role: Role = Role.OPERATOR,
) -> HTMLResponse:
    return replace(site, address=PEOPLE).page(
        "admin/operators.html",
        status=422 if errors else 200,
        operator=operator,
        people=site.runtime.list_operators(),
        roles=ROLES,
        states=STATES,
        errors=errors or [],
        email=email,
        chosen=role,
    )


def _show_link(site: Site, operator: SignedIn, invited: Invited) -> HTMLResponse:
    return replace(site, address=PEOPLE).page(
        "admin/invited.html", operator=operator, invited=invited, role=ROLES[invited.operator.role]
    )
