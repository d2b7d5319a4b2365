"""Hosts that are as large as they are said to be: the kernel gives each so much of a core and no more (control groups)."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_END_SECONDS = 10.0
_PERIOD = 10_000  # microseconds: a worker that has used up its part of one waits for the next


def why_impossible() -> str | None:
    """Return why this machine cannot share its cores out, None if it can."""
    try:
        with open_share("chenbao-try", 0.5):
            return None
    except OSError as error:
        return f"control groups cannot be made here ({error.strerror})"


@contextlib.contextmanager
def open_share(name: str, cores: float) -> Iterator[Path]:
    """Make a group of processes that may use so many cores, and yield the file that takes their numbers.

    Raises OSError where that is not allowed, or the kernel has no such groups.
    """
    quota = round(_PERIOD * cores)
    is_version_one = (_ROOT / "cpu").is_dir()
    group = (_ROOT / "cpu" if is_version_one else _ROOT) / name
    if not is_version_one:
        (_ROOT / "cgroup.subtree_control").write_text("+cpu")
    group.mkdir()
    try:
        if is_version_one:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
        yield group / "cgroup.procs"
    finally:
        deadline = time.monotonic() + _END_SECONDS
        while (group / "cgroup.procs").read_text() and time.monotonic() < deadline:
            time.sleep(0.05)  # those that were killed are leaving
        group.rmdir()


def within(share: Path | None) -> list[str]:
    """Return what stands before a command that is to run in a group."""
    return [] if share is None else ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(share)]
