"""Looking on while something runs: the memory of processes, the sink's count, and whether time grows in a straight line."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from statistics import fmean
from typing import Self

import psutil

_EVERY_SECONDS = 0.2
_LOOKS_AT_MEMORY = 10
_MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Seconds = intercept + slope × mails, by least squares; `r_squared` is 1 for a straight line."""

    intercept: float
    slope: float
    r_squared: float

    def __str__(self) -> str:
        return f"{self.intercept:.2f} s + {self.slope * 1000:.3f} s a thousand, R² {self.r_squared:.5f}"


def fit_line(points: Sequence[tuple[float, float]]) -> Line:
    """Fit (mails, seconds); needs two different numbers of mails."""
    x_mean, y_mean = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
    intercept = y_mean - slope * x_mean
    unexplained = sum((y - intercept - slope * x) ** 2 for x, y in points)
    total = sum((y - y_mean) ** 2 for _, y in points)
    return Line(intercept=intercept, slope=slope, r_squared=1 - unexplained / total if total else 1.0)


class Watch(AbstractContextManager["Watch"]):
    """Samples the memory of processes by kind (their children included), and a count with its time."""

    def __init__(self, processes: Mapping[str, Sequence[int]], count: Callable[[], int]) -> None:
        self.count = count
        self.points: list[tuple[int, float]] = []
        """(count, seconds since the beginning)."""
        self.rss_mib: dict[str, list[float]] = defaultdict(list)
        """Of each kind the largest process at each look."""
        self.cpu_seconds: dict[str, float] = {}
        """What each kind used meanwhile."""
        self._roots = processes
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Self:
        self._used = self._cpu()
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look(number=0)
        self.cpu_seconds = {kind: used - self._used.get(kind, 0.0) for kind, used in self._cpu().items()}

    def max_rss_mib(self) -> dict[str, int]:
        return {kind: round(max(sizes)) for kind, sizes in self.rss_mib.items() if sizes}

    def grown_mib(self) -> dict[str, int]:
        """Return how much the largest process of each kind grew from a fifth of the time on to the end."""
        return {
            kind: round(sizes[-1] - sizes[len(sizes) // 5]) for kind, sizes in self.rss_mib.items() if len(sizes) >= 5
        }

    def tenths(self, total: int) -> list[tuple[float, float]]:
        """Return (mails, seconds) at each tenth of the run."""
        found = []
        for tenth in range(1, 11):
            target = total * tenth / 10
            after = next((place for place, (count, _) in enumerate(self.points) if count >= target), None)
            if after is not None:
                found.append((target, _between(self.points[max(after - 1, 0)], self.points[after], target)))
        return found

    def _look_on(self) -> None:
        number = 0
        while not self._ended.wait(_EVERY_SECONDS):
            self._look(number)
            number += 1

    def _look(self, number: int) -> None:
        self.points.append((self.count(), time.monotonic() - self._began))
        if number % _LOOKS_AT_MEMORY == 0:  # whose children are whose takes a look at every process of the machine
            for kind, found in self._processes().items():
                sizes = [size for process in found if (size := _rss(process))]
                if sizes:
                    self.rss_mib[kind].append(max(sizes) / _MIB)

    def _processes(self) -> dict[str, list[psutil.Process]]:
        parents: dict[int, list[int]] = defaultdict(list)
        for process in psutil.process_iter(["ppid"]):
            parents[process.info["ppid"]].append(process.pid)
        return {kind: [one for pid in pids for one in _family(pid, parents)] for kind, pids in self._roots.items()}

    def _cpu(self) -> dict[str, float]:
        """Return the seconds of processor time that each kind has used, with its children that have ended."""
        found: dict[str, float] = {}
        for kind, processes in self._processes().items():
            with suppress(psutil.Error):
                times = [process.cpu_times() for process in processes]
                found[kind] = sum(one.user + one.system + one.children_user + one.children_system for one in times)
        return found


def _family(pid: int, children: Mapping[int, Sequence[int]]) -> list[psutil.Process]:
    found = []
    with suppress(psutil.Error):
        found.append(psutil.Process(pid))
        found += [one for child in children.get(pid, ()) for one in _family(child, children)]
    return found


def _rss(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _between(before: tuple[int, float], after: tuple[int, float], target: float) -> float:
    (low, early), (high, late) = before, after
    return late if high == low else early + (late - early) * min(1.0, (target - low) / (high - low))
