"""Alarms: what the operators must know, raised where it is noticed and open until it is over.

::

    (nothing) ──raise──► open ──clear──► cleared
                          │ ▲
                          └─┘ raise (nothing changes)

An alarm is a row, so that it outlives whatever noticed it and is seen by every process; mails about it are queued apart from
it (see `alarm_mails`), since what is broken may be the mail itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlmodel import Session, col, select

from newsletter.db.upsert import insert_missing
from newsletter.deliveries.alarm_tables import AlarmRow
from newsletter.words import Words


class AlarmKind(StrEnum):
    """What is wrong."""

    CHANNEL_PAUSED = "channel-paused"
    """A destination or the relay refuses us as a matter of policy; nothing is sent there for a while."""
    RELAY_UNUSABLE = "relay-unusable"
    ACCOUNT_UNUSABLE = "account-unusable"
    """One SMTP account of several cannot be used: refused password, quota, suspended."""
    POLICY_BOUNCE = "policy-bounce"
    """Mail was accepted and came back because of who we are, not because of who the reader is."""
    BOUNCE_TROUBLE = "bounce-trouble"
    """The reports about bounces and complaints cannot be fetched or understood."""
    COLLECTION_TROUBLE = "collection-trouble"
    DELIVERY_PARKED = "delivery-parked"
    """Deliveries were given up because worker after worker died with them in hand."""
    UNCERTAIN_WAITING = "uncertain-waiting"
    """Deliveries whose outcome nobody knows wait for an operator's decision."""
    SIGN_UP_FLOOD = "sign-up-flood"
    """More confirmations were asked for in a day than this installation sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person has to look at; cleared_at is None while it is open."""

    id: int
    kind: AlarmKind
    subject: str
    detail: Words
    raised_at: datetime
    cleared_at: datetime | None


def raise_alarm(session: Session, kind: AlarmKind, subject: str, *, at: datetime, detail: Words) -> bool:
    """Open an alarm and return True; False, and nothing changes, while one of this kind and subject is open.

    `detail` says to an operator what happened and what to do, without addresses. Exact also when two processes raise it at
    once: a partial unique index allows one open row, and the loser's insert does nothing.
    """
    values = {"kind": kind.value, "subject": subject, "detail": detail.en, "detail_zh": detail.zh, "raised_at": at}
    return insert_missing(session, AlarmRow, [values]) == 1


def clear_alarm(session: Session, kind: AlarmKind, subject: str, *, at: datetime) -> bool:
    """Close the open alarm of this kind and subject; False when there is none."""
    statement = (
        update(AlarmRow)
        .where(col(AlarmRow.kind) == kind.value, col(AlarmRow.subject) == subject, col(AlarmRow.cleared_at).is_(None))
        .values(cleared_at=at)
    )
    return session.connection().execute(statement).rowcount == 1


def list_open_alarms(session: Session, kind: AlarmKind | None = None) -> list[Alarm]:
    """Return the open alarms, or those of one kind, the oldest first."""
    statement = select(AlarmRow).where(col(AlarmRow.cleared_at).is_(None))
    if kind is not None:
        statement = statement.where(AlarmRow.kind == kind.value)
    return to_alarms(session.exec(statement.order_by(col(AlarmRow.raised_at), col(AlarmRow.id))).all())


def to_alarms(rows: Sequence[AlarmRow]) -> list[Alarm]:
    """Return stored alarms as plain values."""
    return [
        Alarm(
            id=row.id or 0,
            kind=AlarmKind(row.kind),
            subject=row.subject,
            detail=Words(row.detail, row.detail_zh),
            raised_at=row.raised_at,
            cleared_at=row.cleared_at,
        )
        for row in rows
    ]
