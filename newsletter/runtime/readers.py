"""Work on readers: sign-up, consent, and who there is."""

from collections.abc import Sequence

from newsletter.db.engine import reading, transaction
from newsletter.editions import sign_up
from newsletter.runtime.parts import TASK_DISPATCH, Parts
from newsletter.subscribers.store import get_by_email, list_subscribers
from newsletter.subscribers.subscriber import Preferences, Subscriber, SubscriberId


class ReaderWork(Parts):
    """What an installation can do with readers."""

    def sign_up(self, email: str, keywords: Sequence[str], preferences: Preferences, name: str = "") -> None:
        """Ask the owner of an address to confirm; silent about known addresses. Raises InputError for bad input."""
        delivery = sign_up.sign_up(self.desk, email, keywords, preferences, message_id=self.message_id, name=name)
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])

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
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])
        return reader

    def request_confirmation(self, subscriber_id: SubscriberId) -> None:
        """Queue today's confirmation mail of a reader, once, and wake the workers."""
        with transaction(self.database) as session:
            delivery = sign_up.queue_confirmation(session, subscriber_id, self.clock(), self.message_id)
        if delivery is not None:
            self.wake(TASK_DISPATCH, [delivery])

    def list_subscribers(self) -> list[Subscriber]:
        """Return all readers."""
        with reading(self.database) as session:
            return list_subscribers(session)

    def get_reader(self, email: str) -> Subscriber:
        """Return the reader with this address; raises NotFoundError."""
        with reading(self.database) as session:
            return get_by_email(session, email)
