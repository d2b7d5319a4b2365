"""Send a day again: the frozen digests under the next revision, with a dry run first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.store import NewDelivery
from newsletter.editions.compose import MessageIdMaker
from newsletter.editions.desk import Desk
from newsletter.editions.store import get_edition
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Consent, Subscriber

_MISSED = frozenset({DeliveryState.FAILED, DeliveryState.UNCERTAIN})
_OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.DEFERRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendLine:
    """What a resend does for one reader, and why; `revision` is the new one, None when nothing is sent."""

    subscriber_id: int
    email: str
    revision: int | None
    reason: str


def resend_day(
    desk: Desk,
    edition_on: date,
    *,
    message_id: MessageIdMaker,
    message: Message = Message.DIGEST,
    to: Sequence[int] | None = None,
    only_missing: bool = False,
    again: bool = False,
    dry_run: bool = False,
) -> list[ResendLine]:
    """Queue the day's mails once more and say for each reader what was done and why.

    `message` says which mails: the digests, or those of trending papers. `to` narrows it to some subscribers;
    `only_missing` to those whose latest delivery failed or is uncertain. A reader whose latest delivery is still open, or is
    a resend that was accepted, is left alone, so that doing this twice sends nothing twice; `again` overrules the latter.
    Raises NotFoundError for an unknown edition.
    """
    with reading(desk.database) as session:
        get_edition(session, edition_on)
        latest = deliveries.list_latest(session, message=message, edition_on=edition_on, subscriber_ids=to)
        readers = {
            int(reader.id): reader for reader in list_subscribers(session, ids=[item.subscriber_id for item in latest])
        }
    lines = [_line(item, readers[item.subscriber_id], only_missing=only_missing, again=again) for item in latest]
    if dry_run:
        return lines
    now = desk.now()
    rows = [
        NewDelivery(
            subscriber_id=item.subscriber_id,
            message=message,
            occasion=item.occasion,
            revision=line.revision,
            edition_on=edition_on,
            digest_id=item.digest_id,
            message_id=message_id(item.subscriber_id, message, item.occasion, line.revision),
            state=DeliveryState.QUEUED,
            reason=None,
            due_at=now,
        )
        for item, line in zip(latest, lines, strict=True)
        if line.revision is not None
    ]
    with transaction(desk.database) as session:
        deliveries.queue_deliveries(session, rows, at=now)
    return lines


def _line(item: deliveries.LatestDelivery, reader: Subscriber, *, only_missing: bool, again: bool) -> ResendLine:
    reason = _refusal(item, reader, only_missing=only_missing, again=again)
    return ResendLine(
        subscriber_id=item.subscriber_id,
        email=reader.email,
        revision=None if reason else item.revision + 1,
        reason=reason or f"the last one is {item.state}",
    )


def _refusal(item: deliveries.LatestDelivery, reader: Subscriber, *, only_missing: bool, again: bool) -> str | None:
    """Say why this reader gets nothing more, or None."""
    if reader.consent is not Consent.CONFIRMED:
        return "has unsubscribed"
    if item.state in _OPEN:
        return "the last one is still on its way"
    if item.state is DeliveryState.SKIPPED:
        return f"was skipped: {item.reason}"
    if only_missing and item.state not in _MISSED:
        return "has it already"
    if item.revision > 0 and item.state not in _MISSED and not again:
        return "was sent it again already"
    return None
