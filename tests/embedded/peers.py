"""Real processes and servers for these tests, and a way to wait for what they do."""

import asyncio
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil

from newsletter.embedded.inbox import run_inbox

PATIENCE_SECONDS = 60.0  # far more than anything needs, even on a machine with much else to do
MORNING = datetime(2026, 3, 20, 12, 0, 0, 123456, tzinfo=UTC)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; fail the test when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Tell whether no such process runs; one that only waits for its exit code to be read has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def python(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a script in an interpreter of its own; its standard output is readable, and nothing of it is left behind."""
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    """Return the next line of the process's standard output."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def running_inbox(folder: Path, now: Callable[[], datetime] = lambda: MORNING) -> Iterator[int]:
    """Run an inbox in a thread and yield its port."""
    with running_server(
        lambda stop, on_ready: run_inbox(folder, "127.0.0.1", 0, stop=stop, on_ready=on_ready, now=now)
    ) as port:
        yield port


@contextmanager
def running_server(
    serve: Callable[[asyncio.Event, Callable[[int], None]], Coroutine[object, object, None]],
) -> Iterator[int]:
    """Run a server in a thread, which gets its stop event and whom to tell its port, and yield the port."""
    ready: queue.Queue[tuple[int, Callable[[], object]]] = queue.Queue()

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def announce(port: int) -> None:
            ready.put((port, lambda: loop.call_soon_threadsafe(stop.set)))

        await serve(stop, announce)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    port, stop = ready.get(timeout=PATIENCE_SECONDS)
    try:
        yield port
    finally:
        stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
