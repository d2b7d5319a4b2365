"""Several conversations at once: nobody waits for one peer while another has answered."""

import select
import time
from collections.abc import Collection
from enum import StrEnum
from typing import Protocol


class Stage(StrEnum):
    """How far one message has come on its connection."""

    IDLE = "idle"  # there is none
    TALKING = "talking"  # the peer has to answer before all but the dot has gone out
    READY = "ready"  # all but the dot has gone out
    ENDED = "ended"  # the dot has gone out, and its answer is awaited
    SETTLED = "settled"  # what became of it is known

    @property
    def is_waiting(self) -> bool:
        """Whether it is the peer's turn."""
        return self is _TALKING or self is _ENDED


_TALKING, _ENDED = Stage.TALKING, Stage.ENDED  # asked of each message a dozen times


class Conversation(Protocol):
    """One message on its way; `deadline` is when the peer must have answered (`time.monotonic`)."""

    @property
    def stage(self) -> Stage: ...

    @property
    def deadline(self) -> float: ...

    @property
    def has_more(self) -> bool:
        """Whether something has come of which the operating system does not tell."""
        ...

    def fileno(self) -> int: ...

    def advance(self) -> None:
        """Take in what has come, and go on as it allows."""
        ...

    def expire(self) -> None:
        """Do what follows when the peer does not answer in time."""
        ...


def carry_on(conversations: Collection[Conversation], *, patience_seconds: float | None = None) -> None:
    """Go on with each until it is our turn in it; with a patience, until that long after the first was so far.

    Those that are slower are left where they are, to be carried on with later.
    """
    waiting = [one for one in conversations if one.stage.is_waiting]
    impatient_at = None
    while waiting:
        if patience_seconds is not None and impatient_at is None and len(waiting) < len(conversations):
            impatient_at = time.monotonic() + patience_seconds
        until = min(one.deadline for one in waiting)
        for one in _heard(waiting, until if impatient_at is None else min(until, impatient_at)):
            one.advance()
        now = time.monotonic()
        for one in waiting:
            if one.stage.is_waiting and now >= one.deadline:
                one.expire()
        waiting = [one for one in waiting if one.stage.is_waiting]
        if impatient_at is not None and now >= impatient_at:
            return


def _heard(waiting: Collection[Conversation], until: float) -> list[Conversation]:
    """Wait until one of the peers has said something and return those that have, none when the time is over."""
    ready = [one for one in waiting if one.has_more]
    if ready:
        return ready
    poll = select.poll()
    by_number = {one.fileno(): one for one in waiting}
    for number in by_number:
        poll.register(number, select.POLLIN)
    milliseconds = max(0.0, until - time.monotonic()) * 1000
    return [by_number[number] for number, _ in poll.poll(milliseconds + 1)]
