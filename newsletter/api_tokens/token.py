"""A token of the API as a plain value: how it is written, what it may do, and when it is good for something."""

import hmac
import re
import secrets
from base64 import b32encode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.errors import InputError

DEFAULT_DAYS = 365
MOST_DAYS = 3650
_PREFIX_BYTES = 5
_SECRET_BYTES = 32
_WRITTEN = re.compile(r"chenbao_([a-z2-7]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_PREFIX = re.compile(r"[a-z2-7]{8}", re.ASCII)


class Scope(StrEnum):
    """What a token may do."""

    PAPERS_READ = "papers:read"
    """Read what everybody may read, at the rate of those who are known."""
    ME_READ = "me:read"
    ME_WRITE = "me:write"
    DELIVERIES_READ = "deliveries:read"
    READERS_READ = "readers:read"
    RESENDS_WRITE = "resends:write"


OF_READERS = frozenset({Scope.PAPERS_READ, Scope.ME_READ, Scope.ME_WRITE})
OF_OPERATORS = frozenset({Scope.PAPERS_READ, Scope.DELIVERIES_READ, Scope.READERS_READ, Scope.RESENDS_WRITE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """In whose name a token speaks: a reader's or an operator's, never both.

    `version` is that of the reader's signed links when the token was made: raising it withdraws the token with them.
    """

    subscriber_id: int | None = None
    operator_id: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A stored token; its secret is known to nobody but who holds it.

    `prefix` names it to people, `last_used_at` is exact to a few minutes.
    """

    id: int
    prefix: str
    name: str
    owner: Owner
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Tell whether it is neither withdrawn nor over."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def make_token(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new token as its holder writes it: ``chenbao_``, eight letters that name it, and 256 secret bits."""
    prefix = b32encode(random(_PREFIX_BYTES)).decode().lower()
    return f"chenbao_{prefix}_{urlsafe_b64encode(random(_SECRET_BYTES)).decode().rstrip('=')}"


def find_prefix(written: str) -> str | None:
    """Return the part that names a token, None when the text is none of ours."""
    found = _WRITTEN.fullmatch(written)
    return found[1] if found else None


def check_prefix(written: str) -> str:
    """Return the name of a token as `newsletter token list` shows it; raises InputError for anything else."""
    bare = written.strip().removeprefix("chenbao_").partition("_")[0]
    if not _PREFIX.fullmatch(bare):
        raise InputError(
            f"{written!r} names no token; `newsletter token list` shows the names, such as chenbao_k7qd2mza."
        )
    return bare


def hash_token(secret_key: str, written: str) -> str:
    """Return what is kept of a token: a keyed hash, so that a copy of the database opens nothing."""
    return hmac.digest(secret_key.encode(), f"api-token\n{written}".encode(), "sha256").hex()


def parse_scopes(written: Iterable[str], *, allowed: frozenset[Scope]) -> frozenset[Scope]:
    """Read scopes; raises InputError for an unknown one, one that such an owner cannot have, or none at all."""
    found = set()
    for name in written:
        if name not in {scope.value for scope in allowed}:
            raise InputError(f"{name!r} is no scope of such a token; choose from {_names(allowed)}.")
        found.add(Scope(name))
    if not found:
        raise InputError(f"Name at least one scope: {_names(allowed)}.")
    return frozenset(found)


def _names(scopes: Iterable[Scope]) -> str:
    return ", ".join(scope.value for scope in Scope if scope in set(scopes))
