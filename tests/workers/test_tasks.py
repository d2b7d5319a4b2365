"""Workers are only woken: what they do is decided by the database, whatever the broker loses or repeats."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import psutil
import pytest
import redis

from newsletter.db.engine import transaction
from newsletter.deliveries.claims import claim_batch
from newsletter.deliveries.messages import Message
from newsletter.editions.compose import compose_edition
from newsletter.editions.desk import Desk
from newsletter.editions.resend.conduct import request_resend
from newsletter.editions.resend.plan import ResendRequest
from newsletter.embedded.broker import broker_url, prepare_valkey, socket_path, valkey_command, wait_until_ready
from newsletter.errors import SourceError
from newsletter.papers.ledger import Judgement
from newsletter.runtime import (
    TASK_COLLECT,
    TASK_COMPOSE,
    TASK_DISPATCH,
    TASK_RESEND,
    TASK_SEARCH,
    TASK_TRENDING,
    Runtime,
    open_runtime,
)
from newsletter.runtime.turns import MOST_PASSES, Turns
from newsletter.settings import Settings, load_settings
from newsletter.subscribers.subscriber import Preferences, Trending
from tests.editions.trends import trend
from tests.embedded.peers import running_inbox, wait_for
from tests.factories import FRIDAY, announce, judge_list, make_paper, open_day
from workers.app import NICENESS

CLOCK = "2026-03-20T09:00:00+08:00"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """An installation with a running inbox, and arXiv out of reach."""
    home = tmp_path / "home"
    nowhere = "http://127.0.0.1:9"
    with running_inbox(home / "inbox") as port:
        yield load_settings(
            home=home, inbox_port=port, clock=CLOCK, clock_started_at=datetime.now(UTC),
            arxiv_url=nowhere, arxiv_api_url=nowhere, arxiv_feed_url=nowhere,
            arxiv_oai_url=nowhere, huggingface_url=nowhere, arxiv_interval_seconds=0, arxiv_timeout_seconds=1,
        )  # fmt: skip


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    found = open_runtime(settings)
    yield found
    found.database.dispose()


@pytest.fixture
def broker(settings: Settings) -> Iterator[redis.Redis]:
    """The private Valkey of this installation."""
    prepare_valkey(settings.home)
    with subprocess.Popen(valkey_command(settings.home), stdout=subprocess.DEVNULL) as process:
        wait_until_ready(broker_url(settings), 20)
        with redis.Redis(unix_socket_path=str(socket_path(settings.home))) as client:
            yield client
        process.terminate()


def a_day(runtime: Runtime, readers: int = 1) -> Desk:
    open_day(runtime.desk, announce([make_paper(1, "Reinforcement learning")]))
    for number in range(readers):
        runtime.subscribe(f"r{number}@example.org", ["reinforcement learning"], Preferences(), is_confirmed=True)
    return runtime.desk


def test_a_tick_wakes_for_what_is_due_and_for_nothing_else(runtime: Runtime, broker: redis.Redis) -> None:
    assert runtime.tick() == [TASK_COLLECT]
    a_day(runtime)
    assert runtime.tick() == [TASK_COMPOSE]
    runtime.compose(FRIDAY)
    assert runtime.tick() == [TASK_DISPATCH]
    runtime.dispatch(edition_on=FRIDAY)
    assert runtime.tick() == []
    woken = [
        json.loads(message)["headers"]["task"]
        for message in broker.lrange("celery", 0, -1) + broker.lrange("bulk", 0, -1)
    ]
    assert sorted(set(woken)) == sorted(
        {TASK_COLLECT, TASK_COMPOSE, TASK_DISPATCH, TASK_SEARCH}
    )  # the index follows papers
    assert len([name for name in woken if name != TASK_SEARCH]) == 3


def test_a_reader_whose_hour_has_not_come_is_not_woken_for(runtime: Runtime, broker: redis.Redis) -> None:
    a_day(runtime, readers=0)
    later = Preferences(timezone="Asia/Shanghai", hour=10)
    runtime.subscribe("late@example.org", ["reinforcement learning"], later, is_confirmed=True)
    runtime.compose(FRIDAY)
    assert runtime.tick() == []
    assert runtime.count_states(FRIDAY)["queued"] == 1


def test_trending_papers_are_asked_for_when_somebody_wants_them_and_the_mail_waits_for_them(
    runtime: Runtime, settings: Settings, broker: redis.Redis
) -> None:
    desk = a_day(runtime)
    assert runtime.tick() == [TASK_COMPOSE]
    wish = Preferences(trending=Trending.TOP)
    runtime.subscribe("ann@example.org", ["theorems"], wish, is_confirmed=True)
    assert runtime.tick() == [TASK_TRENDING]
    with pytest.raises(SourceError):
        runtime.follow_trending()
    assert runtime.tick() == []  # in two minutes again
    trend(desk, [make_paper(10, "Agents")])
    assert runtime.tick() == [TASK_COMPOSE]
    runtime.compose(FRIDAY)
    assert runtime.count_states(FRIDAY)["queued"] == 2


def test_a_mail_of_trending_papers_goes_out_beside_the_digest(runtime: Runtime, broker: redis.Redis) -> None:
    desk = a_day(runtime)
    runtime.compose(FRIDAY)
    wish = Preferences(trending=Trending.TOP, is_trending_apart=True)
    runtime.subscribe("ann@example.org", ["theorems"], wish, is_confirmed=True)
    trend(desk, [make_paper(10, "Agents")])
    assert runtime.tick() == [TASK_TRENDING, TASK_DISPATCH]
    composition = runtime.follow_trending()
    assert composition is not None
    assert composition.queued == 1
    assert runtime.tick() == [TASK_DISPATCH]
    assert runtime.dispatch(edition_on=FRIDAY).accepted == 2
    assert runtime.count_states(FRIDAY)["accepted"] == 1  # of digests
    assert runtime.count_states(FRIDAY, message=Message.TRENDING)["accepted"] == 1
    assert runtime.tick() == []


def test_a_day_without_a_list_is_told_to_those_who_want_mail_every_day(runtime: Runtime, broker: redis.Redis) -> None:
    runtime.subscribe("ann@example.org", ["robots"], Preferences(wants_empty_mail=True), is_confirmed=True)
    runtime.subscribe("bob@example.org", ["robots"], Preferences(), is_confirmed=True)
    assert runtime.tick() == [TASK_COLLECT]
    judge_list(runtime.desk, Judgement.NONE)
    assert TASK_DISPATCH in runtime.tick()
    assert runtime.dispatch().accepted == 1
    assert TASK_DISPATCH not in runtime.tick()
    [mail] = runtime.settings.inbox_folder.glob("*.eml")
    assert message_from_bytes(mail.read_bytes(), policy=policy.default)["Subject"] == (
        "arXiv announced nothing · Fri 20 Mar"
    )


def test_a_resend_whose_operator_died_is_queued_and_sent_all_the_same(runtime: Runtime, broker: redis.Redis) -> None:
    desk = a_day(runtime, readers=2)
    runtime.compose(FRIDAY)
    runtime.dispatch(edition_on=FRIDAY)
    resend_id = request_resend(desk, ResendRequest(edition_on=FRIDAY), by="the dead").resend_id or 0
    assert runtime.tick() == [TASK_RESEND]
    runtime.follow_resend(resend_id)
    assert runtime.tick() == [TASK_DISPATCH]
    runtime.dispatch()
    progress = runtime.resend_progress(resend_id)
    assert (progress.accepted, progress.is_over) == (2, True)
    assert runtime.tick() == []


def test_the_broker_holds_a_handful_of_calls_for_any_number_of_readers(
    runtime: Runtime, settings: Settings, broker: redis.Redis
) -> None:
    a_day(runtime, readers=9)
    runtime.compose(FRIDAY)
    small = replace(runtime, settings=settings.model_copy(update={"dispatch_batch": 1, "dispatch_tasks": 3}))
    assert [small.wake_dispatch(), runtime.wake_dispatch()] == [3, 1]
    calls = [json.loads(message) for message in broker.lrange("bulk", 0, -1)]
    assert {call["headers"]["task"] for call in calls} == {TASK_DISPATCH}
    assert {call["headers"]["argsrepr"] for call in calls} == {"()"}  # no ids


def test_a_run_that_is_busy_is_not_called_for_again(runtime: Runtime, settings: Settings, broker: redis.Redis) -> None:
    a_day(runtime, readers=9)
    runtime.compose(FRIDAY)
    small = replace(runtime, settings=settings.model_copy(update={"dispatch_batch": 1, "dispatch_tasks": 3}))
    with transaction(runtime.database) as session:
        now = runtime.clock()
        claim_batch(session, now=now, owner="there:1:1:a", lease_until=now + timedelta(minutes=5), limit=1)
    assert small.wake_dispatch() == 2


def test_a_turn_that_is_over_has_the_rest_gone_on_with(
    runtime: Runtime, settings: Settings, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.runtime.deliveries.TURN_SECONDS", 0.0)
    a_day(runtime, readers=3)
    runtime.compose(FRIDAY)
    small = replace(runtime, settings=settings.model_copy(update={"dispatch_batch": 2}))
    report = small.take_turn()
    assert report is not None
    assert report.accepted == 2
    assert broker.llen("bulk") == 1


def test_a_process_that_sends_twice_already_leaves_a_call_to_another_one(
    runtime: Runtime, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.runtime.turns.PATIENCE_SECONDS", 0.01)
    a_day(runtime, readers=3)
    runtime.compose(FRIDAY)
    busy = Turns()
    monkeypatch.setattr("newsletter.runtime.deliveries._turns", busy)
    with busy.take(0) as first, busy.take(0) as second:
        assert (first, second) == (True, True)
        assert runtime.take_turn() is None
        assert runtime.take_turn(passes=1) is None
        called = [json.loads(message)["headers"]["argsrepr"] for message in broker.lrange("bulk", 0, -1)]
        assert sorted(called) == ["(None, 1)", "(None, 2)"]
        nobody_else = runtime.take_turn(passes=MOST_PASSES)
    assert nobody_else is not None
    assert nobody_else.accepted == 3
    assert broker.llen("bulk") == 2
    assert runtime.take_turn() is not None  # the turns are free again


def test_a_call_that_cannot_be_passed_on_is_followed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.runtime.turns.PATIENCE_SECONDS", 0.01)
    down = open_runtime(settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}))
    a_day(down)
    down.compose(FRIDAY)
    busy = Turns()
    monkeypatch.setattr("newsletter.runtime.deliveries._turns", busy)
    with busy.take(0), busy.take(0):
        report = down.take_turn()
    assert report is not None
    assert report.accepted == 1
    down.database.dispose()


def test_a_broker_that_is_down_costs_nothing_but_time(settings: Settings) -> None:
    down = open_runtime(settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}))
    a_day(down)
    down.compose(FRIDAY)
    assert down.tick() == [TASK_DISPATCH]  # nobody hears it
    down.sign_up("new@example.org", ["graphs"], Preferences())
    assert down.dispatch().accepted == 2  # the digest and the confirmation were in the database all the time
    down.database.dispose()


def test_two_compositions_at_once_make_one_row_each(runtime: Runtime) -> None:
    desk = a_day(runtime, readers=3)
    for _ in range(2):
        compose_edition(desk, FRIDAY, message_id=lambda *key: f"<{'.'.join(map(str, key))}@example.org>")
    assert runtime.count_states(FRIDAY)["queued"] == 3


@pytest.fixture
def worker(settings: Settings, broker: redis.Redis, runtime: Runtime) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker of this installation."""
    environment = {
        "NEWSLETTER_HOME": str(settings.home),
        "NEWSLETTER_INBOX_PORT": str(settings.inbox_port),
        "NEWSLETTER_CLOCK": CLOCK,
        "NEWSLETTER_CLOCK_STARTED_AT": str(settings.clock_started_at),
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--pool", "threads", "--concurrency", "2"]
    with (settings.home / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(30)


def test_a_real_worker_sends_what_it_is_woken_for_even_twice(
    runtime: Runtime, worker: subprocess.Popen[bytes], broker: redis.Redis
) -> None:
    a_day(runtime, readers=5)
    runtime.compose(FRIDAY)
    runtime.wake_dispatch()
    runtime.wake_dispatch()
    wait_for(lambda: runtime.count_states(FRIDAY)["accepted"] == 5, "five accepted deliveries")
    assert len(list(runtime.settings.inbox_folder.glob("*.eml"))) == 5


def test_a_worker_leaves_the_processor_to_the_pages_first(worker: subprocess.Popen[bytes]) -> None:
    def is_nice() -> bool:
        return psutil.Process(worker.pid).nice() == os.nice(0) + NICENESS

    wait_for(is_nice, "a worker that gives way")


def test_what_the_broker_forgets_the_next_tick_finds(
    runtime: Runtime, broker: redis.Redis, worker: subprocess.Popen[bytes]
) -> None:
    a_day(runtime, readers=3)
    runtime.compose(FRIDAY)
    runtime.wake_dispatch()
    broker.flushall()
    runtime.wake("chenbao.tick")
    wait_for(lambda: runtime.count_states(FRIDAY)["accepted"] == 3, "three accepted deliveries after a FLUSHALL")


def test_a_worker_that_is_told_to_end_ends_soon_and_loses_nothing(
    runtime: Runtime, worker: subprocess.Popen[bytes], broker: redis.Redis
) -> None:
    a_day(runtime, readers=200)
    runtime.compose(FRIDAY)
    runtime.wake_dispatch()
    wait_for(lambda: runtime.count_states(FRIDAY)["accepted"] > 5, "the first mails")
    worker.terminate()
    worker.wait(30)
    states = runtime.count_states(FRIDAY)
    assert states["accepted"] + states["queued"] == 200, states  # nothing hangs, nothing is uncertain
    assert runtime.dispatch(edition_on=FRIDAY).problem is None
    assert runtime.count_states(FRIDAY)["accepted"] == 200
    assert len(list(runtime.settings.inbox_folder.glob("*.eml"))) == 200
