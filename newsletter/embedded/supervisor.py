"""Start the newsletter's processes, keep them running, and end them all.

Use it from the main thread: it receives the signals there, and on Linux the kernel ties each process to the life of the
thread that started it.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import BinaryIO

import structlog

from newsletter.errors import ProcessError

GRACE_SECONDS = 9.0
"""What all processes together get to end by themselves; what is left of ten seconds is for the kernel."""
_STAGE_SHARE = 0.15  # of the grace is kept for each later stage, however long the earlier ones take
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LAUNCH = Path(__file__).with_name("launch.py")
_LOOK_SECONDS = 0.1
_KILL_SECONDS = 0.5
_TAIL_BYTES = 8192
_TAIL_LINES = 15

log = structlog.get_logger()


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A process to look after.

    `environment` is added to the supervisor's own. `is_ready` tells, without blocking for long, whether the process does its
    work. Programs of a later `stop_stage` are asked to end only when those of the earlier stages are gone.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[], bool] = _always
    stop_stage: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartRule:
    """How often a process may end by itself: fewer than `limit` times in `window_seconds`, with longer pauses."""

    limit: int = 5
    window_seconds: float = 60.0
    first_delay_seconds: float = 0.25

    def delay(self, ended_at: Sequence[float]) -> float | None:
        """Return the seconds to wait before the next start, or None to give up.

        `ended_at`: the instants at which the process ended, oldest first, in seconds of any clock.
        """
        recent = [instant for instant in ended_at if ended_at[-1] - instant < self.window_seconds]
        return None if len(recent) >= self.limit else self.first_delay_seconds * 2 ** (len(recent) - 1)


def stage_deadlines(stages: int, grace_seconds: float) -> list[float]:
    """Return for each stage of a stop the seconds after its beginning at which that stage's processes are killed."""
    share = grace_seconds * min(_STAGE_SHARE, 1 / max(stages, 1))
    return [grace_seconds - share * later for later in reversed(range(stages))]


class Supervisor:
    """The processes of one `newsletter up`; a context manager that leaves none behind.

    Their output is appended to `<log_folder>/<name>.log`. SIGINT, SIGTERM and SIGHUP end the waiting methods, which then
    return False; leaving the context stops everything.
    """

    def __init__(
        self,
        *,
        log_folder: Path,
        grace_seconds: float = GRACE_SECONDS,
        restart: RestartRule | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log_folder = log_folder
        self._grace_seconds = grace_seconds
        self._restart = restart or RestartRule()
        self._monotonic = monotonic
        self._children: list[_Child] = []
        self._former_handlers: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
        # A pipe, since a handler that sets a threading.Event can block on the very lock the interrupted wait holds.
        self._wake_read, self._wake_write = os.pipe()
        self.is_stop_requested = False

    def __enter__(self) -> "Supervisor":
        for number in _SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:  # whoever wrote nohup means it
                self._former_handlers[number] = signal.signal(number, lambda _number, _frame: self.request_stop())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            for number, handler in self._former_handlers.items():
                signal.signal(number, handler)
            os.close(self._wake_read)
            os.close(self._wake_write)

    def request_stop(self) -> None:
        """End the waiting methods; safe in a signal handler and in any thread."""
        if not self.is_stop_requested:
            self.is_stop_requested = True
            os.write(self._wake_write, b"x")

    def start(self, program: Program) -> None:
        """Start the program; from now on it is restarted when it ends."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        child = _Child(program, self._log_folder / f"{program.name}.log")
        self._children.append(child)
        child.start()

    def processes(self) -> dict[str, int | None]:
        """Return each program's process id, None while it is down."""
        return {child.program.name: child.process.pid if child.process else None for child in self._children}

    def wait_until_ready(self, timeout_seconds: float) -> bool:
        """Wait until every started program is ready; return False when asked to stop meanwhile.

        Raises ProcessError, with the end of its log, for a program that keeps ending or is not ready in time.
        """
        deadline = self._monotonic() + timeout_seconds
        for child in self._children:
            left = max(deadline - self._monotonic(), 0)
            if not self.wait_until(child.is_ready, what=child.describe_unready, timeout_seconds=left):
                return False
        return True

    def wait_until(
        self, condition: Callable[[], bool], *, what: Callable[[], str], timeout_seconds: float | None = None
    ) -> bool:
        """Look after the processes until the condition holds; return False when asked to stop first.

        Raises ProcessError with the text of `what` when the time is over, or when a program keeps ending.
        """
        deadline = None if timeout_seconds is None else self._monotonic() + timeout_seconds
        while not self.is_stop_requested:
            if condition():
                return True
            if deadline is not None and self._monotonic() >= deadline:
                raise ProcessError(what(), retryable=True)
            self._look_after()
            select.select([self._wake_read], [], [], _LOOK_SECONDS)
        return False

    def watch(self) -> None:
        """Look after the processes until asked to stop. Raises ProcessError when a program keeps ending."""
        self.wait_until(lambda: False, what=str)

    def run(self, program: Program) -> int | None:
        """Run a program that ends by itself, its output on ours, while looking after the others.

        Returns its exit code, negative when a signal killed it, or None when asked to stop first; then it is killed.
        """
        process = _launch(program, output=None)
        try:
            return process.returncode if self.wait_until(lambda: process.poll() is not None, what=str) else None
        finally:
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Ask the processes to end, stage by stage, and kill what is left; return within ten seconds. Twice does no harm."""
        self.request_stop()
        began_at = self._monotonic()
        stages = sorted({child.program.stop_stage for child in self._children})
        for stage, deadline in zip(stages, stage_deadlines(len(stages), self._grace_seconds), strict=True):
            children = [child for child in self._children if child.program.stop_stage == stage]
            for child in children:
                child.ask_to_end()
            for child in children:
                child.wait(max(began_at + deadline - self._monotonic(), 0))
            for child in children:
                child.kill()

    def _look_after(self) -> None:
        for child in self._children:
            if child.process is None:
                if self._monotonic() >= child.restart_at:
                    child.start()
            elif (code := child.process.poll()) is not None:
                self._plan_restart(child, code)

    def _plan_restart(self, child: "_Child", code: int) -> None:
        child.kill()  # what the process itself had started
        child.ended_at.append(self._monotonic())
        delay = self._restart.delay(child.ended_at)
        if delay is None:
            raise ProcessError(child.describe_given_up(code, self._restart), retryable=False)
        child.restart_at = child.ended_at[-1] + delay
        log.warning("process_ended", name=child.program.name, exit_code=code, restart_in_seconds=delay)


class _Child:
    """A program, and the process it has at the moment."""

    def __init__(self, program: Program, log_path: Path) -> None:
        self.program = program
        self.log_path = log_path
        self.process: subprocess.Popen[bytes] | None = None
        self.ended_at: list[float] = []
        self.restart_at = 0.0

    def start(self) -> None:
        with self.log_path.open("ab") as output:
            self.process = _launch(self.program, output=output)

    def is_ready(self) -> bool:
        return self.process is not None and self.process.poll() is None and self.program.is_ready()

    def ask_to_end(self) -> None:
        self._signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        if self.process is not None:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                log.warning("process_ignores_stop", name=self.program.name)

    def kill(self) -> None:
        """Kill the process and everything in its group, and take its exit code so that no zombie stays."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            try:
                self.process.wait(_KILL_SECONDS)
            except subprocess.TimeoutExpired:
                log.exception("process_hangs_in_kernel", name=self.program.name, pid=self.process.pid)
            self.process = None

    def describe_unready(self) -> str:
        return f"{self.program.name} did not get ready in time.\n{self._describe_log()}"

    def describe_given_up(self, code: int, rule: RestartRule) -> str:
        how = f"killed by signal {-code}" if code < 0 else f"with exit code {code}"
        return (
            f"{self.program.name} ended {rule.limit} times within {rule.window_seconds:g} seconds, at last {how}; "
            f"it is not started again.\n{self._describe_log()}"
        )

    def _describe_log(self) -> str:
        lines = _last_lines(self.log_path)
        return f"Its log {self.log_path} ends with:\n{lines}" if lines else f"Its log {self.log_path} is empty."

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            _signal_group(self.process, number)


def _launch(program: Program, *, output: BinaryIO | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  our own programs
        [sys.executable, "-I", "-S", str(_LAUNCH), str(os.getpid()), *program.command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env={**os.environ, **program.environment},
        start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor alone, which stops in order
    )


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the group is gone; macOS says the second of a zombie
        os.killpg(process.pid, number)


def _last_lines(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])
