"""Who runs the service, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from newsletter.operators.roles import Role

OperatorId = NewType("OperatorId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who runs the service."""

    id: OperatorId
    email: str
    role: Role
    created_at: datetime
    enrolled_at: datetime | None
    last_signed_in_at: datetime | None
    disabled_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Whether they can sign in."""
        return self.enrolled_at is not None and self.disabled_at is None

    @property
    def state(self) -> str:
        """In one word: active, invited or disabled."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.enrolled_at is not None else "invited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What proves that somebody is this operator."""

    operator: Operator
    password_hash: str
    totp_secret: str
    """Still sealed."""
