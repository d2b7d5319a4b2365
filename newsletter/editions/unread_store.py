"""Digests whose mail failed, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, false
from sqlmodel import Session, col, select

from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import MAX_DEATHS, DeliveryState
from newsletter.deliveries.store import is_latest
from newsletter.deliveries.tables import AttemptRow, DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.mail.smtp import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedDigest:
    """A digest that its reader never got; `sections` as stored."""

    delivery_id: int
    subscriber_id: int
    edition_on: date
    sections: Sequence[Mapping[str, Any]]


def list_failed_digests(session: Session, *, since: date, before: date, is_anew: bool) -> list[FailedDigest]:
    """Return the digests of editions from `since` to the day before `before` whose last delivery failed.

    Left out are those that an earlier digest than `before`'s has brought (`is_anew`: that `before`'s own has not brought),
    those that cannot be built, and samples.
    """
    is_brought = col(DeliveryRow.folded_on) == before
    is_unbuilt = exists().where(
        col(AttemptRow.delivery_id) == col(DeliveryRow.id), col(AttemptRow.phase) == Phase.BUILD.value
    )
    statement = (
        select(DeliveryRow.id, DigestRow)
        .join(DigestRow, col(DigestRow.id) == col(DeliveryRow.digest_id))
        .where(
            DeliveryRow.message == Message.DIGEST,
            DeliveryRow.state == DeliveryState.FAILED,
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
    return [
        FailedDigest(
            delivery_id=delivery_id or 0,
            subscriber_id=digest.subscriber_id,
            edition_on=digest.edition_on,
            sections=digest.sections,
        )
        for delivery_id, digest in session.exec(statement)
    ]
