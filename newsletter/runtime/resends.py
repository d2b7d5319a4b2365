"""Work on resends: a day sent again to those who should get it."""

from collections.abc import Sequence
from datetime import date

from newsletter.db.engine import reading
from newsletter.deliveries.messages import Message
from newsletter.editions.resend import store
from newsletter.editions.resend.conduct import Requested, cancel_resend, plan_resend, queue_resend, request_resend
from newsletter.editions.resend.plan import ResendLine, ResendRequest
from newsletter.editions.resend.progress import ResendProgress, list_progress, read_progress
from newsletter.editions.resend.store import TroubledMail
from newsletter.operators.audit import Note, no_note
from newsletter.runtime.deliveries import DeliveryWork
from newsletter.runtime.digests import DigestWork
from newsletter.runtime.parts import TASK_RESEND

MOST_TROUBLES = 50


class ResendWork(DigestWork, DeliveryWork):
    """What an installation can do to send a day again."""

    def resend_request(
        self,
        edition_on: date,
        *,
        to: Sequence[str] | None = None,
        only_missing: bool = False,
        only_failed: bool = False,
        again: bool = False,
        is_recomposed: bool = False,
        message: Message = Message.DIGEST,
    ) -> ResendRequest:
        """Return what is asked for, the readers by their addresses; raises NotFoundError for an unknown address."""
        return ResendRequest(
            edition_on=edition_on,
            message=message,
            to=None if to is None else [self.get_reader(email).id for email in to],
            only_missing=only_missing,
            only_failed=only_failed,
            again=again,
            is_recomposed=is_recomposed,
        )

    def plan_resend(self, request: ResendRequest) -> list[ResendLine]:
        """Say who would get a day again, who would not, and why."""
        return plan_resend(self.desk, request)

    def resend(self, request: ResendRequest, *, by: str, note: Note = no_note) -> Requested:
        """Queue a day's mails once more, after what an earlier resend of them has left to queue."""
        while (requested := request_resend(self.desk, request, by=by, note=note)).unfinished is not None:
            self.queue_resend(requested.unfinished)
        if requested.resend_id is not None:
            self.queue_resend(requested.resend_id)
        return requested

    def hand_over_resend(self, request: ResendRequest, *, by: str, expected: str, note: Note = no_note) -> Requested:
        """Store a resend as its dry run promised and leave its queueing to a worker.

        An earlier one that is not queued yet is handed over instead.
        """
        requested = request_resend(self.desk, request, by=by, expected=expected, note=note)
        resend_id = requested.unfinished or requested.resend_id
        if resend_id is not None:
            self.wake(TASK_RESEND, resend_id)
        return requested

    def queue_resend(self, resend_id: int) -> None:
        """Make the deliveries of a resend that are not there yet."""
        with reading(self.database) as session:
            resend = store.get_resend(session, resend_id)
        missing_count = self.count_missing(resend.edition_on) if resend.is_recomposed else 0
        queue_resend(self.desk, resend_id, message_id=self.message_id, missing_count=missing_count)

    def follow_resend(self, resend_id: int) -> None:
        """Queue what a resend has left to queue, and hand it to the workers at once."""
        self.queue_resend(resend_id)
        self.wake_dispatch()

    def wake_resends(self) -> int:
        """Wake a worker for every resend that is not queued whole, since whoever began it died; returns how many."""
        with reading(self.database) as session:
            unfinished = store.list_unfinished(session)
        for resend_id in unfinished:
            self.wake(TASK_RESEND, resend_id)
        return len(unfinished)

    def cancel_resend(self, resend_id: int, *, by: str, note: Note = no_note) -> int:
        """Stop a resend and return how many of its mails do not go out; raises NotFoundError."""
        return cancel_resend(self.desk, resend_id, by=by, message_id=self.message_id, note=note)

    def resend_progress(self, resend_id: int) -> ResendProgress:
        """Return how far a resend is; raises NotFoundError."""
        with reading(self.database) as session:
            return read_progress(session, resend_id)

    def list_resend_troubles(self, resend_id: int) -> list[TroubledMail]:
        """Return those of a resend's mails that did not go as they should, the first ones."""
        with reading(self.database) as session:
            return store.list_troubled(session, resend_id, limit=MOST_TROUBLES)

    def list_resends(self, edition_on: date | None = None) -> list[ResendProgress]:
        """Return how far the newest resends are, of one day or of all, newest first."""
        with reading(self.database) as session:
            return list_progress(session, edition_on=edition_on)
