"""Prometheus reads how the service does; nobody else does, and no address is in it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.runs import add_run
from newsletter.translation.tables import TranslationRunRow
from newsletter.web.app import create_app
from newsletter.words import Words
from tests.factories import FRIDAY, Hand, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(response: httpx.Response) -> Samples:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def test_everything_is_counted_as_the_database_has_it(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    open_day(runtime.desk, announce([make_paper(1, "Agents"), make_paper(2, "Graphs")]))
    add_reader(runtime.desk, "ann@example.org", "agents")
    add_reader(runtime.desk, "bo@example.org", "knitting")
    add_reader(runtime.desk, "cy@example.org", "agents", is_confirmed=False)
    runtime.compose(FRIDAY)
    runtime.note_tick()
    with transaction(runtime.database) as session:
        raise_alarm(session, AlarmKind.CHANNEL_PAUSED, "gmail.com", at=clock(), detail=Words("…", "…"))
        counts: dict[str, Any] = {"requested": 9, "recalled": 2, "translated": 6, "failed": 1}
        asked: dict[str, Any] = {
            "engine": "deepl",
            "started_at": clock(),
            "ended_at": clock(),
            "requests": 3,
            "characters": 4000,
        }
        for _ in range(2):
            add_run(session, TranslationRunRow(**asked, **counts))
    clock.instant += timedelta(minutes=2)
    response = browser.get("/metrics")
    found = read(response)
    assert value(found, "chenbao_up") == 1
    assert value(found, "chenbao_deliveries", message="digest", state="queued") == 1
    assert value(found, "chenbao_deliveries", message="digest", state="skipped") == 1
    assert value(found, "chenbao_deliveries_open") == 1
    assert value(found, "chenbao_oldest_due_delivery_seconds") == 120
    assert value(found, "chenbao_alarms_open", kind="channel-paused") == 1
    assert value(found, "chenbao_alarms_open", kind="relay-unusable") == 0
    assert value(found, "chenbao_last_tick_timestamp_seconds") == (clock() - timedelta(minutes=2)).timestamp()
    assert value(found, "chenbao_ledger_judgement", category="cs", judgement="complete") == 1
    assert value(found, "chenbao_ledger_judgement", category="cs", judgement="late") == 0
    assert value(found, "chenbao_papers") == 2
    assert value(found, "chenbao_readers", consent="confirmed") == 2
    assert value(found, "chenbao_readers", consent="pending") == 1
    assert [name for name, _ in found].count("chenbao_channels_held") == 1
    assert value(found, "chenbao_translation_requests_total", engine="deepl") == 6
    assert value(found, "chenbao_translation_characters_total", engine="deepl") == 8000
    assert value(found, "chenbao_translation_texts_total", engine="deepl", outcome="translated") == 12
    assert "example.org" not in response.text


def test_requests_are_counted_by_the_pattern_of_their_route(browser: Browser) -> None:
    browser.get("/day/2026-03-20")
    browser.get("/manage/a-secret-token")
    browser.get("/api/v1/papers/2603.00001")
    browser.get("/no/such/page")
    browser.get("/static/chenbao.css")
    browser.request("MADE-UP", "/day/2026-03-20")
    response = browser.get("/metrics")
    found = read(response)
    name = "chenbao_http_request_seconds_count"
    assert value(found, name, method="GET", route="/day/{written}", status="404") == 1
    assert value(found, name, method="GET", route="/api/v1/papers/{arxiv_id:path}", status="404") == 1
    assert value(found, name, method="GET", route="(none)", status="404") == 1
    assert value(found, name, method="GET", route="/static", status="200") == 1
    assert "a-secret-token" not in response.text
    assert "MADE-UP" not in response.text


def test_before_the_first_day_there_is_nothing_to_tell(browser: Browser) -> None:
    found = read(browser.get("/metrics"))
    assert value(found, "chenbao_oldest_due_delivery_seconds") == 0
    assert ("chenbao_last_tick_timestamp_seconds", frozenset()) not in found


def test_a_database_that_does_not_answer_is_told(browser: Browser, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(text("DROP TABLE pulse"))
    found = read(browser.get("/metrics"))
    assert value(found, "chenbao_up") == 0


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Via": "1.1 proxy"}, {"X-Real-IP": "::1"}],
)
def test_what_a_proxy_hands_on_is_not_from_this_machine(browser: Browser, headers: dict[str, str]) -> None:
    assert browser.get("/metrics", headers=headers).status_code == 401


def test_with_a_token_in_the_settings_only_the_token_opens(engine: Engine, clock: Hand) -> None:
    settings = load_settings(secret_key="a secret of the tests", metrics_token="sixteen characters at least")
    tokens = Tokens("a secret of the tests", now=clock)
    browser = Browser(create_app(Runtime(settings=settings, clock=clock, database=engine, tokens=tokens)))
    for given in ({}, {"Authorization": "Bearer sixteen characters at most"}, {"Authorization": "Bearer "}):
        assert browser.get("/metrics", headers=given).status_code == 401
    given = {"Authorization": "Bearer sixteen characters at least", "X-Forwarded-For": "192.0.2.7"}
    assert browser.get("/metrics", headers=given).status_code == 200
