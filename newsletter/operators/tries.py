"""Counting tries to sign in, in the database: they are counted together over processes and restarts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, delete, select, update

from newsletter.db.upsert import insert_missing
from newsletter.operators.lock import OF_ACCOUNT, OF_NETWORK, LockRule, Tries, count_try, wait_left
from newsletter.operators.tables import SignInTryRow

_LOCK = 0x63_68_65_6F  # PostgreSQL's advisory lock of this table: any number nobody else uses
Asker = tuple[str, LockRule]


def take_try(session: Session, askers: Sequence[Asker], *, at: datetime) -> timedelta | None:
    """Count a try of every asker and return None; or count none, and return how long the longest of them has to wait."""
    _wait_for_others(session)
    known = {asker: _find(session, asker) for asker, _ in askers}
    waits = [wait for asker, rule in askers if (wait := wait_left(rule, known[asker], at=at))]
    if waits:
        return max(waits)
    for asker, rule in askers:
        _keep(session, asker, count_try(rule, known[asker], at=at))
    return None


def forgive(session: Session, asker: str) -> None:
    """Forget an asker's tries, because the latest was right."""
    _wait_for_others(session)
    session.exec(delete(SignInTryRow).where(col(SignInTryRow.asker) == asker))


def give_back(session: Session, asker: str) -> None:
    """Take back the latest try of an asker who is many: a colleague's right password says nothing about the others' tries."""
    _wait_for_others(session)
    session.exec(
        update(SignInTryRow)
        .where(col(SignInTryRow.asker) == asker, col(SignInTryRow.count) > 0)
        .values(count=SignInTryRow.count - 1)
    )


def forget_tries(session: Session, *, at: datetime) -> int:
    """Delete what no rule counts any more."""
    _wait_for_others(session)
    kept = max(OF_ACCOUNT.forgotten_after, OF_NETWORK.forgotten_after)
    return session.exec(delete(SignInTryRow).where(col(SignInTryRow.last_at) <= at - kept)).rowcount


def _find(session: Session, asker: str) -> Tries | None:
    found = session.exec(select(SignInTryRow.count, SignInTryRow.last_at).where(SignInTryRow.asker == asker)).first()
    return None if found is None else Tries(count=found[0], last_at=found[1])


def _keep(session: Session, asker: str, tries: Tries) -> None:
    values = {"count": tries.count, "last_at": tries.last_at}
    if not insert_missing(session, SignInTryRow, [{"asker": asker, **values}]):
        session.exec(update(SignInTryRow).where(col(SignInTryRow.asker) == asker).values(values))


def _wait_for_others(session: Session) -> None:
    """Let nobody count or forgive between our looking and our noting; on SQLite the transaction's write lock does that."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
