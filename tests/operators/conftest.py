"""A door with a cheap hash, a clock set by hand, and people who run the service."""

from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from newsletter.db.engine import reading, transaction
from newsletter.operators import store
from newsletter.operators.audit import AuditEntry, list_audit
from newsletter.operators.door import Door
from newsletter.operators.enrol import Enrolled, enrol, find_invitation, invite
from newsletter.operators.passwords import Passwords
from newsletter.operators.roles import Role
from newsletter.operators.sealing import Seal
from newsletter.operators.sign_in import Admitted, Attempt, Refused, sign_in
from tests.factories import Hand

PASSWORD = "morning paper on the table"
HOME = "192.0.2.7"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Person:
    """Somebody with a phone."""

    email: str
    secret: str
    recovery_codes: list[str]
    kept: str


@dataclass
class Hall:
    """The door, and what people do before it."""

    door: Door
    clock: Hand

    def invite(self, email: str = "ann@example.org", role: Role = Role.OWNER) -> str:
        with transaction(self.door.database) as session:
            operator = store.add_operator(session, email, role, at=self.clock())
            return invite(session, operator.id, self.door.seal, at=self.clock())

    def enrol(self, email: str = "ann@example.org", role: Role = Role.OWNER) -> Person:
        """Let somebody join; their phone's next code is a fresh one."""
        token = self.invite(email, role)
        invitation = find_invitation(self.door, token)
        assert invitation is not None
        code = self.code(invitation.secret)
        done = enrol(self.door, token, password=PASSWORD, code=code, network=HOME, browser="Firefox")
        assert isinstance(done, Enrolled)
        self.clock.instant += timedelta(seconds=30)
        return Person(email=email, secret=invitation.secret, recovery_codes=done.recovery_codes, kept=done.kept)

    def code(self, secret: str, *, later: int = 0) -> str:
        """Return what a phone shows so many seconds from now."""
        return pyotp.TOTP(secret).at(self.clock() + timedelta(seconds=later))

    def sign_in(self, person: Person, *, password: str = PASSWORD, code: str = "", **more: str) -> Admitted | Refused:
        typed = code or self.code(person.secret)
        attempt = Attempt(**({"email": person.email, "password": password, "code": typed, "network": HOME} | more))
        return sign_in(self.door, attempt)

    def audit(self) -> list[AuditEntry]:
        with reading(self.door.database) as session:
            return list_audit(session)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def hall(engine: Engine, clock: Hand) -> Hall:
    door = Door(
        database=engine, seal=Seal("a secret of the tests"), passwords=Passwords(CHEAP), now=clock, phone_now=clock
    )
    return Hall(door=door, clock=clock)
