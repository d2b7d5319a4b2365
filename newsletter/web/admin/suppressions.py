"""The addresses that get no mail: search them, add one, let one get mail again, each with a reason."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.errors import AddressError, NotFoundError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.subscribers.addresses import parse_address
from newsletter.subscribers.suppression import SuppressionReason
from newsletter.web.admin.ask import Question, ask, back_to, read_reason
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import FieldError, one_value
from newsletter.web.site import CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Suppressing = Annotated[SignedIn, Depends(require(Permission.SUPPRESS))]
HERE = "/admin/suppressions"

REASONS = {
    SuppressionReason.HARD_BOUNCE: Words("takes no mail", "地址无效"),
    SuppressionReason.SOFT_BOUNCES: Words("mail after mail came back", "屡次退信"),
    SuppressionReason.COMPLAINT: Words("marked mail as spam", "标为垃圾邮件"),
    SuppressionReason.OPERATOR: Words("by an operator", "管理员操作"),
}
_DONE = {
    "stopped": Words("Mail to this address is stopped.", "已停止向此地址发信。"),
    "known": Words("Mail to this address was stopped before; nothing changed.", "此地址早已停发，没有变化。"),
    "lifted": Words("This address may get mail again.", "此地址可以重新收信。"),
}


@router.get("/suppressions")
def show_suppressions(
    operator: Looking,
    site: CurrentSite,
    q: Annotated[str, Query(max_length=320)] = "",
    reason: str = "",
    after: Annotated[str | None, Query(max_length=400)] = None,
    done: str = "",
) -> HTMLResponse:
    """Show stopped addresses, the latest first."""
    chosen = reason if reason in set(SuppressionReason) else ""
    return site.page(
        "admin/suppressions.html",
        operator=operator,
        page=site.runtime.search_suppressions(q.strip(), reason=chosen, after=after),
        counts=site.runtime.count_suppressions(),
        reasons=REASONS,
        query=q.strip(),
        reason=chosen,
        done=_DONE.get(done),
        is_first=after is None,
    )


@router.get("/suppressions/add")
def ask_to_suppress(
    operator: Suppressing, site: CurrentSite, email: Annotated[str, Query(max_length=320)] = "", back: str = HERE
) -> HTMLResponse:
    """Say what stopping an address does."""
    return _ask_to_suppress(site, operator, email.strip(), back)


@router.post("/suppressions/add", response_model=None)
def suppress(operator: Suppressing, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Stop all mail to an address."""
    email, back = one_value(fields, "email").strip(), one_value(fields, "back")
    reason, errors = read_reason(fields)
    if errors or not _is_address(email):
        return _ask_to_suppress(site, operator, email, back, reason=reason, errors=errors)
    note = operator.note("suppress", site.runtime.name_address(email), reason=reason)
    is_new = site.runtime.suppress(email, reason=reason, note=note)
    return _return(back, "stopped" if is_new else "known")


@router.get("/suppressions/lift")
def ask_to_lift(
    operator: Suppressing, site: CurrentSite, email: Annotated[str, Query(max_length=320)], back: str = HERE
) -> HTMLResponse:
    """Say what letting an address get mail again does."""
    return ask(site, operator, _lifting(email.strip(), back))


@router.post("/suppressions/lift", response_model=None)
def lift(operator: Suppressing, site: CurrentSite, fields: SubmittedFields) -> HTMLResponse | RedirectResponse:
    """Let an address get mail again; for one that is not stopped nothing happens."""
    email, back = one_value(fields, "email").strip(), one_value(fields, "back")
    reason, errors = read_reason(fields)
    if errors:
        return ask(site, operator, _lifting(email, back), reason=reason, errors=errors)
    try:
        note = operator.note("unsuppress", site.runtime.name_address(email), reason=reason)
        site.runtime.unsuppress(email, reason=reason, note=note)
    except NotFoundError:
        return _return(back, "")
    return _return(back, "lifted")


def _ask_to_suppress(
    site: Site, operator: SignedIn, email: str, back: str, *, reason: str = "", errors: list[FieldError] | None = None
) -> HTMLResponse:
    if _is_address(email):
        return ask(site, operator, _stopping(email, back), reason=reason, errors=errors or [])
    wrong = Words("Write the address that mail is to be stopped to.", "请填写要停止发信的邮箱地址。")
    return site.page(
        "admin/suppress.html",
        status=422 if email else 200,
        operator=operator,
        email=email,
        errors=[FieldError(field="email", words=wrong)] if email else [],
    )


def _stopping(email: str, back: str) -> Question:
    return Question(
        section="mail",
        title=Words("Stop mail to an address", "停止向此地址发信"),
        effects=[
            Words("Nothing more is sent there, whoever subscribes it.", "不再向此地址发送任何邮件，无论由谁订阅。"),
            Words("The reader is not told, and their choices stay as they are.", "不会通知读者，其选择保持不变。"),
        ],
        whom=[email],
        action="/admin/suppressions/add",
        button=Words("Stop mail", "停止发信"),
        back=back_to(back, HERE),
        hidden={"email": [email], "back": [back]},
        wants_reason=Words("Why", "原因"),
    )


def _lifting(email: str, back: str) -> Question:
    return Question(
        section="mail",
        title=Words("Let an address get mail again", "恢复向此地址发信"),
        effects=[
            Words(
                "Mail goes there again, if a confirmed reader has this address; what counted against it is forgotten.",
                "若此地址属于已确认的读者，将恢复发信；此前的退信记录不再计入。",
            ),
            Words(
                "Who was unsubscribed by a complaint stays so until they agree once more.",
                "因投诉而退订的读者，须再次确认后才会收信。",
            ),
        ],
        whom=[email],
        action="/admin/suppressions/lift",
        button=Words("Let it get mail again", "恢复发信"),
        back=back_to(back, HERE),
        hidden={"email": [email], "back": [back]},
        wants_reason=Words("Why", "原因"),
    )


def _return(back: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"{back_to(back, HERE)}{f'?done={done}' if done else ''}", status_code=303)


def _is_address(email: str) -> bool:
    try:
        parse_address(email)
    except AddressError:
        return False
    return True
