"""Our own pipeline from end to end: composed by a worker, woken by the broker, sent with every state in the database."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from sqlmodel import func, select

from bench.mail.house import House
from bench.mail.sink import Sink, wait_for_port
from bench.mail.watch import Line, Watch, fit_line
from bench.mail.web import Latency, Visitor
from newsletter.db.engine import reading
from newsletter.deliveries.states import DeliveryState
from newsletter.digests.tables import DigestRow
from newsletter.editions import store as editions
from newsletter.runtime import TASK_COMPOSE, TASK_TICK, Runtime
from newsletter.subscribers.subscriber import Preferences

_STUCK_SECONDS = 180.0
_LOOK_SECONDS = 0.05
_WARM_MAILS = 8
"""For each worker, before the edition: as in a worker that ran yesterday, its templates are compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one run took: seconds, the largest memory of each kind of process, and the straightness of its time."""

    readers: int
    compose_seconds: float
    dispatch_seconds: float
    max_rss_mib: Mapping[str, int]
    grown_mib: Mapping[str, int]
    cpu_ms: Mapping[str, float]
    """Milliseconds of processor time for each mail while they are dispatched, by kind of process."""
    line: Line | None
    web: Latency | None

    @property
    def per_second(self) -> float:
        """Mails a second while they are dispatched."""
        return self.readers / self.dispatch_seconds

    @property
    def whole_per_second(self) -> float:
        """Mails a second, composing included."""
        return self.readers / (self.compose_seconds + self.dispatch_seconds)


def deliver(
    house: House, sink: Sink, *, readers: int, papers: int, workers: int, is_visited: bool, server_pids: Sequence[int]
) -> Delivered:
    """Let the house's workers compose and send the morning to all its readers; ends the program if any mail is missing."""
    runtime = house.open()
    with ExitStack() as stack:
        pids: dict[str, Sequence[int]] = {"broker": [stack.enter_context(house.run_broker())]}
        pids["worker"] = stack.enter_context(house.run_workers(workers))
        pids |= {"database server": server_pids} if server_pids else {}
        if is_visited:
            pids["web"] = [stack.enter_context(house.run("web", "web"))]
            wait_for_port(int(house.environment["PORT"]))
        _warm(runtime, sink, workers * _WARM_MAILS)
        with Watch(pids, lambda: 0) as composing:
            compose_seconds = _compose(runtime, house)
        _check_digests(runtime, readers, papers)
        runtime.sweep_search(most=None)  # it has the day's translations to read, however many readers there are
        pids["beat"] = [stack.enter_context(house.run("beat", "beat", until="Starting..."))]
        visitor = stack.enter_context(Visitor(runtime, house)) if is_visited else None
        before = sink.count
        pids["sink"] = [sink.pid]
        with Watch(pids, lambda: sink.count - before) as dispatching:
            dispatch_seconds = _dispatch(runtime, house, dispatching.count, readers)
    runtime.database.dispose()
    tenths = dispatching.tenths(readers)
    seen = [composing.max_rss_mib(), dispatching.max_rss_mib()]
    return Delivered(
        readers=readers,
        compose_seconds=compose_seconds,
        dispatch_seconds=dispatch_seconds,
        max_rss_mib={kind: max(found.get(kind, 0) for found in seen) for kind in seen[1]},
        grown_mib=dispatching.grown_mib(),
        cpu_ms={kind: used / readers * 1000 for kind, used in dispatching.cpu_seconds.items()},
        line=fit_line(tenths) if len({count for count, _ in tenths}) > 2 else None,
        web=visitor.latency if visitor is not None else None,
    )


def _warm(runtime: Runtime, sink: Sink, count: int) -> None:
    """Let strangers sign up: their confirmations are the workers' first mails."""
    before = sink.count
    for number in range(count):
        runtime.subscribe(f"stranger{number}@example.org", ["graphs"], Preferences(), is_confirmed=False)
    _wait(lambda: sink.count - before >= count, "the workers' first mails")


def _compose(runtime: Runtime, house: House) -> float:
    began = time.monotonic()
    runtime.wake(TASK_COMPOSE, str(house.listed_on))

    def is_composed() -> bool:
        with reading(runtime.database) as session:
            return editions.get_edition(session, house.listed_on).composed_at is not None

    _wait(is_composed, "the composition")
    taken = time.monotonic() - began
    print(f"  composed in {taken:.1f} s", flush=True)
    return taken


def _check_digests(runtime: Runtime, readers: int, papers: int) -> None:
    with reading(runtime.database) as session:
        grouped = select(DigestRow.paper_count, func.count()).group_by(DigestRow.paper_count)  # type: ignore[arg-type]
        found = {int(size): int(count) for size, count in session.exec(grouped)}
    if found != {papers: readers}:
        sys.exit(f"Every digest should have {papers} papers; their numbers are {found}.")


def _dispatch(runtime: Runtime, house: House, sunk: Callable[[], int], readers: int) -> float:
    began = time.monotonic()
    runtime.wake(TASK_TICK)
    tenth, at, last = 0, began, 0
    while (count := sunk()) < readers:
        time.sleep(_LOOK_SECONDS)
        if count > last:
            at, last = time.monotonic(), count
        if count * 10 // readers > tenth:
            tenth = count * 10 // readers
            print(f"  dispatched {tenth * 10} %, {count / (time.monotonic() - began):,.0f} a second", flush=True)
        if time.monotonic() - at > _STUCK_SECONDS:
            sys.exit(f"Nothing was sent for {_STUCK_SECONDS:g} s: {_states(runtime, house)}")
    wanted = {DeliveryState.ACCEPTED: readers}
    _wait(lambda: _states(runtime, house) == wanted, "every delivery to be called accepted")
    taken = time.monotonic() - began
    if sunk() != readers:
        sys.exit(f"{readers} deliveries are accepted, and the sink has {sunk()} messages.")
    print(f"  dispatched {readers:,} in {taken:.1f} s, {readers / taken:,.0f} a second", flush=True)
    return taken


def _states(runtime: Runtime, house: House) -> dict[str, int]:
    return {state: count for state, count in runtime.count_states(house.listed_on).items() if count}


def _wait(is_done: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _STUCK_SECONDS * 20
    while not is_done():
        if time.monotonic() > until:
            sys.exit(f"Waited too long for {what}.")
        time.sleep(_LOOK_SECONDS)
