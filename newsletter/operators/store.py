"""Operators in the database."""

from datetime import datetime

from sqlmodel import Session, col, select, update

from newsletter.db.upsert import insert_missing
from newsletter.errors import ConflictError, NotFoundError
from newsletter.operators.account import Credentials, Operator, OperatorId
from newsletter.operators.roles import Role
from newsletter.operators.tables import OperatorRow
from newsletter.subscribers.addresses import address_key, parse_address


def add_operator(session: Session, email: str, role: Role, *, at: datetime) -> Operator:
    """Add somebody who has yet to enrol. Raises AddressError, ConflictError for a known address."""
    address = parse_address(email)
    values = {
        "email": address,
        "address_key": address_key(address),
        "role": role.value,
        "totp_step": 0,
        "created_at": at,
    }
    if not insert_missing(session, OperatorRow, [values]):
        raise ConflictError(f"{address} runs the service already; `newsletter operator reset` makes a new link.")
    return get_operator(session, address)


def get_operator(session: Session, email: str) -> Operator:
    """Return the operator with this address; raises NotFoundError."""
    row = _find_row(session, email)
    if row is None:
        raise NotFoundError(f"{email} is not among those who run the service.")
    return _operator(row)


def get_operator_by_id(session: Session, operator_id: OperatorId) -> Operator:
    """Return an operator; raises NotFoundError."""
    return _operator(_row(session, operator_id))


def list_operators(session: Session) -> list[Operator]:
    """Return all who run the service or did so, by address."""
    return [_operator(row) for row in session.exec(select(OperatorRow).order_by(col(OperatorRow.address_key)))]


def find_credentials(session: Session, email: str) -> Credentials | None:
    """Return what proves that somebody is the operator with this address; None for who cannot sign in."""
    return _credentials(_find_row(session, email))


def find_own_credentials(session: Session, operator_id: OperatorId) -> Credentials | None:
    """Return what proves that somebody is this operator; None for who cannot sign in."""
    return _credentials(session.get(OperatorRow, operator_id))


def take_step(session: Session, operator_id: OperatorId, step: int) -> bool:
    """Use up the code of a step of time, and of every earlier one; False when it was used before."""
    statement = (
        update(OperatorRow)
        .where(col(OperatorRow.id) == operator_id, col(OperatorRow.totp_step) < step)
        .values(totp_step=step)
    )
    return session.exec(statement).rowcount == 1


def enrol(
    session: Session, operator_id: OperatorId, *, password_hash: str, totp_secret: str, step: int, at: datetime
) -> None:
    """Store what an operator proves themselves by from now on."""
    row = _row(session, operator_id)
    row.password_hash, row.totp_secret, row.totp_step, row.enrolled_at = password_hash, totp_secret, step, at
    _save(session, row)


def clear_credentials(session: Session, operator_id: OperatorId) -> None:
    """Forget password and phone: they cannot sign in until they enrol once more."""
    row = _row(session, operator_id)
    row.password_hash = row.totp_secret = row.enrolled_at = None
    _save(session, row)


def set_password(session: Session, operator_id: OperatorId, password_hash: str) -> None:
    """Store the hash of a new password, or of the same one at another cost."""
    row = _row(session, operator_id)
    row.password_hash = password_hash
    _save(session, row)


def note_sign_in(session: Session, operator_id: OperatorId, *, at: datetime) -> None:
    """Remember when an operator signed in last."""
    row = _row(session, operator_id)
    row.last_signed_in_at = at
    _save(session, row)


def set_role(session: Session, operator_id: OperatorId, role: Role) -> None:
    """Change what an operator may do. Raises ConflictError when no other owner would be left."""
    row = _row(session, operator_id)
    if role is not Role.OWNER:
        _keep_an_owner(session, row)
    row.role = role.value
    _save(session, row)


def set_disabled(session: Session, operator_id: OperatorId, disabled_at: datetime | None) -> None:
    """Shut an operator out, or let them in again. Raises ConflictError when no other owner would be left."""
    row = _row(session, operator_id)
    if disabled_at is not None:
        _keep_an_owner(session, row)
    row.disabled_at = disabled_at
    _save(session, row)


def _keep_an_owner(session: Session, row: OperatorRow) -> None:
    """Refuse to take away the last owner, who alone can add others; locked, so that two do not take each other away."""
    owners = session.exec(select(OperatorRow).where(OperatorRow.role == Role.OWNER).with_for_update()).all()
    is_owner = row.role == Role.OWNER and row.disabled_at is None
    if is_owner and not any(other.id != row.id and _operator(other).is_active for other in owners):
        raise ConflictError(f"{row.email} is the only owner; make somebody else an owner first.")


def _find_row(session: Session, email: str) -> OperatorRow | None:
    return session.exec(select(OperatorRow).where(OperatorRow.address_key == address_key(email.strip()))).first()


def _row(session: Session, operator_id: OperatorId) -> OperatorRow:
    row = session.get(OperatorRow, operator_id)
    if row is None:
        raise NotFoundError(f"There is no operator {operator_id}.")
    return row


def _save(session: Session, row: OperatorRow) -> None:
    session.add(row)
    session.flush()


def _operator(row: OperatorRow) -> Operator:
    return Operator(
        id=OperatorId(row.id or 0),
        email=row.email,
        role=Role(row.role),
        created_at=row.created_at,
        enrolled_at=row.enrolled_at,
        last_signed_in_at=row.last_signed_in_at,
        disabled_at=row.disabled_at,
    )


def _credentials(row: OperatorRow | None) -> Credentials | None:
    if row is None or row.password_hash is None or row.totp_secret is None or row.disabled_at is not None:
        return None
    return Credentials(operator=_operator(row), password_hash=row.password_hash, totp_secret=row.totp_secret)
