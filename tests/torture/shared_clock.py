"""A clock that all processes of a schedule share, and that can be set while they run."""

import fcntl
import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

_HASTE = 8
_OFFSET = struct.Struct("d")  # eight aligned bytes: read and written at once


class SharedClock:
    """The real time plus an offset that lies in a file; every process that opens the file agrees."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _OFFSET.size)

    @classmethod
    def create(cls, path: Path, start: datetime) -> Self:
        """Make the file so that the clock shows `start` now."""
        path.write_bytes(_OFFSET.pack((start - datetime.now(UTC)).total_seconds()))
        return cls(path)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def jump(self, by: timedelta) -> None:
        """Set the clock forward, or back."""
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _OFFSET.pack_into(self._memory, 0, self._offset + by.total_seconds())

    def sleep(self, seconds: float) -> None:
        """Let the time pass, most of it at once."""
        time.sleep(seconds / _HASTE)
        self.jump(timedelta(seconds=seconds * (1 - 1 / _HASTE)))

    @property
    def _offset(self) -> float:
        found: tuple[float] = _OFFSET.unpack_from(self._memory, 0)
        return found[0]
