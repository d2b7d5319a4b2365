"""Live through recorded days again: every evening, weekend and holiday under a virtual clock, against the recorded arXiv.

``python -m tests.replay DATA [--from D] [--to D]`` ends by printing what is wrong as JSON; all counts but `days` and
`papers` should be 0.
"""

import argparse
import json
import lzma
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select

from newsletter.db.engine import open_engine, reading
from newsletter.editions.collect import try_collection
from newsletter.editions.desk import Desk
from newsletter.editions.tables import EditionRow
from newsletter.errors import SourceError
from newsletter.papers.ask import Collector
from newsletter.papers.calendar import announced_at, next_listing_on
from newsletter.papers.collect import next_round_at
from newsletter.papers.deadlines import list_working_days
from newsletter.papers.ledger_store import list_entries
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.sources.gate import polite_session
from newsletter.papers.tables import AnnouncedRow, AnnouncementRow
from tests.conftest import SHARED, STANDIN, StandIn, start_standin
from tests.factories import make_addresses
from tests.papers.peer import settings_for

PAPERS = "arxiv-cs-daily"
EVENING_AFTER = timedelta(hours=23)
TIMEOUT_SECONDS = 0.4


@dataclass(slots=True)
class VirtualClock:
    """The program's clock and the stand-in's, set together; and the gate's, which runs on while it waits.

    The gate's interval is really waited out, so that the stand-in can measure it; longer waits only pass on the clock, when
    the stand-in has ended what we no longer wait for.
    """

    standin: StandIn
    instant: datetime
    interval_seconds: float
    slept_seconds: float = 0.0

    def __call__(self) -> datetime:
        return self.instant

    def move_to(self, instant: datetime) -> None:
        self.standin.wait_until_idle()  # what hangs for a second would else hang for hours of this clock
        self.instant = instant
        self.standin.control(now=instant.isoformat())

    def wall_clock(self) -> float:
        return self.instant.timestamp() + self.slept_seconds + time.monotonic()

    def sleep(self, seconds: float) -> None:
        really = min(seconds, self.interval_seconds)
        time.sleep(really)
        if really < seconds:
            self.standin.wait_until_idle()
            self.slept_seconds += seconds - really


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Faults of the stand-in that last from one instant to another."""

    begins_at: datetime
    ends_at: datetime
    faults: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class Finding:
    """What a replay found; the lists say where to look."""

    days: int = 0
    papers: int = 0
    missing: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    wrong_day: list[str] = field(default_factory=list)
    wrong_judgement: list[str] = field(default_factory=list)
    wrong_edition: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {name: value if isinstance(value, int) else len(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Replay:
    """One installation that lives through recorded days, and what is wrong with arXiv meanwhile."""

    desk: Desk
    collector: Collector
    clock: VirtualClock
    troubles: tuple[Trouble, ...] = ()

    def live_until(self, end: datetime) -> None:
        """Do whatever is due, then let the time pass to the next thing that is, until the end."""
        while self.clock.instant < end:
            self._set_faults()
            self.work()
            self.clock.move_to(min(self._next(), end))

    def work(self) -> None:
        """Do what is due at this instant; without a single list there is nothing yet but the ledger's complaint."""
        with suppress(SourceError):
            try_collection(self.desk, self.collector)

    def _set_faults(self) -> None:
        if self.troubles:
            now = self.clock.instant
            faults = [
                f for trouble in self.troubles if trouble.begins_at <= now < trouble.ends_at for f in trouble.faults
            ]
            self.clock.standin.control(faults=faults)

    def _next(self) -> datetime:
        now = self.clock.instant
        round_at = next_round_at(self.collector)
        instants = [announced_at(next_listing_on(now))]
        instants += [instant for trouble in self.troubles for instant in (trouble.begins_at, trouble.ends_at)]
        if round_at is not None:
            instants.append(max(round_at, now + timedelta(seconds=30)))
        return min(instant for instant in instants if instant > now)


@contextmanager
def replaying(
    standin: StandIn,
    folder: Path,
    categories: Sequence[str],
    start: datetime,
    *,
    troubles: Sequence[Trouble] = (),
    interval_seconds: float = 0.0,
) -> Iterator[Replay]:
    """An empty installation at an instant, in front of a stand-in whose clock it moves."""
    clock = VirtualClock(standin, start, interval_seconds)
    clock.move_to(start)
    settings = settings_for(standin.url, *categories)
    database = open_engine(f"sqlite:///{folder / 'replay.db'}")
    SQLModel.metadata.create_all(database)
    http = polite_session(
        folder=folder,
        interval_seconds=interval_seconds,
        timeout_seconds=TIMEOUT_SECONDS,
        contact="editor@example.org",
        sleep=clock.sleep,
        wall_clock=clock.wall_clock,
    )
    desk = Desk(
        database=database,
        now=clock,
        categories=settings.categories,
        language="zh",
        translators=(),
        addresses=make_addresses(clock),
    )
    try:
        collector = Collector(database=database, http=http, settings=settings, now=clock)
        yield Replay(desk, collector, clock, tuple(troubles))
    finally:
        http.close()
        database.dispose()


def recorded_days(
    data: Path, first: date | None = None, last: date | None = None, *, category: str = "cs"
) -> dict[date, set[str]]:
    """Return the identifiers of each recorded day, of a category or of all computer science."""
    found = {}
    for path in sorted((data / PAPERS).glob("????-??-??.jsonl.xz")):
        day = date.fromisoformat(path.name[:10])
        if (first or day) <= day <= (last or day):
            with lzma.open(path, "rt", encoding="utf-8") as lines:
                papers = [json.loads(line) for line in lines]
            found[day] = {paper["id"] for paper in papers if category in ("cs", *paper["categories"])}
    return found


def stored_days(database: Engine, category: str) -> dict[str, list[date]]:
    """Return the days under which each new or cross-listed paper of a category is stored."""
    statement = (
        select(col(AnnouncedRow.arxiv_id), col(AnnouncementRow.listed_on))
        .join(AnnouncementRow, col(AnnouncedRow.announcement_id) == AnnouncementRow.id)
        .where(AnnouncementRow.category == category, AnnouncedRow.kind != AnnouncementKind.REPLACE)
    )
    days: dict[str, list[date]] = {}
    with reading(database) as session:
        for arxiv_id, listed_on in session.exec(statement):
            days.setdefault(arxiv_id, []).append(listed_on)
    return days


def _since(first: date, days: dict[str, list[date]]) -> dict[str, list[date]]:
    """Leave out what stood in older lists: an installation that begins in the middle of trouble may see one."""
    kept = {arxiv_id: [day for day in found if day >= first] for arxiv_id, found in days.items()}
    return {arxiv_id: found for arxiv_id, found in kept.items() if found}


def compare(replay: Replay, recorded: dict[date, set[str]], category: str = "cs") -> Finding:
    """Hold what is stored and judged against what was recorded."""
    database, categories = replay.desk.database, replay.desk.categories
    right = {arxiv_id: day for day, ids in recorded.items() for arxiv_id in ids}
    first, last = min(recorded), max(recorded)
    stored = _since(first, stored_days(database, category))
    with reading(database) as session:
        judged = list_entries(session, categories, since=first, until=last)
        editions = set(session.exec(select(col(EditionRow.edition_on)).where(EditionRow.edition_on >= first)))
    finding = Finding(days=len(recorded), papers=len(stored.keys() & right.keys()))
    finding.missing = sorted(right.keys() - stored.keys())
    finding.repeated = sorted(arxiv_id for arxiv_id, days in stored.items() if len(days) > 1)
    finding.wrong_day = sorted(
        f"{arxiv_id} {days}" for arxiv_id, days in stored.items() if right.get(arxiv_id) not in days
    )
    for day in list_working_days(first, last):
        expected = "complete" if day in recorded else "none"
        found = {entry.category: entry.verdict for entry in judged.get(day, [])}
        finding.wrong_judgement += [
            f"{name} {day}: {found.get(name)}"
            for name in categories
            if name not in found or found[name].judgement != expected
        ]
    finding.wrong_edition = sorted(map(str, editions ^ set(recorded)))
    return finding


def replay_all(data: Path, *, first: date | None, last: date | None, categories: Sequence[str]) -> Finding:
    """Live through the recorded days of a folder from an empty installation."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = _with_papers(data.resolve(), folder)
        recorded = recorded_days(data, first, last)
        if not recorded:
            raise SystemExit(
                f"There are no recorded days (arxiv-cs-daily/YYYY-MM-DD.jsonl.xz) of that range in {data}."
            )
        if not STANDIN.is_file():
            raise SystemExit(f"A replay needs the stand-in for arXiv beside this checkout: {STANDIN}.")
        standin = stack.enter_context(start_standin("--data", str(data)))
        replay = stack.enter_context(replaying(standin, folder, categories, announced_at(min(recorded))))
        replay.live_until(announced_at(max(recorded)) + EVENING_AFTER)
        return compare(replay, recorded)


def _with_papers(data: Path, folder: Path) -> Path:
    """Return a folder that has the days where they are looked for, should `data` be the days' own folder."""
    if (data / PAPERS).is_dir() or not any(data.glob("*.jsonl.xz")):
        return data
    (folder / PAPERS).symlink_to(data, target_is_directory=True)
    return folder


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="replay", description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=SHARED / "data")
    parser.add_argument("--from", dest="first", type=date.fromisoformat)
    parser.add_argument("--to", dest="last", type=date.fromisoformat)
    parser.add_argument("--categories", default="cs,cs.RO")
    chosen = parser.parse_args(arguments)
    finding = replay_all(chosen.data, first=chosen.first, last=chosen.last, categories=chosen.categories.split(","))
    counts = finding.counts()
    for name in ("missing", "repeated", "wrong_day", "wrong_judgement", "wrong_edition"):
        for line in getattr(finding, name)[:5]:
            print(f"{name}: {line}", file=sys.stderr)  # noqa: T201
    print(json.dumps(counts))  # noqa: T201
    return 1 if any(counts[name] for name in counts if name not in ("days", "papers")) else 0


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is the finding
    raise SystemExit(main(sys.argv[1:]))
