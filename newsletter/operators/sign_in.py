"""Signing in: password and code together, counted before they are checked, the same words for every refusal.

::

    count the try ──locked──► refused, with how long to wait
         │
    check password (argon2, also for unknown accounts) and code
         │                      └─wrong──► refused, written down
    use the code up, forgive the tries, begin a session, write it down: one transaction
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.operators import store
from newsletter.operators.account import Credentials, OperatorId
from newsletter.operators.audit import STRANGER, Actor, record
from newsletter.operators.door import Door, network_key
from newsletter.operators.enrolment_store import use_recovery_code
from newsletter.operators.lock import OF_ACCOUNT, OF_NETWORK
from newsletter.operators.recovery import normalise_code
from newsletter.operators.totp import find_step, new_secret
from newsletter.operators.tries import Asker, forget_tries, forgive, give_back, take_try
from newsletter.subscribers.addresses import address_key

_DECOY_SECRET = new_secret()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What somebody typed, and where they are; `kept` is what their browser kept from an earlier time."""

    email: str
    password: str
    code: str
    network: str
    browser: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """They are in: the token of their session, and what the browser keeps for the next time."""

    token: str
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """They are not; `wait` when it was not even looked at."""

    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """A code that fits: the step of time it belongs to, or the hash of a recovery code."""

    step: int | None = None
    code_hash: str | None = None


def sign_in(door: Door, attempt: Attempt) -> Admitted | Refused:
    """Let an operator in who types the right password and a code that was not used yet.

    It tells nothing about accounts: the same work and the same answer whether the address, the password or the code is wrong.
    """
    at, key = door.now(), address_key(attempt.email.strip())
    mark = door.known_browser(key, attempt.kept)
    account, askers = _askers(door, attempt, key, mark)
    with transaction(door.database) as session:
        forget_tries(session, at=at)
        wait = take_try(session, askers, at=at)
    if wait is not None:
        return Refused(wait=wait)
    with reading(door.database) as session:
        known = store.find_credentials(session, attempt.email)
    is_password = door.passwords.verify(known.password_hash if known else None, attempt.password)
    proof = _find_proof(door, known, attempt.code)
    renewed = _renewed(door, known, attempt.password) if is_password else None
    with transaction(door.database) as session:
        if known is None or not is_password or not _use(session, known.operator.id, proof, at):
            _write_refusal(session, known, attempt, at)
            return Refused()
        forgive(session, account)
        for asker, rule in askers:
            if rule is OF_NETWORK:
                give_back(session, asker)
        if renewed:
            store.set_password(session, known.operator.id, renewed)
        token = _come_in(door, session, known, attempt, proof, at)
    return Admitted(token=token, kept=attempt.kept if mark else door.remember_browser(key))


def check_password(door: Door, operator_id: OperatorId, password: str) -> bool | timedelta:
    """Tell whether this is the password of somebody signed in; or how long they have to wait after wrong ones.

    Counted too: who finds an open browser must not guess the password in it.
    """
    asker = door.seal.hash("tries-own", str(operator_id))
    with transaction(door.database) as session:
        wait = take_try(session, [(asker, OF_ACCOUNT)], at=door.now())
    if wait is not None:
        return wait
    with reading(door.database) as session:
        known = store.find_own_credentials(session, operator_id)
    if not door.passwords.verify(known.password_hash if known else None, password):
        return False
    with transaction(door.database) as session:
        forgive(session, asker)
    return True


def _askers(door: Door, attempt: Attempt, key: str, mark: str | None) -> tuple[str, list[Asker]]:
    """Return whose tries are counted: the account's, from a known browser that browser's own; and the network's."""
    account = door.seal.hash("tries-browser", mark) if mark else door.seal.hash("tries-account", key)
    askers: list[Asker] = [(account, OF_ACCOUNT)]
    if attempt.network:
        askers.append((door.seal.hash("tries-network", network_key(attempt.network)), OF_NETWORK))
    return account, askers


def _find_proof(door: Door, known: Credentials | None, typed: str) -> _Proof | None:
    secret = (known and door.seal.open(known.totp_secret)) or _DECOY_SECRET
    step = find_step(secret, typed, at=door.phone_now())
    if step is not None:
        return _Proof(step=step)
    code = normalise_code(typed)
    return _Proof(code_hash=door.seal.hash("recovery", code)) if code else None


def _use(session: Session, operator_id: OperatorId, proof: _Proof | None, at: datetime) -> bool:
    """Use up a code; False for none, a wrong one, or one that was used before."""
    if proof is None:
        return False
    if proof.step is not None:
        return store.take_step(session, operator_id, proof.step)
    return use_recovery_code(session, operator_id, proof.code_hash or "", at=at)


def _renewed(door: Door, known: Credentials | None, password: str) -> str | None:
    """Return the password's hash at today's cost, if the stored one is of another."""
    return door.passwords.hash(password) if known and door.passwords.is_outdated(known.password_hash) else None


def _write_refusal(session: Session, known: Credentials | None, attempt: Attempt, at: datetime) -> None:
    # what was typed is not written down where there is no such account: it may be a password in the wrong field
    who = STRANGER.who if known is None else known.operator.email
    record(session, Actor(who=who, network=attempt.network), "refuse-sign-in", at=at)


def _come_in(
    door: Door, session: Session, known: Credentials, attempt: Attempt, proof: _Proof | None, at: datetime
) -> str:
    operator = known.operator
    store.note_sign_in(session, operator.id, at=at)
    actor = Actor(who=operator.email, role=operator.role, operator_id=operator.id, network=attempt.network)
    by_recovery = proof is not None and proof.step is None
    record(session, actor, "sign-in", detail={"by": "recovery code"} if by_recovery else None, at=at)
    return door.open_session(session, operator.id, network=attempt.network, browser=attempt.browser)
