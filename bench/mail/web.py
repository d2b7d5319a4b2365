"""A reader's own page, asked for at a gentle rate while the mail goes out: how long its answer takes."""

import http.client
import sys
import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import quantiles
from typing import Self

from bench.mail.house import House
from newsletter.runtime import Runtime

A_SECOND = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From the request's first byte to the answer's last, in milliseconds."""

    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.requests} asked, {self.p50_ms:.0f} ms, {self.p95_ms:.0f} of 95 in 100, {self.p99_ms:.0f} of 99"


class Visitor(AbstractContextManager["Visitor"]):
    """Asks for one reader's page after the other, whether the last answer was quick or slow, until it is left."""

    def __init__(self, runtime: Runtime, house: House) -> None:
        self._port = int(house.environment["PORT"])
        self._host = "papers.example.org"
        self._sign = runtime.tokens.sign
        self._taken: list[float] = []
        self._problem = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._visit, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._problem:
            sys.exit(self._problem)

    @property
    def latency(self) -> Latency | None:
        """What was measured; None when the mail was out before anybody could ask twice."""
        if len(self._taken) < 2:
            return None
        cuts = quantiles(self._taken, n=100, method="inclusive")
        return Latency(requests=len(self._taken), p50_ms=cuts[49], p95_ms=cuts[94], p99_ms=cuts[98])

    def _visit(self) -> None:
        began, number = time.monotonic(), 0
        while not self._ended.wait(max(0.0, began + number / A_SECOND - time.monotonic())) and not self._problem:
            number += 1
            due = max(began + (number - 1) / A_SECOND, time.monotonic() - 1 / A_SECOND)
            self._ask(1 + number % 100, number)
            self._taken.append((time.monotonic() - due) * 1000)

    def _ask(self, reader: int, number: int) -> None:
        source = f"127.{1 + number % 200}.{number // 200 % 250}.1"  # somebody new each time: nobody asks too much
        connection = http.client.HTTPConnection("127.0.0.1", self._port, source_address=(source, 0), timeout=60)
        path = f"/manage/{self._sign('manage', reader, 0)}"
        connection.request("GET", path, headers={"Host": self._host, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 200:
            self._problem = f"The page of a reader answered {answer.status}."
