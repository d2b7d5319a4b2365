"""Whose turn it is to send: of the calls that wake workers each process takes two at a time, and leaves others to others.

The threads of a process share one processor, so a third run there would bring little, and nothing at all while a process on
another host has none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 2
PATIENCE_SECONDS = 0.5
"""So long a call waits for one of the two to end, while another process may take the next one."""
MOST_PASSES = 3
"""A call that came back so often finds nobody else: it is taken as a third."""


class Turns:
    """The turns of one process; safe to share between threads."""

    def __init__(self) -> None:
        self._free = BoundedSemaphore(AT_ONCE)

    @contextmanager
    def take(self, passes: int) -> Iterator[bool]:
        """Yield whether a call that was passed on so often is to be followed here."""
        is_ours = self._free.acquire(timeout=PATIENCE_SECONDS)
        try:
            yield is_ours or passes >= MOST_PASSES
        finally:
            if is_ours:
                self._free.release()
