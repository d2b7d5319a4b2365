"""Readers and stopped addresses as operators look through them: found by words, a page at a time, however many there are.

A page continues behind the last row of the one before (keyset paging), so the thousandth page is as quick as the first.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from string import ascii_lowercase, ascii_uppercase
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, collate
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, func, or_, select

from newsletter.subscribers.addresses import address_key
from newsletter.subscribers.subscriber import Consent, SubscriberId
from newsletter.subscribers.suppression import Suppression
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow, SuppressionRow
from newsletter.subscribers.tokens import ERASED, Tokens

_Key = TypeVar("_Key")
_ASCII_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLine:
    """One reader in a list of them; `email` is empty when they were erased."""

    id: SubscriberId
    email: str
    name: str
    consent: Consent
    keywords: Sequence[str]
    paused_until: date | None
    is_suppressed: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSearch:
    """What is looked for: words in an address, a name or a keyword (or a reader's number), and one consent or any."""

    words: str = ""
    consent: Consent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderPage:
    """Readers, the newest first; `next_before` leads on to the next page and is None on the last one."""

    readers: Sequence[ReaderLine]
    next_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionPage:
    """Stopped addresses, the latest first; `next_after` is the key of the last one where there are more."""

    suppressions: Sequence[Suppression]
    next_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an address that somebody wants to add."""

    is_reader: bool
    is_suppressed: bool


def search_readers(
    session: Session, search: ReaderSearch, *, limit: int, before: int | None = None, is_suppressed: bool | None = None
) -> ReaderPage:
    """Return up to `limit` readers from before a reader's number on: three statements."""
    statement = select(SubscriberRow).where(*_conditions(session, search)).order_by(col(SubscriberRow.id).desc())
    if before is not None:
        statement = statement.where(col(SubscriberRow.id) < before)
    if is_suppressed is not None:
        stopped = col(SubscriberRow.address_key).in_(select(SuppressionRow.address_key))
        statement = statement.where(stopped if is_suppressed else ~stopped)
    rows = list(session.exec(statement.limit(limit + 1)))
    shown = rows[:limit]
    keywords = _list_keywords(session, [row.id or 0 for row in shown])
    stopped_keys = _list_stopped(session, [row.address_key for row in shown])
    return ReaderPage(
        readers=[_line(row, keywords[row.id or 0], row.address_key in stopped_keys) for row in shown],
        next_before=shown[-1].id if len(rows) > limit else None,
    )


def count_by_consent(session: Session) -> dict[Consent, int]:
    """Return how many readers have given each consent; operators are none."""
    statement = select(SubscriberRow.consent, func.count()).group_by(SubscriberRow.consent)
    found = {Consent(consent): number for consent, number in session.exec(statement)}
    return {consent: found.get(consent, 0) for consent in Consent if consent is not Consent.OPERATOR}


def list_ids(session: Session, search: ReaderSearch, *, after: int, limit: int) -> list[int]:
    """Return the numbers of readers who were not erased, from after one on, in the order they came."""
    statement = (
        select(SubscriberRow.id)
        .where(*_conditions(session, search), col(SubscriberRow.id) > after, SubscriberRow.email != "")
        .order_by(col(SubscriberRow.id))
        .limit(limit)
    )
    return [found for found in session.exec(statement) if found is not None]


def list_emails(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Return the addresses of these readers; who was erased, or never was, is left out."""
    found: dict[int, str] = {}
    for chunk in _chunks(sorted(set(ids))):
        statement = select(SubscriberRow.id, SubscriberRow.email).where(
            col(SubscriberRow.id).in_(chunk), SubscriberRow.email != ""
        )
        found |= {number: email for number, email in session.exec(statement) if number is not None}
    return found


def list_ids_by_address(session: Session, words: str, *, limit: int) -> list[int]:
    """Return the numbers of the newest readers whose address has these words in it."""
    key = col(SubscriberRow.address_key)
    statement = (
        select(SubscriberRow.id)
        .where(
            SubscriberRow.consent != Consent.OPERATOR,
            key.like(_pattern(address_key(words.strip())), escape="\\"),
            ~key.startswith(ERASED),
        )
        .order_by(col(SubscriberRow.id).desc())
        .limit(limit)
    )
    return [number for number in session.exec(statement) if number is not None]


def look_up(session: Session, emails: Sequence[str], tokens: Tokens) -> dict[str, Known]:
    """Return what is known of each address, by its comparable form; also whether it is stopped under an erased name."""
    keys = {address_key(email): tokens.erased_key(address_key(email)) for email in emails}
    readers: set[str] = set()
    stopped: set[str] = set()
    for chunk in _chunks(list(keys)):
        known = select(SubscriberRow.address_key).where(
            col(SubscriberRow.address_key).in_(chunk), SubscriberRow.consent != Consent.OPERATOR
        )
        readers.update(session.exec(known))
        hidden = [keys[key] for key in chunk]
        stopped |= _list_stopped(session, [*chunk, *hidden])
    return {
        key: Known(is_reader=key in readers, is_suppressed=key in stopped or erased in stopped)
        for key, erased in keys.items()
    }


def set_name(session: Session, subscriber_id: SubscriberId, name: str) -> None:
    """Change what a reader is called."""
    row = session.get_one(SubscriberRow, subscriber_id)
    row.name = name.strip()
    session.add(row)
    session.flush()


def find_suppression(session: Session, email: str, tokens: Tokens) -> Suppression | None:
    """Return why and since when mail to an address is stopped, None when it is not."""
    key = address_key(email.strip())
    statement = select(SuppressionRow).where(col(SuppressionRow.address_key).in_([key, tokens.erased_key(key)]))
    row = session.exec(statement).first()
    return None if row is None else _suppression(row)


def search_suppressions(
    session: Session, words: str, tokens: Tokens, *, limit: int, reason: str = "", after: str | None = None
) -> SuppressionPage:
    """Return up to `limit` stopped addresses, the latest first, from after one on.

    `words` is a part of an address; a whole one is found also when its owner was erased.
    """
    suppressed_at, key = col(SuppressionRow.suppressed_at), col(SuppressionRow.address_key)
    statement = select(SuppressionRow).order_by(suppressed_at.desc(), key)
    if words:
        folded = address_key(words.strip())
        is_named = key.contains(folded, autoescape=True) & ~key.startswith(ERASED)
        statement = statement.where(is_named | (key == tokens.erased_key(folded)))
    if reason:
        statement = statement.where(SuppressionRow.reason == reason)
    last = session.get(SuppressionRow, after) if after else None
    if last is not None:
        is_later = and_(suppressed_at == last.suppressed_at, key > last.address_key)
        statement = statement.where(or_(suppressed_at < last.suppressed_at, is_later))
    rows = list(session.exec(statement.limit(limit + 1)))
    return SuppressionPage(
        suppressions=[_suppression(row) for row in rows[:limit]],
        next_after=rows[limit - 1].address_key if len(rows) > limit else None,
    )


def count_suppressions(session: Session) -> dict[str, int]:
    """Return how many addresses are stopped for each reason."""
    return dict(session.exec(select(SuppressionRow.reason, func.count()).group_by(SuppressionRow.reason)).all())


def _conditions(session: Session, search: ReaderSearch) -> list[ColumnElement[bool]]:
    found = [col(SubscriberRow.consent) != Consent.OPERATOR.value]
    if search.consent is not None:
        found = [col(SubscriberRow.consent) == search.consent.value]
    words = search.words.strip()
    if words:
        holds = partial(_holds, session, words=words)
        key = col(SubscriberRow.address_key)
        is_found = or_(
            key.like(_pattern(address_key(words)), escape="\\") & ~key.startswith(ERASED),
            holds(col(SubscriberRow.name)),
            col(SubscriberRow.id).in_(select(SubscriptionRow.subscriber_id).where(holds(col(SubscriptionRow.keyword)))),
        )
        number = words.removeprefix("#")
        if number.isascii() and number.isdecimal() and len(number) < 10:
            is_found = or_(is_found, col(SubscriberRow.id) == int(number))
        found.append(is_found)
    return found


def _holds(session: Session, column: Mapped[str], *, words: str) -> ColumnElement[bool]:
    """Return whether a column holds words, in capitals or not, as far as ASCII goes: that is all that SQLite's LIKE knows.

    PostgreSQL is told so, since it takes three times as long with the rules of a language.
    """
    pattern = _pattern(words.translate(_ASCII_LOWER))
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return (func.lower(collate(column, "C")) if is_postgresql else column).like(pattern, escape="\\")


def _pattern(words: str) -> str:
    """Return the pattern of LIKE for what holds these words; made here, lest it is put together for every row."""
    for special in ("\\", "%", "_"):
        words = words.replace(special, f"\\{special}")
    return f"%{words}%"


def _list_keywords(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    statement = (
        select(SubscriptionRow.subscriber_id, SubscriptionRow.keyword)
        .where(col(SubscriptionRow.subscriber_id).in_(list(ids)))
        .order_by(col(SubscriptionRow.subscriber_id), col(SubscriptionRow.position))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for subscriber_id, keyword in session.exec(statement):
        found[subscriber_id].append(keyword)
    return found


def _list_stopped(session: Session, keys: Sequence[str]) -> set[str]:
    statement = select(SuppressionRow.address_key).where(col(SuppressionRow.address_key).in_(list(keys)))
    return set(session.exec(statement))


def _line(row: SubscriberRow, keywords: Sequence[str], is_suppressed: bool) -> ReaderLine:
    return ReaderLine(
        id=SubscriberId(row.id or 0),
        email=row.email,
        name=row.name,
        consent=Consent(row.consent),
        keywords=keywords,
        paused_until=row.paused_until,
        is_suppressed=is_suppressed,
        created_at=row.created_at,
    )


def _suppression(row: SuppressionRow) -> Suppression:
    return Suppression(
        address_key=row.address_key,
        reason=row.reason,
        detail=row.detail,
        suppressed_at=row.suppressed_at,
        is_erased=row.address_key.startswith(ERASED),
    )


def _chunks(keys: Sequence[_Key]) -> list[Sequence[_Key]]:
    return [keys[start : start + 500] for start in range(0, len(keys), 500)]  # statements take so many variables
