"""Who is signed in, as the pages see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from newsletter.operators.account import OperatorId
from newsletter.operators.audit import Actor, Note, record
from newsletter.operators.roles import Permission, Role, may

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: not every page writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """An operator in one browser, at the instant of one request."""

    session_id: int
    operator_id: OperatorId
    email: str
    role: Role
    csrf: str
    """What every form of theirs carries, so that no other site can send one."""
    network: str
    at: datetime

    def may(self, permission: str) -> bool:
        """Tell whether they may do this; raises ValueError for what is no permission."""
        return may(self.role, Permission(permission))

    @property
    def actor(self) -> Actor:
        return Actor(who=self.email, role=self.role, operator_id=self.operator_id, network=self.network)

    def note(self, action: str, what: str = "", **detail: Any) -> Note:
        """Return what writes this action of theirs down, in the transaction that does it."""

        def write(session: Session) -> None:
            record(session, self.actor, action, what, detail, at=self.at)

        return write


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A browser in which an operator is signed in, as their list shows it."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    network: str
    browser: str


def is_over(*, last_seen_at: datetime, expires_at: datetime, at: datetime) -> bool:
    """Tell whether a session has ended: unused for 12 hours, or 7 days old."""
    return at >= expires_at or at - last_seen_at >= IDLE
