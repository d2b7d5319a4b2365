"""Deliveries in the database: queueing them, looking them up, and settling uncertain ones.

Every change of state, here and in `claims`, is one conditional UPDATE whose condition and target come from `states`, so two
processes can never both make it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVarTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_, exists, or_, text, true, update
from sqlalchemy.orm import Mapped, aliased
from sqlalchemy.sql.dml import Update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from newsletter.db.among import among
from newsletter.db.bulk import insert_rows
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import MAX_AGE, DeliveryState, Event, sources_of, target_of, transition
from newsletter.deliveries.tables import DeliveryRow, ResendRow

IS_OPEN = text("delivery.state IN ('queued', 'deferred', 'sending')")
"""Word for word the condition of the partial index, without which SQLite does not use it."""
IS_SENDING = text("delivery.state = 'sending'")
"""Word for word the condition of the partial index of deliveries in hand."""
IS_UNCERTAIN = text("delivery.state = 'uncertain'")
"""Word for word the condition of the partial index of uncertain deliveries."""
_Chosen = TypeVarTuple("_Chosen")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery to be: queued, or skipped from the start with its reason."""

    subscriber_id: int
    message: str
    occasion: str
    revision: int
    edition_on: date | None
    digest_id: int | None
    message_id: str
    state: DeliveryState
    reason: str | None
    due_at: datetime
    resend_id: int | None = None


_NEW = tuple(field.name for field in fields(NewDelivery))
_values_of = attrgetter(*_NEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is ours to send until the lease ends; `attempt_count` is of the attempts before this one."""

    id: int
    subscriber_id: int
    email: str
    name: str
    message: str
    occasion: str
    revision: int
    edition_on: date | None
    digest_id: int | None
    message_id: str
    attempt_count: int
    due_at: datetime
    first_attempt_at: datetime | None


def queue_deliveries(session: Session, rows: Sequence[NewDelivery], *, at: datetime) -> int:
    """Store the deliveries that are not there yet and return how many were new; the others stay as they are."""
    for state in {row.state for row in rows} - {DeliveryState.QUEUED}:
        transition(DeliveryState.QUEUED, Event.SKIP if state is DeliveryState.SKIPPED else Event.RESOLVE)
    same = {"attempt_count": 0, "created_at": at, "changed_at": at}
    return insert_rows(session, DeliveryRow, _NEW, [_values_of(row) for row in rows], same=same)


def resolve(session: Session, ids: Sequence[int], *, at: datetime, reason: str | None = None) -> int:
    """Call uncertain deliveries accepted, because somebody knows that they arrived."""
    values = {"state": target_of(Event.RESOLVE).value, "reason": reason, "accepted_at": at, "changed_at": at}
    return count(session, those(ids, Event.RESOLVE).values(values))


def requeue(session: Session, ids: Sequence[int], *, at: datetime, reason: str | None = None) -> int:
    """Queue uncertain deliveries again, because somebody knows that they did not arrive, or takes the risk of a second copy."""
    values = {"state": target_of(Event.REQUEUE).value, "reason": reason, "marked_at": None, "changed_at": at}
    return count(session, those(ids, Event.REQUEUE).values(values | {"next_attempt_at": None}))


def retry_uncertain(session: Session, *, since: datetime, at: datetime) -> int:
    """Queue again, under the same Message-ID, what has been uncertain since that instant: each delivery once.

    One that is older than MAX_AGE beyond it stays as it is: a day's mail is not sent a second time days later.
    """
    statement = update(DeliveryRow).where(
        is_in(sources_of(Event.REQUEUE)),
        col(DeliveryRow.retried_at).is_(None),
        col(DeliveryRow.changed_at) <= since,
        col(DeliveryRow.changed_at) > since - MAX_AGE,
    )
    values = {"state": target_of(Event.REQUEUE).value, "marked_at": None, "retried_at": at, "changed_at": at}
    return count(session, statement.values(values | {"next_attempt_at": None}))


def give_up_before(session: Session, edition_on: date, *, since: date, at: datetime) -> int:
    """Give up the digests of editions from `since` to the day before an edition that still wait, and return how many.

    What is being sent goes on, and so does what an operator sends again.
    """
    statement = update(DeliveryRow).where(
        IS_OPEN,
        is_in(sources_of(Event.GIVE_UP)),
        col(DeliveryRow.message) == Message.DIGEST.value,
        col(DeliveryRow.edition_on) >= since,
        col(DeliveryRow.edition_on) < edition_on,
        col(DeliveryRow.revision) == 0,
    )
    reason = f"gave up: the edition of {edition_on} was made"
    values = {"state": target_of(Event.GIVE_UP).value, "reason": reason, "next_attempt_at": None, "changed_at": at}
    return count(session, statement.values(values))


def fold(session: Session, ids: Sequence[int], *, edition_on: date) -> None:
    """Record that the papers of these deliveries, which failed, come with the digest of a later edition."""
    if ids:
        folded = update(DeliveryRow).where(among(col(DeliveryRow.id), ids))
        session.connection().execute(folded.values(folded_on=edition_on))


def skip(session: Session, ids: Sequence[int], *, at: datetime, reason: str) -> int:
    """Take back deliveries that still wait, with the reason, and return how many; what is being sent goes on."""
    values = {"state": target_of(Event.SKIP).value, "reason": reason, "next_attempt_at": None, "changed_at": at}
    return count(session, those(ids, Event.SKIP).values(values))


def count_open(
    session: Session,
    *,
    now: datetime,
    edition_on: date | None = None,
    ignoring_due: bool = False,
    limit: int | None = None,
) -> int:
    """Return how many deliveries `claim_batch` would take now, one after the other; counted up to `limit`."""
    open_ids = claimable(now=now, ids=None, edition_on=edition_on, ignoring_due=ignoring_due).limit(limit)
    return session.exec(select(func.count()).select_from(open_ids.order_by(None).subquery())).one()


def count_lanes(session: Session, *, now: datetime) -> int:
    """Return how many dispatch runs have deliveries in hand."""
    statement = select(func.count(col(DeliveryRow.lease_owner).distinct()))
    return session.exec(statement.where(IS_SENDING, col(DeliveryRow.lease_until) > now)).one()


def list_subscriber_ids(session: Session, *, message: str, occasion: str, between: tuple[int, int]) -> set[int]:
    """Return which of these subscribers, from the first id to the last, have a delivery of this message for this occasion.

    Whatever its state.
    """
    statement = select(DeliveryRow.subscriber_id).where(
        col(DeliveryRow.subscriber_id).between(*between),
        DeliveryRow.message == message,
        DeliveryRow.occasion == occasion,
    )
    return set(session.exec(statement))


def find_id(session: Session, message_id: str) -> int | None:
    """Return the delivery with this Message-ID, or None."""
    return session.exec(select(DeliveryRow.id).where(DeliveryRow.message_id == message_id)).first()


def find_ids(session: Session, message_ids: Sequence[str]) -> list[int]:
    """Return the deliveries with these Message-IDs, some hundreds."""
    statement = select(DeliveryRow.id).where(col(DeliveryRow.message_id).in_(message_ids)).order_by(col(DeliveryRow.id))
    return [found for found in session.exec(statement) if found is not None]


def count_states(session: Session, edition_on: date, *, message: str | None = None) -> dict[DeliveryState, int]:
    """Return how many readers of an edition are in each state, by their latest delivery; empty states are left out.

    Of one message, or of all: then a reader counts once for each.
    """
    found = _count_latest(session, col(DeliveryRow.state), edition_on, _is_message(message))
    return {DeliveryState(state): number for state, number in found.items()}


def count_skips(session: Session, edition_on: date, *, message: str | None = None) -> dict[str, int]:
    """Return how many readers of an edition were skipped for each reason, by their latest delivery."""
    is_skipped = col(DeliveryRow.state) == DeliveryState.SKIPPED.value
    found = _count_latest(session, col(DeliveryRow.reason), edition_on, is_skipped, _is_message(message))
    return {reason or "": number for reason, number in found.items()}


def _count_latest(
    session: Session, column: Mapped[Any], edition_on: date, *conditions: ColumnElement[bool]
) -> dict[Any, int]:
    """Count the latest deliveries of an edition by the values of a column.

    All revisions are counted, from an index where it has the column, then those that a resend replaced are taken off again,
    which are few: to ask of each delivery whether it is the latest costs ten times as much.
    """
    counts: sqlalchemy.Select[Any, int] = (
        sqlalchemy.select(column.label("value"), func.count().label("number")).where(*conditions).group_by(column)
    )
    counted = session.connection().execute(counts.where(col(DeliveryRow.edition_on) == edition_on))
    found: Counter[Any] = Counter({row.value: row.number for row in counted})
    replaced = session.connection().execute(only_replaced(counts, [edition_on]))
    found.subtract({row.value: row.number for row in replaced})
    return {value: number for value, number in found.items() if number}


def _is_message(message: str | None) -> ColumnElement[bool]:
    return true() if message is None else col(DeliveryRow.message) == message


def is_latest() -> ColumnElement[bool]:
    """Return the condition that there is no later revision of the same delivery."""
    later = aliased(DeliveryRow)
    return ~exists().where(
        col(later.subscriber_id) == DeliveryRow.subscriber_id,
        col(later.message) == DeliveryRow.message,
        col(later.occasion) == DeliveryRow.occasion,
        col(later.revision) > DeliveryRow.revision,
    )


def only_replaced(statement: sqlalchemy.Select[*_Chosen], days: Collection[date]) -> sqlalchemy.Select[*_Chosen]:
    """Narrow a statement about deliveries to those that a resend of these days has replaced.

    It begins at the resends, which are few; of the days' deliveries themselves nothing is asked.
    """
    later = aliased(DeliveryRow, name="later")
    is_next = and_(
        col(later.subscriber_id) == col(DeliveryRow.subscriber_id),
        col(later.message) == col(DeliveryRow.message),
        col(later.occasion) == col(DeliveryRow.occasion),
        col(later.revision) == col(DeliveryRow.revision) + 1,
    )
    resends = statement.join(later, is_next).join(ResendRow, col(ResendRow.id) == col(later.resend_id))
    return resends.where(col(ResendRow.edition_on).in_(days))


def claimable(
    *, now: datetime, ids: Sequence[int] | None, edition_on: date | None, ignoring_due: bool
) -> SelectOfScalar[int | None]:
    """Select the ids of the deliveries that may be claimed at `now`, the longest due first."""
    next_attempt_at = col(DeliveryRow.next_attempt_at)
    may_go = [next_attempt_at.is_(None), next_attempt_at <= now]
    if ignoring_due:  # an operator who sends now does not wait out our own pause, only the peer's wish
        may_go.append(col(DeliveryRow.state) == DeliveryState.QUEUED.value)
    statement = (
        select(col(DeliveryRow.id))
        .where(IS_OPEN, is_in(sources_of(Event.CLAIM)), or_(*may_go))
        .order_by(col(DeliveryRow.due_at), col(DeliveryRow.id))
    )
    if not ignoring_due:
        statement = statement.where(DeliveryRow.due_at <= now)
    if edition_on is not None:
        statement = statement.where(DeliveryRow.edition_on == edition_on)
    if ids is not None:
        statement = statement.where(among(col(DeliveryRow.id), ids))
    return statement


def is_in(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    """Return the condition that a delivery is in one of the states."""
    return col(DeliveryRow.state).in_([state.value for state in states])


def is_held(states: Iterable[DeliveryState]) -> ColumnElement[bool]:
    """Return the same condition for deliveries that are named by their ids.

    No index answers it: PostgreSQL, which reckons that none is being sent, would look through all that are rather than
    take the few that are named.
    """
    return func.coalesce(col(DeliveryRow.state), "").in_([state.value for state in states])


def those(ids: Sequence[int], event: Event) -> Update:
    """Return the beginning of an UPDATE of those deliveries that the event can move."""
    return update(DeliveryRow).where(among(col(DeliveryRow.id), ids), is_held(sources_of(event)))


def count(session: Session, statement: Update) -> int:
    """Run an UPDATE and return how many rows it changed."""
    return session.connection().execute(statement).rowcount
