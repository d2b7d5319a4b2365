"""A process that has the product loaded and forks workers, beats and commands: real processes, without the imports."""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from tests.torture import roles

_PR_SET_PDEATHSIG = 1
_LARGEST_REQUEST = 65_536


class Child:
    """A process of the forge's, with the thread that keeps its log."""

    def __init__(self, pid: int, role: str) -> None:
        self.pid = pid
        self.role = role
        self._handle = os.pidfd_open(pid)  # means this process even if its number is given to another one

    def send_signal(self, number: int) -> None:
        """Signal it, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def is_alive(self) -> bool:
        return not self.wait(0)

    def wait(self, timeout_seconds: float) -> bool:
        """Tell whether it has ended in time."""
        poll = select.poll()  # `select` takes no descriptor beyond 1,023
        poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(timeout_seconds * 1000))

    def kill(self) -> None:
        """SIGKILL, and return when it is gone."""
        self.send_signal(signal.SIGKILL)
        self.wait(10)

    def __del__(self) -> None:
        os.close(self._handle)


class Forge:
    """Our end of the forging process. Make it before the first thread."""

    def __init__(self) -> None:
        self._end, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self.pid = os.fork()
        if self.pid == 0:
            self._end.close()
            _serve(other)
        other.close()

    def spawn(self, role: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Child:
        """Fork one child; what it prints is appended to the log."""
        reading_end, writing_end = os.pipe()
        request = {"spawn": role, "arguments": list(arguments), "environment": dict(environment)}
        with self._lock:
            socket.send_fds(self._end, [json.dumps(request).encode()], [writing_end])
            pid = int(self._end.recv(_LARGEST_REQUEST))
        os.close(writing_end)
        threading.Thread(target=_keep_log, args=(reading_end, log), daemon=True).start()
        return Child(pid, role)

    def close(self) -> None:
        """End the forging process, and with it whatever child is left."""
        self._end.close()
        os.waitpid(self.pid, 0)


def _keep_log(descriptor: int, log: Path) -> None:
    """Copy what a child prints into a file; a pipe, since its own files may not grow while its disk is full."""
    with os.fdopen(descriptor, "rb", buffering=0) as source, log.open("ab") as target:
        while part := source.read(65_536):
            target.write(part)
            target.flush()


def _serve(end: socket.socket) -> NoReturn:
    """Answer requests until the other end is closed."""
    _die_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    gc.freeze()
    while True:
        data, descriptors, _, _ = socket.recv_fds(end, _LARGEST_REQUEST, 1)
        if not data:
            os._exit(0)
        request = json.loads(data)
        pid = os.fork()
        if pid == 0:
            end.close()
            _become(request, descriptors[0])
        os.close(descriptors[0])
        end.send(str(pid).encode())


def _become(request: Mapping[str, Any], output: int) -> NoReturn:
    """Play the role as if this process had just been started for it."""
    status = 1
    try:
        _die_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.environ.clear()
        os.environ.update(request["environment"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        roles.play(request["spawn"], request["arguments"])
        status = 0
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter would: shown, with status 1
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _die_with_parent() -> None:
    """Leave no orphan behind when the harness itself is killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
