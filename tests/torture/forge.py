"""A process that has the product loaded and forks workers, beats and commands: real processes, without the imports."""

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from tests.torture import roles

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.005
_LARGEST_REQUEST = 65_536


@dataclass(eq=False)
class Child:
    """A process of the forge's, with the thread that keeps its log."""

    pid: int
    role: str
    forge: "Forge"
    scribe: threading.Thread
    status: int | None = field(default=None)

    def send_signal(self, number: int) -> None:
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def is_alive(self) -> bool:
        if self.status is None:
            self.status = self.forge.poll(self.pid)
        return self.status is None

    def wait(self, timeout_seconds: float) -> bool:
        """Tell whether it has ended in time."""
        deadline = time.monotonic() + timeout_seconds
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        return not self.is_alive()

    def kill(self) -> None:
        """SIGKILL, and return when it is gone."""
        self.send_signal(signal.SIGKILL)
        self.wait(10)


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
        pid = self._ask(request, [writing_end])
        os.close(writing_end)
        scribe = threading.Thread(target=_keep_log, args=(reading_end, log), daemon=True)
        scribe.start()
        return Child(pid=pid, role=role, forge=self, scribe=scribe)

    def poll(self, pid: int) -> int | None:
        """Return the status of a child that has ended, else None."""
        answer: int | None = self._ask({"poll": pid})
        return answer

    def close(self) -> None:
        """End the forging process, and with it whatever child is left."""
        self._end.close()
        os.waitpid(self.pid, 0)

    def _ask(self, request: Mapping[str, Any], descriptors: Sequence[int] = ()) -> Any:
        with self._lock:
            socket.send_fds(self._end, [json.dumps(request).encode()], list(descriptors))
            return json.loads(self._end.recv(_LARGEST_REQUEST))


def _keep_log(descriptor: int, log: Path) -> None:
    """Copy what a child prints into a file; a pipe, since its own files may not grow while its disk is full."""
    with os.fdopen(descriptor, "rb", buffering=0) as source, log.open("ab") as target:
        while part := source.read(65_536):
            target.write(part)
            target.flush()


def _serve(end: socket.socket) -> NoReturn:
    """Answer requests until the other end is closed."""
    _die_with_parent()
    gc.freeze()
    ended: dict[int, int] = {}
    while True:
        data, descriptors, _, _ = socket.recv_fds(end, _LARGEST_REQUEST, 1)
        if not data:
            os._exit(0)
        request = json.loads(data)
        if "poll" in request:
            end.send(json.dumps(_poll(request["poll"], ended)).encode())
            continue
        pid = os.fork()
        if pid == 0:
            end.close()
            _become(request, descriptors[0])
        os.close(descriptors[0])
        end.send(json.dumps(pid).encode())


def _poll(pid: int, ended: dict[int, int]) -> int | None:
    if pid not in ended:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found == 0:
            return None
        ended[pid] = os.waitstatus_to_exitcode(status)
    return ended[pid]


def _become(request: Mapping[str, Any], output: int) -> NoReturn:
    """Play the role as if this process had just been started for it."""
    status = 1
    try:
        _die_with_parent()
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
