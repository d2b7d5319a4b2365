"""Processes that do the same work side by side, round after round, and say when each began and ended."""

import logging
import multiprocessing
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

import structlog

Work = Callable[..., int]
"""Does a share of a round; returns what it found out, 0 when it only sends."""
Prepare = Callable[..., Work]
"""Runs in each process, given its place among them and what else it needs; returns the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What all processes together did, from the first one's beginning to the last one's end, and found out."""

    count: int
    found: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds


class Crew(AbstractContextManager["Crew"]):
    """The processes; they are ready when the crew is made."""

    def __init__(self, prepare: Prepare, size: int, *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._members: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []
        for place in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, prepare, place, arguments), daemon=True)
            process.start()
            theirs.close()
            self._members.append((process, ours))
        for _, connection in self._members:
            connection.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process, connection in self._members:
            connection.close()
            process.join()

    def round(self, count: int, *arguments: Any) -> Round:
        """Let the processes share so many messages."""
        shares = [count // len(self._members) + (place < count % len(self._members)) for place in range(self.size)]
        for (_, connection), share in zip(self._members, shares, strict=True):
            connection.send((share, *arguments))
        return _together(count, [connection.recv() for _, connection in self._members])

    @property
    def size(self) -> int:
        return len(self._members)


def _together(count: int, done: Sequence[tuple[float, float, float, int]]) -> Round:
    began, ended, cpu, found = zip(*done, strict=True)
    return Round(count=count, found=sum(found), seconds=max(ended) - min(began), cpu_seconds=sum(cpu))


def _serve(connection: Connection, prepare: Prepare, place: int, arguments: Sequence[Any]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    work = prepare(place, *arguments)
    connection.send("ready")
    while True:
        try:
            order = connection.recv()
        except EOFError:
            return
        began, used = time.monotonic(), time.process_time()
        found = work(*order)
        connection.send((began, time.monotonic(), time.process_time() - used, found))
