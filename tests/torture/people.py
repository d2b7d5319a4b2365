"""The readers of a schedule, and what the ledger says about them."""

import random
from collections.abc import Sequence

from sqlalchemy import Engine
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.sign_up import parse_keywords
from newsletter.subscribers.store import add_subscriber, confirm, unsubscribe
from newsletter.subscribers.subscriber import Preferences, SubscriberId
from newsletter.subscribers.suppression_store import suppress
from newsletter.subscribers.tables import SubscriberRow
from tests.factories import MORNING
from tests.torture.record import Row
from tests.torture.schedule import Schedule
from tests.torture.shared_clock import SharedClock


def address(number: int) -> str:
    """Return the address of the n-th reader; every ninth is of another provider."""
    return f"r{number}@{'example.org' if number % 9 else 'example.net'}"


def add_readers(database: Engine, schedule: Schedule) -> list[str]:
    """Store the schedule's readers and return the addresses of those who are confirmed.

    Some find nothing in the day's papers, some want their mail later in the morning, and the last never confirmed.
    """
    chance = random.Random(f"readers {schedule.seed}")
    with transaction(database) as session:
        for number in range(schedule.readers):
            keyword = "cartography" if chance.random() < 0.08 else "reinforcement learning"
            hour = 3 if chance.random() < 0.1 else None
            reader = add_subscriber(
                session,
                address(number),
                subscriptions=parse_keywords([keyword]),
                preferences=Preferences(hour=hour),
                created_at=MORNING,
            )
            if number < schedule.readers - 1:
                confirm(session, reader.id, at=MORNING)
    return [address(number) for number in range(schedule.readers - 1)]


def leave(database: Engine, email: str, clock: SharedClock) -> None:
    """Unsubscribe a reader."""
    with transaction(database) as session:
        found = session.exec(select(SubscriberRow.id).where(SubscriberRow.email == email)).one()
        unsubscribe(session, SubscriberId(found or 0), at=clock())


def stop(database: Engine, email: str, clock: SharedClock) -> None:
    """Suppress an address, as a hard bounce does."""
    with transaction(database) as session:
        suppress(session, email, reason="bounce", at=clock())


def load_rows(database: Engine) -> list[Row]:
    """Return the ledger."""
    with reading(database) as session:
        found: Sequence[tuple[DeliveryRow, str]] = session.exec(
            select(DeliveryRow, SubscriberRow.email)
            .join(SubscriberRow, col(SubscriberRow.id) == DeliveryRow.subscriber_id)
            .order_by(col(DeliveryRow.id))
        ).all()
    return [
        Row(
            recipient=email,
            message=row.message,
            occasion=row.occasion,
            revision=row.revision,
            message_id=row.message_id,
            state=row.state,
            reason=row.reason,
            is_retried=row.retried_at is not None,
        )
        for row, email in found
    ]
