"""Tokens for programs in the database."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from newsletter.api_tokens.tables import ApiTokenRow
from newsletter.api_tokens.token import ApiToken, Owner, Scope, find_prefix, hash_token
from newsletter.errors import InputError, NotFoundError

LONGEST_NAME = 80
USE_IS_NOTED_EVERY = timedelta(minutes=5)
"""A busy token must not write to the database with each request."""


def add_token(
    session: Session,
    written: str,
    *,
    owner: Owner,
    scopes: Iterable[Scope],
    secret_key: str,
    created_at: datetime,
    expires_at: datetime | None,
    name: str = "",
) -> ApiToken:
    """Store a new token, of which only the hash is kept; raises InputError for what is no token or too long a name."""
    prefix = find_prefix(written)
    if prefix is None:
        raise InputError("This is no token of the API.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(f"Name the token in at most {LONGEST_NAME} characters.")
    row = ApiTokenRow(
        prefix=prefix,
        token_hash=hash_token(secret_key, written),
        name=name.strip(),
        subscriber_id=owner.subscriber_id,
        operator_id=owner.operator_id,
        owner_version=owner.version,
        scopes=" ".join(sorted(scopes)),
        created_at=created_at,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return _token(row)


def find_token(session: Session, written: str, *, secret_key: str) -> ApiToken | None:
    """Return the token that this text is, also one that is withdrawn or over; None for a forged or unknown one."""
    prefix = find_prefix(written)
    if prefix is None:
        return None
    row = session.exec(select(ApiTokenRow).where(ApiTokenRow.prefix == prefix)).first()
    if row is None or not hmac.compare_digest(row.token_hash, hash_token(secret_key, written)):
        return None
    return _token(row)


def list_tokens(
    session: Session, *, subscriber_id: int | None = None, operator_id: int | None = None
) -> list[ApiToken]:
    """Return the tokens of a reader, of an operator, or all, the newest first; withdrawn ones too."""
    statement = select(ApiTokenRow).order_by(col(ApiTokenRow.id).desc())
    if subscriber_id is not None:
        statement = statement.where(ApiTokenRow.subscriber_id == subscriber_id)
    if operator_id is not None:
        statement = statement.where(ApiTokenRow.operator_id == operator_id)
    return [_token(row) for row in session.exec(statement)]


def revoke_token(session: Session, prefix: str, *, at: datetime, owner: Owner | None = None) -> None:
    """Withdraw a token, or one of this owner's; the first time stays. Raises NotFoundError."""
    statement = select(ApiTokenRow).where(ApiTokenRow.prefix == prefix)
    if owner is not None:
        statement = statement.where(
            ApiTokenRow.subscriber_id == owner.subscriber_id, ApiTokenRow.operator_id == owner.operator_id
        )
    row = session.exec(statement).first()
    if row is None:
        raise NotFoundError(f"There is no token chenbao_{prefix}; `newsletter token list` shows them.")
    row.revoked_at = row.revoked_at or at
    session.add(row)
    session.flush()


def forget_tokens(session: Session, subscriber_id: int) -> None:
    """Delete a reader's tokens, with the names they gave them."""
    session.connection().execute(delete(ApiTokenRow).where(col(ApiTokenRow.subscriber_id) == subscriber_id))


def is_use_due(token: ApiToken, *, at: datetime) -> bool:
    """Tell whether a use at this instant is to be written down."""
    return token.last_used_at is None or at - token.last_used_at >= USE_IS_NOTED_EVERY


def note_use(session: Session, token: ApiToken, *, at: datetime) -> None:
    """Write down that a token was used, unless somebody else just did."""
    last = col(ApiTokenRow.last_used_at)
    statement = update(ApiTokenRow).where(
        col(ApiTokenRow.id) == token.id, or_(last.is_(None), last <= at - USE_IS_NOTED_EVERY)
    )
    session.connection().execute(statement.values(last_used_at=at))


def _token(row: ApiTokenRow) -> ApiToken:
    return ApiToken(
        id=row.id or 0,
        prefix=row.prefix,
        name=row.name,
        owner=Owner(subscriber_id=row.subscriber_id, operator_id=row.operator_id, version=row.owner_version),
        scopes=frozenset(Scope(name) for name in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
