"""Conducting a resend: plan it, freeze the plan as a row, queue its deliveries, cancel it.

The plan is stored in one transaction, before the first delivery is queued. Dying on any line after it, or twice at once, leads
to the same end: whoever finds a resend that is not queued whole (the command run again, or beat) goes on with what is left of
its plan, and each delivery is unique on (subscriber, message, occasion, revision).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, SkipReason
from newsletter.deliveries.store import NewDelivery, queue_deliveries
from newsletter.digests import store as digests
from newsletter.editions.compose import READERS_A_TRANSACTION, MessageIdMaker, open_anew
from newsletter.editions.composer import ComposedDigest, Composer
from newsletter.editions.desk import Desk
from newsletter.editions.resend import store
from newsletter.editions.resend.plan import ResendLine, ResendRequest, fingerprint, plan_line
from newsletter.editions.resend.progress import read_progress
from newsletter.editions.resend.store import Planned, Resend
from newsletter.editions.store import get_edition
from newsletter.errors import InputError, NotFoundError
from newsletter.operators.audit import Note, no_note


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """What became of a request: the new resend, None when there is nobody to send to; and what was decided of each reader.

    With `unfinished` nothing was decided: that earlier resend of the same mails must be queued first. With `has_changed`
    nothing was stored: the plan is not the one that was expected.
    """

    resend_id: int | None = None
    lines: Sequence[ResendLine] = ()
    unfinished: int | None = None
    has_changed: bool = False


def plan_resend(desk: Desk, request: ResendRequest) -> list[ResendLine]:
    """Say for each reader what a resend would do and why: the dry run. Raises NotFoundError, InputError."""
    with reading(desk.database) as session:
        return _plan(session, request, _occasion(session, request))


def request_resend(
    desk: Desk, request: ResendRequest, *, by: str, expected: str | None = None, note: Note = no_note
) -> Requested:
    """Plan a resend and store it with its frozen audience and the note about it, in one transaction; `by` says who asks.

    `expected` is the fingerprint of the dry run that somebody agreed to: another plan is not stored.
    Raises NotFoundError for a day without such mails, InputError for mails that cannot be composed anew.
    """
    with transaction(desk.database) as session:
        store.hold_resends(session)
        occasion = _occasion(session, request)
        unfinished = store.list_unfinished(session, message=request.message, occasion=occasion)
        if unfinished:
            return Requested(unfinished=unfinished[0])
        lines = _plan(session, request, occasion)
        if expected is not None and fingerprint(lines) != expected:
            return Requested(lines=lines, has_changed=True)
        if all(line.revision is None for line in lines):
            return Requested(lines=lines)
        resend_id = store.add_resend(session, request, lines, occasion=occasion, at=desk.now(), by=by)
        note(session)
    return Requested(resend_id=resend_id, lines=lines)


def queue_resend(desk: Desk, resend_id: int, *, message_id: MessageIdMaker, missing_count: int | None = 0) -> None:
    """Make the deliveries of a resend that are not there yet; those of a cancelled one are skipped from the start.

    With `is_recomposed` their digests are composed first, `missing_count` papers of the day being known to be missing.
    """
    with reading(desk.database) as session:
        resend = store.get_resend(session, resend_id)
        left = store.list_left(session, resend_id)
    composer: Composer | None = None
    if resend.is_recomposed and resend.cancelled_at is None and left:
        wanted = {planned.subscriber_id for planned in left}
        composer = open_anew(desk, resend.edition_on, wanted, missing_count=missing_count)
    batch = _Batch(desk=desk, resend=resend, composer=composer, message_id=message_id)
    for planned in _chunks(left):
        batch.queue(planned)
    with transaction(desk.database) as session:
        store.finish(session, resend_id, at=desk.now())


def cancel_resend(desk: Desk, resend_id: int, *, by: str, message_id: MessageIdMaker, note: Note = no_note) -> int:
    """Stop a resend and return how many of its mails do not go out: all that are not on the wire.

    Raises NotFoundError. Cancelling twice, or one that is over, changes nothing.
    """
    now = desk.now()
    with transaction(desk.database) as session:
        progress = read_progress(session, resend_id)
        if progress.is_over:
            return 0
        store.cancel(session, resend_id, at=now, by=by)
        note(session)
        skipped = store.take_back(session, resend_id, at=now)
        left = len(store.list_left(session, resend_id))
    if progress.resend.queued_at is None:
        queue_resend(desk, resend_id, message_id=message_id)
    return skipped + left


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What the deliveries of one resend have in common."""

    desk: Desk
    resend: Resend
    composer: Composer | None
    message_id: MessageIdMaker

    def queue(self, planned: Sequence[Planned]) -> None:
        """Store the deliveries of some readers, with their digests where these are new."""
        anew = self._compose(planned)
        with transaction(self.desk.database) as session:
            is_cancelled = store.hold_resend(session, self.resend.id)
            known = store.list_known(session, [item.subscriber_id for item in planned])
            here = [item for item in planned if item.subscriber_id in known]
            if self.resend.is_recomposed and not is_cancelled:
                here = self._freeze(session, [item for item in here if item.subscriber_id in anew], anew)
            reasons = {
                item.subscriber_id: SkipReason.CANCELLED if is_cancelled else _reason_of(anew.get(item.subscriber_id))
                for item in here
            }
            rows = [self._delivery(item, reasons[item.subscriber_id]) for item in here]
            queue_deliveries(session, rows, at=self.desk.now())

    def _compose(self, planned: Sequence[Planned]) -> dict[int, ComposedDigest]:
        if self.composer is None:
            return {}
        found = self.composer.compose([item.subscriber_id for item in planned])
        return {composed.row.subscriber_id: composed for composed in found}

    def _freeze(
        self, session: Session, planned: Sequence[Planned], anew: Mapping[int, ComposedDigest]
    ) -> list[Planned]:
        """Store the new digests beside the frozen ones; a mail that is skipped after all has none."""
        occasions = {
            item.subscriber_id: digests.recomposed_occasion(self.resend.occasion, item.revision) for item in planned
        }
        composed = [anew[item.subscriber_id].row for item in planned if anew[item.subscriber_id].reason is None]
        digests.freeze(session, [replace(row, occasion=occasions[row.subscriber_id]) for row in composed])
        ids: dict[int, int] = {}
        for occasion in set(occasions.values()):
            wanted = [subscriber_id for subscriber_id, own in occasions.items() if own == occasion]
            ids |= digests.list_ids(session, occasion, wanted)
        return [replace(item, digest_id=ids.get(item.subscriber_id)) for item in planned]

    def _delivery(self, planned: Planned, reason: SkipReason | None) -> NewDelivery:
        resend = self.resend
        return NewDelivery(
            subscriber_id=planned.subscriber_id,
            message=resend.message,
            occasion=resend.occasion,
            revision=planned.revision,
            edition_on=resend.edition_on,
            digest_id=planned.digest_id,
            message_id=self.message_id(planned.subscriber_id, resend.message, resend.occasion, planned.revision),
            state=DeliveryState.SKIPPED if reason else DeliveryState.QUEUED,
            reason=reason,
            due_at=resend.requested_at,
            resend_id=resend.id,
        )


def _reason_of(composed: ComposedDigest | None) -> SkipReason | None:
    return None if composed is None else composed.reason


def _plan(session: Session, request: ResendRequest, occasion: str) -> list[ResendLine]:
    message, named = request.message, None if request.to is None else list(request.to)
    candidates = store.list_candidates(
        session, request.edition_on, message=message, occasion=occasion, subscriber_ids=named
    )
    if message is Message.TRENDING and not candidates and named is None:
        raise NotFoundError(f"No mails of trending papers were made for {request.edition_on}.")
    if message is Message.DIGEST or named is not None:  # not everybody wants a mail of trending papers
        candidates += store.list_newcomers(session, message=message, occasion=occasion, subscriber_ids=named)
    return [plan_line(candidate, request) for candidate in sorted(candidates, key=lambda item: item.subscriber_id)]


def _occasion(session: Session, request: ResendRequest) -> str:
    """Return which of the day's mails are meant; raises NotFoundError for an unknown edition."""
    match request.message:
        case Message.DIGEST:
            is_sample = get_edition(session, request.edition_on).is_sample
            return digests.digest_occasion(request.edition_on, is_sample=is_sample)
        case Message.TRENDING:
            if request.is_recomposed:
                raise InputError("Mails of trending papers are sent again as they were; leave out --recompose.")
            return digests.trending_occasion(request.edition_on)
        case other:
            raise InputError(f"A {other} mail cannot be sent again; only digests and trending papers can.")


def _chunks(left: Sequence[Planned]) -> Iterator[Sequence[Planned]]:
    for start in range(0, len(left), READERS_A_TRANSACTION):
        yield left[start : start + READERS_A_TRANSACTION]
