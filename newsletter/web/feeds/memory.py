"""Feeds that were just written: many readers ask for the same query within minutes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

KEPT_FOR = timedelta(minutes=5)
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A feed's bytes, its entity tag, and when it was first written with this tag."""

    document: bytes
    etag: str
    changed_at: datetime


class FeedMemory:
    """Keeps what was written for a few minutes, as long as the state of things it was written from is the same.

    Each process remembers for itself: a client that comes to another one gets the whole feed once more, never an old one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Hashable, datetime, Written]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, state: Hashable, write: Callable[[], Written], *, now: datetime) -> Written:
        """Return what is kept under a key for this state, else what `write` makes."""
        found = self.find(key, state, now=now)
        return self.keep(key, state, write(), now=now) if found is None else found  # two at once write it twice

    def find(self, key: str, state: Hashable, *, now: datetime | None) -> Written | None:
        """Return what is kept under a key for this state, or None; without `now` however old, as the state tells all."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != state or (now and not timedelta() <= now - found[1] < KEPT_FOR):
                return None
            self._kept.move_to_end(key)
            return found[2]

    def keep(self, key: str, state: Hashable, written: Written, *, now: datetime) -> Written:
        """Keep what was written, and return it; what is the same as before was made when that was made."""
        with self._lock:
            found = self._kept.get(key)
            if found and found[2].etag == written.etag:
                written = replace(written, changed_at=found[2].changed_at)
            self._drop(key)
            self._kept[key] = (state, now, written)
            self._bytes += len(written.document)
            while self._bytes > MOST_BYTES and self._kept:
                self._drop(next(iter(self._kept)))
        return written

    def _drop(self, key: str) -> None:
        if key in self._kept:
            self._bytes -= len(self._kept.pop(key)[2].document)
