"""Work on deliveries: dispatch, sweep, count."""

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property

from sqlmodel import Session

from newsletter.db.engine import reading, transaction
from newsletter.deliveries import store as deliveries
from newsletter.deliveries.building import OutgoingMessage
from newsletter.deliveries.channels import Channels
from newsletter.deliveries.channels.survey import try_again_now
from newsletter.deliveries.dispatch import DispatchReport, dispatch
from newsletter.deliveries.feedback.hear import hear_refusal
from newsletter.deliveries.letters import build_messages
from newsletter.deliveries.messages import Message
from newsletter.deliveries.states import DeliveryState, parse_uncertain_policy
from newsletter.deliveries.store import Claimed
from newsletter.deliveries.sweep import SweepReport, sweep
from newsletter.deliveries.uncertain import Fate, UncertainMail, list_uncertain, settle, settle_all
from newsletter.digests.stock import Stock
from newsletter.editions import store as editions
from newsletter.editions.day import Progress
from newsletter.embedded.inbox import find_by_message_id
from newsletter.mail.exchangers import open_exchangers
from newsletter.mail.smtp import SmtpReply, SmtpTransport
from newsletter.operators.audit import Note, no_note
from newsletter.runtime.parts import BULK_QUEUE, TASK_DISPATCH
from newsletter.runtime.readers import ReaderWork
from newsletter.runtime.turns import Turns

TURN_SECONDS = 20.0
"""How long a worker sends before it looks what else there is to do."""
_stop = threading.Event()
_turns = Turns()


def stop_dispatching() -> None:
    """Let every dispatch of this process end its current message and give the rest back."""
    _stop.set()


class DeliveryWork(ReaderWork):
    """What an installation can do with deliveries."""

    def dispatch(
        self,
        *,
        ids: Sequence[int] | None = None,
        edition_on: date | None = None,
        ignoring_due: bool = False,
        on_progress: Progress | None = None,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> DispatchReport:
        """Send what is open: these deliveries, or those of an edition; `ignoring_due` when somebody sends by hand."""
        if ignoring_due:
            with transaction(self.database) as session:
                try_again_now(session, self.accounts, at=self.clock())
        return dispatch(
            self.database,
            self.open_channels,
            self._build,
            now=self.clock,
            ids=ids,
            edition_on=edition_on,
            ignoring_due=ignoring_due,
            limit=self.settings.dispatch_batch,
            lease_seconds=self.settings.lease_seconds,
            should_stop=_stop.is_set,
            may_go_on=may_go_on,
            on_progress=on_progress,
            hear_refusal=self._hear_refusal,
        )

    def open_channels(self, owner: str) -> Channels:
        """Return the ways out for one dispatch run."""
        tls = ssl.create_default_context()  # it reads every certificate of the machine: once for all connections
        return Channels(
            self.database,
            self.accounts,
            now=self.clock,
            owner=owner,
            transport_for=lambda account: SmtpTransport(account.server, tls_context=tls),
            connections=self.settings.smtp_connections,
            destinations=open_exchangers(
                self.database, now=self.clock, is_asking=self.settings.mx_lookup, server=self.settings.dns_server
            ),
        )

    def sweep(self) -> SweepReport:
        """Take back deliveries whose worker died."""
        return sweep(
            self.database,
            now=self.clock,
            was_received=self._was_received if self.settings.uses_inbox else None,
            retry_uncertain_after=parse_uncertain_policy(self.settings.uncertain),
        )

    def count_states(self, edition_on: date, *, message: Message = Message.DIGEST) -> Mapping[str, int]:
        """Return how many readers of an edition are in each state, by their latest delivery; raises NotFoundError.

        Trending papers in mails of their own (`Message.TRENDING`) need no edition.
        """
        with reading(self.database) as session:
            if message is Message.DIGEST:
                editions.get_edition(session, edition_on)
            found = deliveries.count_states(session, edition_on, message=message)
        return {state.value: found.get(state, 0) for state in DeliveryState}

    def count_skips(self, edition_on: date, *, message: Message = Message.DIGEST) -> Mapping[str, int]:
        """Return how many readers of an edition were skipped for each reason."""
        with reading(self.database) as session:
            return deliveries.count_skips(session, edition_on, message=message)

    def list_uncertain(self, edition_on: date | None = None) -> list[UncertainMail]:
        """Return the mails that may have arrived, of one day or of all."""
        with reading(self.database) as session:
            return list_uncertain(session, edition_on)

    def settle(
        self, email: str, edition_on: date, fate: Fate, *, message: Message = Message.DIGEST, note: Note = no_note
    ) -> DeliveryState:
        """Settle a reader's uncertain mail as an operator decides; raises NotFoundError, or ConflictError if none is."""
        reader, at = self.get_reader(email), self.clock()
        with transaction(self.database) as session:
            settled = settle(session, reader.id, edition_on, fate, message=message, at=at)
            note(session)
        if fate is Fate.ARRIVED:
            return DeliveryState.ACCEPTED
        self.wake(TASK_DISPATCH, settled)
        return DeliveryState.QUEUED

    def settle_all(self, delivery_ids: Sequence[int], fate: Fate, *, note: Note = no_note) -> int:
        """Settle those of these deliveries that are uncertain, as an operator decides; returns how many."""
        with transaction(self.database) as session:
            settled = settle_all(session, delivery_ids, fate, at=self.clock())
            if settled:
                note(session)
        if settled and fate is Fate.LOST:
            self.wake_dispatch()
        return settled

    def count_due(self, edition_on: date, *, ignoring_due: bool = False) -> int:
        """Return how many deliveries of an edition are being sent, or could be now."""
        now = self.clock()
        with reading(self.database) as session:
            waiting = deliveries.count_open(session, now=now, edition_on=edition_on, ignoring_due=ignoring_due)
            return waiting + deliveries.count_states(session, edition_on).get(DeliveryState.SENDING, 0)

    def wake_dispatch(self) -> int:
        """Wake workers for what is due now; returns how many.

        What they are to send they find in the database: the calls are as few for ten million readers as for ten thousand.
        """
        now, batch, tasks = self.clock(), self.settings.dispatch_batch, self.settings.dispatch_tasks
        with reading(self.database) as session:
            due = deliveries.count_open(session, now=now, limit=batch * tasks)
            busy = deliveries.count_lanes(session, now=now)
        wanted = max(0, min(-(-due // batch), tasks - busy))
        for _ in range(wanted):
            self.wake(TASK_DISPATCH, queue=BULK_QUEUE)
        return wanted

    def take_turn(self, passes: int = 0) -> DispatchReport | None:
        """Send what is due for some seconds, and have it gone on with if that was not enough.

        None when the call, which came after so many passes, was passed on to another process (see `turns`).
        """
        with _turns.take(passes) as is_ours:
            if not is_ours and self.wake(TASK_DISPATCH, None, passes + 1, queue=BULK_QUEUE):
                return None
            until = time.monotonic() + TURN_SECONDS
            report = self.dispatch(may_go_on=lambda: time.monotonic() < until)
        if time.monotonic() >= until and not _stop.is_set():
            self.wake(TASK_DISPATCH, queue=BULK_QUEUE)
        return report

    @cached_property
    def _stock(self) -> Stock:
        """What digests are made from, kept from batch to batch."""
        return Stock(self.addresses)

    def _hear_refusal(self, session: Session, delivery_id: int, attempt: int, reply: SmtpReply) -> None:
        hear_refusal(session, self.feedback_secrets, delivery_id, attempt, reply, at=self.clock())

    def _was_received(self, message_id: str) -> bool | None:
        return find_by_message_id(self.settings.inbox_folder, message_id)

    def _build(self, claimed: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        with reading(self.database) as session:
            return build_messages(
                session, claimed, self.letterhead, self.renderer, self.addresses, now=self.clock(), stock=self._stock
            )
