"""What will happen, drawn from a seed: readers, what the relay does to whom, and what is done to the house when."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.torture.misbehaviour import OF_CONNECTIONS, OF_ENVELOPES, OF_LETTERS, Act, Misbehaviour, Step

FEWEST_READERS, MOST_READERS = 12, 40


class Blow(StrEnum):
    """What is done to the house, or asked of it, in mid-run."""

    KILL_WORKER = "kill-worker"
    KILL_WORKERS = "kill-workers"
    KILL_TALKER = "kill-talker"  # the worker of the conversation that has just reached the step
    END_WORKER = "end-worker"  # SIGTERM: a warm shutdown
    FREEZE_WORKER = "freeze-worker"  # until its leases are long over
    KILL_BEAT = "kill-beat"
    SECOND_BEAT = "second-beat"
    KILL_BROKER = "kill-broker"
    KILL_BROKER_AND_FILE = "kill-broker-and-file"  # its append-only file is lost, too
    FLUSH_BROKER = "flush-broker"
    CUT_DATABASE = "cut-database"  # every connection broken; SQLite: the write lock held for a while
    CRASH_DATABASE = "crash-database"  # restarted without a goodbye; SQLite: the lock held beyond the busy time-out
    FILL_DISK = "fill-disk"
    CLOCK_FORWARD = "clock-forward"
    CLOCK_BACK = "clock-back"
    LEAVE = "leave"
    SUPPRESS = "suppress"
    RESEND_TWICE = "resend-twice"  # two operators at once


_WEIGHTS = {
    Blow.KILL_WORKER: 4,
    Blow.KILL_WORKERS: 3,
    Blow.KILL_TALKER: 8,
    Blow.END_WORKER: 3,
    Blow.FREEZE_WORKER: 2,
    Blow.KILL_BEAT: 2,
    Blow.SECOND_BEAT: 2,
    Blow.KILL_BROKER: 1,
    Blow.KILL_BROKER_AND_FILE: 1,
    Blow.FLUSH_BROKER: 3,
    Blow.CUT_DATABASE: 3,
    Blow.CRASH_DATABASE: 2,
    Blow.FILL_DISK: 2,
    Blow.CLOCK_FORWARD: 2,
    Blow.CLOCK_BACK: 2,
    Blow.LEAVE: 5,
    Blow.SUPPRESS: 2,
    Blow.RESEND_TWICE: 3,
}
_NEVER = 9_999  # an event that waits for this strikes when everything else is over
_STEPS = (Step.RCPT, Step.DATA, Step.BODY, Step.BODY, Step.DOT, Step.DOT, Step.AFTER, Step.AFTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One blow: at the n-th time that the relay reaches a step, or some seconds after the start.

    `strength` is between 0 and 1: how long, how far, or which one.
    """

    blow: Blow
    strength: float
    step: Step | None = None
    ordinal: int = 0
    after_seconds: float = 0.0

    def __str__(self) -> str:
        when = f"{self.step}#{self.ordinal}" if self.step else f"{self.after_seconds:.2f}s"
        return f"{self.blow}@{when}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One run, decided by its seed.

    What meets the first, second … connection, the first, second … MAIL, and for each reader their first, second … try.
    """

    seed: int
    readers: int
    workers: int
    beats: int
    batch: int
    has_tls: bool
    may_retry_uncertain: bool
    connections: tuple[Misbehaviour | None, ...]
    envelopes: tuple[Misbehaviour | None, ...]
    letters: Mapping[int, tuple[Misbehaviour | None, ...]]
    events: tuple[Event, ...]

    @property
    def extensions(self) -> tuple[str, ...]:
        """What the relay offers beyond SIZE and 8BITMIME: nothing, pipelining, or chunks too, in turn."""
        return ("PIPELINING", "CHUNKING")[: self.seed % 3]

    @property
    def volley(self) -> int:
        """How many mails go out side by side; in the rehearsal one, so that a death hides no other fault."""
        return (1, 10, 3)[self.seed // 3 % 3]

    def __str__(self) -> str:
        wrong = [str(fault) for fault in (*self.connections, *self.envelopes) if fault]
        wrong += [f"{reader}/{fault}" for reader, tries in self.letters.items() for fault in tries if fault]
        crew = f"{self.readers} readers, {self.workers} workers, {self.beats} beats"
        setting = f"{crew}, batches of {self.batch}, volleys of {self.volley}"
        options = [name for name, is_on in (("TLS", self.has_tls), ("retry-once", self.may_retry_uncertain)) if is_on]
        parts = [", ".join([setting, *options, *self.extensions]), " ".join(map(str, self.events)), " ".join(wrong)]
        return f"SEED={self.seed}: " + " | ".join(part for part in parts if part)


REHEARSAL = Schedule(
    seed=0,
    readers=FEWEST_READERS,
    workers=1,
    beats=1,
    batch=500,
    has_tls=False,
    may_retry_uncertain=False,
    connections=(),
    envelopes=(),
    letters={
        0: (Misbehaviour(step=Step.RCPT, act=Act.SAY, text="451 4.3.0 later"),) * 2,
        1: (Misbehaviour(step=Step.DOT, act=Act.DROP),),
        2: (Misbehaviour(step=Step.RCPT, act=Act.SAY, text="550 5.1.1 no such user"),),
        3: (Misbehaviour(step=Step.DOT, act=Act.STALL, is_kept=True),),
        4: (Misbehaviour(step=Step.DOT, act=Act.STALL),),
    },
    events=(
        Event(blow=Blow.LEAVE, strength=0.0, step=Step.RCPT, ordinal=2),
        Event(blow=Blow.KILL_TALKER, strength=0.0, step=Step.DOT, ordinal=4),
        Event(blow=Blow.KILL_TALKER, strength=0.0, step=Step.DOT, ordinal=5),
    ),
)
"""A short one in which every bug of `sabotage` must show: the first reader leaves while their mail waits, and so on."""


def draw(seed: int) -> Schedule:
    """Return the schedule of a seed; that of 0 is the rehearsal."""
    if seed == REHEARSAL.seed:
        return REHEARSAL
    chance = random.Random(f"torture {seed}")
    readers = round(chance.triangular(FEWEST_READERS, MOST_READERS, FEWEST_READERS))
    has_tls = chance.random() < 0.2
    roughness = chance.choice((0.0, 0.1, 0.25, 0.5))
    return Schedule(
        seed=seed,
        readers=readers,
        workers=chance.choice((1, 1, 2, 2, 3)),
        beats=chance.choice((1, 1, 1, 2)),
        batch=chance.choice((3, 7, 20, 500)),
        has_tls=has_tls,
        may_retry_uncertain=chance.random() < 0.3,
        connections=tuple(_connection(chance, has_tls=has_tls) for _ in range(chance.randint(0, 4))),
        envelopes=tuple(
            chance.choice(OF_ENVELOPES) if chance.random() < roughness / 6 else None for _ in range(readers)
        ),
        letters={reader: _tries(chance, roughness) for reader in range(readers)},
        events=tuple(_event(chance, readers) for _ in range(chance.randint(1, 5))),
    )


def _connection(chance: random.Random, *, has_tls: bool) -> Misbehaviour | None:
    if chance.random() < 0.6:
        return None
    return chance.choice([fault for fault in OF_CONNECTIONS if has_tls or fault.step is not Step.STARTTLS])


def _tries(chance: random.Random, roughness: float) -> tuple[Misbehaviour | None, ...]:
    """Return what meets one reader's tries; after them the relay behaves."""
    tries = [chance.choice(OF_LETTERS) if chance.random() < roughness else None for _ in range(3)]
    return tuple(tries) if any(tries) else ()


def _event(chance: random.Random, readers: int) -> Event:
    blow = chance.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))[0]
    strength = chance.random()
    if blow is Blow.RESEND_TWICE and chance.random() < 0.6:
        return Event(blow=blow, strength=strength, step=Step.AFTER, ordinal=_NEVER)
    if blow is Blow.KILL_TALKER or chance.random() < 0.7:
        ordinal = chance.randint(1, readers if chance.random() < 0.8 else 3)
        return Event(blow=blow, strength=strength, step=chance.choice(_STEPS), ordinal=ordinal)
    return Event(blow=blow, strength=strength, after_seconds=round(chance.uniform(0.0, 2.5), 3))
