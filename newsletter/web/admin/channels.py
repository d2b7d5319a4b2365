"""The ways out: how each account and each destination stands, and an operator's word that a hold is over."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.deliveries.pacing import Hold
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.web.admin.ask import Question, ask
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import one_value
from newsletter.web.marks import Mark
from newsletter.web.site import CurrentSite, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Opening = Annotated[SignedIn, Depends(require(Permission.CHANNELS))]

_OPEN = Mark(shape="●", words=Words("open", "畅通"))
_TRYING = Mark(shape="◐", words=Words("one mail at a time, to see", "逐封试探"))
_HOLDS = {
    Hold.THROTTLED: Mark(shape="◔", words=Words("asked to slow down", "被要求放慢"), is_bad=True),
    Hold.TROUBLE: Mark(shape="▲", words=Words("out of reach", "无法连接"), is_bad=True),
    Hold.STOPPED: Mark(shape="▲", words=Words("told to stop", "被要求停止"), is_bad=True),
    Hold.REFUSED: Mark(shape="▲", words=Words("refuses us", "拒绝我们"), is_bad=True),
}
_DONE = {"resumed": Words("The hold is over; mail goes out there again.", "已解除暂停，恢复发信。")}


@router.get("/channels")
def show_channels(operator: Looking, site: CurrentSite, done: str = "") -> HTMLResponse:
    """Show every account with its destinations, those in trouble first."""
    return site.page(
        "admin/channels.html",
        operator=operator,
        accounts=site.runtime.survey_channels(),
        holds=_HOLDS,
        is_open=_OPEN,
        is_trying=_TRYING,
        done=_DONE.get(done),
    )


@router.get("/channels/resume")
def ask_to_resume(operator: Opening, site: CurrentSite, account: str, destination: str = "") -> HTMLResponse:
    """Say what ending a hold does."""
    place = Words(destination, destination) if destination else Words("all destinations", "所有收信方")
    return ask(
        site,
        operator,
        Question(
            section="mail",
            title=Words("End the hold", "解除暂停"),
            effects=[
                Words(
                    f"Mail to {place.en} goes out by {account} again at once, slowly at first.",
                    f"{account} 将立即恢复向{place.zh}发信，起初会放慢速度。",
                ),
                Words(
                    "If the other side still refuses us, the hold comes back, and the alarm with it.",
                    "若对方仍然拒收，暂停与警报会再次出现。",
                ),
            ],
            action="/admin/channels/resume",
            button=Words("End the hold", "解除暂停"),
            back="/admin/channels",
            hidden={"account": [account], "destination": [destination]},
        ),
    )


@router.post("/channels/resume")
def resume(operator: Opening, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """End a hold; pressed twice, nothing more happens."""
    account, destination = one_value(fields, "account"), one_value(fields, "destination")
    note = operator.note("resume-channel", f"{account} {destination}".strip())
    site.runtime.resume_channels(account, destination or None, note=note)
    return RedirectResponse("/admin/channels?done=resumed", status_code=303)
