"""Postfix's own test programs: smtp-sink takes every mail and throws it away, smtp-source is the practical limit of sending."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SESSIONS = 20
_PLACES = "/usr/sbin:/usr/bin:/usr/local/sbin"
_COUNTED = re.compile(rb"mesg=(\d+)\r")


def find_program(name: str) -> str:
    """Return where a program of Postfix lies; ends the benchmark where it is not installed."""
    return shutil.which(name, path=_PLACES) or sys.exit(f"{name} is not installed; it comes with Debian's postfix.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """A running smtp-sink."""

    pid: int
    port: int
    counters: Path

    @property
    def count(self) -> int:
        """How many messages it has accepted."""
        with self.counters.open("rb") as file:
            file.seek(max(0, self.counters.stat().st_size - 500))
            found = _COUNTED.findall(file.read())
        return int(found[-1]) if found else 0

    @property
    def octets(self) -> int:
        """How much it has read from the wire. Source: proc_pid_io(5)."""
        return int(re.findall(r"rchar: (\d+)", Path(f"/proc/{self.pid}/io").read_text())[0])


@contextmanager
def run_sink(folder: Path) -> Iterator[Sink]:
    """Run a sink on a free port of loopback; it counts into a file, which costs it one write a message."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    counters = folder / "sink.counters"
    with counters.open("wb") as file:
        command = [find_program("smtp-sink"), "-c", *user, f"127.0.0.1:{port}", "1000"]
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield Sink(pid=process.pid, port=port, counters=counters)
    finally:
        process.kill()
        process.wait()


def wait_for_port(port: int, timeout_seconds: float = 120.0) -> None:
    """Return when something listens on a port of loopback."""
    until = time.monotonic() + timeout_seconds
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            time.sleep(0.02)
    sys.exit(f"Nothing listens on port {port}.")


def run_source(sink: Sink, *, count: int, octets: int, is_kept: bool = False) -> float:
    """Let smtp-source send so many messages of a size in 20 sessions; returns messages a second.

    It makes a connection for each message, as its manual has it, or keeps them (`is_kept`, its option -d).
    """
    command = [
        find_program("smtp-source"), "-s", str(SESSIONS), "-l", str(octets), "-m", str(count), "-c",
        *(["-d"] if is_kept else []),
        "-f", "chenbao@papers.example.org", "-t", "reader@example.org", f"127.0.0.1:{sink.port}",
    ]  # fmt: skip
    before, began = sink.count, time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - began
    if sink.count - before != count:
        sys.exit(f"smtp-source sent {count} messages, and the sink has {sink.count - before}.")
    return count / taken
