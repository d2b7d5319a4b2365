"""A working day without a list: readers who want mail on days without papers are told why there are none."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import NewDelivery
from newsletter.editions.agenda import due_at
from newsletter.editions.compose import READERS_A_TRANSACTION, MessageIdMaker
from newsletter.editions.desk import Desk
from newsletter.editions.notice_store import list_untold_ids, list_waiting_ids
from newsletter.editions.store import find_newest
from newsletter.papers.calendar import announced_at, latest_listing_on
from newsletter.papers.ledger import Judgement
from newsletter.papers.ledger_store import list_entries
from newsletter.subscribers.store import list_subscribers
from newsletter.subscribers.subscriber import Subscriber


def compose_notices(desk: Desk, *, message_id: MessageIdMaker) -> int:
    """Queue a notice for each reader who is to be told that the newest list did not come; returns how many are new.

    A holiday is observed, not assumed: the ledger judges every category's list of the day `none`, and there is no edition.
    Doing it again adds the rows of readers who came since. When the list comes after all, the notices that still wait are
    taken back; the digests are mailed as on any day.
    """
    listed_on = latest_listing_on(desk.now())
    with reading(desk.database) as session:
        newest = find_newest(session)
        has_edition = newest is not None and newest.edition_on >= listed_on
        overtaken = list_waiting_ids(session, listed_on) if has_edition else []
        is_over = not has_edition and _is_without_list(session, desk.categories, listed_on)
        untold = list_untold_ids(session, _occasion(listed_on), listed_on) if is_over else []
    for batch in _batches(overtaken):
        with transaction(desk.database) as session:
            deliveries.skip(session, batch, at=desk.now(), reason=SkipReason.OVERTAKEN)
    return sum(_queue(desk, listed_on, batch, message_id) for batch in _batches(untold))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), READERS_A_TRANSACTION):
        yield ids[start : start + READERS_A_TRANSACTION]


def _occasion(listed_on: date) -> str:
    return f"{listed_on}-none"


def _is_without_list(session: Session, categories: Sequence[str], listed_on: date) -> bool:
    entries = list_entries(session, categories, since=listed_on, until=listed_on).get(listed_on, [])
    judged = {entry.category: entry.verdict.judgement for entry in entries}
    return all(judged.get(category) is Judgement.NONE for category in categories)


def _queue(desk: Desk, listed_on: date, ids: Sequence[int], message_id: MessageIdMaker) -> int:
    with transaction(desk.database) as session:
        rows = [_new_delivery(desk, listed_on, reader, message_id) for reader in list_subscribers(session, ids=ids)]
        return deliveries.queue_deliveries(session, rows, at=desk.now())


def _new_delivery(desk: Desk, listed_on: date, reader: Subscriber, message_id: MessageIdMaker) -> NewDelivery:
    occasion = _occasion(listed_on)
    return NewDelivery(
        subscriber_id=reader.id,
        message=Message.NOTICE,
        occasion=occasion,
        revision=0,
        edition_on=listed_on,
        digest_id=None,
        message_id=message_id(reader.id, Message.NOTICE, occasion, 0),
        state=DeliveryState.QUEUED,
        reason=None,
        due_at=due_at(reader.preferences, announced_at=announced_at(listed_on), opened_at=desk.now()),
    )
