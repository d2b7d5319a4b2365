"""Why a digest came late: what lasted at least half of its delay is called the cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.editions.story.facts import DayFacts, MailFacts, ReaderFacts
from newsletter.editions.story.words import eastern_words, lists_words, local_words, names, quote
from newsletter.errors import Fault
from newsletter.papers.list_day import ListDay
from newsletter.words import Words

_FAULTS_ZH = {
    Fault.UNREACHABLE: "无法连接",
    Fault.TIMED_OUT: "超时",
    Fault.DROPPED: "连接中断",
    Fault.TRUNCATED: "内容被截断",
    Fault.RATE_LIMITED: "被限流",
    Fault.UNAVAILABLE: "服务不可用",
    Fault.REFUSED: "被拒绝",
    Fault.UNUSABLE: "答复不可用",
    Fault.OLD_LIST: "仍是旧列表",
    Fault.REPEATED: "旧列表冒用新日期",
    Fault.INCOMPLETE: "不完整",
}


class Delay(StrEnum):
    """What can keep a digest."""

    CONFIRMED_LATE = "confirmed-late"
    ASKED_LATE = "asked-late"
    UNREADABLE = "source-unreadable"
    LIST_LATE = "list-late"
    INCOMPLETE = "list-incomplete"
    DEADLINE = "deadline"
    COMPOSED_LATE = "composed-late"
    RESENT = "resent"
    REFUSED = "refused"
    SENT_LATE = "sent-late"


@dataclass(frozen=True, slots=True)
class Cause:
    """What kept a digest, and the clause that says so."""

    delay: Delay
    words: Words


def find_cause(
    day: DayFacts, reader: ReaderFacts, mail: MailFacts, *, promised_at: datetime, accepted_at: datetime
) -> Cause:
    """Return why a reader's digest came only then; `mail` is the delivery that was accepted."""
    half_at = promised_at + (accepted_at - promised_at) / 2
    confirmed_at = reader.reader.confirmed_at
    if confirmed_at and half_at <= confirmed_at <= accepted_at:
        at = local_words(confirmed_at, mail.digest.zone, day.edition_on)
        words = Words(f"{reader.name} confirmed only at {at.en}", f"{reader.name} 于 {at.zh}才确认订阅")
        return Cause(Delay.CONFIRMED_LATE, words)
    if mail.revision:
        words = Words("an earlier try had not been accepted, and it was sent again", "之前一次未被接收，后来重发")
        return Cause(Delay.RESENT, words)
    if mail.created_at >= half_at:
        return find_composing_cause(day, promised_at=promised_at, composed_at=mail.created_at)
    if mail.refusal:
        said = quote(mail.refusal)
        words = Words(f"the relay put it off before ({said})", f"邮件服务器此前推迟接收（{said}）")
        return Cause(Delay.REFUSED, words)
    words = Words(
        "nothing could be sent before, for want of a worker or the relay", "此前没有工作进程或邮件服务器不可用"
    )
    return Cause(Delay.SENT_LATE, words)


def find_composing_cause(day: DayFacts, *, promised_at: datetime, composed_at: datetime) -> Cause:
    """Return why all the digests of a day were composed only then."""
    half_at = promised_at + (composed_at - promised_at) / 2
    seen = [known for known in day.lists if known.seen_at and half_at <= known.seen_at <= composed_at]
    if late := [known for known in seen if not known.is_backfilled]:
        return _late_lists(day, late, half_at)
    missing = [known.category for known in day.lists if _is_open_at(known, composed_at)]
    if missing and composed_at >= day.deadline:
        until, named = eastern_words(day.deadline, day.edition_on), names(missing)
        words = Words(
            f"the edition waited until the deadline, {until.en}, for what was missing of {named.en}",
            f"本期为等 {named.zh} 所缺的论文，等到了截止时间{until.zh}",
        )
        return Cause(Delay.DEADLINE, words)
    whole = {known.changed_at: known.category for known in day.lists if known.changed_at}
    last_at = max((instant for instant in whole if half_at <= instant <= composed_at), default=None)
    if last_at:
        name, at = whole[last_at], eastern_words(last_at, day.edition_on)
        words = Words(f"the list of {name} was not whole before {at.en}", f"{name} 的列表到{at.zh} 才齐全")
        return Cause(Delay.INCOMPLETE, words)
    at = eastern_words(composed_at, day.edition_on)
    return Cause(Delay.COMPOSED_LATE, Words(f"the digests were composed only at {at.en}", f"到{at.zh} 才汇编"))


def say_fault(fault: Fault) -> Words:
    """Return a fault's name."""
    return Words(str(fault), _FAULTS_ZH[fault])


def _late_lists(day: DayFacts, late: Sequence[ListDay], half_at: datetime) -> Cause:
    if day.asked_at and day.asked_at >= half_at:
        asked = eastern_words(day.asked_at, day.edition_on)
        words = Words(f"arXiv was asked only from {asked.en} on", f"到{asked.zh} 才开始询问 arXiv")
        return Cause(Delay.ASKED_LATE, words)
    lists = lists_words([known.category for known in late])
    seen = eastern_words(max(known.seen_at for known in late if known.seen_at), day.edition_on)
    if faults := _faults(late):
        said, said_zh = names([str(fault) for fault in faults]).en, names([_FAULTS_ZH[fault] for fault in faults]).zh
        words = Words(
            f"arXiv's {lists.en} could be read only at {seen.en} ({said})",
            f"arXiv {lists.zh}到{seen.zh} 才读到（{said_zh}）",
        )
        return Cause(Delay.UNREADABLE, words)
    words = Words(f"arXiv's {lists.en} appeared only at {seen.en}", f"arXiv {lists.zh}到{seen.zh} 才出现")
    return Cause(Delay.LIST_LATE, words)


def _faults(late: Sequence[ListDay]) -> list[Fault]:
    """Return the faults that kept these lists from us; none where arXiv answered, but without the list."""
    found = [
        trouble for known in late for trouble in known.troubles if known.seen_at and trouble.first_at <= known.seen_at
    ]
    if any(trouble.fault is Fault.OLD_LIST for trouble in found):
        return []
    return list(dict.fromkeys(trouble.fault for trouble in found if trouble.is_outside))


def _is_open_at(known: ListDay, instant: datetime) -> bool:
    """Tell whether the list was not settled then: it is not now, or became so later."""
    return not known.is_settled or (known.changed_at is not None and known.changed_at > instant)
