"""Monitors are told what is wrong, judged by what has moved."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.editions.store import claim_collection, end_collection
from newsletter.embedded.broker import broker_url, prepare_valkey, valkey_command, wait_until_ready
from newsletter.papers.ledger import Judgement, Source
from newsletter.papers.ledger_store import note_question
from newsletter.runtime import Runtime
from newsletter.words import Words
from tests.factories import FRIDAY, Hand, add_reader, announce, judge_list, make_paper, open_day
from tests.web.browser import Browser


@pytest.fixture
def _broker(runtime: Runtime) -> Iterator[None]:
    home: Path = runtime.settings.home
    prepare_valkey(home)
    process = subprocess.Popen(valkey_command(home), stdout=subprocess.DEVNULL)
    wait_until_ready(broker_url(runtime.settings), 10)
    yield
    process.terminate()
    process.wait(10)


@pytest.mark.usefixtures("_broker")
def test_all_is_well(browser: Browser, runtime: Runtime) -> None:
    open_day(runtime.desk, announce([make_paper(1, "Agents")]))
    add_reader(runtime.desk, "ann@example.org", "agents")
    runtime.compose(FRIDAY)
    response = browser.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "problems": [],
        "broker": "ok",
        "database": "ok",
        "newest_edition": "2026-03-20",
        "open_deliveries": 1,
        "oldest_due": "2026-03-20T01:00:00+00:00",
        "last_progress": "2026-03-20T01:00:00+00:00",
        "last_tick": None,
        "alarms": {},
        "source": {
            "state": "settled",
            "list": "2026-03-20",
            "last_answer": "2026-03-20T01:00:00+00:00",
            "next_question": response.json()["source"]["next_question"],
            "deadline": "2026-03-20T10:00:00+00:00",
        },
    }


@pytest.mark.usefixtures("_broker")
def test_before_the_first_day_all_is_well_too(browser: Browser) -> None:
    response = browser.get("/health")
    assert response.status_code == 200
    assert (response.json()["newest_edition"], response.json()["open_deliveries"]) == (None, 0)


def test_a_broker_that_is_away_is_named(browser: Browser) -> None:
    response = browser.get("/health")
    assert response.status_code == 503
    assert (response.json()["status"], response.json()["broker"], response.json()["database"]) == (
        "unwell",
        "unreachable",
        "ok",
    )
    assert response.json()["problems"] == ["The broker does not answer; mail waits until it is back."]


def test_a_database_that_does_not_answer_is_named(browser: Browser, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(text("DROP TABLE edition"))
    response = browser.get("/health")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"
    assert "The database does not answer." in response.json()["problems"]


@pytest.mark.usefixtures("_broker")
def test_due_mail_that_nobody_takes_is_named_after_a_quarter_of_an_hour(
    browser: Browser, runtime: Runtime, clock: Hand
) -> None:
    open_day(runtime.desk, announce([make_paper(1, "Agents")]))
    add_reader(runtime.desk, "ann@example.org", "agents")
    runtime.compose(FRIDAY)
    clock.instant += timedelta(minutes=14)
    runtime.note_tick()
    assert browser.get("/health").status_code == 200
    clock.instant += timedelta(minutes=2)
    response = browser.get("/health")
    assert response.status_code == 503
    assert response.json()["problems"] == ["Deliveries due for more than 15 minutes that no worker took: 1."]


@pytest.mark.usefixtures("_broker")
def test_open_alarms_are_counted_by_kind_and_no_more_is_told(browser: Browser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        for domain in ("gmail.com", "qq.com"):
            raise_alarm(session, AlarmKind.CHANNEL_PAUSED, domain, at=runtime.clock(), detail=Words("…", "…"))
    response = browser.get("/health")
    assert (response.status_code, response.json()["alarms"]) == (200, {"channel-paused": 2})
    assert "gmail" not in response.text


def test_a_process_that_lives_says_so_whatever_else_is_broken(browser: Browser, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(text("DROP TABLE edition"))
    response = browser.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.usefixtures("_broker")
def test_ticks_that_stay_away_are_named_after_five_minutes(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    open_day(runtime.desk, announce([make_paper(1, "Agents")]))
    clock.instant += timedelta(minutes=5)
    assert browser.get("/health").status_code == 200  # who has just started is given the time
    clock.instant += timedelta(seconds=1)
    response = browser.get("/health")
    assert response.status_code == 503
    assert response.json()["problems"] == [
        "Nobody has looked what is due for more than 5 minutes: beat or the worker does not run."
    ]
    runtime.note_tick()
    response = browser.get("/health")
    assert (response.status_code, response.json()["last_tick"]) == (200, "2026-03-20T01:05:01+00:00")


@pytest.mark.usefixtures("_broker")
def test_a_list_that_nobody_asks_for_is_named(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    assert browser.get("/health").json()["source"]["state"] == "waiting"
    clock.instant += timedelta(minutes=31)
    runtime.note_tick()
    response = browser.get("/health")
    assert (response.status_code, response.json()["source"]["state"]) == (503, "stalled")
    assert "No source has been asked for the list of 2026-03-20" in response.json()["problems"][0]


@pytest.mark.usefixtures("_broker")
def test_sources_that_never_answer_are_named_once_the_deadline_is_over(
    browser: Browser, runtime: Runtime, clock: Hand
) -> None:
    judge_list(runtime.desk, Judgement.ERROR)
    try_round(runtime)
    assert browser.get("/health").json()["source"]["state"] == "waiting"
    clock.instant = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    try_round(runtime)
    runtime.note_tick()
    response = browser.get("/health")
    assert (response.status_code, response.json()["source"]["state"]) == (503, "failing")
    assert response.json()["problems"] == [
        "No source has answered about the list of 2026-03-20, and its deadline is over."
    ]


def try_round(runtime: Runtime) -> None:
    """Ask every source in vain."""
    at = runtime.clock()
    with transaction(runtime.database) as session:
        number = claim_collection(session, FRIDAY, at=at)
        assert number is not None
        for source in Source:
            note_question(session, "cs", [FRIDAY], source, at=at)
        end_collection(session, FRIDAY, number, at=at, problem="unreachable")


def test_a_tick_that_is_through_is_remembered(runtime: Runtime) -> None:
    runtime.tick()
    assert runtime.look_at_vitals().ticked_at == runtime.clock()
