"""Mails of which nobody knows whether they arrived: all on one screen, settled by an operator's word, several at once."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.deliveries.states import parse_uncertain_policy
from newsletter.deliveries.uncertain import Fate, UncertainMail
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.operators.subjects import join_subjects, name_reader
from newsletter.web.admin.ask import Question, ask
from newsletter.web.admin.session import Looking, require
from newsletter.web.forms import one_value
from newsletter.web.site import MAX_FIELDS, CurrentSite, Site, SubmittedFields
from newsletter.words import Words

router = APIRouter()
Settling = Annotated[SignedIn, Depends(require(Permission.SETTLE))]

MOST_AT_ONCE = MAX_FIELDS - 10
_BUTTONS = {
    Fate.ARRIVED: Words("They arrived", "确认已送达"),
    Fate.LOST: Words("They did not arrive: send them again", "确认未送达，重新发送"),
}


@router.get("/uncertain")
def show_uncertain(operator: Looking, site: CurrentSite, settled: int | None = None) -> HTMLResponse:
    """Show what waits for a decision, the longest uncertain first."""
    found = site.runtime.list_uncertain()
    return site.page(
        "admin/uncertain.html",
        operator=operator,
        mails=found[:MOST_AT_ONCE],
        more=max(len(found) - MOST_AT_ONCE, 0),
        fates=_BUTTONS,
        policy=parse_uncertain_policy(site.runtime.settings.uncertain),
        settled=settled,
    )


@router.get("/uncertain/settle", response_model=None)
def ask_to_settle(
    operator: Settling,
    site: CurrentSite,
    fate: str,
    delivery: Annotated[list[int] | None, Query(max_length=MOST_AT_ONCE)] = None,
) -> HTMLResponse | RedirectResponse:
    """Say what a decision does, and name the mails."""
    wanted, chosen = _read_fate(fate), _chosen(site, delivery or [])
    if not chosen:
        return RedirectResponse("/admin/uncertain", status_code=303)
    return ask(site, operator, _question(wanted, chosen))


@router.post("/uncertain/settle")
def settle(operator: Settling, site: CurrentSite, fields: SubmittedFields) -> RedirectResponse:
    """Settle the mails that are still uncertain; pressed twice, nothing more happens."""
    fate = _read_fate(one_value(fields, "fate"))
    ids = [int(text) for text in fields.get("delivery", ()) if text.isascii() and text.isdecimal() and len(text) < 19]
    chosen = _chosen(site, ids)
    whose = join_subjects(name_reader(mail.subscriber_id) for mail in chosen)
    note = operator.note("settle", whose, fate=fate.value, mails=len(chosen))
    settled = site.runtime.settle_all([mail.delivery_id for mail in chosen], fate, note=note)
    return RedirectResponse(f"/admin/uncertain?settled={settled}", status_code=303)


def _question(fate: Fate, chosen: list[UncertainMail]) -> Question:
    number = len(chosen)
    mails = Words(f"{number:,} {'mail' if number == 1 else 'mails'}", f"{number:,} 封邮件")
    effect = {
        Fate.ARRIVED: Words(
            f"{mails.en} will count as accepted. Nothing is sent.", f"{mails.zh}将记为已被接收，不会再发送。"
        ),
        Fate.LOST: Words(
            f"{mails.en} will be sent again under the same Message-ID. Whoever has theirs already may see it twice.",
            f"{mails.zh}将以相同的 Message-ID 重新发送；已收到的读者可能会收到两封。",
        ),
    }[fate]
    return Question(
        section="mail",
        title={
            Fate.ARRIVED: Words("They arrived", "确认已送达"),
            Fate.LOST: Words("They did not arrive", "确认未送达"),
        }[fate],
        effects=[effect],
        whom=[f"{mail.email} · {mail.edition_on or mail.message}" for mail in chosen],
        action="/admin/uncertain/settle",
        button=_BUTTONS[fate],
        back="/admin/uncertain",
        hidden={"fate": [fate.value], "delivery": [str(mail.delivery_id) for mail in chosen]},
    )


def _chosen(site: Site, ids: list[int]) -> list[UncertainMail]:
    return [mail for mail in site.runtime.list_uncertain() if mail.delivery_id in set(ids)][:MOST_AT_ONCE]


def _read_fate(written: str) -> Fate:
    if written not in set(Fate):
        raise HTTPException(404)
    return Fate(written)
