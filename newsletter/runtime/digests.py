"""Work on digests: show them, and compose a day's."""

from collections.abc import Callable
from datetime import date

from sqlmodel import Session

from newsletter.db.engine import reading
from newsletter.deliveries.letters import write_digest
from newsletter.deliveries.messages import Message
from newsletter.digests import store as digests
from newsletter.digests.digest import Digest
from newsletter.digests.load import thaw
from newsletter.digests.tables import DigestRow
from newsletter.editions import notice, trending
from newsletter.editions.compose import Composition, compose_edition, preview_digest
from newsletter.editions.day import TextProgress
from newsletter.runtime.papers import PaperWork
from newsletter.subscribers.store import get_subscriber
from newsletter.subscribers.subscriber import Subscriber, SubscriberId


class DigestWork(PaperWork):
    """What an installation can do with digests."""

    def preview(self, reader: Subscriber, edition_on: date) -> Digest:
        """Return the frozen digest of a reader, or what they would get if there is none yet."""
        frozen = self.load_digest(reader.id, edition_on)
        return frozen or self.show(
            preview_digest(self.desk, reader, edition_on, missing_count=self.count_missing(edition_on))
        )

    def load_digest(self, subscriber_id: int, edition_on: date) -> Digest | None:
        """Return a reader's frozen digest of a day with all its papers, or None."""
        return self._load(digests.find_row, subscriber_id, edition_on)

    def load_trending(self, subscriber_id: int, edition_on: date) -> Digest | None:
        """Return the trending papers that a reader got in a mail of their own, or None."""
        return self._load(digests.find_trending_row, subscriber_id, edition_on)

    def preview_message(self, reader: Subscriber, digest: Digest) -> bytes:
        """Return the MIME message that would carry this digest."""
        occasion = f"preview-{digest.edition_on}"
        message_id = self.message_id(reader.id, Message.DIGEST, occasion, 0)
        return write_digest(self.letterhead, self.renderer, reader, digest, message_id=message_id, date=self.clock())

    def compose(self, edition_on: date, on_progress: TextProgress | None = None) -> Composition:
        """Give every confirmed reader who has none yet their digest and delivery; raises NotFoundError.

        Those who want trending papers in a mail of their own get that, too.
        """
        composition = compose_edition(
            self.desk,
            edition_on,
            message_id=self.message_id,
            missing_count=self.count_missing(edition_on),
            on_progress=on_progress,
        )
        trending.compose_trending(self.desk, edition_on, message_id=self.message_id)
        return composition

    def compose_notices(self) -> int:
        """Queue the mails that say why there is no list today, once it is known; returns how many are new."""
        return notice.compose_notices(self.desk, message_id=self.message_id)

    def _load(
        self, find: Callable[[Session, int, date], DigestRow | None], subscriber_id: int, edition_on: date
    ) -> Digest | None:
        with reading(self.database) as session:
            row = find(session, subscriber_id, edition_on)
            if row is None:
                return None
            frozen = thaw(row, get_subscriber(session, SubscriberId(subscriber_id)).token_version)
        return self.show(frozen)
