"""Digests that their readers never got, in the database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, false, or_
from sqlmodel import Session, col, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import MAX_DEATHS, DeliveryState, SkipReason
from newsletter.deliveries.store import is_latest
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.mail.smtp import Phase
from newsletter.subscribers.tables import SubscriberRow


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


def list_owed_digests(
    session: Session,
    *,
    since: date,
    before: date,
    weekly_days: Collection[str],
    is_anew: bool,
    subscriber_id: int | None = None,
) -> list[OwedDigest]:
    """Return the digests of editions from `since` to the day before `before` whose last delivery failed or was kept.

    Those of all readers, or of one.
    What was kept is returned for readers of daily mail, and of weekly mail on one of `weekly_days`. Left out are those that
    an earlier digest than `before`'s has brought (`is_anew`: that `before`'s own has not brought), those that cannot be
    built, and samples.
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
        select(DeliveryRow.id, DeliveryRow.state, DigestRow)
        .join(DigestRow, col(DigestRow.id) == col(DeliveryRow.digest_id))
        .join(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
        .where(
            DeliveryRow.message == Message.DIGEST,
            or_(col(DeliveryRow.state) == DeliveryState.FAILED, is_kept),
            col(DeliveryRow.edition_on) >= since,
            col(DeliveryRow.edition_on) < before,
            is_brought if is_anew else col(DeliveryRow.folded_on).is_(None) | is_brought,
            col(DeliveryRow.death_count) < MAX_DEATHS,
            col(DigestRow.is_sample) == false(),
            ~is_unbuilt,
            is_latest(),
            True if subscriber_id is None else DeliveryRow.subscriber_id == subscriber_id,
        )
        .order_by(col(DigestRow.edition_on), col(DeliveryRow.id))
    )
    return [
        OwedDigest(
            delivery_id=delivery_id or 0,
            subscriber_id=digest.subscriber_id,
            edition_on=digest.edition_on,
            since_on=digest.since_on or digest.edition_on,
            is_kept=state == DeliveryState.SKIPPED,
            sections=digest.sections,
        )
        for delivery_id, state, digest in session.exec(statement)
    ]
