"""What is done to a house in mid-run: each event strikes when its step is reached or its time has come."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from tests.factories import FRIDAY
from tests.torture import people
from tests.torture.misbehaviour import Step
from tests.torture.record import Outage
from tests.torture.schedule import Blow, Event
from tests.torture.stage import LEASE_SECONDS, Stage

_LONGEST_LEASE = timedelta(seconds=LEASE_SECONDS) + timedelta(minutes=12)
_INSIST_SECONDS = 20.0
_LONGEST_BLOW_SECONDS = 0.8


class Blows:
    """The events of a schedule that have not struck yet, and what those that have left behind for the judge."""

    def __init__(self, stage: Stage) -> None:
        self.left: dict[str, float] = {}
        self.outages: list[Outage] = []
        self.resends = 0
        self.failures: list[BaseException] = []
        self._stage = stage
        self._started_at = time.monotonic()
        self._pending = list(stage.schedule.events)
        self._reached: Counter[Step] = Counter()
        self._lock = threading.Lock()
        self._running: list[threading.Thread] = []
        stage.on_step = self.reach

    @property
    def is_pending(self) -> bool:
        return bool(self._pending)

    @property
    def is_running(self) -> bool:
        self._running = [thread for thread in self._running if thread.is_alive()]
        return bool(self._running)

    def reach(self, step: Step, pid: int) -> None:
        """The relay is at a step: strike whatever waited for it, before the relay goes on."""
        with self._lock:
            self._reached[step] += 1
            due = [item for item in self._pending if item.step is step and item.ordinal <= self._reached[step]]
            self._pending = [item for item in self._pending if item not in due]
        for event in due:
            self._strike(event, pid)

    def look_at_clock(self) -> None:
        """Strike what is due by now."""
        passed = time.monotonic() - self._started_at
        with self._lock:
            due = [item for item in self._pending if item.step is None and item.after_seconds <= passed]
            self._pending = [item for item in self._pending if item not in due]
        for event in due:
            self._strike(event, 0)

    def strike_next(self) -> None:
        """Do not wait any longer for what the next event waits for."""
        with self._lock:
            event = self._pending.pop(0) if self._pending else None
        if event is not None:
            self._strike(event, 0)

    def join(self) -> None:
        """Wait for the blows under way."""
        for thread in self._running:
            thread.join(30)

    def _strike(self, event: Event, pid: int) -> None:
        stage = self._stage
        match event.blow:
            case Blow.KILL_TALKER:
                self._kill_talker(event, pid)
            case Blow.KILL_WORKER:
                self._kill_worker(event)
            case Blow.KILL_WORKERS:
                for child in list(stage.workers):
                    stage.kill(child)
            case Blow.KILL_BEAT:
                for child in stage.beats[:1]:
                    stage.kill(child)
            case Blow.SECOND_BEAT:
                stage.wanted_beats += 1
            case Blow.CLOCK_FORWARD:
                stage.clock.jump(timedelta(minutes=5 + 235 * event.strength))
            case Blow.CLOCK_BACK:
                stage.clock.jump(-timedelta(minutes=1 + 119 * event.strength))
            case _:
                self._begin(lambda: self._strike_slowly(event))

    def _begin(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001  shown when the schedule is over
                self.failures.append(error)

        thread = threading.Thread(target=run, daemon=True)
        self._running.append(thread)
        thread.start()

    def _strike_slowly(self, event: Event) -> None:
        match event.blow:
            case Blow.KILL_BROKER | Blow.KILL_BROKER_AND_FILE:
                self._stage.kill_broker(with_file=event.blow is Blow.KILL_BROKER_AND_FILE)
            case Blow.FLUSH_BROKER:
                self._stage.flush_broker()
            case Blow.END_WORKER:
                self._end_worker(event)
            case Blow.FREEZE_WORKER:
                self._freeze(event)
            case Blow.LEAVE | Blow.SUPPRESS:
                self._leave(event)
            case Blow.RESEND_TWICE:
                self.resends += 1
                for _ in range(2):
                    self._stage.command("resend", "--day", str(FRIDAY), "--json")
            case _:
                self._without_database(event)

    def _without_database(self, event: Event) -> None:
        stage, seconds, since = self._stage, _LONGEST_BLOW_SECONDS * event.strength, time.monotonic()
        try:
            match event.blow:
                case Blow.CUT_DATABASE:
                    stage.ground.cut(stage.url, seconds)
                case Blow.CRASH_DATABASE:
                    stage.ground.crash(stage.url, seconds)
                case Blow.FILL_DISK:
                    pids = [child.pid for child in (*stage.workers, *stage.operators)]
                    stage.ground.fill_disk(stage.url, pids, seconds)
                case _:
                    raise AssertionError(event)
        finally:
            self.outages.append(Outage(since=since, until=time.monotonic()))

    def _kill_worker(self, event: Event) -> None:
        workers = list(self._stage.workers)
        if workers:
            self._stage.kill(workers[int(event.strength * len(workers))])

    def _kill_talker(self, event: Event, pid: int) -> None:
        talker = self._stage.find_process(pid)
        if talker is not None:
            self._stage.kill(talker)
        else:
            self._kill_worker(event)

    def _freeze(self, event: Event) -> None:
        """Let a worker sleep until everybody thinks that it is dead, then wake it. It has no excuse: it can still answer."""
        with self._stage.lock:
            workers = [child for child in self._stage.workers if child.is_alive()]
            if not workers:
                return
            child = workers[int(event.strength * len(workers))]
            child.send_signal(signal.SIGSTOP)
        self._stage.clock.jump(_LONGEST_LEASE)
        time.sleep(0.3 + _LONGEST_BLOW_SECONDS * event.strength)
        child.send_signal(signal.SIGCONT)

    def _end_worker(self, event: Event) -> None:
        """A warm shutdown; a worker that does not end in time is a fault of its own."""
        workers = list(self._stage.workers)
        if not workers:
            return
        child = workers[int(event.strength * len(workers))]
        child.send_signal(signal.SIGTERM)
        if not child.wait(_INSIST_SECONDS):
            self._stage.kill(child)
            raise AssertionError(f"worker {child.pid} did not end within {_INSIST_SECONDS:g} s of a SIGTERM")

    def _leave(self, event: Event) -> None:
        email = self._stage.readers[int(event.strength * len(self._stage.readers))]
        act = people.leave if event.blow is Blow.LEAVE else people.stop
        deadline = time.monotonic() + _INSIST_SECONDS
        while True:
            try:
                act(self._stage.database, email, self._stage.clock)
            except SQLAlchemyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                self.left.setdefault(email, time.monotonic())
                return
