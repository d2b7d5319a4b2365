"""Who holds a lease: a name that says whether its bearer still lives."""

import os
import secrets
import socket
from collections import deque
from pathlib import Path

import psutil

_broken_off: deque[str] = deque(maxlen=1000)
_CLOCK_TOLERANCE_SECONDS = 2.0  # the kernel derives the start from the boot time, which moves when the clock is set


def this_owner() -> str:
    """Return a new owner name, ``host:start:pid:token``, for this process.

    `start` is when the process was created (seconds since the epoch). The token differs with every call, since two threads
    of one process must not take each other's lease for their own.
    """
    pid = os.getpid()
    return f"{_host()}:{psutil.Process(pid).create_time():.2f}:{pid}:{secrets.token_hex(4)}"


def break_off(owner: str) -> None:
    """Say that the work under this name broke off, though the process lives on: what it held may be taken back at once."""
    _broken_off.append(owner)


def is_owner_dead(owner: str) -> bool | None:
    """Tell whether whoever bears this name has ended; None when it is of another host, so that nobody here knows.

    Of its own process this one also knows what broke off.
    """
    if owner in _broken_off:
        return True
    host, start, pid, *_ = [*owner.split(":"), "", "", ""]
    if host != _host() or not pid.isdecimal():
        return None
    try:
        process = psutil.Process(int(pid))
        is_the_same = abs(process.create_time() - float(start)) <= _CLOCK_TOLERANCE_SECONDS
        return not is_the_same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except (psutil.AccessDenied, ValueError):
        return None


def _host() -> str:
    """Return the host's name with what sets it apart from others of that name: its boot and its namespace of processes.

    Machines made from one image can share a name, and containers on one machine too, but not their process ids. After a
    restart of the machine nobody knows of the former owners: their leases run out.
    """
    name = socket.gethostname().replace(":", "-")
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return name
    return f"{name}@{boot}.{namespace}"
