"""What a reader was promised and got, mail by mail, and what to tell them of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from sqlmodel import Session, col, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import is_latest
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.dates import short_date, short_date_zh
from newsletter.digests.tables import DigestRow
from newsletter.words import Words

OF_EDITIONS = (Message.DIGEST, Message.TRENDING, Message.NOTICE)
"""The messages that an edition brings a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMail:
    """One mail of a reader, by its latest sending; `edition_on` is its edition's date.

    `paper_count` is None for a mail without papers, `since_on` the first edition of a weekly one, `folded_on` the edition
    whose digest brought the papers of one that never came.
    """

    message: Message
    edition_on: date
    is_sample: bool
    state: DeliveryState
    reason: str | None
    due_at: datetime
    accepted_at: datetime | None
    paper_count: int | None
    since_on: date | None
    folded_on: date | None


def list_history(session: Session, subscriber_id: int, *, limit: int, before: date | None = None) -> list[PastMail]:
    """Return a reader's mails of editions, the newest edition first; of editions before a day where that is given."""
    statement = (
        select(DeliveryRow, DigestRow)
        .join(DigestRow, col(DigestRow.id) == col(DeliveryRow.digest_id), isouter=True)
        .where(
            DeliveryRow.subscriber_id == subscriber_id,
            col(DeliveryRow.message).in_([message.value for message in OF_EDITIONS]),
            col(DeliveryRow.edition_on).is_not(None),
            is_latest(),
        )
        .order_by(col(DeliveryRow.edition_on).desc(), col(DeliveryRow.message), col(DeliveryRow.id).desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(col(DeliveryRow.edition_on) < before)
    rows: Sequence[tuple[DeliveryRow, DigestRow | None]] = session.exec(statement).all()
    return [_past(delivery, digest) for delivery, digest in rows]


def say_fate(mail: PastMail) -> Words:
    """Return what became of a mail, for its reader."""
    match mail.state:
        case DeliveryState.ACCEPTED:
            return Words("handed to the mail server", "已交给邮件服务器")
        case DeliveryState.QUEUED:
            return Words("waits for its hour", "等待发送")
        case DeliveryState.SENDING:
            return Words("on its way", "发送中")
        case DeliveryState.DEFERRED:
            return Words("put off by the mail server; it is tried again", "被邮件服务器推迟，稍后重试")
        case DeliveryState.UNCERTAIN:
            return Words("may have arrived: the connection broke at the end", "可能已送达：连接在最后一刻中断")
        case DeliveryState.FAILED:
            return _say_failed(mail)
        case DeliveryState.SKIPPED:
            return _say_skipped(mail)
        case _:
            assert_never(mail.state)


def _say_failed(mail: PastMail) -> Words:
    if mail.folded_on is not None:
        return _say_folded("could not be delivered; its papers came", "未能送达；论文已", mail.folded_on)
    return Words("could not be delivered; its papers come with the next digest", "未能送达；论文将随下一期送达")


def _say_folded(english: str, chinese: str, on: date) -> Words:
    return Words(f"{english} with the digest of {short_date(on)}", f"{chinese}随{short_date_zh(on)}的晨报送达")


_SKIPPED = {
    SkipReason.EMPTY: Words("no mail: nothing matched", "未发信：没有相关论文"),
    SkipReason.WEEKDAY: Words("no mail: not one of your days", "未发信：当日不在您选择的日子里"),
    SkipReason.PAUSED: Words("no mail: you had paused it", "未发信：当时已暂停"),
    SkipReason.NO_KEYWORDS: Words("no mail: you had no active keyword", "未发信：没有启用的关键词"),
    SkipReason.SUPPRESSED: Words("no mail: mail to your address is stopped", "未发信：您的邮箱已停止接收"),
    SkipReason.UNSUBSCRIBED: Words("no mail: you had unsubscribed", "未发信：当时已退订"),
    SkipReason.UNCONFIRMED: Words("no mail: your address was not confirmed", "未发信：邮箱当时尚未确认"),
    SkipReason.OVERTAKEN: Words("no mail: the list came after all", "未发信：列表随后已发布"),
    SkipReason.CANCELLED: Words("no second copy: it was called off", "未再次发送：已取消"),
}


def _say_skipped(mail: PastMail) -> Words:
    reason = SkipReason(mail.reason) if mail.reason in set(SkipReason) else None
    if reason is SkipReason.WEEKLY:
        if mail.folded_on is not None:
            return _say_folded("came", "已", mail.folded_on)
        return Words("kept for your weekly digest", "留待周报送达")
    return _SKIPPED[reason] if reason else Words("no mail", "未发信")


def _past(delivery: DeliveryRow, digest: DigestRow | None) -> PastMail:
    return PastMail(
        message=Message(delivery.message),
        edition_on=delivery.edition_on or delivery.due_at.date(),
        is_sample=digest.is_sample if digest else False,
        state=DeliveryState(delivery.state),
        reason=delivery.reason,
        due_at=delivery.due_at,
        accepted_at=delivery.accepted_at,
        paper_count=_count(digest),
        since_on=digest.since_on if digest else None,
        folded_on=delivery.folded_on,
    )


def _count(digest: DigestRow | None) -> int | None:
    """Return how many papers a digest holds, those that trend among them."""
    return None if digest is None else sum(len(section["entries"]) for section in digest.sections)
