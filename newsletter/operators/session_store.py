"""Sessions of operators in the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select, update

from newsletter.operators.account import OperatorId
from newsletter.operators.roles import Role
from newsletter.operators.session import ABSOLUTE, IDLE, OpenSession, is_over
from newsletter.operators.tables import OperatorRow, OperatorSessionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """A session that has not ended, and whose it is."""

    id: int
    operator_id: OperatorId
    email: str
    role: Role
    last_seen_at: datetime


def add_session(
    session: Session, operator_id: OperatorId, *, token_hash: str, network: str, browser: str, at: datetime
) -> int:
    """Store a new session and return its key; those of anybody that ended long ago are deleted with it."""
    session.exec(delete(OperatorSessionRow).where(col(OperatorSessionRow.expires_at) <= at))
    row = OperatorSessionRow(
        token_hash=token_hash,
        operator_id=operator_id,
        created_at=at,
        last_seen_at=at,
        expires_at=at + ABSOLUTE,
        network=network,
        browser=browser,
    )
    session.add(row)
    session.flush()
    return row.id or 0


def find_session(session: Session, token_hash: str, *, at: datetime) -> KnownSession | None:
    """Return the session with this token; None for one that has ended, or whose operator is shut out."""
    statement = (
        select(OperatorSessionRow, OperatorRow)
        .join(OperatorRow, col(OperatorRow.id) == OperatorSessionRow.operator_id)
        .where(OperatorSessionRow.token_hash == token_hash, col(OperatorRow.disabled_at).is_(None))
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    row, operator = found
    if is_over(last_seen_at=row.last_seen_at, expires_at=row.expires_at, at=at):
        return None
    return KnownSession(
        id=row.id or 0,
        operator_id=OperatorId(row.operator_id),
        email=operator.email,
        role=Role(operator.role),
        last_seen_at=row.last_seen_at,
    )


def see_session(session: Session, session_id: int, *, at: datetime) -> None:
    """Remember that a session was used; one that was ended meanwhile stays so."""
    session.exec(update(OperatorSessionRow).where(col(OperatorSessionRow.id) == session_id).values(last_seen_at=at))


def list_sessions(session: Session, operator_id: OperatorId, *, at: datetime) -> list[OpenSession]:
    """Return an operator's open sessions, the one used last first."""
    statement = (
        select(OperatorSessionRow)
        .where(
            OperatorSessionRow.operator_id == operator_id,
            OperatorSessionRow.expires_at > at,
            OperatorSessionRow.last_seen_at > at - IDLE,
        )
        .order_by(col(OperatorSessionRow.last_seen_at).desc(), col(OperatorSessionRow.id).desc())
    )
    return [
        OpenSession(
            id=row.id or 0,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            network=row.network,
            browser=row.browser,
        )
        for row in session.exec(statement)
    ]


def end_session(session: Session, session_id: int) -> bool:
    """End one session; twice changes nothing."""
    return session.exec(delete(OperatorSessionRow).where(col(OperatorSessionRow.id) == session_id)).rowcount == 1


def end_sessions(session: Session, operator_id: OperatorId, *, besides: int | None = None) -> int:
    """End an operator's sessions, all or all but one, and return how many."""
    statement = delete(OperatorSessionRow).where(col(OperatorSessionRow.operator_id) == operator_id)
    if besides is not None:
        statement = statement.where(col(OperatorSessionRow.id) != besides)
    return session.exec(statement).rowcount
