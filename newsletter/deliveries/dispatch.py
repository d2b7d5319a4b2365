"""Sending what is due: claim a batch, build its messages, hand each to the relay, record what became of it.

What survives a death on any line: before the phase mark the row is `sending` without a mark and the sweep queues it again;
between mark and record it has a mark and becomes `uncertain`; after the record there is nothing to do.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from newsletter.clock import Clock
from newsletter.db.engine import transaction
from newsletter.deliveries.claims import claim_batch, mark, record, release, renew
from newsletter.deliveries.lease import this_owner
from newsletter.deliveries.states import (
    DeliveryState,
    Verdict,
    is_about_us,
    judge_reply,
    judge_unbuilt,
    pause_after,
    target_of,
)
from newsletter.deliveries.store import Claimed
from newsletter.errors import ConflictError, OutsideError, TransportError
from newsletter.mail.connect import without_addresses
from newsletter.mail.smtp import Outcome, SmtpReply

log = structlog.get_logger(__name__)

_BUILT_AT_ONCE = 50  # messages in memory: 50 of 100 KB
_ANSWER_LEASE = timedelta(minutes=11)  # the answer to the final dot may take ten; nobody may call us dead before
_RECORD_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0)
_POLICY_REFUSALS = 5
_POLICY_PAUSE_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One MIME message with its envelope."""

    sender: str
    recipient: str
    message: bytes


Builder = Callable[[Sequence[Claimed]], Mapping[int, OutgoingMessage | Exception]]
"""Returns for each delivery its message, or why it cannot be built."""


class Transport(Protocol):
    """What hands a message over; see `SmtpTransport.send`."""

    def send(
        self, sender: str, recipient: str, message: bytes, *, before_final_dot: Callable[[], None]
    ) -> SmtpReply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """What one dispatch did. `released` went back to the queue unsent; `problem` says what stopped it, None if nothing did."""

    accepted: int
    deferred: int
    failed: int
    uncertain: int
    skipped: int
    released: int
    problem: str | None


def dispatch(
    database: Engine,
    transport: Transport,
    build: Builder,
    *,
    now: Clock,
    owner: str | None = None,
    ids: Sequence[int] | None = None,
    edition_on: date | None = None,
    ignoring_due: bool = False,
    limit: int = 500,
    lease_seconds: float = 300.0,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int], None] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> DispatchReport:
    """Send what may go out now, of these ids or this edition if given, batch after batch of at most `limit`.

    It ends when nothing is left to claim, when `should_stop` says so (the current message is finished, the rest of the batch
    goes back), or when the relay cannot be used (everything goes back, to be tried after a while; see `problem`). `owner`
    must be new for every call (`lease.this_owner`); `on_progress` is told 1 after each delivery; `pause` waits some seconds
    before an outcome that could not be written is written again. A database that stays out of reach raises
    OperationalError; what was accepted but not recorded keeps its mark and becomes `uncertain`.
    """
    run = _Run(
        database=database,
        transport=transport,
        build=build,
        now=now,
        owner=owner or this_owner(),
        lease=timedelta(seconds=lease_seconds),
        should_stop=should_stop,
        on_progress=on_progress or (lambda _: None),
        pause=pause,
    )
    while not run.must_end() and run.claim(ids=ids, edition_on=edition_on, ignoring_due=ignoring_due, limit=limit):
        run.work()
    report = run.report()
    log.info("deliveries_dispatched", **{name: getattr(report, name) for name in report.__slots__ if name != "problem"})
    return report


class _NotMarkedError(Exception):
    """The dot must not be sent: the lease was taken from us, or the reader has left."""


@dataclass(slots=True, kw_only=True)
class _Run:
    """One dispatch under way. `hand` holds what is claimed and not settled yet."""

    database: Engine
    transport: Transport
    build: Builder
    now: Clock
    owner: str
    lease: timedelta
    should_stop: Callable[[], bool]
    on_progress: Callable[[int], None]
    pause: Callable[[float], None]
    hand: dict[int, Claimed] = field(default_factory=dict)
    lease_until: datetime | None = None
    tally: Counter[DeliveryState] = field(default_factory=Counter)
    problem: str | None = None
    is_stopped: bool = False
    policy_refusals: int = 0

    def must_end(self) -> bool:
        self.is_stopped = self.is_stopped or self.should_stop()
        return self.is_stopped or self.problem is not None

    def claim(self, *, ids: Sequence[int] | None, edition_on: date | None, ignoring_due: bool, limit: int) -> bool:
        """Take the next batch; False when there was nothing to take."""
        at = self.now()
        self.lease_until = at + self.lease
        with transaction(self.database) as session:
            batch = claim_batch(
                session,
                now=at,
                owner=self.owner,
                lease_until=self.lease_until,
                limit=limit,
                ids=ids,
                edition_on=edition_on,
                ignoring_due=ignoring_due,
            )
        self.hand = {claimed.id: claimed for claimed in batch.claimed}
        self.tally[DeliveryState.SKIPPED] += batch.skipped
        return bool(self.hand or batch.skipped)

    def work(self) -> None:
        """Send the batch in hand; whatever happens, what was not sent goes back to the queue."""
        rest_after: timedelta | None = None
        try:
            for chunk in _chunks(list(self.hand.values()), _BUILT_AT_ONCE):
                if self.must_end():
                    break
                self._send_chunk(chunk)
        except TransportError as error:
            self.problem = str(error)
            waited = self.now() - min(claimed.due_at for claimed in self.hand.values()) if self.hand else timedelta(0)
            rest_after = max(pause_after(waited), timedelta(seconds=error.retry_after_seconds or 0))
            log.warning("relay_unusable", problem=self.problem, in_hand=len(self.hand))
        finally:
            self._give_back(rest_after)

    def report(self) -> DispatchReport:
        return DispatchReport(
            accepted=self.tally[DeliveryState.ACCEPTED],
            deferred=self.tally[DeliveryState.DEFERRED],
            failed=self.tally[DeliveryState.FAILED],
            uncertain=self.tally[DeliveryState.UNCERTAIN],
            skipped=self.tally[DeliveryState.SKIPPED],
            released=self.tally[DeliveryState.QUEUED],
            problem=self.problem,
        )

    def _send_chunk(self, chunk: Sequence[Claimed]) -> None:
        built = self._built(chunk)
        for claimed in chunk:
            if self.must_end():
                return
            self._renew_if_needed()
            if claimed.id in self.hand:
                self._send(claimed, built.get(claimed.id))
                self.on_progress(1)

    def _built(self, chunk: Sequence[Claimed]) -> Mapping[int, OutgoingMessage | Exception]:
        try:
            return self.build(chunk)
        except (OutsideError, SQLAlchemyError):
            raise  # no single letter is at fault
        except Exception as error:  # noqa: BLE001  one letter that cannot be built must not hold up the others
            if len(chunk) == 1:
                return {chunk[0].id: error}
            log.warning("batch_not_built", error=type(error).__name__, deliveries=len(chunk))
            return {key: value for claimed in chunk for key, value in self._built([claimed]).items()}

    def _renew_if_needed(self) -> None:
        at = self.now()
        if self.lease_until is not None and at <= self.lease_until - self.lease / 2:
            return
        self.lease_until = at + self.lease
        with transaction(self.database) as session:
            kept = renew(session, list(self.hand), self.owner, lease_until=self.lease_until)
        if len(kept) < len(self.hand):
            log.warning("leases_lost", deliveries=len(self.hand) - len(kept))
        self.hand = {key: claimed for key, claimed in self.hand.items() if key in kept}

    def _send(self, claimed: Claimed, outgoing: OutgoingMessage | Exception | None) -> None:
        started_at = self.now()
        if isinstance(outgoing, OutgoingMessage):
            try:
                reply = self.transport.send(
                    outgoing.sender,
                    outgoing.recipient,
                    outgoing.message,
                    before_final_dot=lambda: self._mark(claimed.id),
                )
            except _NotMarkedError:
                log.info("delivery_cut_short", delivery_id=claimed.id)
                return  # if it is still ours it goes back with the rest; the next claim sees why it was refused
        else:
            reply = judge_unbuilt(outgoing, attempt_count=claimed.attempt_count + 1)
        self._settle(claimed, reply, started_at)

    def _mark(self, delivery_id: int) -> None:
        at = self.now()
        lease_until = at + max(self.lease, _ANSWER_LEASE)
        with transaction(self.database) as session:
            is_marked = mark(session, delivery_id, self.owner, at=at, lease_until=lease_until)
        if not is_marked:
            raise _NotMarkedError

    def _settle(self, claimed: Claimed, reply: SmtpReply, started_at: datetime) -> None:
        del self.hand[claimed.id]
        verdict = judge_reply(
            reply,
            attempt_count=claimed.attempt_count + 1,
            first_attempt_at=claimed.first_attempt_at or started_at,
            now=self.now(),
        )
        try:
            self._record(claimed.id, reply, verdict, started_at)
        except ConflictError:
            log.warning("delivery_outcome_unrecorded", delivery_id=claimed.id, outcome=reply.outcome, phase=reply.phase)
            return
        self.tally[target_of(verdict.event)] += 1
        if reply.outcome is not Outcome.ACCEPTED:
            log.info(
                "delivery_not_accepted",
                delivery_id=claimed.id,
                outcome=reply.outcome,
                phase=reply.phase,
                code=reply.code,
                enhanced_code=reply.enhanced_code,
            )
        self._watch_policy(reply)

    def _record(self, delivery_id: int, reply: SmtpReply, verdict: Verdict, started_at: datetime) -> None:
        """Write the outcome; a full disk or a lost database is given some seconds to come back."""
        for seconds in (*_RECORD_PAUSES_SECONDS, None):
            try:
                with transaction(self.database) as session:
                    record(session, delivery_id, self.owner, reply, verdict, started_at=started_at, at=self.now())
            except OperationalError as error:
                log.warning("delivery_outcome_not_written", delivery_id=delivery_id, error=str(error.orig))
                if seconds is None:
                    raise
                self.pause(seconds)
            else:
                return

    def _watch_policy(self, reply: SmtpReply) -> None:
        """Stop the channel when the relay turns us away for what we are: every further reader would be refused too."""
        self.policy_refusals = self.policy_refusals + 1 if is_about_us(reply) else 0
        if self.policy_refusals >= _POLICY_REFUSALS:
            raise TransportError(
                f"{reply.server} refused {self.policy_refusals} mails in a row for reasons of policy ({reply.code} "
                f"{without_addresses(reply.text)}). Check the sender address, SPF, DKIM and the relay's limits; the "
                "rest waits.",
                retryable=True,
                retry_after_seconds=_POLICY_PAUSE_SECONDS,
            )

    def _give_back(self, rest_after: timedelta | None) -> None:
        if not self.hand:
            return
        at = self.now()
        next_attempt_at = at + rest_after if rest_after is not None else None
        with transaction(self.database) as session:
            self.tally[DeliveryState.QUEUED] += release(
                session, list(self.hand), self.owner, at=at, next_attempt_at=next_attempt_at, reason=self.problem
            )
        self.hand = {}


def _chunks(batch: Sequence[Claimed], size: int) -> Iterator[Sequence[Claimed]]:
    for start in range(0, len(batch), size):
        yield batch[start : start + size]
