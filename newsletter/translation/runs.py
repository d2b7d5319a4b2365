"""What engines were asked, in the database: for whoever pays them, and for whoever wonders what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlmodel import Session, col, select

from newsletter.translation.tables import TranslationRunRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslationRun:
    """One run: the texts it wanted, what became of them, and what the engine was asked."""

    engine: str
    started_at: datetime
    ended_at: datetime
    requested: int
    recalled: int
    translated: int
    failed: int
    requests: int
    characters: int
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRuns:
    """What came of one engine's runs on one day (UTC), in texts."""

    on: date
    engine: str
    runs: int
    translated: int
    failed: int


def add_run(session: Session, row: TranslationRunRow) -> None:
    """Store a run."""
    session.add(row)
    session.flush()


def list_runs(session: Session, *, since: datetime, until: datetime | None = None) -> list[TranslationRun]:
    """Return the runs that began from `since` to `until`, the first first."""
    statement = select(TranslationRunRow).where(TranslationRunRow.started_at >= since)
    if until is not None:
        statement = statement.where(TranslationRunRow.started_at <= until)
    return [
        TranslationRun(
            engine=row.engine,
            started_at=row.started_at,
            ended_at=row.ended_at,
            requested=row.requested,
            recalled=row.recalled,
            translated=row.translated,
            failed=row.failed,
            requests=row.requests,
            characters=row.characters,
            problem=row.problem,
        )
        for row in session.exec(statement.order_by(col(TranslationRunRow.id)))
    ]


def sum_by_day(runs: Sequence[TranslationRun]) -> list[DayRuns]:
    """Return what came of each engine's runs on each day, the newest day first."""
    ordered = sorted(runs, key=_day_of)
    found = [_sum(on, engine, list(group)) for (on, engine), group in groupby(ordered, key=_day_of)]
    return sorted(found, key=lambda day: (-day.on.toordinal(), day.engine))


def _day_of(run: TranslationRun) -> tuple[date, str]:
    return run.started_at.date(), run.engine


def _sum(on: date, engine: str, runs: Sequence[TranslationRun]) -> DayRuns:
    return DayRuns(
        on=on,
        engine=engine,
        runs=len(runs),
        translated=sum(run.translated for run in runs),
        failed=sum(run.failed for run in runs),
    )
