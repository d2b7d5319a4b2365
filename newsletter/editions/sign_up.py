"""Signing up: a reader types an address and keywords, and agrees by the link in the confirmation mail."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from newsletter.db.engine import transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import NewDelivery
from newsletter.editions.compose import MessageIdMaker
from newsletter.editions.desk import Desk
from newsletter.errors import InputError
from newsletter.queries.language import format_query, parse_query
from newsletter.subscribers.addresses import parse_address
from newsletter.subscribers.store import (
    add_subscriber,
    confirm,
    find_by_email,
    get_subscriber,
    is_suppressed,
    renew,
    set_keywords,
    set_preferences,
)
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, SubscriberId, Subscription


def parse_keywords(keywords: Sequence[str]) -> list[Subscription]:
    """Return what a reader typed as subscriptions, in their order, blank ones left out.

    Raises QuerySyntaxError for the first keyword that cannot be read, InputError when there is none.
    """
    typed = [keyword.strip() for keyword in keywords if keyword.strip()]
    if not typed:
        raise InputError("Name at least one keyword, for example: reinforcement learning")
    return [Subscription(keyword=keyword, query=format_query(parse_query(keyword))) for keyword in typed]


def sign_up(
    desk: Desk,
    email: str,
    keywords: Sequence[str],
    preferences: Preferences,
    *,
    message_id: MessageIdMaker,
    name: str = "",
) -> int | None:
    """Ask the owner of an address to confirm; returns the delivery of the confirmation mail, None when none is due.

    A reader who is confirmed already, or whose address is suppressed, gets nothing and nothing of theirs is changed: the
    form must not tell a stranger who reads here, nor let one change somebody's keywords. At most one confirmation goes to
    an address a day. Raises AddressError, QuerySyntaxError or InputError for bad input.
    """
    address = parse_address(email)
    subscriptions = parse_keywords(keywords)
    now = desk.now()
    with transaction(desk.database) as session:
        if is_suppressed(session, address):
            return None
        reader = find_by_email(session, address)
        if reader is None:
            reader = add_subscriber(
                session, address, subscriptions=subscriptions, preferences=preferences, created_at=now, name=name
            )
        elif reader.consent is Consent.CONFIRMED:
            return None
        else:
            renew(session, reader.id)
            set_keywords(session, reader.id, subscriptions)
            set_preferences(session, reader.id, preferences)
        return queue_confirmation(session, reader.id, now, message_id)


def subscribe(
    desk: Desk,
    email: str,
    keywords: Sequence[str],
    preferences: Preferences,
    *,
    message_id: MessageIdMaker,
    name: str = "",
    is_confirmed: bool = False,
) -> tuple[Subscriber, int | None]:
    """Add a reader for an operator; returns them and the delivery of their confirmation mail, None when they agreed before.

    Raises ConflictError when the address is known, AddressError, QuerySyntaxError or InputError for bad input.
    """
    subscriptions = parse_keywords(keywords)
    now = desk.now()
    with transaction(desk.database) as session:
        reader = add_subscriber(
            session, email, subscriptions=subscriptions, preferences=preferences, created_at=now, name=name
        )
        if is_confirmed:
            confirm(session, reader.id, at=now)
            return get_subscriber(session, reader.id), None
        return reader, queue_confirmation(session, reader.id, now, message_id)


def queue_confirmation(
    session: Session, subscriber_id: SubscriberId, now: datetime, message_id: MessageIdMaker
) -> int | None:
    """Queue the confirmation mail of today, once; returns its delivery if it is new."""
    occasion = str(now.date())
    row = NewDelivery(
        subscriber_id=subscriber_id,
        message=Message.CONFIRM,
        occasion=occasion,
        revision=0,
        edition_on=None,
        digest_id=None,
        message_id=message_id(subscriber_id, Message.CONFIRM, occasion, 0),
        state=DeliveryState.QUEUED,
        reason=None,
        due_at=now,
    )
    if not deliveries.queue_deliveries(session, [row], at=now):
        return None
    return deliveries.find_id(session, row.message_id)
