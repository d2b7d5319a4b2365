"""Sending what is due: claim a batch, build its messages, hand each to the relay, record what became of it.

What survives a death on any line: before the phase mark the row is `sending` without a mark and the sweep queues it again;
between mark and record it has a mark and becomes `uncertain`; after the record there is nothing to do. Some messages go
out side by side, and are marked and recorded together (see `flight`). No transaction is open while anybody speaks SMTP.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Engine

from newsletter.clock import Clock
from newsletter.db.engine import single, transaction
from newsletter.deliveries.building import Builder, OutgoingMessage, build_each
from newsletter.deliveries.channels import Channels, Wait
from newsletter.deliveries.claims import claim_batch, mark, release, renew
from newsletter.deliveries.flight import Flight, fly
from newsletter.deliveries.lease import break_off, this_owner
from newsletter.deliveries.outcomes import Attempted, HearRefusal, Recorder
from newsletter.deliveries.states import DeliveryState, judge_unbuilt
from newsletter.deliveries.store import Claimed
from newsletter.errors import TransportError
from newsletter.mail.smtp import SmtpReply

log = structlog.get_logger(__name__)

_BUILT_AT_ONCE = 100  # messages in memory: 100 of 100 KB, five volleys of twenty
_ANSWER_LEASE = timedelta(minutes=11)  # the answer to the final dot may take ten; nobody may call us dead before


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """What one dispatch did. `released` went back to the queue unsent; `problem` says what held mail up, None if nothing."""

    accepted: int
    deferred: int
    failed: int
    uncertain: int
    skipped: int
    released: int
    problem: str | None


def dispatch(
    database: Engine,
    channels_for: Callable[[str], Channels],
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
    may_go_on: Callable[[], bool] = lambda: True,
    on_progress: Callable[[int], None] | None = None,
    pause: Callable[[float], None] = time.sleep,
    hear_refusal: HearRefusal | None = None,
) -> DispatchReport:
    """Send what may go out now, of these ids or this edition if given, batch after batch of at most `limit`.

    It ends when nothing is left to claim, when `may_go_on`, asked after each batch, says no, when `should_stop` says so (what
    is on the wire is finished, the rest of the batch goes back), or when no relay can be used (everything goes back, to be
    tried after a while; see `problem`).
    `channels_for` opens the ways out for an owner, who must be new for every call (`lease.this_owner`); `on_progress` is told
    1 after each delivery; `pause` waits some seconds, for a turn or before an outcome that could not be written is written
    again; `hear_refusal` as in `Recorder`. A database that stays out of reach raises OperationalError; what was accepted but
    not recorded keeps its mark and becomes `uncertain`.
    """
    owner = owner or this_owner()
    try:
        with channels_for(owner) as channels:
            run = _Run(
                database=database,
                channels=channels,
                build=build,
                now=now,
                owner=owner,
                lease=timedelta(seconds=lease_seconds),
                should_stop=should_stop,
                on_progress=on_progress or (lambda _: None),
                pause=pause,
                recorder=Recorder(database=database, owner=owner, now=now, pause=pause, hear_refusal=hear_refusal),
            )
            while not run.must_end() and run.claim(
                ids=ids, edition_on=edition_on, ignoring_due=ignoring_due, limit=limit
            ):
                run.work(is_last=ignoring_due)
                if not may_go_on():
                    break
    except BaseException:
        break_off(owner)  # what could not be given back, since the database is away, need not wait for the lease to end
        raise
    report = run.report()
    log.info("deliveries_dispatched", **{name: getattr(report, name) for name in report.__slots__ if name != "problem"})
    return report


@dataclass(slots=True, kw_only=True)
class _Run:
    """One dispatch under way.

    `hand` holds what is claimed and not settled yet, `waits` what of it cannot go out now, and until when.
    """

    database: Engine
    channels: Channels
    build: Builder
    now: Clock
    owner: str
    lease: timedelta
    should_stop: Callable[[], bool]
    on_progress: Callable[[int], None]
    pause: Callable[[float], None]
    recorder: Recorder
    hand: dict[int, Claimed] = field(default_factory=dict)
    waits: dict[int, Wait] = field(default_factory=dict)
    lease_until: datetime | None = None
    tally: Counter[DeliveryState] = field(default_factory=Counter)
    problem: str | None = None
    is_stopped: bool = False

    def must_end(self) -> bool:
        self.is_stopped = self.is_stopped or self.should_stop()
        return self.is_stopped

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

    def work(self, *, is_last: bool) -> None:
        """Send the batch in hand; whatever happens, what was not sent goes back to the queue.

        `is_last` if the next claim would take again what had to wait.
        """
        try:
            for chunk in _chunks(list(self.hand.values()), _BUILT_AT_ONCE):
                if self.must_end():
                    break
                self._send_chunk(chunk)
        finally:
            self.is_stopped |= is_last and bool(self.waits) and len(self.waits) == len(self.hand)
            self._give_back()

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
        self.channels.prepare({claimed.email for claimed in chunk})
        built = build_each(self.build, chunk)
        self._settle_unbuilt(
            [claimed for claimed in chunk if not isinstance(built.get(claimed.id), OutgoingMessage)], built
        )
        waiting = {
            claimed.id: (claimed, outgoing)
            for claimed in chunk
            if isinstance(outgoing := built.get(claimed.id), OutgoingMessage)
        }
        while waiting and not self.must_end():
            self._renew_if_needed()
            waiting = {key: value for key, value in waiting.items() if key in self.hand}
            for delivery_id in self._send_volley(list(waiting.values())):
                del waiting[delivery_id]
                self.on_progress(1)

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

    def _send_volley(self, waiting: Sequence[tuple[Claimed, OutgoingMessage]]) -> set[int]:
        """Send as many as may go at once and return those of which there is nothing more to do now."""
        ways = self.channels.gather([outgoing.recipient for _, outgoing in waiting], pause=self.pause)
        flights, done = [], set()
        for (claimed, outgoing), way in zip(waiting, ways, strict=False):
            if isinstance(way, Wait):
                self._put_off(claimed.id, way)
                done.add(claimed.id)
            elif way is not None:
                flight = Flight(claimed=claimed, outgoing=outgoing, channel=way, started_at=self.now())
                flights.append(flight)
        fly(flights, mark=self._mark, land=self._land)
        # whose account cannot be used goes by the next one
        return done | {one.claimed.id for one in flights if not isinstance(one.result, TransportError)}

    def _put_off(self, delivery_id: int, wait: Wait) -> None:
        # what is true for everybody is not found out again for one after the other, each time with a claim of all the rest
        held = self.hand if wait.is_everywhere else (delivery_id,)
        self.waits.update(dict.fromkeys(held, wait))
        self.problem = self.problem or wait.reason
        self.is_stopped |= wait.is_everywhere

    def _mark(self, ready: Sequence[Flight]) -> Sequence[Flight]:
        at = self.now()
        lease_until = at + max(self.lease, _ANSWER_LEASE)
        ids = [flight.claimed.id for flight in ready]
        with single(self.database) as session:
            marked = mark(session, ids, self.owner, at=at, lease_until=lease_until)
        for flight in ready:
            if flight.claimed.id in marked:
                flight.marked_at = at
            else:  # if it is still ours it goes back with the rest; the next claim sees why it was refused
                log.info("delivery_cut_short", delivery_id=flight.claimed.id)
        return [flight for flight in ready if flight.claimed.id in marked]

    def _land(self, landed: Sequence[Flight]) -> None:
        """Write down what was answered; what an answer means for its channel is settled after it, if we live so long."""
        answered = [(flight, flight.result) for flight in landed if isinstance(flight.result, SmtpReply)]
        self._settle(
            [
                Attempted(claimed=one.claimed, reply=reply, started_at=one.started_at, marked_at=one.marked_at)
                for one, reply in answered
                if isinstance(reply, SmtpReply)
            ]
        )
        for flight in landed:
            match flight.result:
                case SmtpReply() as reply:
                    self.channels.settle(flight.channel, reply)
                case TransportError() as error:
                    self.channels.settle_trouble(flight.channel, error)
                case None:
                    pass

    def _settle_unbuilt(self, unbuilt: Sequence[Claimed], built: Mapping[int, OutgoingMessage | Exception]) -> None:
        attempts = []
        for claimed in unbuilt:
            error = built.get(claimed.id)
            reply = judge_unbuilt(
                error if isinstance(error, Exception) else None, attempt_count=claimed.attempt_count + 1
            )
            attempts.append(Attempted(claimed=claimed, reply=reply, started_at=self.now()))
        self._settle(attempts)
        for _ in unbuilt:
            self.on_progress(1)

    def _settle(self, attempts: Sequence[Attempted]) -> None:
        for attempted in attempts:
            del self.hand[attempted.claimed.id]
        if attempts:
            self.tally.update(self.recorder.write(attempts))

    def _give_back(self) -> None:
        """Put back what is still in hand: what had to wait until its time has come, the rest for whoever comes next."""
        groups: dict[Wait | None, list[int]] = defaultdict(list)
        for delivery_id in self.hand:
            groups[self.waits.get(delivery_id)].append(delivery_id)
        at = self.now()
        for wait, ids in groups.items():
            until, reason = (wait.until, wait.reason) if wait else (None, None)
            with transaction(self.database) as session:
                self.tally[DeliveryState.QUEUED] += release(
                    session, ids, self.owner, at=at, next_attempt_at=until, reason=reason
                )
        self.hand, self.waits = {}, {}


def _chunks(batch: Sequence[Claimed], size: int) -> Iterator[Sequence[Claimed]]:
    for start in range(0, len(batch), size):
        yield batch[start : start + size]
