"""Work for programs: their tokens, and who calls with which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from newsletter.api_tokens import store as api_tokens
from newsletter.api_tokens.token import (
    MOST_DAYS,
    OF_OPERATORS,
    OF_READERS,
    ApiToken,
    Owner,
    Scope,
    check_prefix,
    make_token,
    parse_scopes,
)
from newsletter.db.engine import reading, transaction
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.operators import store as operators
from newsletter.operators.account import Operator, OperatorId
from newsletter.operators.audit import Actor, Note, record
from newsletter.operators.roles import Permission, may
from newsletter.runtime.readers import ReaderWork
from newsletter.subscribers.store import get_by_email, get_subscriber
from newsletter.subscribers.subscriber import Consent, Subscriber, SubscriberId

PERMISSIONS: Mapping[Scope, Permission] = {
    Scope.PAPERS_READ: Permission.LOOK,
    Scope.DELIVERIES_READ: Permission.LOOK,
    Scope.READERS_READ: Permission.EXPORT,  # a list of addresses is taken along, whoever asks for it
    Scope.RESENDS_WRITE: Permission.RESEND,
}
"""What an operator's role must allow for a scope to be worth anything: a token never does more than its owner."""
MOST_TOKENS = 20
"""Of a reader: that are good, or were made within a day, so that nobody fills the table by making and withdrawing."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls with a token that is good now, a reader or an operator, and what they may do at this instant."""

    token: ApiToken
    scopes: frozenset[Scope]
    reader: Subscriber | None = None
    operator: Operator | None = None

    @property
    def actor(self) -> Actor:
        """How the audit log calls them."""
        if self.operator is None:
            return Actor(who=f"token {self.token.prefix}")
        return Actor(
            who=f"{self.operator.email}, token {self.token.prefix}",
            role=self.operator.role,
            operator_id=self.operator.id,
        )


class ApiWork(ReaderWork):
    """What an installation can do with the tokens of programs."""

    def create_reader_token(
        self, email: str, scopes: Iterable[str], *, days: int | None, name: str = ""
    ) -> tuple[str, ApiToken]:
        """Make a token of a reader, good for so many days, or for ever; returns it as written, which nobody sees again.

        Raises NotFoundError for an unknown reader, InputError for scopes a reader cannot have or a bad number of days.
        """
        wanted = parse_scopes(scopes, allowed=OF_READERS)
        with reading(self.database) as session:
            reader = get_by_email(session, email)
        return self._create(_readers(reader), wanted, days=days, name=name)

    def create_own_token(
        self, reader: Subscriber, scopes: Iterable[str], *, days: int, name: str
    ) -> tuple[str, ApiToken]:
        """Make a token as its reader does it alone; ConflictError for one who has as many as a reader may make."""
        now, wanted = self.clock(), parse_scopes(scopes, allowed=OF_READERS)
        found = self.list_own_tokens(reader)
        counted = sum(token.is_good(now) or now - token.created_at < timedelta(days=1) for token in found)
        if counted >= MOST_TOKENS:
            raise ConflictError(f"A reader makes at most {MOST_TOKENS} tokens.")
        return self._create(_readers(reader), wanted, days=days, name=name)

    def create_operator_token(
        self, email: str, scopes: Iterable[str], *, days: int | None, name: str = ""
    ) -> tuple[str, ApiToken]:
        """Make a token of an operator, as `create_reader_token` does.

        Raises NotFoundError, ConflictError for who cannot sign in, InputError also for what their role does not allow.
        """
        wanted = parse_scopes(scopes, allowed=OF_OPERATORS)
        with reading(self.database) as session:
            operator = operators.get_operator(session, email)
        if not operator.is_active:
            raise ConflictError(f"{email} is {operator.state}; only who can sign in has tokens.")
        if missing := sorted(wanted - _allowed(operator, wanted)):
            raise InputError(f"{email} is {operator.role}, which does not allow {', '.join(missing)}.")
        return self._create(Owner(operator_id=operator.id), wanted, days=days, name=name)

    def list_api_tokens(self, *, reader: str | None = None, operator: str | None = None) -> list[ApiToken]:
        """Return a reader's tokens, an operator's, or all, the newest first; raises NotFoundError."""
        with reading(self.database) as session:
            return api_tokens.list_tokens(
                session,
                subscriber_id=None if reader is None else get_by_email(session, reader).id,
                operator_id=None if operator is None else operators.get_operator(session, operator).id,
            )

    def list_own_tokens(self, reader: Subscriber) -> list[ApiToken]:
        """Return a reader's tokens, the newest first; none that ended with links which were withdrawn."""
        with reading(self.database) as session:
            found = api_tokens.list_tokens(session, subscriber_id=reader.id)
        return [token for token in found if token.owner.version == reader.token_version]

    def revoke_own_token(self, reader: Subscriber, written: str) -> None:
        """Withdraw a token of this reader's; raises InputError, NotFoundError."""
        self.revoke_api_token(written, owner=Owner(subscriber_id=reader.id))

    def revoke_api_token(self, written: str, *, owner: Owner | None = None) -> None:
        """Withdraw the token of this name, or one of this owner's alone; raises InputError, NotFoundError."""
        with transaction(self.database) as session:
            api_tokens.revoke_token(session, check_prefix(written), at=self.clock(), owner=owner)

    def find_caller(self, written: str) -> Caller | None:
        """Return who holds this token; None when it is forged, withdrawn or over, or its owner is gone."""
        at = self.clock()
        with reading(self.database) as session:
            token = api_tokens.find_token(session, written, secret_key=self.settings.secret_key)
            caller = None if token is None or not token.is_good(at) else _find_owner(session, token)
        if caller is not None and api_tokens.is_use_due(caller.token, at=at):
            self._note_use(caller.token)
        return caller

    def note_of(self, caller: Caller, action: str, what: str) -> Note:
        """Return what writes into the audit log what somebody's program does, in the transaction that does it."""
        return lambda session: record(session, caller.actor, action, what, at=self.clock())

    def _note_use(self, token: ApiToken) -> None:
        """Write down that a token was used; a database that is busy writing must not keep a program from reading."""
        try:
            with transaction(self.database) as session:
                api_tokens.note_use(session, token, at=self.clock())
        except OperationalError as error:
            log.warning("token_use_not_noted", problem=type(error).__name__)

    def _create(self, owner: Owner, scopes: frozenset[Scope], *, days: int | None, name: str) -> tuple[str, ApiToken]:
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise InputError(f"A token is good for 1 to {MOST_DAYS} days, or for ever.")
        at = self.clock()
        written = make_token()
        with transaction(self.database) as session:
            token = api_tokens.add_token(
                session,
                written,
                owner=owner,
                scopes=scopes,
                secret_key=self.settings.secret_key,
                created_at=at,
                expires_at=None if days is None else at + timedelta(days=days),
                name=name,
            )
        return written, token


def _find_owner(session: Session, token: ApiToken) -> Caller | None:
    try:
        if token.owner.subscriber_id is not None:
            reader = get_subscriber(session, SubscriberId(token.owner.subscriber_id))
            return Caller(token=token, scopes=token.scopes, reader=reader) if _is_readers(token, reader) else None
        operator = operators.get_operator_by_id(session, OperatorId(token.owner.operator_id or 0))
    except NotFoundError:
        return None
    if not _is_operators(token, operator):
        return None
    return Caller(token=token, scopes=_allowed(operator, token.scopes), operator=operator)


def _readers(reader: Subscriber) -> Owner:
    return Owner(subscriber_id=reader.id, version=reader.token_version)


def _is_readers(token: ApiToken, reader: Subscriber) -> bool:
    """Tell whether a reader still is who made the token: nobody withdrew their links, nor made them an operator's row."""
    return reader.token_version == token.owner.version and reader.consent is not Consent.OPERATOR


def _is_operators(token: ApiToken, operator: Operator) -> bool:
    """Tell whether an operator still is who made the token: whoever has to enrol anew starts without tokens."""
    return operator.is_active and operator.enrolled_at is not None and operator.enrolled_at <= token.created_at


def _allowed(operator: Operator, scopes: Iterable[Scope]) -> frozenset[Scope]:
    return frozenset(scope for scope in scopes if may(operator.role, PERMISSIONS[scope]))
