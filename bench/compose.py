"""What composing a day costs: ``make bench-compose READERS=n [DB=postgresql]``.

Readers with three keywords each, drawn from twenty thousand as real ones choose them, and a thousand papers of arXiv's:
first everybody's papers are chosen in memory, then the same is done with every row read from and stored in a database. The last
line is JSON.
"""

import argparse
import gc
import json
import os
import platform
import resource
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, func, select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.filling import SECRET, new_postgresql, read_days
from bench.readers import USUAL, VARIED, draw_readers, fill_readers, read_keywords
from newsletter.clock import system_clock
from newsletter.collector import collecting_seldom
from newsletter.db.engine import open_engine, transaction
from newsletter.db.migrate import migrate
from newsletter.digests.tables import DigestRow
from newsletter.editions.audience import READERS_A_PAGE, Demands, Page, demands_of
from newsletter.editions.collect import open_editions
from newsletter.editions.day import Day
from newsletter.editions.plan import Planner
from newsletter.editions.unread import Unread
from newsletter.papers.paper import Announced, Announcement
from newsletter.papers.store import store_announcement
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Preferences, Subscriber, Subscription
from newsletter.subscribers.tokens import Tokens

MONDAY = date(2026, 6, 1)
PAPERS = 1000
SEED = 7
MATCHED = 100_000
MEGABYTE = 2**20


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with arxiv-cs-daily/ and keywords/")
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--alike", action="store_true", help="all readers with the usual preferences")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    preferences = USUAL if options.alike else VARIED
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, ", end="")
    print(f"SQLAlchemy {version('sqlalchemy')}, psycopg {version('psycopg')}, SQLite {sqlite3.sqlite_version}")
    keywords, announced = read_keywords(options.data), read_papers(options.data)
    found: dict[str, Any] = {"readers": options.readers, "papers": len(announced), "database": options.database}
    with new_database(options.database) as database:
        runtime = open_runtime(database)
        found |= measure_matching(runtime, announced, keywords, preferences)
        store_papers(runtime, announced)
        began = time.perf_counter()
        fill_readers(database, options.readers, seed=SEED, keywords=keywords, preferences=preferences)
        print(f"{options.readers} readers stored in {time.perf_counter() - began:.0f} s", flush=True)
        found |= measure_composing(runtime, options.readers)
        database.dispose()
    print(json.dumps(found))


def measure_matching(
    runtime: Runtime, announced: list[Announced], keywords: list[Subscription], preferences: Sequence[Preferences]
) -> dict[str, Any]:
    """Choose the papers of readers who are in memory; return what it took, in seconds of our time."""
    day = Day(edition_on=MONDAY, is_sample=True, announced=tuple(announced))
    readers = list(islice(draw_readers(MATCHED, seed=SEED, keywords=keywords, preferences=preferences), MATCHED))
    demands = demands_of(readers)
    queries = len({query for asked in demands.values() for query in asked})
    gc.collect()
    memory = resident()
    times = []
    for morning in ("a first morning", "a later one"):
        with collecting_seldom():
            times.append(_choose(runtime, day, demands, readers))
        ours = (resident() - memory) / MEGABYTE
        matched, first, second = times[-1]
        print(
            f"{morning}: {queries} queries of {MATCHED} readers matched in {matched:.2f} s, digests chosen in "
            f"{first + second:.2f} s ({first:.2f} and {second:.2f} s for each half), {ours:.0f} MiB",
            flush=True,
        )
    return {
        "queries": queries,
        "matching_first_seconds": round(sum(times[0]), 2),
        "matching_seconds": round(sum(times[1]), 2),
        "matching_reader_microseconds": round(times[1][2] / MATCHED * 2e6, 1),
        "matching_mebibytes": round(ours),
    }


def _choose(runtime: Runtime, day: Day, demands: Demands, readers: list[Subscriber]) -> tuple[float, float, float]:
    """Return the seconds of our time for matching, and for choosing for the first and the second half of the readers."""
    times = [time.process_time()]
    planner = Planner(runtime.desk, day, Unread(), demands)
    for half in (readers[: MATCHED // 2], readers[MATCHED // 2 :]):
        times.append(time.process_time())
        for start in range(0, len(half), READERS_A_PAGE):
            planner.plan(Page(readers=half[start : start + READERS_A_PAGE]))
    times.append(time.process_time())
    matched, first, second = (later - earlier for earlier, later in pairwise(times))
    return matched, first, second


def measure_composing(runtime: Runtime, readers: int) -> dict[str, Any]:
    """Compose the day for the readers who are stored."""
    gc.collect()
    with watched_memory() as peak:
        began, cpu = time.perf_counter(), time.process_time()
        composition = runtime.compose(MONDAY)
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert composition.readers == readers
    with runtime.database.connect() as connection:
        papers = connection.execute(select(func.avg(DigestRow.paper_count))).scalar_one()
    print(
        f"{readers} readers composed in {wall:.1f} s, {cpu:.1f} s of them ours; at most {peak['ours']:.0f} MiB for us, "
        f"{peak['server']:.0f} MiB for the server; {papers:.1f} papers a digest; {composition.queued} queued"
    )
    return {
        "composing_seconds": round(wall, 1),
        "composing_cpu_seconds": round(cpu, 1),
        "composing_reader_microseconds": round(cpu / readers * 1e6, 1),
        "composing_mebibytes": round(peak["ours"]),
        "server_mebibytes": round(peak["server"]),
        "papers_a_digest": round(float(papers), 1),
        "largest_mebibytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def read_papers(data: Path) -> list[Announced]:
    """Return the papers of the newest recorded days, as one day's list."""
    found: dict[str, Announced] = {}
    for _, announced in read_days(data, 4 * PAPERS):
        found |= {item.paper.arxiv_id: item for item in announced}
    return [replace(item, position=place) for place, item in enumerate(islice(found.values(), PAPERS))]


def store_papers(runtime: Runtime, announced: list[Announced]) -> None:
    """Store the papers as the list of a day, and open its edition."""
    listed = Announcement(
        category=runtime.desk.categories[0], listed_on=MONDAY, source="listing", announced=tuple(announced)
    )
    with transaction(runtime.database) as session:
        store_announcement(session, listed, collected_at=system_clock())
    open_editions(runtime.desk, [MONDAY])


def open_runtime(database: Engine) -> Runtime:
    """Return an installation without translators over a new database."""
    migrate(database)
    return Runtime(
        settings=load_settings(secret_key=SECRET),
        clock=system_clock,
        database=database,
        tokens=Tokens(SECRET, now=system_clock),
    )


@contextmanager
def new_database(kind: str) -> Iterator[Engine]:
    """Make a database of its own."""
    if kind == "postgresql":
        with new_postgresql() as url:
            yield open_engine(url)
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield open_engine(f"sqlite:///{folder}/compose.db")


@contextmanager
def watched_memory() -> Iterator[dict[str, float]]:
    """Look five times a second at what we and the database server take, in MiB; what its processes share counts once."""
    peak = {"ours": 0.0, "server": 0.0}
    is_over = threading.Event()

    def watch() -> None:
        while True:
            peak["ours"] = max(peak["ours"], resident() / MEGABYTE)
            peak["server"] = max(peak["server"], server_memory() / MEGABYTE)
            if is_over.wait(0.2):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()


def resident(process: str = "self") -> int:
    """Return the octets of memory that a process has."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()


def server_memory() -> int:
    """Return the octets that the processes of the PostgreSQL which is our child have, each page once."""
    total = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if (process / "comm").read_text().strip() == "postgres":
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, ProcessLookupError):  # it ended while we looked
            continue
    return total


if __name__ == "__main__":
    main()
