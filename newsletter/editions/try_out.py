"""A digest that an operator sends to their own address: through the ledger like any other mail, but of no edition."""

from dataclasses import replace

from sqlmodel import Session

from newsletter.db.engine import transaction
from newsletter.deliveries.consent import queue_new
from newsletter.deliveries.messages import Message, MessageIdMaker
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import NewDelivery
from newsletter.digests import store as digests
from newsletter.digests.freeze import write_json
from newsletter.digests.load import FrozenDigest
from newsletter.digests.store import NewDigest
from newsletter.editions.desk import Desk
from newsletter.operators.audit import Note
from newsletter.subscribers.store import ensure_operators
from newsletter.subscribers.subscriber import SubscriberId


def queue_test(desk: Desk, frozen: FrozenDigest, address: str, *, message_id: MessageIdMaker, note: Note) -> int | None:
    """Freeze a copy of a digest for an operator's address and queue it; returns the delivery. Raises AddressError."""
    at = desk.now()
    occasion = digests.occasion_of_test(at)
    with transaction(desk.database) as session:
        [operator] = ensure_operators(session, [address], at=at)
        digest_id = _freeze(session, replace(frozen, subscriber_id=operator, generated_at=at), occasion)
        row = NewDelivery(
            subscriber_id=operator,
            message=Message.TEST,
            occasion=occasion,
            revision=0,
            edition_on=None,
            digest_id=digest_id,
            message_id=message_id(operator, Message.TEST, occasion, 0),
            state=DeliveryState.QUEUED,
            reason=None,
            due_at=at,
        )
        note(session)
        return queue_new(session, row)


def _freeze(session: Session, frozen: FrozenDigest, occasion: str) -> int:
    operator = SubscriberId(frozen.subscriber_id)
    row = NewDigest(
        subscriber_id=operator,
        occasion=occasion,
        edition_on=frozen.edition_on,
        is_sample=frozen.is_sample,
        paper_count=sum(len(section["entries"]) for section in frozen.sections),
        sections=write_json([dict(section) for section in frozen.sections]),
        languages=frozen.languages,
        density=frozen.density,
        timezone=frozen.timezone,
        missing_count=frozen.missing_count,
        since_on=frozen.since_on,
        composed_at=frozen.generated_at,
    )
    digests.freeze(session, [row])
    return digests.list_ids(session, occasion, [operator])[operator]
