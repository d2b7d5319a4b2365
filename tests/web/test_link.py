"""Somebody without a mail at hand gets their link by mail, and a stranger learns nothing."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.runtime import Runtime
from newsletter.subscribers.store import unsubscribe
from newsletter.subscribers.tables import SubscriberRow
from tests.factories import MORNING, Hand, add_reader
from tests.web.browser import Browser
from tests.web.pages import Page, faults


def mails(runtime: Runtime) -> Sequence[tuple[str, str]]:
    with reading(runtime.database) as session:
        wanted = select(DeliveryRow, SubscriberRow).where(SubscriberRow.id == DeliveryRow.subscriber_id)
        return [(reader.email, row.message) for row, reader in session.exec(wanted)]


def test_a_reader_gets_the_link_and_one_who_has_not_confirmed_the_confirmation(
    browser: Browser, runtime: Runtime
) -> None:
    add_reader(runtime.desk, "ann@example.org", "walking")
    add_reader(runtime.desk, "bo@example.org", "walking", is_confirmed=False)
    for email in ("ANN@example.org", "bo@example.org"):
        assert browser.post("/link", data={"email": email}).status_code == 200
    assert mails(runtime) == [("ann@example.org", "link"), ("bo@example.org", "confirm")]


def test_the_answer_is_the_same_whoever_the_address_belongs_to(browser: Browser, runtime: Runtime) -> None:
    add_reader(runtime.desk, "known@example.org", "walking")
    left = add_reader(runtime.desk, "left@example.org", "walking")
    with transaction(runtime.database) as session:
        unsubscribe(session, left.id, at=MORNING)
    addresses = ("known@example.org", "left@example.org", "new@example.org", "known@example.org")
    answers = [browser.post("/link", data={"email": email}) for email in addresses]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    assert mails(runtime) == [("known@example.org", "link")]


@pytest.mark.parametrize("email", ["", "ann at example.org"])
def test_a_mistake_is_shown_in_place(browser: Browser, email: str) -> None:
    response = browser.post("/link", data={"email": email})
    assert response.status_code == 422
    assert Page(response).one("//input[@id='email']").get("aria-invalid") == "true"
    assert faults(response) == []


def test_the_pages_are_sound(browser: Browser) -> None:
    assert faults(browser.get("/link")) == []
    assert browser.request("HEAD", "/link").status_code == 200
    assert faults(browser.post("/link", data={"email": "ann@example.org"})) == []


@pytest.mark.parametrize(
    ("path", "data"), [("/link", {}), ("/subscribe", {"keywords": "agents", "languages": "en", "timezone": "UTC"})]
)
def test_who_asks_too_often_is_told_to_wait_whatever_the_address(
    browser: Browser, runtime: Runtime, clock: Hand, path: str, data: dict[str, str]
) -> None:
    add_reader(runtime.desk, "known@example.org", "walking")
    for number in range(5):
        assert browser.post(path, data={**data, "email": f"new{number}@example.org"}).status_code == 200
    for email in ("known@example.org", "new@example.org"):
        refused = browser.post(path, data={**data, "email": email})
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
        assert Page(refused).heading == "Too many requests from here"
        assert faults(refused) == []
    assert "known@example.org" not in [email for email, _ in mails(runtime)]
    clock.instant += timedelta(hours=1)
    assert browser.post(path, data={**data, "email": "known@example.org"}).status_code == 200
