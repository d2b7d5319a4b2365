"""What dies in the middle of sending, the database or the worker, costs no mail and repeats none."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from newsletter.deliveries.sweep import sweep
from tests.deliveries.sending import send_to
from tests.deliveries.world import FakeTransport, World, message_id, report, run
from tests.mail.peers import DROP, Peer

# --- a database that fails at the worst moment -------------------------------------------------------------------------


@contextmanager
def failing_writes(database: Engine, of: str, times: int) -> Iterator[None]:
    """Let the first `times` statements that begin with `of` fail as a full disk does."""
    left = times

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal left
        if statement.startswith(of) and left:
            left -= 1
            raise OperationalError(statement, {}, OSError("database or disk is full"))

    event.listen(database, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(database, "before_cursor_execute", fail)


def test_an_outcome_is_written_as_soon_as_the_disk_has_room_again(world: World) -> None:
    world.queue(["ann", "bob"])
    pauses: list[float] = []
    with failing_writes(world.database, "INSERT INTO attempt", 3):
        assert run(world, FakeTransport(), pause=pauses.append) == report(accepted=2)
    assert pauses == sorted(pauses)
    assert len(pauses) == 3
    assert len(world.attempts("ann")) == 1


def test_an_outcome_that_cannot_be_written_leaves_the_mail_uncertain_and_the_rest_queued(world: World) -> None:
    world.queue(["ann", "bob"])
    with failing_writes(world.database, "INSERT INTO attempt", 100), pytest.raises(OperationalError):
        run(world, FakeTransport(), pause=lambda _: None)
    assert (world.state("ann"), world.state("bob")) == ("sending", "queued")
    sweep(world.database, now=world.now)  # the process lives on, but knows that this work of its own broke off
    assert world.state("ann") == "uncertain"


def test_what_a_full_disk_kept_from_being_given_back_is_taken_back_at_the_next_sweep(world: World) -> None:
    world.queue(["ann", "bob"])
    with failing_writes(world.database, "UPDATE delivery SET", 100), pytest.raises(OperationalError):
        run(world, FakeTransport())
    assert world.states() == {"sending": 2}  # claimed, but neither marked nor given back
    assert sweep(world.database, now=world.now).requeued == 2
    assert run(world, FakeTransport()) == report(accepted=2)


def test_a_mark_that_cannot_be_written_keeps_the_mail_back(world: World, peer: Peer) -> None:
    world.queue(["ann", "bob"])
    world_marks = "UPDATE delivery SET lease_until"
    with failing_writes(world.database, world_marks, 1), pytest.raises(OperationalError):
        send_to(world, peer)
    assert peer.accepted == []
    assert world.states() == {"queued": 2}
    assert send_to(world, peer) == report(accepted=2)


# --- kill -9 -----------------------------------------------------------------------------------------------------------


def kill_at(peer: Peer, command: str, count: int, answer: str | None) -> Callable[[subprocess.Popen[bytes]], None]:
    """Let the peer kill the worker when it has got the command for the n-th time, and answer as told."""
    started = threading.Event()
    victims: list[int] = []
    seen = 0

    def respond(_address: str) -> str | None:
        nonlocal seen
        seen += 1
        if seen != count:
            return None
        started.wait(20)
        os.kill(victims[0], signal.SIGKILL)
        return answer

    def aim(process: subprocess.Popen[bytes]) -> None:
        victims.append(process.pid)
        started.set()

    peer.on[command] = respond
    return aim


@pytest.mark.parametrize(
    ("command", "answer", "uncertain", "lost"),
    [
        ("RCPT", None, 0, 0),  # before the mark: nothing has left the house
        ("DATA", None, 1, 0),  # after the dot, and the mail was taken
        ("DATA", DROP, 1, 1),  # after the dot, and the mail was not taken: to us it looks the same
    ],
)
def test_a_worker_killed_in_the_middle_costs_no_mail_and_repeats_none(
    world: World, peer: Peer, command: str, answer: str | None, uncertain: int, lost: int
) -> None:
    names = [f"reader{number}" for number in range(20)]
    world.queue(names)
    aim = kill_at(peer, command, 6, answer)
    url = world.database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.deliveries.worker", url, str(peer.port)], cwd=Path(__file__).parents[2]
    )
    aim(process)
    assert process.wait(60) == -signal.SIGKILL
    peer.on.clear()
    assert world.states()["sending"] == 3  # of a batch of eight, five were done

    swept = sweep(world.database, now=world.now)
    assert (swept.requeued, swept.uncertain) == (3 - uncertain, uncertain)
    assert send_to(world, peer).accepted == 15 - uncertain

    arrived = Counter(mail.message_id for mail in peer.accepted)
    assert set(arrived.values()) == {1}
    assert len(arrived) == 20 - lost
    assert world.states() == Counter(accepted=20 - uncertain, uncertain=uncertain)
    for name in names:
        if world.state(name) == "accepted":
            assert arrived[message_id(name)] == 1


def test_after_a_kill_our_own_inbox_knows_what_arrived(world: World, peer: Peer) -> None:
    names = [f"reader{number}" for number in range(10)]
    world.queue(names)
    aim = kill_at(peer, "DATA", 3, None)
    url = world.database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.deliveries.worker", url, str(peer.port)], cwd=Path(__file__).parents[2]
    )
    aim(process)
    process.wait(60)
    peer.on.clear()
    received = {mail.message_id for mail in peer.accepted}
    sweep(world.database, now=world.now, was_received=received.__contains__)
    send_to(world, peer)
    assert Counter(mail.message_id for mail in peer.accepted) == {message_id(name): 1 for name in names}
    assert world.states() == {"accepted": 10}
