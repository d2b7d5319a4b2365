"""Agreeing, leaving, and asking for one's link: what a reader does, and the one mail that answers it."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from newsletter.deliveries import store as deliveries
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.deliveries.flood import FloodGate
from newsletter.deliveries.messages import Message, MessageIdMaker
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import NewDelivery
from newsletter.subscribers import store as subscribers
from newsletter.subscribers.addresses import parse_address
from newsletter.subscribers.subscriber import Consent, SubscriberId

_ANSWERS = {Consent.CONFIRMED: Message.LINK, Consent.PENDING: Message.CONFIRM}


def confirm_reader(
    session: Session, subscriber_id: SubscriberId, *, at: datetime, message_id: MessageIdMaker
) -> int | None:
    """Record that a reader agreed; returns the delivery of their welcome, None when they had agreed before."""
    if not subscribers.confirm(session, subscriber_id, at=at):
        return None
    return queue_new(session, once_a_day(Message.WELCOME, subscriber_id, at, message_id))


def unsubscribe_reader(
    session: Session, subscriber_id: SubscriberId, *, at: datetime, message_id: MessageIdMaker
) -> int | None:
    """Stop a reader's mail because they said so; returns the delivery of the goodbye, None when they were no reader.

    What was queued for them is skipped when it is claimed, or at the phase mark. Not for a complaint: who calls our mail
    spam gets none, not even this one; suppress the address instead.
    """
    if not subscribers.unsubscribe(session, subscriber_id, at=at):
        return None
    return queue_new(session, once_a_day(Message.GOODBYE, subscriber_id, at, message_id))


def send_link(session: Session, email: str, *, at: datetime, gate: FloodGate, message_id: MessageIdMaker) -> int | None:
    """Answer somebody who asks for the link to their own page; returns the delivery, None when nothing is due.

    A confirmed reader gets the link, one who has not confirmed the confirmation again; who left, or was never here, gets
    nothing. The asker is told none of that. Raises AddressError.
    """
    address = parse_address(email)
    reader = subscribers.find_by_email(session, address)
    message = _ANSWERS.get(reader.consent) if reader else None
    if reader is None or message is None:
        return None
    return queue_if_admitted(session, once_a_day(message, reader.id, at, message_id), address, gate)


def queue_link(
    session: Session, subscriber_id: SubscriberId, *, at: datetime, message_id: MessageIdMaker
) -> int | None:
    """Queue the link to a reader's own page for an operator, who may do so as often as they like."""
    occasion = f"{at:%Y-%m-%dT%H:%M:%S}"
    row = once_a_day(Message.LINK, subscriber_id, at, message_id)
    own_id = message_id(subscriber_id, Message.LINK, occasion, 0)
    return queue_new(session, replace(row, occasion=occasion, message_id=own_id))


def queue_if_admitted(session: Session, row: NewDelivery, address: str, gate: FloodGate) -> int | None:
    """Queue a mail that a stranger asked for, within the flood limits; the operators are told when the day's are used up."""
    if gate.admit_mail(session, row.message, address, at=row.due_at):
        return queue_new(session, row)
    if gate.is_exhausted(session, at=row.due_at):
        raise_alarm(session, AlarmKind.SIGN_UP_FLOOD, "website", at=row.due_at, detail=gate.said)
    return None


def queue_new(session: Session, row: NewDelivery) -> int | None:
    """Queue a delivery that is due now; returns it if it is new."""
    if not deliveries.queue_deliveries(session, [row], at=row.due_at):
        return None
    return deliveries.find_id(session, row.message_id)


def once_a_day(message: Message, subscriber_id: SubscriberId, at: datetime, message_id: MessageIdMaker) -> NewDelivery:
    """Return the delivery of a mail that a reader gets at most once a day."""
    occasion = str(at.date())
    return NewDelivery(
        subscriber_id=subscriber_id,
        message=message,
        occasion=occasion,
        revision=0,
        edition_on=None,
        digest_id=None,
        message_id=message_id(subscriber_id, message, occasion, 0),
        state=DeliveryState.QUEUED,
        reason=None,
        due_at=at,
    )
