"""The audit log: who did what, when and from where. Entries come with what they tell of, and never change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, literal, or_, select

from newsletter.operators.account import OperatorId
from newsletter.operators.tables import AuditRow

Note = Callable[[Session], None]
"""Writes an entry within the caller's transaction: what was done is known if, and only if, it was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts; `operator_id` is None for the command line and for strangers."""

    who: str
    role: str = ""
    operator_id: OperatorId | None = None
    network: str = ""


COMMAND_LINE = Actor(who="command line")
STRANGER = Actor(who="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done."""

    id: int
    at: datetime
    who: str
    role: str
    action: str
    what: str
    detail: Mapping[str, Any]
    network: str


def no_note(session: Session) -> None:
    """Write nothing down: what the service does by itself is no one's action."""


def record(
    session: Session,
    actor: Actor,
    action: str,
    what: str = "",
    detail: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> None:
    """Add an entry: the action as one word, its object, and a few JSON values; never a secret, nor a reader's address.

    The entry stays when a reader is erased: see `subjects` for how readers are named.
    """
    session.add(
        AuditRow(
            at=at,
            operator_id=actor.operator_id,
            who=actor.who,
            role=actor.role,
            action=action,
            what=what,
            detail=dict(detail or {}),
            network=actor.network,
        )
    )
    session.flush()


def list_audit(
    session: Session,
    *,
    since: datetime | None = None,
    action: str = "",
    words: str = "",
    subjects: Sequence[str] = (),
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return entries, the newest first: of one action, before an entry's id.

    With `words` those that have them in who or what, or are about one of the `subjects`, as the log names them.
    """
    statement = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    if since is not None:
        statement = statement.where(col(AuditRow.at) >= since)
    if action:
        statement = statement.where(AuditRow.action == action)
    if words:
        parts = literal(", ") + col(AuditRow.what) + literal(", ")
        statement = statement.where(
            or_(
                col(AuditRow.who).icontains(words, autoescape=True),
                col(AuditRow.what).icontains(words, autoescape=True),
                *(parts.contains(f", {name}, ", autoescape=True) for name in subjects),
            )
        )
    if before is not None:
        statement = statement.where(col(AuditRow.id) < before)
    return [
        AuditEntry(
            id=row.id or 0,
            at=row.at,
            who=row.who,
            role=row.role,
            action=row.action,
            what=row.what,
            detail=row.detail,
            network=row.network,
        )
        for row in session.exec(statement)
    ]


def list_actions(session: Session) -> list[str]:
    """Return every action that was ever taken, in alphabetical order."""
    return sorted(session.exec(select(AuditRow.action).distinct()))
