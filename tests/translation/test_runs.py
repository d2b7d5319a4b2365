"""What engines were asked is written down: for whoever pays them, and for whoever wonders what failed."""

from sqlalchemy import Engine as Database

from newsletter.db.engine import reading
from newsletter.errors import TranslationError
from newsletter.translation.runs import DayRuns, TranslationRun, list_runs, sum_by_day
from tests.conftest import NOON
from tests.translation.runs import PAPERS, Scripted, run


def runs(database: Database) -> list[TranslationRun]:
    with reading(database) as session:
        return list_runs(session, since=NOON, until=NOON)


def test_a_run_writes_down_what_the_engine_was_asked_and_what_came_of_it(database: Database) -> None:
    busy = TranslationError("Busy.", retryable=True)
    run(database, Scripted(busy), PAPERS[:2])
    [found] = runs(database)
    assert (found.engine, found.requested, found.translated, found.failed) == ("scripted", 2, 2, 0)
    assert found.requests == 3
    assert found.characters in (2 * len(PAPERS[0]) + len(PAPERS[1]), len(PAPERS[0]) + 2 * len(PAPERS[1]))
    assert found.problem is None


def test_a_failure_is_kept_with_its_reason(database: Database) -> None:
    run(database, Scripted(otherwise=TranslationError("Down.", retryable=False)), PAPERS[:1])
    [found] = runs(database)
    assert (found.translated, found.failed) == (0, 1)
    assert "Down." in (found.problem or "")


def test_a_run_that_asks_nobody_is_not_written_down(database: Database) -> None:
    run(database, None, PAPERS)
    run(database, Scripted(), [])
    assert runs(database) == []


def test_a_days_runs_of_an_engine_are_one_sum(database: Database) -> None:
    for text in PAPERS[:3]:
        run(database, Scripted(), [text])
    assert sum_by_day(runs(database)) == [
        DayRuns(
            on=NOON.date(),
            engine="scripted",
            runs=3,
            translated=3,
            failed=0,
        )
    ]
