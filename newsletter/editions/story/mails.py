"""What became of one reader's digest, told from its delivery; and why one is deliberately not sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.editions.story.delays import Cause, find_cause
from newsletter.editions.story.facts import DayFacts, MailFacts, ReaderFacts
from newsletter.editions.story.words import LATE_AFTER, date_words, duration_words, local_words, paper_words, quote
from newsletter.subscribers.subscriber import Consent
from newsletter.words import NOTHING, Words

_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_DAYS_ZH = "一二三四五六日"

_SKIPS = {
    SkipReason.EMPTY.value: Words("nothing to read", "无内容"),
    SkipReason.WEEKDAY.value: Words("not on this weekday", "当日不收"),
    SkipReason.WEEKLY.value: Words("comes with the weekly digest", "随周报送达"),
    SkipReason.PAUSED.value: Words("paused by the reader", "读者暂停收信"),
    SkipReason.NO_KEYWORDS.value: Words("no keywords", "无关键词"),
    SkipReason.SUPPRESSED.value: Words("mail to the address is stopped", "地址已停发"),
    SkipReason.UNSUBSCRIBED.value: Words("unsubscribed", "已退订"),
    SkipReason.UNCONFIRMED.value: Words("not confirmed", "未确认"),
    SkipReason.OVERTAKEN.value: Words("overtaken", "已作废"),
    SkipReason.CANCELLED.value: Words("cancelled", "已取消"),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """When a reader could expect their digest: at the hour they chose, or with the announcement."""

    at: datetime
    is_by_hour: bool


def find_promise(day: DayFacts, first: MailFacts) -> Promise:
    """Return what the first revision of a digest promised; without an hour it was due when the edition opened."""
    opened_at = day.edition.opened_at if day.edition else day.announced_at
    is_by_hour = abs(first.due_at - opened_at) >= timedelta(seconds=1)
    return Promise(first.due_at if is_by_hour else day.announced_at, is_by_hour)


def say_mail(day: DayFacts, reader: ReaderFacts, mail: MailFacts, promise: Promise) -> Words:
    """Return what became of a digest, without the full stop."""
    mine = say_digest(day, reader, mail)
    at = local_words(mail.accepted_at or mail.changed_at, mail.digest.zone, day.edition_on)
    said = f" ({quote(mail.reason)})" if mail.reason else ""
    match mail.state:
        case DeliveryState.ACCEPTED:
            return _say_accepted(day, reader, mail, promise)
        case DeliveryState.QUEUED:
            return _say_queued(day, reader, mail, promise)
        case DeliveryState.SENDING:
            return Words(f"{mine.en} is being handed to the relay", f"{mine.zh}正在交给邮件服务器")
        case DeliveryState.DEFERRED:
            return _say_deferred(day, reader, mail)
        case DeliveryState.FAILED:
            why, why_zh = (f": {quote(mail.reason)}", f"：{quote(mail.reason)}") if mail.reason else ("", "")
            return Words(f"No mail: {mine.en} failed at {at.en}{why}", f"没有邮件：{mine.zh}于 {at.zh}发送失败{why_zh}")
        case DeliveryState.UNCERTAIN:
            return Words(
                f"It may have come: the connection broke at {at.en} after {mine.en} was handed over{said}",
                f"可能已到：{mine.zh}交出后，连接于 {at.zh}中断{said}",
            )
        case DeliveryState.SKIPPED:
            return say_skip(day, reader, skip_reason(mail), at=mail.changed_at, said=mail.reason or "")
        case _:
            assert_never(mail.state)


def find_mail_cause(day: DayFacts, reader: ReaderFacts, mail: MailFacts, promise: Promise) -> Cause | None:
    """Return what kept an accepted digest, None when it was on time."""
    if mail.accepted_at is None or mail.accepted_at - promise.at <= LATE_AFTER:
        return None
    return find_cause(day, reader, mail, promised_at=promise.at, accepted_at=mail.accepted_at)


def skip_reason(mail: MailFacts) -> SkipReason | None:
    """Return why a delivery was skipped; None for a reason that this version does not know."""
    return SkipReason(mail.reason) if mail.reason in set(SkipReason) else None


def say_skip(day: DayFacts, reader: ReaderFacts, reason: SkipReason | None, *, at: datetime, said: str = "") -> Words:
    """Return why a reader deliberately got no digest; `at` is when that was decided."""
    name = reader.name
    match reason:
        case SkipReason.EMPTY:
            nothing = say_no_match(day, reader)
            return Words(
                f"No mail: {nothing.en}, and {name} wants no empty mails", f"没有邮件：{nothing.zh}，且不要空邮件"
            )
        case SkipReason.WEEKDAY:
            number = day.edition_on.weekday()
            return Words(
                f"No mail: {name} chose to get none on {_DAYS[number]}",
                f"没有邮件：{name} 选择周{_DAYS_ZH[number]}不收信",
            )
        case SkipReason.WEEKLY | SkipReason.PAUSED | SkipReason.NO_KEYWORDS:
            return Words("No mail: ", "没有邮件：") + _say_choice(reason, name)
        case SkipReason.SUPPRESSED:
            return _say_suppressed(reader)
        case SkipReason.UNSUBSCRIBED:
            left = _say_when(reader.unsubscribed_at, reader, day)
            return Words(f"No mail: {name} had left by then{left.en}", f"没有邮件：{name} 当时已退订{left.zh}")
        case SkipReason.UNCONFIRMED:
            return _say_unconfirmed(day, reader, at)
        case SkipReason.OVERTAKEN:
            return Words(
                "No mail: it was overtaken by the list that came after all", "没有邮件：列表后来补到，此信作废"
            )
        case SkipReason.CANCELLED:
            return Words("No mail: an operator cancelled the resend", "没有邮件：管理员取消了重发")
        case None:
            why = f" ({quote(said)})" if said else ""
            return Words(f"No mail: it was deliberately not sent{why}", f"没有邮件：按规则未发送{why}")
        case _:
            assert_never(reason)


def _say_choice(reason: Literal[SkipReason.WEEKLY, SkipReason.PAUSED, SkipReason.NO_KEYWORDS], name: str) -> Words:
    """Return the clause about what a reader chose."""
    match reason:
        case SkipReason.WEEKLY:
            return Words(
                f"{name} has one digest a week, and these papers come with it",
                f"{name} 选择每周一封，当日论文随周报送达",
            )
        case SkipReason.PAUSED:
            return Words(f"{name} had paused it", f"{name} 当时暂停收信")
        case SkipReason.NO_KEYWORDS:
            return Words(f"{name} had no keywords", f"{name} 没有关键词")


def say_word(reason: str) -> Words:
    """Return why a mail was deliberately not sent in a word or two, or the reason itself if it is none of ours."""
    return _SKIPS.get(reason, Words(reason, reason))


def say_digest(day: DayFacts, reader: ReaderFacts, mail: MailFacts) -> Words:
    """Return what the digest is called: Ann's digest with 12 papers."""
    digest = mail.digest
    sample = Words("sample digest", "样刊") if day.is_sample else Words("digest", "晨报")
    papers = paper_words(digest.paper_count) if digest.paper_count else Words("no papers", "没有论文")
    if digest.trending_count:
        papers += Words(f" and {digest.trending_count} trending", f"，热门 {digest.trending_count} 篇")
    notes = []
    if digest.late_count:
        notes.append(Words(f"{digest.late_count} from earlier lists", f"其中 {digest.late_count} 篇来自更早的列表"))
    if digest.missing_count is None:
        notes.append(Words("some may have been missing", "可能有缺"))
    elif digest.missing_count:
        notes.append(Words(f"{digest.missing_count} of the day were missing", f"当日尚缺 {digest.missing_count} 篇"))
    aside = f" ({', '.join(note.en for note in notes)})" if notes else ""
    inside = "，".join([papers.zh, *(note.zh for note in notes)])
    return Words(f"{reader.name}'s {sample.en} with {papers.en}{aside}", f"{reader.name} 的{sample.zh}（{inside}）")


def say_no_match(day: DayFacts, reader: ReaderFacts) -> Words:
    """Return that the day had nothing for the reader: by their keywords, the kinds they want, or being mailed before."""
    count = day.edition.paper_count if day.edition else 0
    if not count:
        return Words("the day brought no papers in our categories", "当日所收类别没有论文")
    papers = paper_words(count)
    return Words(
        f"none of the day's {papers.en} matched what {reader.name} asked for",
        f"当日 {papers.zh}均不合 {reader.name} 所求",
    )


def say_state(state: DeliveryState) -> Words:
    """Return a state in words."""
    match state:
        case DeliveryState.QUEUED:
            return Words("queued", "排队中")
        case DeliveryState.SENDING:
            return Words("sending", "发送中")
        case DeliveryState.ACCEPTED:
            return Words("accepted", "已被接收")
        case DeliveryState.DEFERRED:
            return Words("deferred", "推迟")
        case DeliveryState.FAILED:
            return Words("failed", "失败")
        case DeliveryState.UNCERTAIN:
            return Words("uncertain", "不确定")
        case DeliveryState.SKIPPED:
            return Words("skipped", "不发送")
        case _:
            assert_never(state)


def _say_accepted(day: DayFacts, reader: ReaderFacts, mail: MailFacts, promise: Promise) -> Words:
    mine, accepted_at = say_digest(day, reader, mail), mail.accepted_at or mail.changed_at
    at = local_words(accepted_at, mail.digest.zone, day.edition_on)
    cause = find_mail_cause(day, reader, mail, promise)
    if cause is None:
        said = Words(f"{mine.en} was accepted at {at.en}", f"{mine.zh}已于 {at.zh}被邮件服务器接收")
        return said + (_say_empty(day, reader, ": ", "：") if mail.digest.is_empty else NOTHING)
    late = duration_words(accepted_at - promise.at)
    after = Words(f"{late.en} after the announcement", f"在公布后{late.zh}")
    how = Words(f"{late.en} late", f"晚了{late.zh}") if promise.is_by_hour else after
    said = Words(
        f"{mine.en} was accepted {how.en}, at {at.en}: {cause.words.en}",
        f"{mine.zh}{how.zh}，于 {at.zh}被邮件服务器接收：{cause.words.zh}",
    )
    return said + (_say_empty(day, reader, "; ", "；") if mail.digest.is_empty else NOTHING)


def _say_empty(day: DayFacts, reader: ReaderFacts, link: str, link_zh: str) -> Words:
    empty = say_no_match(day, reader)
    return Words(f"{link}{empty.en}, and {reader.name} wants empty mails too", f"{link_zh}{empty.zh}，而空邮件也要收")


def _say_queued(day: DayFacts, reader: ReaderFacts, mail: MailFacts, promise: Promise) -> Words:
    mine = say_digest(day, reader, mail)
    due = local_words(mail.due_at, mail.digest.zone, day.edition_on)
    said = f" ({quote(mail.reason)})" if mail.reason else ""
    if day.now < mail.due_at:
        hour = Words(f", the hour {reader.name} chose", "，即所选时刻") if promise.is_by_hour else NOTHING
        return Words(
            f"Not yet: {mine.en} goes out at {due.en}{hour.en}", f"尚未发送：{mine.zh}将于 {due.zh}发出{hour.zh}"
        )
    if mail.next_attempt_at and mail.next_attempt_at > day.now:
        again = local_words(mail.next_attempt_at, mail.digest.zone, day.edition_on)
        return Words(
            f"Not yet: {mine.en} waits until {again.en}{said}", f"尚未发送：{mine.zh}等到 {again.zh}再发{said}"
        )
    return Words(
        f"Not yet: {mine.en} is due since {due.en} and waits for a worker{said}",
        f"尚未发送：{mine.zh}自 {due.zh}起到点，正等待工作进程{said}",
    )


def _say_deferred(day: DayFacts, reader: ReaderFacts, mail: MailFacts) -> Words:
    mine, tries = say_digest(day, reader, mail), mail.attempt_count
    again = local_words(mail.next_attempt_at or day.now, mail.digest.zone, day.edition_on)
    said = f" ({quote(mail.reason)})" if mail.reason else ""
    return Words(
        f"Not yet: the relay put off {mine.en} {'once' if tries == 1 else f'{tries} times'}{said}; the next try is at "
        f"{again.en}",
        f"尚未发送：邮件服务器推迟接收{mine.zh} {tries} 次{said}；下次尝试在 {again.zh}",
    )


def _say_suppressed(reader: ReaderFacts) -> Words:
    since = date_words(reader.suppressed_at.astimezone(reader.zone).date()) if reader.suppressed_at else None
    why = f" ({quote(reader.suppression)})" if reader.suppression else ""
    if since is None:
        return Words(
            f"No mail: mail to {reader.name}'s address was stopped then",
            f"没有邮件：当时已停止向 {reader.name} 的地址发信",
        )
    return Words(
        f"No mail: mail to {reader.name}'s address is stopped since {since.en}{why}",
        f"没有邮件：自 {since.zh} 起已停止向 {reader.name} 的地址发信{why}",
    )


def _say_unconfirmed(day: DayFacts, reader: ReaderFacts, at: datetime) -> Words:
    name, confirmed_at = reader.name, reader.reader.confirmed_at
    if confirmed_at and confirmed_at > at:
        when = local_words(confirmed_at, reader.zone, day.edition_on)
        return Words(
            f"No mail: {name} had not confirmed by then, only at {when.en}", f"没有邮件：{name} 于 {when.zh}才确认订阅"
        )
    if confirmed_at and reader.reader.consent is not Consent.CONFIRMED:
        return Words(f"No mail: {name} had left and not confirmed again", f"没有邮件：{name} 已退订且未重新确认")
    return Words(f"No mail: {name} had not confirmed by then", f"没有邮件：{name} 当时尚未确认订阅")


def _say_when(instant: datetime | None, reader: ReaderFacts, day: DayFacts) -> Words:
    if instant is None:
        return NOTHING
    when = local_words(instant, reader.zone, day.edition_on)
    return Words(f", at {when.en}", f"（{when.zh}）")
