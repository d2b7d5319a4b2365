"""Work that readers do on their own pages: their choices, their past, their data, and leaving for good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.export import export_reader
from newsletter.deliveries.feedback.by_hand import erase
from newsletter.deliveries.history import PastMail, list_history
from newsletter.deliveries.pausing import take_back
from newsletter.digests.digest import Digest
from newsletter.editions.compose import preview_digest
from newsletter.editions.mornings import Mornings
from newsletter.runtime.digests import DigestWork
from newsletter.subscribers.store import set_keywords, set_preferences
from newsletter.subscribers.subscriber import Preferences, Subscriber, Subscription


class OwnWork(DigestWork):
    """What a reader can do, or have done, with what is theirs."""

    def save_choices(self, reader: Subscriber, subscriptions: Sequence[Subscription], preferences: Preferences) -> None:
        """Replace a reader's keywords and choices, all or nothing; a pause takes back what waits. Raises InputError."""
        with transaction(self.database) as session:
            set_keywords(session, reader.id, subscriptions)
            set_preferences(session, reader.id, preferences)
            if preferences.paused_until is not None:
                take_back(session, reader.id, until=preferences.paused_until, at=self.clock())

    def pause(self, reader: Subscriber, until: date | None) -> int:
        """Let no mail of an edition before a day come, or (None) let it come again; returns how many waiting mails end.

        Papers of a paused day are in the reader's history and come with no later mail.
        """
        with transaction(self.database) as session:
            set_preferences(session, reader.id, replace(reader.preferences, paused_until=until))
            return 0 if until is None else take_back(session, reader.id, until=until, at=self.clock())

    def list_history(self, reader: Subscriber, *, limit: int, before: date | None = None) -> list[PastMail]:
        """Return what became of a reader's mails, the newest edition first."""
        with reading(self.database) as session:
            return list_history(session, reader.id, limit=limit, before=before)

    def export_reader(self, reader: Subscriber) -> dict[str, Any]:
        """Return all that is held about a reader, as JSON values."""
        with reading(self.database) as session:
            return export_reader(session, reader.id, at=self.clock())

    def forget(self, reader: Subscriber) -> None:
        """Erase whose the reader's row is, as `newsletter erase` does; every link of theirs ends."""
        with transaction(self.database) as session:
            erase(session, self.tokens, reader.email, at=self.clock())

    def preview_choices(self, reader: Subscriber) -> Digest | None:
        """Return what the newest edition would bring with the choices as they stand now; None before the first one.

        Nothing is stored and nobody is asked for a translation: what is not translated yet is shown in English.
        """
        edition_on = self.newest_edition()
        if edition_on is None:
            return None
        desk = replace(self.desk, translators=())
        missing_count, morning = self.count_missing(edition_on), self._mornings.load(desk, edition_on)
        return self.show(preview_digest(desk, reader, edition_on, missing_count=missing_count, morning=morning))

    @cached_property
    def _mornings(self) -> Mornings:
        return Mornings()
