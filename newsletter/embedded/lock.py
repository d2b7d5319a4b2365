"""One `newsletter up` for one home folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.errors import ConflictError, SettingsError


@contextmanager
def hold_home(home: Path) -> Iterator[None]:
    """Keep every other `newsletter up` away from this home folder.

    The kernel lets go when this process ends, however it ends, so a lock is never stale; the file stays and names the last
    holder. Raises ConflictError when somebody holds it, SettingsError when the folder cannot be written.
    """
    path = home / "up.lock"
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingsError(f"NEWSLETTER_HOME: cannot write to {home}: {error.strerror}.") from error
    try:
        _lock(descriptor, home)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, home: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"
        raise ConflictError(
            f"The newsletter in {home} is already running as pid {holder}. "
            "Stop that one, or set NEWSLETTER_HOME to another folder."
        ) from error
