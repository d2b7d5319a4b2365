"""Tables: the people who run the service, their sessions, wrong tries, ways back in, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from newsletter.db.types import UTCDateTime


class OperatorRow(SQLModel, table=True):
    """Somebody who runs the service. Without a password hash they have yet to enrol, and cannot sign in.

    `totp_secret` is sealed with the installation's secret; `totp_step` is the latest step of time whose code was used.
    """

    __tablename__ = "operator"

    id: int | None = Field(default=None, primary_key=True)
    email: str
    address_key: str = Field(unique=True)
    role: str
    password_hash: str | None = None
    totp_secret: str | None = None
    totp_step: int = 0
    created_at: datetime = Field(sa_type=UTCDateTime)
    enrolled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_signed_in_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class OperatorSessionRow(SQLModel, table=True):
    """One browser in which an operator is signed in; of its cookie only a keyed hash is kept."""

    __tablename__ = "operator_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    operator_id: int = Field(foreign_key="operator.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    last_seen_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    network: str
    browser: str


class SignInTryRow(SQLModel, table=True):
    """Wrong tries by one asker: the keyed hash of an account's address, of a network address, or of a known browser."""

    __tablename__ = "sign_in_try"

    asker: str = Field(primary_key=True)
    count: int
    last_at: datetime = Field(sa_type=UTCDateTime, index=True)


class RecoveryCodeRow(SQLModel, table=True):
    """A code that stands in once for the phone; a keyed hash is kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("operator_id", "code_hash"),)

    id: int | None = Field(default=None, primary_key=True)
    operator_id: int = Field(foreign_key="operator.id")
    code_hash: str
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class EnrolmentRow(SQLModel, table=True):
    """A link by which an operator chooses a password and joins a phone, once; `totp_secret` is the sealed one it shows."""

    __tablename__ = "enrolment"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    operator_id: int = Field(foreign_key="operator.id", index=True)
    totp_secret: str
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AuditRow(SQLModel, table=True):
    """What somebody did, once and for ever: rows are added, never changed.

    `who` is their address as it was then, or the command line; `what` is the object of the action.
    """

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    operator_id: int | None = Field(default=None, foreign_key="operator.id")
    who: str
    role: str
    action: str = Field(index=True)
    what: str
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    network: str
