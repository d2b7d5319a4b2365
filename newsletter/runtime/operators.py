"""Work on the people who run the service: their accounts, and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlmodel import Session

from newsletter.clock import system_clock
from newsletter.db.engine import reading, transaction
from newsletter.operators import session_store, store
from newsletter.operators.account import Operator, OperatorId
from newsletter.operators.audit import COMMAND_LINE, Actor, AuditEntry, list_actions, list_audit, record
from newsletter.operators.door import Door
from newsletter.operators.enrol import invite, keep_codes
from newsletter.operators.enrolment_store import count_recovery_codes
from newsletter.operators.password_policy import PasswordFault, find_fault
from newsletter.operators.passwords import Passwords
from newsletter.operators.recovery import new_codes
from newsletter.operators.roles import Role
from newsletter.operators.sealing import Seal
from newsletter.operators.session import OpenSession, SignedIn
from newsletter.operators.sign_in import check_password
from newsletter.operators.subjects import name_reader, split_subjects
from newsletter.runtime.parts import Parts
from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.admin_store import list_emails, list_ids_by_address
from newsletter.subscribers.store import find_by_email
from newsletter.subscribers.tokens import ERASED

FIRST_OWNER = "owner@localhost"
_MOST_FOUND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who has to enrol, and the link by which they do."""

    operator: Operator
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPassword:
    """The present password was not right; `wait` when it was not even looked at."""

    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged:
    """The new password counts; `token` is this browser's new session, all others have ended."""

    token: str


class OperatorWork(Parts):
    """What an installation can do with the people who run it."""

    @cached_property
    def door(self) -> Door:
        """Who may come in; the phones' time is the real one, whatever day is rehearsed."""
        return Door(
            database=self.database,
            seal=Seal(self.settings.secret_key),
            passwords=Passwords(),
            now=self.clock,
            phone_now=system_clock,
        )

    @property
    def sign_in_url(self) -> str:
        """Where operators sign in."""
        return f"{self.settings.public_url}/admin/sign-in"

    def add_operator(self, email: str, role: Role, *, by: Actor = COMMAND_LINE) -> Invited:
        """Add somebody who runs the service and return their enrolment link. Raises AddressError, ConflictError."""
        at = self.clock()
        with transaction(self.database) as session:
            operator = store.add_operator(session, email, role, at=at)
            record(session, by, "add-operator", operator.email, {"role": role.value}, at=at)
            return self._invite(session, operator, at)

    def reset_operator(self, email: str, *, by: Actor = COMMAND_LINE) -> Invited:
        """Forget an operator's password, phone and sessions, and return a new enrolment link. Raises NotFoundError."""
        at = self.clock()
        with transaction(self.database) as session:
            operator = store.get_operator(session, email)
            store.clear_credentials(session, operator.id)
            session_store.end_sessions(session, operator.id)
            record(session, by, "reset-operator", operator.email, at=at)
            return self._invite(session, store.get_operator_by_id(session, operator.id), at)

    def set_operator_role(self, email: str, role: Role, *, by: Actor = COMMAND_LINE) -> None:
        """Change what an operator may do. Raises NotFoundError, ConflictError for the last owner."""
        with transaction(self.database) as session:
            operator = store.get_operator(session, email)
            store.set_role(session, operator.id, role)
            record(session, by, "change-role", operator.email, {"from": operator.role, "to": role}, at=self.clock())

    def disable_operator(self, email: str, *, by: Actor = COMMAND_LINE) -> None:
        """Shut an operator out at once. Raises NotFoundError, ConflictError for the last owner."""
        at = self.clock()
        with transaction(self.database) as session:
            operator = store.get_operator(session, email)
            store.set_disabled(session, operator.id, at)
            session_store.end_sessions(session, operator.id)
            record(session, by, "disable-operator", operator.email, at=at)

    def enable_operator(self, email: str, *, by: Actor = COMMAND_LINE) -> None:
        """Let a disabled operator in again. Raises NotFoundError."""
        with transaction(self.database) as session:
            operator = store.get_operator(session, email)
            store.set_disabled(session, operator.id, None)
            record(session, by, "enable-operator", operator.email, at=self.clock())

    def first_invitation(self) -> Invited | None:
        """Return an owner's enrolment link while no owner has enrolled, adding the owner if there is none; else None."""
        known = self.list_operators()
        owners = [one for one in known if one.role is Role.OWNER and one.disabled_at is None]
        if any(owner.is_active for owner in owners):
            return None
        if owners:
            return self.reset_operator(owners[0].email)
        taken = {address_key(one.email) for one in known}
        free = [one for one in (*self.settings.admin_email, FIRST_OWNER) if address_key(one) not in taken]
        return self.add_operator(free[0], Role.OWNER) if free else None

    def get_operator(self, operator_id: OperatorId) -> Operator:
        """Return an operator; raises NotFoundError."""
        with reading(self.database) as session:
            return store.get_operator_by_id(session, operator_id)

    def list_operators(self) -> list[Operator]:
        """Return all who run the service or did so."""
        with reading(self.database) as session:
            return store.list_operators(session)

    def change_password(
        self, operator: SignedIn, *, old: str, new: str, browser: str
    ) -> PasswordChanged | WrongPassword | PasswordFault:
        """Change one's own password and begin a new session in this browser; every other one ends."""
        checked = check_password(self.door, operator.operator_id, old)
        if checked is not True:
            return WrongPassword(wait=checked or None)
        fault = find_fault(new, email=operator.email)
        if fault:
            return fault
        encoded = self.door.passwords.hash(new)
        with transaction(self.database) as session:
            store.set_password(session, operator.operator_id, encoded)
            session_store.end_sessions(session, operator.operator_id)
            operator.note("change-password", operator.email)(session)
            token = self.door.open_session(session, operator.operator_id, network=operator.network, browser=browser)
        return PasswordChanged(token=token)

    def renew_recovery_codes(self, operator: SignedIn, *, password: str) -> list[str] | WrongPassword:
        """Return new recovery codes for oneself; the old ones are void."""
        checked = check_password(self.door, operator.operator_id, password)
        if checked is not True:
            return WrongPassword(wait=checked or None)
        codes = new_codes()
        with transaction(self.database) as session:
            keep_codes(session, operator.operator_id, codes, self.door.seal)
            operator.note("renew-recovery-codes", operator.email)(session)
        return codes

    def count_recovery_codes(self, operator_id: OperatorId) -> int:
        """Return how many recovery codes an operator has left."""
        with reading(self.database) as session:
            return count_recovery_codes(session, operator_id)

    def list_operator_sessions(self, operator_id: OperatorId) -> list[OpenSession]:
        """Return where an operator is signed in, the latest first."""
        with reading(self.database) as session:
            return session_store.list_sessions(session, operator_id, at=self.clock())

    def end_other_sessions(self, operator: SignedIn) -> int:
        """End one's sessions in other browsers and return how many."""
        with transaction(self.database) as session:
            ended = session_store.end_sessions(session, operator.operator_id, besides=operator.session_id)
            operator.note("end-sessions", operator.email, ended=ended)(session)
            return ended

    def sign_out(self, operator: SignedIn) -> None:
        """End one's session; twice changes nothing."""
        with transaction(self.database) as session:
            if session_store.end_session(session, operator.session_id):
                operator.note("sign-out")(session)

    def list_audit(
        self,
        *,
        since: datetime | None = None,
        action: str = "",
        words: str = "",
        before: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        """Return who did what, the newest first."""
        with reading(self.database) as session:
            subjects = self._find_subjects(session, words) if words else ()
            return list_audit(
                session, since=since, action=action, words=words, subjects=subjects, before=before, limit=limit
            )

    def name_readers(self, entries: Sequence[AuditEntry]) -> dict[int, str]:
        """Return the addresses of the readers whom entries are about, by number; who was erased has none."""
        found = [subject.reader_id for entry in entries for subject in split_subjects(entry.what)]
        found += [entry.detail["reader"] for entry in entries if isinstance(entry.detail.get("reader"), int)]
        with reading(self.database) as session:
            return list_emails(session, [number for number in found if number is not None])

    def name_address(self, email: str) -> str:
        """Return how the audit log names the owner of an address: a reader by number, anybody else by a hash of it.

        Only the address itself leads to the hash: it tells nothing to who reads the log, and is found by who knows it.
        """
        with reading(self.database) as session:
            reader = find_by_email(session, email)
        return name_reader(reader.id) if reader else self._hash_address(email)

    def list_audited_actions(self) -> list[str]:
        """Return every action that the audit log holds."""
        with reading(self.database) as session:
            return list_actions(session)

    def _find_subjects(self, session: Session, words: str) -> list[str]:
        """Return how the log names those whose address has these words in it, and the owner of just this address."""
        ids = list_ids_by_address(session, words, limit=_MOST_FOUND)
        return [*(name_reader(number) for number in ids), self._hash_address(words)]

    def _hash_address(self, email: str) -> str:
        return f"address {self.tokens.erased_key(address_key(email.strip())).removeprefix(ERASED)[:16]}"

    def _invite(self, session: Session, operator: Operator, at: datetime) -> Invited:
        token = invite(session, operator.id, self.door.seal, at=at)
        return Invited(operator=operator, link=f"{self.settings.public_url}/admin/enrol/{token}")
