"""One account in the hands of one dispatch run: the leave it has, what it waits for, and what nobody else knows yet."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from newsletter.db.engine import transaction
from newsletter.deliveries.channels import store
from newsletter.deliveries.channels.alarms import lower_alarms, raise_paused
from newsletter.deliveries.channels.grant import add_channels, give_back, take_leave
from newsletter.deliveries.channels.leave import SIZE, Ask, Done, Leave, Wait, held_wait
from newsletter.deliveries.channels.store import WHOLE, StoredChannel
from newsletter.deliveries.lease import break_off
from newsletter.deliveries.pacing import UNLIMITED, Hold, Pace, Signal, after_answer, after_signal, after_trouble
from newsletter.mail.server import Caps, SmtpAccount

log = structlog.get_logger(__name__)

_OUT_OF_REACH = (OperationalError, InterfaceError)
_LOOK_AGAIN = timedelta(seconds=5)  # an operator, or another worker's acceptance, may end a hold before its time
_FIRST_AHEAD = 5


@dataclass(slots=True, kw_only=True)
class Line:
    """What `Channels` knows of one account.

    Only `begin` needs the database. What follows an answer never raises for want of it: the message is with its peer, and
    that must be recorded first; this worker goes by what it heard, the others hear it later or for themselves.
    `ahead` is how many paced turns to take at once: as many as we have lately been able to use before they were over, since
    turns that a slow worker holds are lost to the others. `connections` is how many of ours are wished for at a time.
    """

    database: Engine
    account: SmtpAccount
    owner: str
    is_only: bool
    connections: int = 1
    leave: Leave | None = None
    done: Done = field(default_factory=Done)
    expected: Counter[str] = field(default_factory=Counter)
    waits: dict[str, tuple[Wait, datetime]] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    ahead: int = _FIRST_AHEAD
    must_disconnect: bool = False
    has_slots: bool = False

    def expect(self, destinations: Iterable[str], at: datetime, *, is_likely: bool) -> None:
        """Note who comes next, in place of who was expected before.

        An account that is not `is_likely` to carry them (another one is preferred) takes no leave for them beforehand, and
        gives back what it had for others.
        """
        is_idle = self.leave is not None and at > self.leave.until
        if not is_likely and is_idle:
            self._give_back(at)
            self.must_disconnect = True
        self.expected = Counter(destinations if is_likely or self.leave is not None else ())

    def begin(self, destination: str, at: datetime, *, beside: Sequence[str] = ()) -> Wait | None:
        """Use one turn for a message that begins now, `beside` others to these destinations; Wait when there is none yet.

        What is not granted already is not asked for while others are under way: their answers may change it.
        """
        self.must_disconnect = False
        wait = self._known_wait(WHOLE, at) or self._known_wait(destination, at)
        if wait is None and beside and not self._has_place(destination, beside, at):
            wait = Wait(until=at, reason=f"the connections of {self.account.name} are in use")
        wait = wait or self._use(destination, at)
        if wait is None and self.expected[destination] > 0:
            self.expected[destination] -= 1
        return wait

    def answered(self, at: datetime) -> None:
        """The server has answered: if the account was in trouble, that is over."""
        if (pace := self._pace(WHOLE)) is not None and pace.hold is Hold.TROUBLE:
            self._change(WHOLE, after_answer, at=at)

    def accepted(self, destination: str, began_at: datetime, at: datetime) -> None:
        """Count an accepted message; one that opens a half-open channel is told to everybody at once."""
        self.done.add(destination, began_at)
        if any(pace is not None and pace.is_half_open for pace in (self._pace(WHOLE), self._pace(destination))):
            self._give_back(at, keeping_connection=True)

    def slow(self, destination: str, signal: Signal, *, at: datetime, reason: str) -> Pace:
        """Let a channel go slower, or hold it, as its peer asks."""
        return self._change(destination, lambda pace: after_signal(pace, signal, at=at, reason=reason), at=at)

    def stop(self, *, at: datetime, reason: str, at_least: timedelta, is_lasting: bool) -> Pace:
        """Hold the account as a whole; `is_lasting`: it will not pass by itself, so that a person is told at once."""
        self._give_back(at)
        return self._change(
            WHOLE,
            lambda pace: after_trouble(pace, at=at, reason=reason, at_least=at_least, is_lasting=is_lasting),
            at=at,
            is_alarming=is_lasting,
        )

    def close(self, at: datetime) -> None:
        """Give back what was not used, and forget what is long over."""
        self._give_back(at)
        if self.has_slots:
            break_off(self.owner)  # the process lives on, but these connections are nobody's
        try:
            with transaction(self.database) as session:
                store.forget_old(session, self.account.name, at=at)
        except _OUT_OF_REACH as error:
            log.warning("old_slots_kept", account=self.account.name, error=str(error.orig))

    def limit(self, name: str = WHOLE) -> int:
        """Return how many of our connections may be used for a channel at a time."""
        granted = self.leave.connections if self.leave is not None else {}
        return min(self.connections, granted.get(name, self.connections))

    def _has_place(self, destination: str, beside: Sequence[str], at: datetime) -> bool:
        is_full = len(beside) >= self.limit() or beside.count(destination) >= self.limit(destination)
        return not is_full and self._has_turn(destination, at)

    def _known_wait(self, name: str, at: datetime) -> Wait | None:
        wait, look_at = self.waits.get(name, (None, at))
        return wait if wait is not None and at < min(wait.until, look_at) else None

    def _use(self, destination: str, at: datetime) -> Wait | None:
        leave = self.leave if self._has_turn(destination, at) else self._renew(destination, at)
        if not isinstance(leave, Leave):
            return leave
        lane = leave.lanes.get(destination)
        paced = [turns.first_at for turns in (leave.whole, lane) if turns is not None and turns.is_paced]
        begins_at = max(paced, default=at)
        if begins_at > at:
            return Wait(until=begins_at, reason=f"{self.account.name} takes so many messages a second and no more")
        leave.whole = leave.whole.without(1)
        if lane is not None:
            leave.lanes[destination] = lane.without(1)
        leave.used += 1
        return None

    def _has_turn(self, destination: str, at: datetime) -> bool:
        """Tell whether the present leave is good for one more message to a destination, now or soon."""
        leave = self.leave
        if leave is None or at > leave.until:
            return False
        leave.whole = leave.whole.kept(at)
        if destination in leave.lanes:
            leave.lanes[destination] = leave.lanes[destination].kept(at)
            return leave.whole.count > 0 and leave.lanes[destination].count > 0
        return leave.whole.count > 0 and leave.is_free and destination not in leave.paces

    def _renew(self, destination: str, at: datetime) -> Leave | Wait:
        """Take the next leave, this destination first; Wait when it cannot be had."""
        wanted = self._wanted(destination, at)
        self._store_channels(wanted, at)
        if self.leave is not None:
            used = self.leave.used
            self.ahead = min(SIZE, self.ahead * 2) if used >= self.ahead else max(1, used)
        ask = Ask(
            account=self.account, owner=self.owner, at=at, wanted=wanted, ahead=self.ahead, connections=self.connections
        )
        with transaction(self.database) as session:
            found, self.has_slots = take_leave(
                session, ask, done=self.done, before=self.leave, has_slots=self.has_slots
            )
        self.done = Done()
        self.leave = found if isinstance(found, Leave) else None
        waits = found.waits if isinstance(found, Leave) else {WHOLE: found}
        self.waits |= {name: (wait, at + _LOOK_AGAIN) for name, wait in waits.items()}
        if isinstance(found, Wait):
            self.must_disconnect = not self.has_slots
        return waits.get(destination, found)

    def _wanted(self, destination: str, at: datetime) -> dict[str, int]:
        """Return how many messages to which destinations come next, this one first."""
        wanted, left = {destination: self.expected[destination] or self.ahead}, SIZE
        left -= wanted[destination]
        for name, number in self.expected.items():
            if left <= 0:
                break
            if number > 0 and name != destination and self._known_wait(name, at) is None:
                wanted[name] = min(number, left)
                left -= number
        return wanted

    def _give_back(self, at: datetime, *, keeping_connection: bool = False) -> None:
        if self.leave is None and not self.done.accepted and not self.has_slots:
            return
        kept = self.limit() if keeping_connection and self.has_slots else 0
        before, self.leave = self.leave, None
        try:
            with transaction(self.database) as session:
                give_back(session, self.account, self.owner, at=at, done=self.done, before=before, kept=kept)
        except _OUT_OF_REACH as error:
            # the slots end with this line, this process or in time; what was accepted is told with the next leave
            log.warning("leave_not_given_back", account=self.account.name, error=str(error.orig))
        else:
            self.done, self.has_slots = Done(), kept > 0

    def _change(
        self,
        name: str,
        change: Callable[[Pace], Pace],
        *,
        at: datetime,
        is_alarming: bool = False,
    ) -> Pace:
        """Change a channel's pace for everybody, and tell the operators what they should know."""
        try:
            pace = self._write_change(name, change, at=at, is_alarming=is_alarming)
        except _OUT_OF_REACH as error:
            log.warning("channel_not_written", account=self.account.name, destination=name, error=str(error.orig))
            pace = change(self._pace(name) or UNLIMITED)
        self._adopt(name, pace, at)
        return pace

    def _write_change(self, name: str, change: Callable[[Pace], Pace], *, at: datetime, is_alarming: bool) -> Pace:
        self._store_channels([name], at, needed=True)
        with transaction(self.database) as session:
            stored = store.list_channels(session, self.account.name, [name], for_update=True)[name]
            pace = change(self.done.applied(name, stored.pace))
            changed = {name: StoredChannel(pace=pace, free_at=stored.free_at)}
            store.save_channels(session, self.account.name, changed, at=at)
            if pace.hold is None:
                lower_alarms(session, self.account.name, name, at=at)
            elif pace.is_alarming or is_alarming:
                raise_paused(session, self.account.name, name, pace, is_only=self.is_only, at=at)
        self.done.forget(name)
        return pace

    def _adopt(self, name: str, pace: Pace, at: datetime) -> None:
        """Go by a pace from now on: what was granted at the earlier one is not used any more."""
        if pace.is_held(at):
            self.waits[name] = (held_wait(self.account, name, pace), at + _LOOK_AGAIN)
        if self.leave is not None:
            self.leave.lanes.pop(name, None)
            self.leave.paces[name] = pace

    def _pace(self, name: str) -> Pace | None:
        return self.leave.paces.get(name) if self.leave is not None else None

    def _store_channels(self, names: Iterable[str], at: datetime, *, needed: bool = False) -> None:
        missing = {*names, WHOLE} - self.stored if not needed else set(names)
        if missing and (needed or not self.account.is_local or self.account.caps != Caps()):
            with transaction(self.database) as session:
                add_channels(session, self.account, missing, at=at, needed=needed)
            self.stored |= missing
