"""A small world that hears: readers with accepted deliveries, and reports about them."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import col, select, update

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.alarms import Alarm, list_open_alarms
from newsletter.deliveries.feedback.hear import Secrets, hear
from newsletter.deliveries.feedback.store import NewFeedback
from newsletter.deliveries.feedback.tables import FeedbackRow
from newsletter.deliveries.store import queue_deliveries
from newsletter.deliveries.tables import DeliveryRow
from newsletter.mail.bounces import BounceClass, BouncedRecipient, BounceReport
from newsletter.mail.intake.incoming import Incoming, Source
from newsletter.mail.return_path import ReturnPaths
from newsletter.subscribers.store import get_by_email
from newsletter.subscribers.subscriber import Consent
from newsletter.subscribers.suppression_store import is_suppressed
from newsletter.subscribers.tables import SuppressionRow
from newsletter.subscribers.tokens import Tokens
from tests import factories
from tests.deliveries.world import MORNING, World, delivery, message_id

SECRET = "a secret of the tests"
PATHS = ReturnPaths(SECRET, "bounces.example.org")
TOKENS = Tokens(SECRET, now=lambda: MORNING)
SECRETS = Secrets(return_paths=PATHS, tokens=TOKENS, message_id=factories.message_id)


def report(
    kind: BounceClass,
    *recipients: str,
    key: str,
    to: str = "chenbao@example.org",
    message_id: str | None = None,
    is_vouched: bool = False,
) -> Incoming:
    """Return a report that came in; `to` is whom it was addressed to."""
    named = [
        BouncedRecipient(address=address, kind=kind, status="5.0.0", diagnostic=f"550 <{address}> is gone")
        for address in recipients
    ]
    return Incoming(
        key=key,
        source=Source.MAILDIR,
        addressed_to=(to,),
        text="",
        report=BounceReport(kind=kind, recipients=tuple(named), original_message_id=message_id),
        is_vouched=is_vouched,
    )


@dataclass
class Hearing:
    """Reports come in here, at the world's time."""

    database: Engine
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.database)

    def mail(self, *names: str) -> dict[str, int]:
        """Add readers whose digest was accepted just now; returns the deliveries' ids."""
        ids = self.world.queue(names)
        self._accept(ids.values())
        return ids

    def mail_again(self, name: str, revision: int) -> int:
        """Send a reader one more mail, which is accepted now; returns the delivery's id."""
        with transaction(self.database) as session:
            reader = get_by_email(session, f"{name}@example.org")
            queue_deliveries(session, [delivery(reader.id, name, revision=revision)], at=self.world.time)
        found = self.world.row(name, revision).id or 0
        self._accept([found])
        return found

    def hear(self, incoming: Incoming) -> list[NewFeedback]:
        return hear(self.database, SECRETS, incoming, at=self.world.time)

    def bounce(self, kind: BounceClass, delivery_id: int, address: str, *, key: str = "") -> list[NewFeedback]:
        """Hear a report that came to the signed return path of a delivery."""
        written = report(kind, address, key=key or f"{kind}:{delivery_id}", to=PATHS.of(delivery_id))
        return self.hear(written)

    def is_stopped(self, name: str) -> bool:
        with reading(self.database) as session:
            return is_suppressed(session, f"{name}@example.org", TOKENS)

    def stopped(self) -> dict[str, str]:
        with reading(self.database) as session:
            return {row.address_key: row.reason for row in session.exec(select(SuppressionRow))}

    def consent(self, name: str) -> Consent:
        with reading(self.database) as session:
            return get_by_email(session, f"{name}@example.org").consent

    def alarms(self) -> list[Alarm]:
        with reading(self.database) as session:
            return list_open_alarms(session)

    def rows(self) -> list[FeedbackRow]:
        with reading(self.database) as session:
            return list(session.exec(select(FeedbackRow).order_by(col(FeedbackRow.id))))

    def set_state(self, delivery_id: int, state: str) -> None:
        with transaction(self.database) as session:
            session.exec(update(DeliveryRow).where(col(DeliveryRow.id) == delivery_id).values(state=state))

    def next_day(self) -> None:
        self.world.time += timedelta(days=1)

    def _accept(self, ids: object) -> None:
        assert isinstance(ids, list | type({}.values()))
        now = self.world.time
        with transaction(self.database) as session:
            session.exec(
                update(DeliveryRow)
                .where(col(DeliveryRow.id).in_(list(ids)))
                .values(state="accepted", accepted_at=now, changed_at=now)
            )


__all__ = ["PATHS", "SECRET", "SECRETS", "TOKENS", "Hearing", "message_id", "report"]
