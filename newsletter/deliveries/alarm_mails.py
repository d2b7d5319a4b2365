"""Mails about alarms: one for each that begins or ends, and one about all of them when there are many.

They are deliveries like any other, so that a crash neither loses nor repeats one; each alarm remembers the occasion of the
mail that told of its beginning and of its end. While the relay itself is what is broken they wait with everything else: an
open alarm also shows in `newsletter status`, at /health and on the operators' pages.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, distinct, or_, update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from newsletter.deliveries.alarm_tables import AlarmRow
from newsletter.deliveries.alarms import AlarmKind
from newsletter.deliveries.messages import Message, MessageIdMaker
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import NewDelivery, queue_deliveries
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.service import AlarmNote
from newsletter.words import Words

MAILS_AN_HOUR = 6
_HOUR = timedelta(hours=1)
_NEWS = timedelta(days=1)  # what began and ended longer ago than that is history, not an alarm
_TITLES: Mapping[AlarmKind, tuple[str, str]] = {
    AlarmKind.CHANNEL_PAUSED: ("A destination refuses our mail", "收信方因策略拒收"),
    AlarmKind.RELAY_UNUSABLE: ("The relay cannot be used", "邮件中继不可用"),
    AlarmKind.ACCOUNT_UNUSABLE: ("An SMTP account cannot be used", "SMTP 账号不可用"),
    AlarmKind.POLICY_BOUNCE: ("Mail comes back for reasons of policy", "邮件因策略被退回"),
    AlarmKind.BOUNCE_TROUBLE: ("Reports about bounces cannot be read", "无法读取退信报告"),
    AlarmKind.COLLECTION_TROUBLE: ("The day's lists could not be collected", "当日列表未能收齐"),
    AlarmKind.DELIVERY_PARKED: ("A delivery was given up", "有邮件被搁置"),
    AlarmKind.UNCERTAIN_WAITING: ("Deliveries wait for your decision", "有邮件等待您决定"),
    AlarmKind.SIGN_UP_FLOOD: ("Too many mails are asked for", "索取邮件的请求过多"),
}


def say_kind(kind: AlarmKind) -> Words:
    """Return an alarm's kind in words."""
    return Words(*_TITLES[kind])


def has_news(session: Session, *, at: datetime) -> bool:
    """Tell whether an alarm began or ended since the operators were told."""
    return session.exec(_untold(at).limit(1)).first() is not None


def queue_alarm_mails(
    session: Session, operators: Sequence[int], *, at: datetime, message_id: MessageIdMaker
) -> list[str]:
    """Queue what the operators have not been told yet and return the occasions of the mails.

    Each alarm that began or ended has a mail of its own while there are few; of many there is one mail. More than six mails
    an hour are never queued: the rest waits for the next one, which tells of all. Safe to call by many at once.
    """
    untold = session.exec(_untold(at).with_for_update()).all()  # locked: of two that tell at once one does
    room = MAILS_AN_HOUR - _count_mails(session, since=at - _HOUR)
    if not untold or room <= 0 or not operators:
        return []
    letters = [[row] for row in untold] if len(untold) < room else [untold]
    return [_queue(session, rows, operators, at, message_id) for rows in letters]


def load_alarm_notes(session: Session, occasions: Iterable[str]) -> dict[str, list[AlarmNote]]:
    """Return what the mails of these occasions tell, in the order in which the alarms began."""
    wanted = set(occasions)
    if not wanted:
        return {}
    rows = session.exec(
        select(AlarmRow)
        .where(or_(col(AlarmRow.told_in).in_(wanted), col(AlarmRow.solved_in).in_(wanted)))
        .order_by(col(AlarmRow.raised_at), col(AlarmRow.id))
    )
    found: dict[str, list[AlarmNote]] = defaultdict(list)
    for row in rows:
        for occasion in {row.told_in, row.solved_in} & wanted:
            found[occasion or ""].append(_note(row, is_solved=occasion == row.solved_in))
    return found


def _note(row: AlarmRow, *, is_solved: bool) -> AlarmNote:
    return AlarmNote(
        title=say_kind(AlarmKind(row.kind)),
        subject=row.subject,
        detail=Words(row.detail, row.detail_zh),
        raised_at=row.raised_at,
        cleared_at=row.cleared_at if is_solved else None,
    )


def _untold(at: datetime) -> SelectOfScalar[AlarmRow]:
    """Select the alarms that began or ended since the operators were told, the oldest first."""
    is_news = or_(col(AlarmRow.cleared_at).is_(None), col(AlarmRow.cleared_at) > at - _NEWS)
    has_ended = and_(col(AlarmRow.cleared_at).is_not(None), col(AlarmRow.solved_in).is_(None))
    statement = select(AlarmRow).where(is_news, or_(col(AlarmRow.told_in).is_(None), has_ended))
    return statement.order_by(col(AlarmRow.id))


def _count_mails(session: Session, *, since: datetime) -> int:
    statement = select(func.count(distinct(col(DeliveryRow.occasion)))).where(
        DeliveryRow.message == Message.ALARM, DeliveryRow.created_at > since
    )
    return session.exec(statement).one()


def _queue(
    session: Session, rows: Sequence[AlarmRow], operators: Sequence[int], at: datetime, message_id: MessageIdMaker
) -> str:
    first = rows[0]
    begun = "alarm" if first.told_in is None else "solved"
    occasion = f"{begun}-{first.id}" if len(rows) == 1 else f"alarms-{first.id}-{rows[-1].id}-{at:%Y%m%dT%H%M%S}"
    for row in rows:
        told = {"told_in": row.told_in or occasion, "solved_in": occasion if row.cleared_at else None}
        session.connection().execute(update(AlarmRow).where(col(AlarmRow.id) == row.id).values(told))
    deliveries = [_delivery(operator, occasion, at, message_id) for operator in operators]
    queue_deliveries(session, deliveries, at=at)
    return occasion


def _delivery(operator: int, occasion: str, at: datetime, message_id: MessageIdMaker) -> NewDelivery:
    return NewDelivery(
        subscriber_id=operator,
        message=Message.ALARM,
        occasion=occasion,
        revision=0,
        edition_on=None,
        digest_id=None,
        message_id=message_id(operator, Message.ALARM, occasion, 0),
        state=DeliveryState.QUEUED,
        reason=None,
        due_at=at,
    )
