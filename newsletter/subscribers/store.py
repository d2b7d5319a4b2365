"""Subscribers in the database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from newsletter.db.among import among
from newsletter.db.upsert import insert_missing
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.subscribers.addresses import address_key, parse_address
from newsletter.subscribers.rows import KEYWORDS, READERS, make_subscriber, make_subscription
from newsletter.subscribers.subscriber import (
    Consent,
    Preferences,
    Subscriber,
    SubscriberId,
    Subscription,
    Trending,
    check_categories,
    check_hour,
    check_timezone,
    check_trending_count,
    check_weekday,
    check_weekdays,
)
from newsletter.subscribers.tables import SubscriberRow, SubscriptionRow

MAX_KEYWORDS = 100


def add_subscriber(
    session: Session,
    email: str,
    *,
    subscriptions: Sequence[Subscription],
    preferences: Preferences,
    created_at: datetime,
    name: str = "",
) -> Subscriber:
    """Store a new, still unconfirmed reader; an operator's row becomes theirs.

    Raises AddressError for a bad address, InputError for a bad preference, ConflictError when the address is known.
    """
    address = parse_address(email)
    if find_by_email(session, address):
        raise ConflictError("This address is subscribed already; change its keywords or preferences instead.")
    values = choices_of(preferences) | {"email": address, "name": name.strip(), "created_at": created_at}
    row = _find_row(session, address) or SubscriberRow(address_key=address_key(address), **values)
    row.sqlmodel_update(values | {"consent": Consent.PENDING})
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else added it since we looked
        raise ConflictError(
            "This address is subscribed already; change its keywords or preferences instead."
        ) from error
    set_keywords(session, _id(row), subscriptions)
    return get_subscriber(session, _id(row))


def get_subscriber(session: Session, subscriber_id: SubscriberId) -> Subscriber:
    """Return a reader; raises NotFoundError."""
    _row(session, subscriber_id)
    return list_subscribers(session, ids=[subscriber_id])[0]


def find_by_email(session: Session, email: str) -> Subscriber | None:
    """Return the reader with this address, however its letters are cased, or None; an operator is none."""
    row = _find_row(session, email)
    return None if row is None or row.consent == Consent.OPERATOR else get_subscriber(session, _id(row))


def get_by_email(session: Session, email: str) -> Subscriber:
    """Return the reader with this address; raises NotFoundError."""
    found = find_by_email(session, email)
    if found is None:
        raise NotFoundError(f"No reader has the address {email}. `newsletter subscribers` lists them.")
    return found


def list_subscribers(
    session: Session, *, ids: Iterable[int] | None = None, consent: Consent | None = None
) -> list[Subscriber]:
    """Return readers in the order they came, with their keywords, in two statements however many there are.

    Operators are returned only when their ids are asked for.
    """
    session.flush()  # what was changed just now counts
    wanted = sqlalchemy.select(*READERS).order_by(col(SubscriberRow.id))
    keywords = sqlalchemy.select(*KEYWORDS)
    if ids is not None:
        chosen = list(ids)
        wanted = wanted.where(col(SubscriberRow.id).in_(chosen))
        keywords = keywords.where(col(SubscriptionRow.subscriber_id).in_(chosen))
    else:
        wanted = wanted.where(col(SubscriberRow.consent) != Consent.OPERATOR)
    if consent is not None:
        wanted = wanted.where(col(SubscriberRow.consent) == consent)
    return _with_keywords(session, session.connection().execute(wanted).all(), keywords)


def list_page(session: Session, *, after: int, limit: int, trending_apart: bool = False) -> list[Subscriber]:
    """Return the next confirmed readers whose number is greater, in their order, with their keywords, in two statements.

    With `trending_apart` only those who want trending papers in a mail of their own.
    """
    wanted = sqlalchemy.select(*READERS).where(
        col(SubscriberRow.id) > after, col(SubscriberRow.consent) == Consent.CONFIRMED.value
    )
    if trending_apart:
        wanted = wanted.where(
            col(SubscriberRow.trending) != Trending.NONE.value, col(SubscriberRow.is_trending_apart).is_(True)
        )
    rows = session.connection().execute(wanted.order_by(col(SubscriberRow.id)).limit(limit)).all()
    if not rows:
        return []
    keywords = sqlalchemy.select(*KEYWORDS)
    if trending_apart:  # these lie far apart
        keywords = keywords.where(col(SubscriptionRow.subscriber_id).in_([row.id for row in rows]))
    else:
        keywords = keywords.where(col(SubscriptionRow.subscriber_id).between(rows[0].id, rows[-1].id))
    return _with_keywords(session, rows, keywords)


def list_token_versions(session: Session, ids: Iterable[int]) -> dict[int, int]:
    """Return the version of the tokens of each of these readers."""
    statement = select(SubscriberRow.id, SubscriberRow.token_version).where(among(col(SubscriberRow.id), list(ids)))
    return {number: version for number, version in session.exec(statement) if number is not None}


def count_subscribers(session: Session, consent: Consent) -> int:
    """Return how many readers have given this consent."""
    return session.exec(select(func.count()).where(SubscriberRow.consent == consent)).one()


def count_trending_readers(session: Session, *, apart: bool | None = None) -> int:
    """Return how many confirmed readers want trending papers: in a mail of their own, in the digest, or (None) at all."""
    statement = select(func.count()).where(
        SubscriberRow.consent == Consent.CONFIRMED, SubscriberRow.trending != Trending.NONE
    )
    if apart is not None:
        statement = statement.where(col(SubscriberRow.is_trending_apart).is_(apart))
    return session.exec(statement).one()


def set_keywords(session: Session, subscriber_id: SubscriberId, subscriptions: Sequence[Subscription]) -> None:
    """Replace a reader's keywords; of two with the same canonical query the first stays. Raises InputError over the limit."""
    if len(subscriptions) > MAX_KEYWORDS:
        raise InputError(f"At most {MAX_KEYWORDS} keywords, please; join some with OR.")
    session.exec(delete(SubscriptionRow).where(col(SubscriptionRow.subscriber_id) == subscriber_id))
    distinct: dict[str, Subscription] = {}
    for subscription in subscriptions:
        distinct.setdefault(subscription.query, subscription)
    session.add_all(
        SubscriptionRow(
            subscriber_id=subscriber_id,
            position=place,
            keyword=item.keyword,
            query=item.query,
            is_paused=item.is_paused,
        )
        for place, item in enumerate(distinct.values())
    )
    session.flush()


def set_preferences(session: Session, subscriber_id: SubscriberId, preferences: Preferences) -> None:
    """Replace a reader's choices; raises InputError for a bad one, NotFoundError."""
    row = _row(session, subscriber_id)
    for name, value in choices_of(preferences).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()


def choices_of(preferences: Preferences) -> dict[str, Any]:
    """Return a reader's choices as their columns; raises InputError for a bad one."""
    check_timezone(preferences.timezone)
    if preferences.hour is not None:
        check_hour(preferences.hour)
    check_trending_count(preferences.trending_count)
    values = asdict(preferences)
    if preferences.weekly_on is not None:
        check_weekday(preferences.weekly_on)
    values["weekdays"] = ",".join(check_weekdays(preferences.weekdays))
    values["categories"] = ",".join(check_categories(preferences.categories))
    values["paper_order"] = values.pop("order")
    return values


def confirm(session: Session, subscriber_id: SubscriberId, *, at: datetime) -> bool:
    """Record that the reader agreed to get mail and return whether that is new. Raises NotFoundError.

    `confirmed_at` is the first time for good: who comes back was a reader before, and the stories of those days stay true.
    """
    row = _row(session, subscriber_id)
    if row.consent == Consent.CONFIRMED:
        return False
    row.consent, row.confirmed_at, row.unsubscribed_at = Consent.CONFIRMED, row.confirmed_at or at, None
    session.add(row)
    session.flush()
    return True


def unsubscribe(session: Session, subscriber_id: SubscriberId, *, at: datetime) -> bool:
    """Record that the reader wants no more mail and return whether a confirmed reader left; twice changes nothing.

    Raises NotFoundError.
    """
    row = _row(session, subscriber_id)
    if row.consent == Consent.UNSUBSCRIBED:
        return False
    has_left = row.consent == Consent.CONFIRMED
    row.consent, row.unsubscribed_at = Consent.UNSUBSCRIBED, at
    session.add(row)
    session.flush()
    return has_left


def ensure_operators(session: Session, emails: Sequence[str], *, at: datetime) -> list[SubscriberId]:
    """Return the rows that hold these addresses, in their order, adding operators' rows where there is none.

    Raises AddressError.
    """
    values = choices_of(Preferences()) | {"name": "", "token_version": 0, "consent": Consent.OPERATOR, "created_at": at}
    addresses = [parse_address(email) for email in emails]
    rows = [values | {"email": address, "address_key": address_key(address)} for address in addresses]
    insert_missing(session, SubscriberRow, rows)
    found = [_find_row(session, address) for address in dict.fromkeys(addresses)]
    return [_id(row) for row in found if row is not None]


def renew(session: Session, subscriber_id: SubscriberId) -> None:
    """Let a reader who left, or never confirmed, confirm once more. Raises NotFoundError."""
    row = _row(session, subscriber_id)
    if row.consent != Consent.CONFIRMED:
        row.consent = Consent.PENDING
        session.add(row)
        session.flush()


def _with_keywords(
    session: Session, rows: Sequence[sqlalchemy.Row[Any]], keywords: sqlalchemy.Select[Any]
) -> list[Subscriber]:
    found: dict[int, list[Subscription]] = defaultdict(list)
    ordered = keywords.order_by(col(SubscriptionRow.subscriber_id), col(SubscriptionRow.position))
    for subscriber_id, keyword, query, is_paused in session.connection().execute(ordered):
        found[subscriber_id].append(make_subscription(keyword, query, is_paused))
    return [make_subscriber(row, tuple(found.get(row.id, ()))) for row in rows]


def _find_row(session: Session, email: str) -> SubscriberRow | None:
    statement = select(SubscriberRow).where(SubscriberRow.address_key == address_key(email.strip()))
    return session.exec(statement).first()


def _id(row: SubscriberRow) -> SubscriberId:
    if row.id is None:
        raise ConflictError("The reader's row has no key before it is flushed.")
    return SubscriberId(row.id)


def _row(session: Session, subscriber_id: SubscriberId) -> SubscriberRow:
    row = session.get(SubscriberRow, subscriber_id)
    if row is None:
        raise NotFoundError(f"There is no reader {subscriber_id}.")
    return row
