"""Ways to become somebody again: enrolment links and recovery codes in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, func, select, update

from newsletter.operators.account import OperatorId
from newsletter.operators.tables import EnrolmentRow, RecoveryCodeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An open enrolment link."""

    id: int
    operator_id: OperatorId
    totp_secret: str
    """Still sealed."""


def add_enrolment(
    session: Session,
    operator_id: OperatorId,
    *,
    token_hash: str,
    totp_secret: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Store a new link; every earlier one of the same operator is void."""
    session.exec(delete(EnrolmentRow).where(col(EnrolmentRow.operator_id) == operator_id))
    session.add(
        EnrolmentRow(
            token_hash=token_hash,
            operator_id=operator_id,
            totp_secret=totp_secret,
            created_at=at,
            expires_at=expires_at,
        )
    )
    session.flush()


def find_enrolment(session: Session, token_hash: str, *, at: datetime) -> Enrolment | None:
    """Return an open link; None for an unknown, used or expired one."""
    statement = select(EnrolmentRow).where(
        EnrolmentRow.token_hash == token_hash, col(EnrolmentRow.used_at).is_(None), EnrolmentRow.expires_at > at
    )
    row = session.exec(statement).first()
    if row is None:
        return None
    return Enrolment(id=row.id or 0, operator_id=OperatorId(row.operator_id), totp_secret=row.totp_secret)


def use_enrolment(session: Session, enrolment_id: int, *, at: datetime) -> bool:
    """Use up a link; of two that use it at once one does."""
    statement = (
        update(EnrolmentRow)
        .where(col(EnrolmentRow.id) == enrolment_id, col(EnrolmentRow.used_at).is_(None))
        .values(used_at=at, totp_secret="")
    )
    return session.exec(statement).rowcount == 1


def replace_recovery_codes(session: Session, operator_id: OperatorId, code_hashes: Sequence[str]) -> None:
    """Store new recovery codes; the old ones are void."""
    session.exec(delete(RecoveryCodeRow).where(col(RecoveryCodeRow.operator_id) == operator_id))
    session.add_all([RecoveryCodeRow(operator_id=operator_id, code_hash=code) for code in code_hashes])
    session.flush()


def use_recovery_code(session: Session, operator_id: OperatorId, code_hash: str, *, at: datetime) -> bool:
    """Use up a recovery code; False for an unknown or used one."""
    statement = (
        update(RecoveryCodeRow)
        .where(
            col(RecoveryCodeRow.operator_id) == operator_id,
            col(RecoveryCodeRow.code_hash) == code_hash,
            col(RecoveryCodeRow.used_at).is_(None),
        )
        .values(used_at=at)
    )
    return session.exec(statement).rowcount == 1


def count_recovery_codes(session: Session, operator_id: OperatorId) -> int:
    """Return how many recovery codes an operator has left."""
    statement = select(func.count()).where(
        RecoveryCodeRow.operator_id == operator_id, col(RecoveryCodeRow.used_at).is_(None)
    )
    return session.exec(statement).one()
