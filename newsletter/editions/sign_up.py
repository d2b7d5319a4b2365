"""Signing up: a reader types an address and keywords, and agrees by the link in the confirmation mail."""

from collections.abc import Sequence

from newsletter.db.engine import transaction
from newsletter.deliveries.consent import once_a_day, queue_if_admitted, queue_new
from newsletter.deliveries.flood import FloodGate
from newsletter.deliveries.messages import Message, MessageIdMaker
from newsletter.editions.desk import Desk
from newsletter.errors import InputError
from newsletter.queries.language import format_query, parse_query
from newsletter.subscribers.addresses import parse_address
from newsletter.subscribers.store import (
    add_subscriber,
    confirm,
    find_by_email,
    get_subscriber,
    renew,
    set_keywords,
    set_preferences,
)
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, Subscription
from newsletter.subscribers.suppression_store import is_suppressed, recall


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
    gate: FloodGate,
    name: str = "",
) -> int | None:
    """Ask the owner of an address to confirm; returns the delivery of the confirmation mail, None when none is due.

    A reader who is confirmed already, or whose address is suppressed, gets nothing and nothing of theirs is changed: the
    form must not tell a stranger who reads here, nor let one change somebody's keywords. How many confirmations go to an
    address is limited by the gate. Raises AddressError, QuerySyntaxError or InputError for bad input.
    """
    address = parse_address(email)
    subscriptions = parse_keywords(keywords)
    now = desk.now()
    with transaction(desk.database) as session:
        if is_suppressed(session, address, desk.addresses.tokens):
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
        confirmation = once_a_day(Message.CONFIRM, reader.id, now, message_id)
        return queue_if_admitted(session, confirmation, address, gate)


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
        recall(session, email, desk.addresses.tokens)
        reader = add_subscriber(
            session, email, subscriptions=subscriptions, preferences=preferences, created_at=now, name=name
        )
        if is_confirmed:
            confirm(session, reader.id, at=now)
            return get_subscriber(session, reader.id), None
        return reader, queue_new(session, once_a_day(Message.CONFIRM, reader.id, now, message_id))
