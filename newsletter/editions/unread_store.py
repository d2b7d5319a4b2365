"""Digests that their readers never got, in the database."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, false, or_, select
from sqlmodel import Session, col

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import MAX_DEATHS, DeliveryState, SkipReason
from newsletter.deliveries.store import is_latest
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.mail.smtp import Phase
from newsletter.subscribers.tables import SubscriberRow

ROWS_AT_ONCE = 1000  # on Mondays these may be all of a large installation's weekly readers'


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedDigest:
    """A digest that its reader never got: the mail failed, or it was kept for a weekly digest (`is_kept`).

    `sections` as stored; `since_on` is the first edition it was for.
    """

    delivery_id: int
    subscriber_id: int
    edition_on: date
    since_on: date
    is_kept: bool
    sections: Sequence[Mapping[str, Any]]


def iterate_owed_digests(
    session: Session,
    *,
    since: date,
    before: date,
    weekly_days: Collection[str],
    is_anew: bool,
    subscriber_ids: Collection[int] | None = None,
) -> Iterator[OwedDigest]:
    """Yield the digests of editions from `since` to the day before `before` whose last delivery failed or was kept.

    Of these subscribers, some hundreds, or of all. What was kept is yielded for readers of daily mail, and of weekly mail on
    one of `weekly_days`. Left out are those that an earlier digest than `before`'s has brought (`is_anew`: that `before`'s
    own has not brought), those that cannot be built, and samples.
    """
    is_brought = col(DeliveryRow.folded_on) == before
    is_unbuilt = exists().where(
        col(AttemptRow.delivery_id) == col(DeliveryRow.id), col(AttemptRow.phase) == Phase.BUILD.value
    )
    is_kept = and_(
        col(DeliveryRow.state) == DeliveryState.SKIPPED,
        col(DeliveryRow.reason) == SkipReason.WEEKLY,
        col(SubscriberRow.weekly_on).is_(None) | col(SubscriberRow.weekly_on).in_(list(weekly_days)),
    )
    statement = (
        select(
            col(DeliveryRow.id),
            col(DeliveryRow.state),
            col(DigestRow.subscriber_id),
            col(DigestRow.edition_on),
            col(DigestRow.since_on),
            col(DigestRow.sections),
        )
        .join(DigestRow, col(DigestRow.id) == col(DeliveryRow.digest_id))
        .join(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
        .where(
            col(DeliveryRow.message) == Message.DIGEST,
            or_(col(DeliveryRow.state) == DeliveryState.FAILED, is_kept),
            col(DeliveryRow.edition_on) >= since,
            col(DeliveryRow.edition_on) < before,
            is_brought if is_anew else col(DeliveryRow.folded_on).is_(None) | is_brought,
            col(DeliveryRow.death_count) < MAX_DEATHS,
            col(DigestRow.is_sample) == false(),
            ~is_unbuilt,
            is_latest(),
        )
        .order_by(col(DigestRow.edition_on), col(DeliveryRow.id))
    )
    if subscriber_ids is not None:
        statement = statement.where(col(DeliveryRow.subscriber_id).in_(subscriber_ids))
    found = session.connection().execute(statement, execution_options={"yield_per": ROWS_AT_ONCE})
    for delivery_id, state, subscriber_id, edition_on, since_on, sections in found:
        yield OwedDigest(
            delivery_id=delivery_id,
            subscriber_id=subscriber_id,
            edition_on=edition_on,
            since_on=since_on or edition_on,
            is_kept=state == DeliveryState.SKIPPED,
            sections=sections,
        )
