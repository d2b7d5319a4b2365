"""The life of a delivery, walked at random: the database must agree with a model that fits in the head."""

from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import SQLModel

from newsletter.db.engine import open_engine, transaction
from newsletter.deliveries.claims import mark, release
from newsletter.deliveries.states import MAX_DEATHS, SUSPECT_DEATHS, DeliveryState, Event, judge_reply
from newsletter.deliveries.store import requeue, resolve
from newsletter.deliveries.sweep import sweep
from newsletter.mail.smtp import Outcome
from newsletter.subscribers.subscriber import Consent
from tests.deliveries.world import World, record_one, reply

NAMES = ["ann", "bob", "cyd"]
LEASE = timedelta(minutes=5)


@dataclass
class Promise:
    """What we know of one delivery; `dots` counts how often its final dot went out."""

    state: DeliveryState = DeliveryState.QUEUED
    owner: str | None = None
    is_marked: bool = False
    dots: int = 0
    leave_for_another: int = 0
    is_subscribed: bool = True
    attempts: int = 0
    deaths: int = 0
    seen: list[DeliveryState] = field(default_factory=list)


class DeliveryLife(RuleBasedStateMachine):
    """Workers claim, send, die and come back; readers leave; operators decide; time passes."""

    workers = Bundle("workers")

    def __init__(self) -> None:
        super().__init__()
        self.database = open_engine("sqlite://")
        SQLModel.metadata.create_all(self.database)
        self.world = World(self.database)
        self.ids = self.world.queue(NAMES)
        self.model = {name: Promise() for name in NAMES}
        self.born = 0

    def teardown(self) -> None:
        self.database.dispose()

    @initialize(target=workers)
    def first_worker(self) -> str:
        return "here:1:0:x"

    @rule(target=workers)
    def new_worker(self) -> str:
        self.born += 1
        return f"here:1:{self.born}:x"

    @rule(owner=workers, limit=st.integers(1, 3))
    def claim(self, owner: str, limit: int) -> None:
        batch = self.world.claim(owner, limit=limit)
        for item in batch.claimed:
            promise = self.model[item.name]
            assert promise.state in (DeliveryState.QUEUED, DeliveryState.DEFERRED)
            assert promise.is_subscribed
            assert item.attempt_count == promise.attempts
            assert promise.deaths < SUSPECT_DEATHS or len(batch.claimed) == 1  # a suspect is taken alone
            promise.state, promise.owner, promise.is_marked = DeliveryState.SENDING, owner, False
        for name, promise in self.model.items():
            if not promise.is_subscribed and promise.state in (DeliveryState.QUEUED, DeliveryState.DEFERRED):
                promise.state = self.world.state(name)
                assert promise.state in (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SKIPPED)

    @rule(owner=workers, name=st.sampled_from(NAMES))
    def send_dot(self, owner: str, name: str) -> None:
        """The mark is what allows the dot; a worker that believes it holds a delivery may be wrong."""
        promise = self.model[name]
        with transaction(self.database) as session:
            is_allowed = mark(
                session, [self.ids[name]], owner, at=self.world.time, lease_until=self.world.time + 2 * LEASE
            )
        holds = promise.state is DeliveryState.SENDING and promise.owner == owner and not promise.is_marked
        assert bool(is_allowed) == (holds and promise.is_subscribed)
        if is_allowed:
            promise.is_marked = True
            promise.dots += 1

    @rule(owner=workers, name=st.sampled_from(NAMES), outcome=st.sampled_from(Outcome))
    def hear_answer(self, owner: str, name: str, outcome: Outcome) -> None:
        promise = self.model[name]
        if outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN) and not promise.is_marked:
            return  # no answer to a dot that was never sent
        answer = reply(outcome, code=None if outcome is Outcome.UNKNOWN else 450)
        now = self.world.time
        verdict = judge_reply(answer, attempt_count=promise.attempts + 1, first_attempt_at=now, now=now)
        with transaction(self.database) as session:
            is_ours = record_one(session, self.ids[name], owner, answer, verdict, at=now)
        if not is_ours:
            assert promise.state is not DeliveryState.SENDING or promise.owner != owner
        else:
            assert promise.state is DeliveryState.SENDING
            assert promise.owner == owner
            promise.attempts += 1
            promise.deaths = 0
            promise.owner = None
            promise.state = {
                Event.ACCEPT: DeliveryState.ACCEPTED,
                Event.DEFER: DeliveryState.DEFERRED,
                Event.FAIL: DeliveryState.FAILED,
                Event.LOSE: DeliveryState.UNCERTAIN,
            }[verdict.event]
            if promise.state in (DeliveryState.DEFERRED, DeliveryState.FAILED) and promise.is_marked:
                promise.dots -= 1  # the peer has said that it does not have it

    @rule(owner=workers)
    def give_back(self, owner: str) -> None:
        with transaction(self.database) as session:
            count = release(session, list(self.ids.values()), owner, at=self.world.time)
        held = [one for one in self.model.values() if one.owner == owner and not one.is_marked]
        assert count == len(held)
        for promise in held:
            promise.state, promise.owner = DeliveryState.QUEUED, None

    @rule(dead=workers)
    def worker_dies(self, dead: str) -> None:
        sweep(self.database, now=self.world.now, is_dead=lambda owner: owner == dead)
        self.expect_swept(lambda promise, over: promise.owner == dead or over)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.world.advance(minutes=minutes)

    @rule()
    def somebody_sweeps(self) -> None:
        sweep(self.database, now=self.world.now, is_dead=lambda _: None)
        self.expect_swept(lambda _, over: over)

    def expect_swept(self, is_gone: object) -> None:
        """What the database gave up must be what had no living worker; the mark alone decides where it goes."""
        assert callable(is_gone)
        for name, promise in self.model.items():
            if promise.state is not DeliveryState.SENDING:
                continue
            row = self.world.row(name)
            over = row.state != DeliveryState.SENDING
            assert bool(is_gone(promise, over)) == over
            if over:
                promise.owner = None
                promise.deaths += not promise.is_marked
                is_parked = promise.deaths == MAX_DEATHS
                unmarked = DeliveryState.FAILED if is_parked else DeliveryState.QUEUED
                promise.state = DeliveryState.UNCERTAIN if promise.is_marked else unmarked
            else:
                assert row.lease_until is not None
                assert row.lease_until > self.world.time

    @rule(name=st.sampled_from(NAMES))
    def reader_leaves(self, name: str) -> None:
        self.world.set_consent(name, Consent.UNSUBSCRIBED)
        self.model[name].is_subscribed = False

    @precondition(lambda self: any(one.state is DeliveryState.UNCERTAIN for one in self.model.values()))
    @rule(is_there=st.booleans())
    def operator_decides(self, is_there: bool) -> None:
        name = next(name for name, one in self.model.items() if one.state is DeliveryState.UNCERTAIN)
        promise = self.model[name]
        with transaction(self.database) as session:
            settle = resolve if is_there else requeue
            assert settle(session, [self.ids[name]], at=self.world.time) == 1
        promise.state = DeliveryState.ACCEPTED if is_there else DeliveryState.QUEUED
        promise.is_marked = False
        if not is_there:
            promise.leave_for_another += 1

    @invariant()
    def the_database_agrees(self) -> None:
        for name, promise in self.model.items():
            row = self.world.row(name)
            assert row.state == promise.state
            assert row.lease_owner == promise.owner
            assert row.death_count == promise.deaths
            assert row.attempt_count == promise.attempts == len(self.world.attempts(name))

    @invariant()
    def nobody_gets_a_second_copy_unless_an_operator_took_the_risk(self) -> None:
        for promise in self.model.values():
            assert promise.dots <= 1 + promise.leave_for_another

    @invariant()
    def what_is_final_stays_so(self) -> None:
        for promise in self.model.values():
            final = {DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.SKIPPED} & set(promise.seen)
            assert not final or promise.state in final
            promise.seen.append(promise.state)


TestDeliveryLife = DeliveryLife.TestCase
TestDeliveryLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
