"""Readers: search them, read all that is known of one, and do what an operator may do for or to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from newsletter.deliveries.states import DeliveryState
from newsletter.editions.story.course import Course
from newsletter.editions.story.mails import say_word
from newsletter.errors import ConflictError
from newsletter.operators.roles import Permission
from newsletter.operators.session import SignedIn
from newsletter.operators.subjects import name_reader
from newsletter.runtime.reader_desk import ReaderFile
from newsletter.subscribers.admin_store import ReaderSearch
from newsletter.subscribers.subscriber import Consent
from newsletter.web.admin.ask import Question, ask
from newsletter.web.admin.bounces import EFFECTS, KINDS
from newsletter.web.admin.session import Looking, require
from newsletter.web.admin.suppressions import REASONS
from newsletter.web.marks import Mark, state_mark
from newsletter.web.site import CurrentSite, Site
from newsletter.words import Words

router = APIRouter()
Keeping = Annotated[SignedIn, Depends(require(Permission.READERS))]
ReaderNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
MAILS_A_PAGE = 40

CONSENTS = {
    Consent.CONFIRMED: Mark(shape="●", words=Words("confirmed", "已确认")),
    Consent.PENDING: Mark(shape="○", words=Words("not confirmed yet", "未确认")),
    Consent.UNSUBSCRIBED: Mark(shape="–", words=Words("has left", "已退订")),
}
_FILTERS = {
    "": Words("all", "全部"),
    "confirmed": Words("confirmed", "已确认"),
    "pending": Words("not confirmed yet", "未确认"),
    "unsubscribed": Words("have left", "已退订"),
    "stopped": Words("mail is stopped", "已停发"),
}
_DONE = {
    "saved": Words("Saved. It counts from the next edition on.", "已保存，自下一期起生效。"),
    "link": Words("A fresh link to their page is on its way by mail.", "已发信，附上其个人页面的新链接。"),
    "stopped": Words("Mail to this address is stopped.", "已停止向此地址发信。"),
    "known": Words("Mail to this address was stopped before; nothing changed.", "此地址早已停发，没有变化。"),
    "lifted": Words("This address may get mail again.", "此地址可以重新收信。"),
    "erased": Words(
        "Who this was is forgotten. What was sent stays in the counts, without a name.",
        "此人的信息已清除。发送记录仅保留在统计中，不含姓名。",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailDay:
    """One day of a reader's mails, the newest first."""

    on: date
    courses: Sequence[Course]


@router.get("/readers")
def show_readers(
    operator: Looking,
    site: CurrentSite,
    q: Annotated[str, Query(max_length=320)] = "",
    consent: str = "",
    before: Annotated[int | None, Query(ge=1, le=2**31)] = None,
    imported: int | None = None,
) -> HTMLResponse:
    """Show readers, the newest first, fifty a page."""
    chosen = consent if consent in _FILTERS else ""
    search = read_search(q, chosen)
    return site.page(
        "admin/readers.html",
        operator=operator,
        page=site.runtime.search_readers(search, before=before, is_suppressed=True if chosen == "stopped" else None),
        counts=site.runtime.count_readers(),
        consents=CONSENTS,
        filters=_FILTERS,
        query=search.words,
        consent=chosen,
        is_first=before is None,
        imported=imported,
    )


@router.get("/readers/{reader_id:int}")
def show_reader(
    operator: Looking,
    site: CurrentSite,
    reader_id: ReaderNumber,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    done: str = "",
) -> HTMLResponse:
    """Show one reader with every mail and every try, the newest first."""
    file = site.runtime.open_reader(reader_id)
    mails = site.runtime.chronicle.history(file.reader, limit=MAILS_A_PAGE + 1, before=before)
    shown = mails[:MAILS_A_PAGE]
    return site.page(
        "admin/reader.html",
        operator=operator,
        file=file,
        reader=file.reader,
        consent=CONSENTS.get(file.reader.consent),
        days=_by_day(shown),
        zone=file.reader.preferences.zone,
        earlier=shown[-1].facts.delivery_id if len(mails) > MAILS_A_PAGE else None,
        is_first=before is None,
        newest_on=site.runtime.newest_edition(),
        marks={state: state_mark(state) for state in DeliveryState},
        kinds=KINDS,
        effects=EFFECTS,
        reasons=REASONS,
        say_word=say_word,
        done=_DONE.get(done),
    )


@router.get("/readers/{reader_id:int}/link")
def ask_to_send_link(operator: Keeping, site: CurrentSite, reader_id: ReaderNumber) -> HTMLResponse:
    """Say what sending a fresh link does."""
    file = site.runtime.open_reader(reader_id)
    return ask(site, operator, _link_question(file))


@router.post("/readers/{reader_id:int}/link")
def send_link(operator: Keeping, site: CurrentSite, reader_id: ReaderNumber) -> RedirectResponse:
    """Mail a confirmed reader the link to their page; for anybody else nothing happens."""
    email = site.runtime.open_reader(reader_id).reader.email
    try:
        site.runtime.mail_link(email, note=operator.note("send-link", name_reader(reader_id)))
    except ConflictError:
        return RedirectResponse(f"/admin/readers/{reader_id}", status_code=303)
    return RedirectResponse(f"/admin/readers/{reader_id}?done=link", status_code=303)


@router.get("/readers/{reader_id:int}/erase")
def ask_to_erase(operator: Keeping, site: CurrentSite, reader_id: ReaderNumber) -> HTMLResponse:
    """Say what erasing a reader does."""
    return ask(site, operator, _erase_question(site, reader_id))


@router.post("/readers/{reader_id:int}/erase")
def erase(operator: Keeping, site: CurrentSite, reader_id: ReaderNumber) -> RedirectResponse:
    """Forget who a reader was; the audit log keeps their number, not their address."""
    email = site.runtime.open_reader(reader_id).reader.email
    if email:
        site.runtime.erase(email, note=operator.note("erase-reader", name_reader(reader_id)))
    return RedirectResponse(f"/admin/readers/{reader_id}?done=erased", status_code=303)


def read_search(words: str, consent: str) -> ReaderSearch:
    """Read what is looked for; what nobody offered counts as not chosen."""
    known = Consent(consent) if consent in {member.value for member in CONSENTS} else None
    return ReaderSearch(words=words.strip(), consent=known)


def _by_day(courses: Sequence[Course]) -> list[MailDay]:
    """Group a reader's mails by day; they come in the order in which they were promised, the newest first."""
    ordered = sorted(courses, key=lambda course: course.facts.edition_on, reverse=True)
    return [
        MailDay(on=on, courses=list(found))
        for on, found in groupby(ordered, key=lambda course: course.facts.edition_on)
    ]


def _link_question(file: ReaderFile) -> Question:
    here = f"/admin/readers/{file.reader.id}"
    return Question(
        section="readers",
        title=Words("Send a fresh link", "发送新链接"),
        effects=[
            Words(
                "They get a mail with the link to their own page. Links they have already stay good.",
                "读者将收到一封邮件，内含其个人页面的链接。已有的链接仍然有效。",
            )
        ],
        whom=[file.reader.email],
        action=f"{here}/link",
        button=Words("Send the link", "发送链接"),
        back=here,
    )


def _erase_question(site: Site, reader_id: int) -> Question:
    file = site.runtime.open_reader(reader_id)
    here = f"/admin/readers/{reader_id}"
    return Question(
        section="readers",
        title=Words("Erase this reader", "清除此读者"),
        effects=[
            Words(
                "Address, name and keywords are deleted for good, and all links they hold end. This cannot be undone.",
                "邮箱、姓名与关键词将永久删除，其持有的链接全部失效，且无法恢复。",
            ),
            Words(
                "Counts stay: how many mails went out and what became of them, without a name.",
                "仅保留不含姓名的统计：发出多少邮件、结果如何。",
            ),
            Words(
                "A stopped address stays stopped, as a hash that only the address itself leads to.",
                "若此地址已停发，将以散列形式继续停发，无法由此还原地址。",
            ),
        ],
        whom=[file.reader.email],
        action=f"{here}/erase",
        button=Words("Erase for good", "永久清除"),
        back=here,
    )
