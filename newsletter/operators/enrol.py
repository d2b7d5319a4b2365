"""Enrolment: by a link that is good once and for a day, an operator chooses a password and joins a phone."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.operators import enrolment_store, session_store, store
from newsletter.operators.account import Operator, OperatorId
from newsletter.operators.audit import Actor, record
from newsletter.operators.door import Door
from newsletter.operators.password_policy import PasswordFault, find_fault
from newsletter.operators.recovery import new_codes, normalise_code
from newsletter.operators.sealing import Seal
from newsletter.operators.totp import find_step, new_secret

LINK_GOOD_FOR = timedelta(hours=24)


class EnrolFault(StrEnum):
    """Why an enrolment is not complete."""

    LINK = "link"
    """Unknown, used, or too old."""
    CODE = "code"
    """Not the code that the phone shows now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What an open enrolment link shows."""

    operator: Operator
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """They are enrolled and in: the session's token, what the browser keeps, and the recovery codes, shown once."""

    token: str
    kept: str
    recovery_codes: list[str]


def invite(session: Session, operator_id: OperatorId, seal: Seal, *, at: datetime) -> str:
    """Make an operator's new enrolment link, in the caller's transaction, and return its token; earlier ones are void."""
    token = secrets.token_urlsafe()
    enrolment_store.add_enrolment(
        session,
        operator_id,
        token_hash=seal.hash("enrolment", token),
        totp_secret=seal.close(new_secret()),
        at=at,
        expires_at=at + LINK_GOOD_FOR,
    )
    return token


def find_invitation(door: Door, token: str) -> Invitation | None:
    """Return what an enrolment link shows; None when it is not good, or its operator is shut out."""
    with reading(door.database) as session:
        found = enrolment_store.find_enrolment(session, door.seal.hash("enrolment", token), at=door.now())
        operator = store.get_operator_by_id(session, found.operator_id) if found else None
    secret = door.seal.open(found.totp_secret) if found else None
    if operator is None or secret is None or operator.disabled_at is not None:
        return None
    return Invitation(operator=operator, secret=secret)


def enrol(
    door: Door, token: str, *, password: str, code: str, network: str, browser: str
) -> Enrolled | PasswordFault | EnrolFault:
    """Give an operator their password and phone, end what sessions they had, and let them in.

    The link is used up by the one that succeeds; whoever opens or tries it otherwise leaves it as it is.
    """
    invitation = find_invitation(door, token)
    if invitation is None:
        return EnrolFault.LINK
    operator = invitation.operator
    fault = find_fault(password, email=operator.email)
    if fault:
        return fault
    step = find_step(invitation.secret, code, at=door.phone_now())
    if step is None:
        return EnrolFault.CODE
    password_hash, codes, at = door.passwords.hash(password), new_codes(), door.now()
    with transaction(door.database) as session:
        found = enrolment_store.find_enrolment(session, door.seal.hash("enrolment", token), at=at)
        if found is None or not enrolment_store.use_enrolment(session, found.id, at=at):
            return EnrolFault.LINK
        secret = door.seal.close(invitation.secret)
        store.enrol(session, operator.id, password_hash=password_hash, totp_secret=secret, step=step, at=at)
        keep_codes(session, operator.id, codes, door.seal)
        session_store.end_sessions(session, operator.id)
        store.note_sign_in(session, operator.id, at=at)
        actor = Actor(who=operator.email, role=operator.role, operator_id=operator.id, network=network)
        record(session, actor, "enrol", operator.email, at=at)
        session_token = door.open_session(session, operator.id, network=network, browser=browser)
    kept = door.remember_browser(operator.email.casefold())
    return Enrolled(token=session_token, kept=kept, recovery_codes=codes)


def keep_codes(session: Session, operator_id: OperatorId, codes: list[str], seal: Seal) -> None:
    """Store recovery codes, hashed; the old ones are void."""
    hashes = [seal.hash("recovery", normalise_code(code) or code) for code in codes]
    enrolment_store.replace_recovery_codes(session, operator_id, hashes)
