"""Monitors are told what is wrong, judged by what has moved."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.embedded.broker import broker_url, prepare_valkey, valkey_command, wait_until_ready
from newsletter.runtime import Runtime
from tests.factories import FRIDAY, Hand, add_reader, announce, make_paper, open_day
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
        "last_progress": "2026-03-20T01:00:00+00:00",
        "alarms": {},
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
    assert browser.get("/health").status_code == 200
    clock.instant += timedelta(minutes=2)
    response = browser.get("/health")
    assert response.status_code == 503
    assert response.json()["problems"] == ["Deliveries due for more than 15 minutes that no worker took: 1."]


@pytest.mark.usefixtures("_broker")
def test_open_alarms_are_counted_by_kind_and_no_more_is_told(browser: Browser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        for domain in ("gmail.com", "qq.com"):
            raise_alarm(session, AlarmKind.CHANNEL_PAUSED, domain, at=runtime.clock(), detail="…")
    response = browser.get("/health")
    assert (response.status_code, response.json()["alarms"]) == (200, {"channel-paused": 2})
    assert "gmail" not in response.text
