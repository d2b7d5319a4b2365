"""Killing everything during a resend and starting again ends with exactly the readers of the dry run."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, func, select

from newsletter.db.engine import reading
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.resend.conduct import plan_resend
from newsletter.editions.resend.plan import ResendRequest
from newsletter.editions.resend.progress import list_progress
from tests.editions.resend.days import crowded_day, promised
from tests.factories import FRIDAY
from tests.mail.peers import Peer, run_peer

ROOT = Path(__file__).parents[3]
READERS = 60
KILLS = 3
PATIENCE_SECONDS = 60


@pytest.fixture
def relay() -> Iterator[Peer]:
    with run_peer() as found:
        yield found


def start(engine: Engine, peer: Peer) -> subprocess.Popen[bytes]:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.editions.resend.operator", url, str(peer.port)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def kill_when(process: subprocess.Popen[bytes], is_time: Callable[[], bool]) -> None:
    """Kill a process as soon as something has happened, unless it ends before."""
    until = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and not is_time():
        assert time.monotonic() < until
        time.sleep(0.002)
    process.kill()
    process.wait(10)


def count_queued(engine: Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).where(DeliveryRow.revision == 1)).one()


def outcomes(engine: Engine) -> dict[str, str]:
    """Return the state of each Message-ID of the resend."""
    with reading(engine) as session:
        rows = session.exec(select(DeliveryRow.message_id, DeliveryRow.state).where(col(DeliveryRow.revision) > 0))
        return dict(rows.all())


def test_killed_at_any_point_and_started_again_it_ends_with_the_readers_of_the_dry_run(
    engine: Engine, relay: Peer
) -> None:
    desk = crowded_day(engine, READERS)
    named = promised(plan_resend(desk, ResendRequest(edition_on=FRIDAY)))
    chance = random.Random(20260320)
    kill_when(start(engine, relay), lambda: count_queued(engine) > 0)
    for _ in range(KILLS - 1):
        enough = len(relay.accepted) + chance.randrange(READERS // KILLS)
        kill_when(start(engine, relay), lambda enough=enough: len(relay.accepted) > enough)  # type: ignore[misc]
    last = [start(engine, relay) for _ in range(2)]  # a double click
    assert [process.wait(PATIENCE_SECONDS) for process in last] == [0, 0]

    arrived = Counter(mail.message_id for mail in relay.accepted)
    found = outcomes(engine)
    assert len(found) == len(named) == READERS
    assert set(Counter(found.values())) <= {"accepted", "uncertain"}
    assert Counter(found.values())["uncertain"] <= KILLS
    assert set(arrived.values()) == {1}
    assert {message_id for message_id, state in found.items() if state == "accepted"} <= set(arrived)
    with reading(engine) as session:
        (progress,) = list_progress(session)
    assert (progress.resend.planned_count, progress.is_over) == (READERS, True)
