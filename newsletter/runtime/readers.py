"""Work on readers: sign-up, consent, and who there is."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import consent
from newsletter.deliveries.flood import FloodGate
from newsletter.editions import sign_up
from newsletter.errors import ConflictError
from newsletter.operators.audit import Note, no_note
from newsletter.runtime.parts import TASK_DISPATCH, Parts
from newsletter.subscribers.store import get_by_email, list_subscribers
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, SubscriberId


class ReaderWork(Parts):
    """What an installation can do with readers."""

    def sign_up(self, email: str, keywords: Sequence[str], preferences: Preferences, name: str = "") -> None:
        """Ask the owner of an address to confirm; silent about known addresses. Raises InputError for bad input."""
        delivery = sign_up.sign_up(
            self.desk, email, keywords, preferences, message_id=self.message_id, gate=self.flood_gate, name=name
        )
        self.wake_delivery(delivery)

    def subscribe(
        self, email: str, keywords: Sequence[str], preferences: Preferences, *, name: str = "", is_confirmed: bool
    ) -> Subscriber:
        """Add a reader for an operator; unconfirmed ones get the confirmation mail. Raises ConflictError for a known one."""
        reader, delivery = sign_up.subscribe(
            self.desk,
            email,
            keywords,
            preferences,
            message_id=self.message_id,
            name=name,
            is_confirmed=is_confirmed,
        )
        self.wake_delivery(delivery)
        return reader

    def confirm_reader(self, session: Session, subscriber_id: SubscriberId) -> int | None:
        """Record that a reader agreed, in the caller's transaction; returns the delivery to wake, if any."""
        return consent.confirm_reader(session, subscriber_id, at=self.clock(), message_id=self.message_id)

    def unsubscribe_reader(self, session: Session, subscriber_id: SubscriberId) -> int | None:
        """Stop a reader's mail because they said so, in the caller's transaction; returns the delivery to wake, if any."""
        return consent.unsubscribe_reader(session, subscriber_id, at=self.clock(), message_id=self.message_id)

    def send_link(self, email: str) -> None:
        """Mail the owner of an address the link to their page; silent about unknown ones. Raises AddressError."""
        with transaction(self.database) as session:
            at = self.clock()
            delivery = consent.send_link(session, email, at=at, gate=self.flood_gate, message_id=self.message_id)
        self.wake_delivery(delivery)

    def mail_link(self, email: str, *, note: Note = no_note) -> None:
        """Mail a reader the link to their page for an operator; raises NotFoundError, ConflictError for who has not agreed."""
        with transaction(self.database) as session:
            reader = get_by_email(session, email)
            if reader.consent is not Consent.CONFIRMED:
                raise ConflictError(f"{email} is {reader.consent}; only a confirmed reader gets the link by mail.")
            delivery = consent.queue_link(session, reader.id, at=self.clock(), message_id=self.message_id)
            note(session)
        self.wake_delivery(delivery)

    def admit_network(self, network: str) -> timedelta | None:
        """Count a request for a mail from a network address; returns None when it may go on, else how long to wait."""
        with transaction(self.database) as session:
            return self.flood_gate.admit_network(session, network, at=self.clock())

    def wake_delivery(self, delivery: int | None) -> None:
        """Hand one delivery to the workers, once the transaction that queued it is committed."""
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])

    @cached_property
    def flood_gate(self) -> FloodGate:
        """How many mails strangers may ask for."""
        return FloodGate(secret_key=self.settings.secret_key, mails_a_day=self.settings.confirmations_a_day)

    def list_subscribers(self) -> list[Subscriber]:
        """Return all readers."""
        with reading(self.database) as session:
            return list_subscribers(session)

    def get_reader(self, email: str) -> Subscriber:
        """Return the reader with this address; raises NotFoundError."""
        with reading(self.database) as session:
            return get_by_email(session, email)
