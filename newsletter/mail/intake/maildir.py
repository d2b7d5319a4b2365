"""A Maildir that our host's mail system delivers into: https://cr.yp.to/proto/maildir.html."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

from newsletter.errors import MailboxError
from newsletter.mail.intake.incoming import MAX_MAIL_BYTES

_SEEN = ":2,S"


def collect_maildir(folder: Path, record: Callable[[bytes], None], *, limit: int) -> int:
    """Hand the mails in `new` to `record`, at most `limit`, the oldest first; returns how many.

    A mail goes to `cur` only after `record` has returned, so a death in between shows it once more. Two processes at once
    may both hand on the same mail; whoever records must not mind. Raises MailboxError when the folder cannot be used.
    """
    try:
        waiting = sorted(os.listdir(folder / "new"), key=_arrival)  # noqa: PTH208  names, not paths
        return sum(_collect(folder, name, record) for name in itertools.islice(waiting, limit))
    except OSError as error:
        raise MailboxError(
            f"The Maildir {folder} cannot be used: {error.strerror}. NEWSLETTER_BOUNCE_MAILDIR is a folder that holds new and "
            "cur, which this program may read and write.",
            retryable=True,
        ) from error


def _collect(folder: Path, name: str, record: Callable[[bytes], None]) -> bool:
    path = folder / "new" / name
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_MAIL_BYTES)
    except FileNotFoundError:
        return False  # another process was faster
    record(raw)
    try:
        path.rename(folder / "cur" / f"{name}{_SEEN}")
    except FileNotFoundError:
        return False  # it was recorded by both, and counted once
    return True


def _arrival(name: str) -> tuple[int, str]:
    """Return what sorts names by their delivery: they begin with the second of it."""
    seconds = name.partition(".")[0]
    return (int(seconds) if seconds.isdecimal() and seconds.isascii() else 0, name)
