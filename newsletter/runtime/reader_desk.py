"""Work on readers by the people who run the service: find them, read all that is known of one, change, add and export them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.feedback import store as feedback
from newsletter.deliveries.feedback.judge import FORGIVEN_AFTER, POINTS_TO_STOP, score
from newsletter.deliveries.feedback.store import Feedback
from newsletter.deliveries.pausing import take_back
from newsletter.editions.enlist import ImportPlan, import_readers, plan_import
from newsletter.editions.roster import RosterLine, write_roster
from newsletter.editions.story.chronicle_store import find_ends
from newsletter.operators.audit import Note
from newsletter.runtime.parts import BULK_QUEUE, TASK_DISPATCH
from newsletter.runtime.readers import ReaderWork
from newsletter.subscribers import admin_store
from newsletter.subscribers.admin_store import ReaderPage, ReaderSearch, SuppressionPage
from newsletter.subscribers.store import get_subscriber, list_subscribers, set_keywords, set_preferences
from newsletter.subscribers.subscriber import Consent, Preferences, Subscriber, SubscriberId, Subscription
from newsletter.subscribers.suppression import Suppression

READERS_A_PAGE = 50
_READERS_A_CHUNK = 500
_SHOWN_REPORTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderFile:
    """All that is known of a reader beside their mails.

    `points` are what counts against the address now, of `points_to_stop`; `is_erased` when nothing of who they were is left.
    """

    reader: Subscriber
    unsubscribed_at: datetime | None
    suppression: Suppression | None
    reports: Sequence[Feedback]
    points: float
    points_to_stop: float = POINTS_TO_STOP

    @property
    def is_erased(self) -> bool:
        return not self.reader.email


class ReaderDeskWork(ReaderWork):
    """What operators can do with readers."""

    def search_readers(
        self, search: ReaderSearch, *, before: int | None = None, is_suppressed: bool | None = None
    ) -> ReaderPage:
        """Return a page of readers, the newest first."""
        with reading(self.database) as session:
            return admin_store.search_readers(
                session, search, limit=READERS_A_PAGE, before=before, is_suppressed=is_suppressed
            )

    def count_readers(self) -> dict[Consent, int]:
        """Return how many readers have given each consent."""
        with reading(self.database) as session:
            return admin_store.count_by_consent(session)

    def open_reader(self, reader_id: int) -> ReaderFile:
        """Return all that is known of a reader; raises NotFoundError, also for the address of an operator."""
        with reading(self.database) as session:
            reader = get_subscriber(session, SubscriberId(reader_id))
            lifted_at = feedback.find_lifted_at(session, reader.id)
            since = max(filter(None, (lifted_at, self.clock() - FORGIVEN_AFTER)))
            return ReaderFile(
                reader=reader,
                unsubscribed_at=find_ends(session, reader.id)[0],
                suppression=admin_store.find_suppression(session, reader.email, self.tokens) if reader.email else None,
                reports=feedback.list_of_reader(session, reader.id, limit=_SHOWN_REPORTS),
                points=score(feedback.list_points(session, reader.id, since=since), at=self.clock()),
            )

    def edit_reader(
        self,
        reader: Subscriber,
        *,
        name: str,
        subscriptions: Sequence[Subscription],
        preferences: Preferences,
        note: Note,
    ) -> None:
        """Replace a reader's name, keywords and choices, all or nothing; a pause takes back what waits. Raises InputError."""
        with transaction(self.database) as session:
            admin_store.set_name(session, reader.id, name)
            set_keywords(session, reader.id, subscriptions)
            set_preferences(session, reader.id, preferences)
            if preferences.paused_until is not None:
                take_back(session, reader.id, until=preferences.paused_until, at=self.clock())
            note(session)

    def plan_import(self, lines: Sequence[RosterLine]) -> ImportPlan:
        """Say what an import would do, line by line."""
        return plan_import(self.desk, lines)

    def import_readers(
        self, lines: Sequence[RosterLine], *, expected: str, proof: str, note: Callable[[Sequence[RosterLine]], Note]
    ) -> int:
        """Add readers as their plan promised, some hundreds at a time; returns how many. Raises InputError, ConflictError."""
        number, deliveries = import_readers(
            self.desk, lines, expected=expected, proof=proof, message_id=self.message_id, note=note
        )
        if deliveries:
            self.wake(TASK_DISPATCH, queue=BULK_QUEUE)
        return number

    def export_readers(self, search: ReaderSearch, *, note: Note) -> Iterator[str]:
        """Write the readers of a search as CSV, some hundreds at a time; who takes them along is written down first."""
        with transaction(self.database) as session:
            note(session)
        return self._write_readers(search)

    def search_suppressions(self, words: str, *, reason: str = "", after: str | None = None) -> SuppressionPage:
        """Return a page of stopped addresses, the latest first."""
        with reading(self.database) as session:
            return admin_store.search_suppressions(
                session, words, self.tokens, limit=READERS_A_PAGE, reason=reason, after=after
            )

    def count_suppressions(self) -> dict[str, int]:
        """Return how many addresses are stopped for each reason."""
        with reading(self.database) as session:
            return admin_store.count_suppressions(session)

    def _write_readers(self, search: ReaderSearch) -> Iterator[str]:
        after, is_first = 0, True
        while True:
            with reading(self.database) as session:
                ids = admin_store.list_ids(session, search, after=after, limit=_READERS_A_CHUNK)
                readers = list_subscribers(session, ids=ids) if ids else []
            if not readers and not is_first:
                return
            yield write_roster(readers, with_head=is_first)
            if len(ids) < _READERS_A_CHUNK:
                return
            after, is_first = ids[-1], False
