"""What lasts too long and nobody would notice: looked at once a minute, as alarms that open and close by themselves.

Each condition is computed whole, from the database alone; what is new raises its alarm, what is gone clears it. So it does
not matter who looks, how often, or what died in between.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import AlarmKind, clear_alarm, list_open_alarms, raise_alarm
from newsletter.deliveries.flood import FloodGate
from newsletter.deliveries.watch_store import count_parked, count_uncertain
from newsletter.editions.desk import Desk
from newsletter.papers.calendar import latest_listing_on
from newsletter.papers.deadlines import list_working_days
from newsletter.papers.ledger import SETTLED, Judgement
from newsletter.papers.ledger_store import list_entries
from newsletter.words import Words

Condition = tuple[AlarmKind, str]
"""An alarm's kind and subject."""

_WATCHED = (
    AlarmKind.COLLECTION_TROUBLE,
    AlarmKind.UNCERTAIN_WAITING,
    AlarmKind.DELIVERY_PARKED,
    AlarmKind.SIGN_UP_FLOOD,
)
_JUDGEMENTS = {
    Judgement.PARTIAL: "不齐",
    Judgement.LATE: "迟到",
    Judgement.ERROR: "读取出错",
}
_PATIENCE = timedelta(minutes=15)  # an operator need not know what settles itself
_DAYS_LOOKED_BACK = 3


def watch(
    desk: Desk, *, deadline: Callable[[date], datetime], gate: FloodGate, retry_after: timedelta | None
) -> tuple[int, int]:
    """Open and close the alarms about lists, uncertain and parked deliveries, and floods; returns how many of each.

    `deadline` says until when an edition waits for its lists; `retry_after` when the policy sends uncertain mails once
    more, None when they are held.
    """
    at = desk.now()
    with reading(desk.database) as session:
        found = _list_conditions(session, desk, deadline, gate, retry_after)
        known = {(alarm.kind, alarm.subject) for alarm in list_open_alarms(session) if alarm.kind in _WATCHED}
    begun, over = found.keys() - known, known - found.keys()
    if not begun and not over:
        return 0, 0
    with transaction(desk.database) as session:
        raised = sum(raise_alarm(session, *condition, at=at, detail=found[condition]) for condition in sorted(begun))
        cleared = sum(clear_alarm(session, *condition, at=at) for condition in sorted(over))
    return raised, cleared


def _list_conditions(
    session: Session,
    desk: Desk,
    deadline: Callable[[date], datetime],
    gate: FloodGate,
    retry_after: timedelta | None,
) -> Mapping[Condition, Words]:
    at = desk.now()
    found = _unsettled_lists(session, desk, deadline)
    for edition_on, number in count_uncertain(session, before=at - _PATIENCE - (retry_after or timedelta())).items():
        found[AlarmKind.UNCERTAIN_WAITING, _name(edition_on)] = Words(
            f"{number} of these mails may have arrived: the connection broke after the last byte. They are not sent again "
            "by themselves. `newsletter uncertain` lists them; `newsletter settle` takes your word on what became of them.",
            f"{number} 封邮件可能已送达：连接在最后一个字节之后中断，系统不会自行重发。`newsletter uncertain` "
            "列出这些邮件，`newsletter settle` 记录您的判断。",
        )
    for edition_on, number in count_parked(session, since=at.date() - timedelta(days=_DAYS_LOOKED_BACK)).items():
        found[AlarmKind.DELIVERY_PARKED, _name(edition_on)] = Words(
            f"{number} of these mails were given up, because worker after worker died with them in hand. Look for the "
            "cause in the workers' log; `newsletter resend --only-missing` sends them again.",
            f"{number} 封邮件已搁置：处理它们的工作进程接连中断。请在工作进程日志中查找原因；`newsletter resend "
            "--only-missing` 可重新发送。",
        )
    if gate.is_exhausted(session, at=at):
        found[AlarmKind.SIGN_UP_FLOOD, "website"] = gate.said
    return found


def _unsettled_lists(session: Session, desk: Desk, deadline: Callable[[date], datetime]) -> dict[Condition, Words]:
    """Return the newest days whose edition waits no longer although a list is late, partial or unreadable.

    A day about which nobody has asked is none of them: there is no judgement on it.
    """
    at = desk.now()
    newest = latest_listing_on(at)
    days = [day for day in list_working_days(newest - timedelta(days=_DAYS_LOOKED_BACK), newest) if deadline(day) <= at]
    entries = list_entries(session, desk.categories, since=days[0], until=days[-1]) if days else {}
    found: dict[Condition, Words] = {}
    for day, judged in entries.items():
        open_lists = [entry for entry in judged if entry.verdict.judgement not in SETTLED]
        if open_lists:
            said = "; ".join(
                f"{entry.category} is {entry.verdict.judgement} ({entry.verdict.reason})" for entry in open_lists
            )
            said_zh = "；".join(f"{entry.category} {_JUDGEMENTS[entry.verdict.judgement]}" for entry in open_lists)
            found[AlarmKind.COLLECTION_TROUBLE, str(day)] = Words(
                f"The edition waits no longer, and its lists are not whole: {said}. Its digests say so; what comes later "
                f"goes into the next one. `newsletter status --day {day}` shows what the sources said.",
                f"当期不再等待，但列表仍不完整：{said_zh}。邮件中已注明；之后到达的论文并入下一期。`newsletter status --day "
                f"{day}` 可查看各来源的情况。",
            )
    return found


def _name(edition_on: date | None) -> str:
    return "mails of no edition" if edition_on is None else str(edition_on)
