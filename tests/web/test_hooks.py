"""The webhook for reports: signed, recent, and safe to repeat."""

import json
from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Preferences
from newsletter.subscribers.tokens import Tokens
from newsletter.web.app import create_app
from newsletter.web.security import MAX_BODY_BYTES
from newsletter.web.signed import WINDOW, is_signed, sign
from tests.factories import MORNING, Hand
from tests.mail.reports import delivery_report
from tests.web.browser import Browser

SECRET = "a secret of the webhook"
MAIL, JSON = "message/rfc822", "application/json"
NOTHING: Mapping[str, str | bytes] = {}


@pytest.fixture
def runtime(engine: Engine, clock: Hand) -> Runtime:
    secret = "a secret of the tests"
    settings = load_settings(secret_key=secret, bounce_webhook_secret=SECRET, bounce_domain="bounces.example.org")
    return Runtime(settings=settings, clock=clock, database=engine, tokens=Tokens(secret, now=clock))


def post(
    browser: Browser, clock: Hand, body: bytes, *, kind: str = MAIL, changes: Mapping[str, str | bytes] = NOTHING
) -> httpx.Response:
    timestamp = str(int(clock().timestamp()))
    headers = {
        "Content-Type": kind,
        "Chenbao-Timestamp": timestamp,
        "Chenbao-Signature": sign(SECRET, timestamp, body),
        **changes,
    }
    return browser.post("/hooks/bounces", content=body, headers=headers)


def report(runtime: Runtime, delivery_id: int = 7) -> bytes:
    return delivery_report("ann@example.org", to=runtime.return_paths.of(delivery_id))


def test_a_signed_report_is_recorded_and_one_that_comes_again_is_not(
    browser: Browser, runtime: Runtime, clock: Hand
) -> None:
    for recorded in (1, 0):
        response = post(browser, clock, report(runtime))
        assert (response.status_code, response.json()) == (200, {"recorded": recorded})
    [told] = runtime.list_feedback()
    assert (told.source, told.kind, told.recipient) == ("webhook", "hard", "ann@example.org")


def test_a_mail_to_the_unsubscribe_address_unsubscribes(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    reader = runtime.subscribe("ann@example.org", ["cat:cs"], Preferences(), is_confirmed=True)
    address = runtime.return_paths.unsubscribe_of(reader.id)
    assert post(browser, clock, f"To: {address}\r\nSubject: unsubscribe\r\n\r\n".encode()).status_code == 200
    assert runtime.get_reader("ann@example.org").consent == "unsubscribed"


def test_a_service_s_notification_is_recorded(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "ann@example.org"}], "feedbackId": "1"}
    body = json.dumps({"Type": "Notification", "Message": json.dumps({"bounce": bounce})}).encode()
    assert post(browser, clock, body, kind="text/plain; charset=UTF-8").json() == {"recorded": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"Chenbao-Signature": ""},
        {"Chenbao-Signature": "sha256=" + "0" * 64},
        {"Chenbao-Timestamp": ""},
        {"Chenbao-Timestamp": "-1"},
        {"Chenbao-Timestamp": "²"},
        {"Chenbao-Timestamp": "9" * 40},
        {"Chenbao-Timestamp": str(int(MORNING.timestamp()) + 1)},
    ],
)
def test_what_is_not_signed_is_not_read(
    browser: Browser, runtime: Runtime, clock: Hand, changes: dict[str, str]
) -> None:
    encoded = {name: value.encode() for name, value in changes.items()}
    assert post(browser, clock, report(runtime), changes=encoded).status_code == 401
    assert not runtime.list_feedback()


def test_a_request_that_was_overheard_is_worth_nothing_later(browser: Browser, runtime: Runtime, clock: Hand) -> None:
    body, timestamp = report(runtime), str(int(clock().timestamp()))
    headers = {"Chenbao-Timestamp": timestamp, "Chenbao-Signature": sign(SECRET, timestamp, body)}
    clock.instant += WINDOW + timedelta(seconds=1)
    assert post(browser, clock, body, changes=headers).status_code == 401


@pytest.mark.parametrize(("kind", "body", "status"), [("text/html", b"<p>", 415), (JSON, b"{}", 400), (JSON, b"", 400)])
def test_what_cannot_be_read_is_said(browser: Browser, clock: Hand, kind: str, body: bytes, status: int) -> None:
    response = post(browser, clock, body, kind=kind)
    assert response.status_code == status
    assert response.json()["problem"]


def test_a_body_over_the_limit_is_refused(browser: Browser, clock: Hand) -> None:
    assert post(browser, clock, b"x" * (MAX_BODY_BYTES + 1)).status_code == 413


def test_while_the_database_is_away_the_sender_is_asked_to_come_again(
    browser: Browser, runtime: Runtime, clock: Hand
) -> None:
    with runtime.database.begin() as connection:
        connection.execute(text("ALTER TABLE feedback RENAME TO away"))
    response = post(browser, clock, report(runtime))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")


def test_without_a_secret_there_is_no_such_page(engine: Engine, clock: Hand) -> None:
    runtime = Runtime(
        settings=load_settings(), clock=clock, database=engine, tokens=Tokens("a secret of the tests", now=clock)
    )
    assert post(Browser(create_app(runtime)), clock, b"").status_code == 404


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_signature_is_good_for_its_own_body_alone(body: bytes, other: bytes) -> None:
    timestamp = str(int(MORNING.timestamp()))
    signature = sign(SECRET, timestamp, body)
    assert is_signed(SECRET, timestamp, signature, body, now=MORNING)
    assert is_signed(SECRET, timestamp, signature, other, now=MORNING) == (body == other)
    assert not is_signed("another secret", timestamp, signature, body, now=MORNING)
