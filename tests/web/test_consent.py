"""Only a person's press changes anything: link scanners open links, mailbox providers post."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.runtime import Runtime
from newsletter.subscribers.store import get_subscriber, unsubscribe
from newsletter.subscribers.subscriber import Consent, Languages, Preferences, Subscriber
from newsletter.subscribers.tables import SubscriberRow
from tests.factories import Hand, add_reader
from tests.web.browser import Browser
from tests.web.pages import Page, link

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    return add_reader(runtime.desk, "ann@example.org", "agents")


@pytest.fixture
def newcomer(runtime: Runtime) -> Subscriber:
    return add_reader(runtime.desk, "bo@example.org", "agents", "强化学习", is_confirmed=False)


def now(runtime: Runtime, reader: Subscriber) -> Subscriber:
    with reading(runtime.database) as session:
        return get_subscriber(session, reader.id)


def mails(runtime: Runtime) -> list[str]:
    with reading(runtime.database) as session:
        return list(session.exec(select(DeliveryRow.message).order_by(col(DeliveryRow.id))))


def withdraw_links(runtime: Runtime, reader: Subscriber) -> None:
    with transaction(runtime.database) as session:
        row = session.get_one(SubscriberRow, reader.id)
        row.token_version += 1
        session.add(row)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe"])
def test_opening_a_link_changes_nothing(browser: Browser, runtime: Runtime, method: str, purpose: str) -> None:
    confirmed = purpose == "unsubscribe"
    reader = add_reader(runtime.desk, "ann@example.org", "agents", is_confirmed=confirmed)
    response = browser.request(method, link(runtime, purpose, reader))  # type: ignore[arg-type]  # one of the purposes
    assert response.status_code == 200
    assert now(runtime, reader) == reader
    assert mails(runtime) == []


def test_the_confirmation_page_shows_what_was_asked_for_and_a_button(
    browser: Browser, runtime: Runtime, newcomer: Subscriber
) -> None:
    page = Page(browser.get(link(runtime, "confirm", newcomer)))
    assert page.texts("//li[@class='keyword']") == ["agents", "强化学习"]
    assert "bo@example.org" in page.text
    assert page.texts("//main//form[@method='post']//button") == ["Yes, send it to me"]


def test_pressing_the_button_confirms_and_leads_to_the_readers_own_page(
    browser: Browser, runtime: Runtime, newcomer: Subscriber, clock: Hand
) -> None:
    response = browser.post(link(runtime, "confirm", newcomer))
    assert (response.status_code, Page(response).heading) == (200, "You are subscribed")
    found = now(runtime, newcomer)
    assert (found.consent, found.confirmed_at) == (Consent.CONFIRMED, clock())
    own_pages = Page(response).attributes("//a[starts-with(@href, '/manage/')]/@href")
    assert [browser.get(page).status_code for page in own_pages] == [200, 200]
    assert mails(runtime) == ["welcome"]


def test_confirming_twice_does_no_harm(browser: Browser, runtime: Runtime, newcomer: Subscriber, clock: Hand) -> None:
    path = link(runtime, "confirm", newcomer)
    browser.post(path)
    once = now(runtime, newcomer)
    clock.instant += timedelta(hours=1)
    assert browser.post(path).status_code == 200
    assert now(runtime, newcomer) == once
    assert mails(runtime) == ["welcome"]
    assert Page(browser.get(path)).heading == "You are subscribed already"


def test_a_confirmation_link_is_good_for_a_week(
    browser: Browser, runtime: Runtime, newcomer: Subscriber, clock: Hand
) -> None:
    path = link(runtime, "confirm", newcomer)
    clock.instant += timedelta(days=7)
    assert browser.get(path).status_code == 200
    clock.instant += timedelta(days=1)
    assert browser.get(path).status_code == 404
    assert browser.post(path).status_code == 404
    assert now(runtime, newcomer).consent is Consent.PENDING


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"\xff\x00 no form at all"},
    ],
    ids=["urlencoded", "multipart", "empty", "unreadable"],
)
def test_one_post_unsubscribes_in_whatever_encoding(
    browser: Browser, runtime: Runtime, reader: Subscriber, body: dict[str, object]
) -> None:
    response = browser.post(link(runtime, "unsubscribe", reader), **body)
    assert (response.status_code, Page(response).heading) == (200, "You are unsubscribed")
    assert "Location" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert now(runtime, reader).consent is Consent.UNSUBSCRIBED
    assert mails(runtime) == ["goodbye"]


def test_unsubscribing_twice_is_answered_alike_and_keeps_the_first_instant(
    browser: Browser, runtime: Runtime, reader: Subscriber, clock: Hand
) -> None:
    path = link(runtime, "unsubscribe", reader)
    first = browser.post(path, data=ONE_CLICK)
    with reading(runtime.database) as session:
        left_at = session.get_one(SubscriberRow, reader.id).unsubscribed_at
    clock.instant += timedelta(days=1)
    second = browser.post(path, data=ONE_CLICK)
    assert (second.status_code, second.text) == (first.status_code, first.text)
    with reading(runtime.database) as session:
        assert session.get_one(SubscriberRow, reader.id).unsubscribed_at == left_at
    assert Page(browser.get(path)).heading == "You are unsubscribed already"
    assert mails(runtime) == ["goodbye"]


def test_the_button_on_the_page_sends_what_a_mailbox_provider_would(
    browser: Browser, runtime: Runtime, reader: Subscriber
) -> None:
    page = Page(browser.get(link(runtime, "unsubscribe", reader)))
    assert page.form() == {name: [value] for name, value in ONE_CLICK.items()}
    assert page.attributes("//main//form/@action") == []  # it posts to its own address


def test_the_oldest_mails_link_still_unsubscribes(
    browser: Browser, runtime: Runtime, reader: Subscriber, clock: Hand
) -> None:
    path = link(runtime, "unsubscribe", reader)
    withdraw_links(runtime, reader)
    clock.instant += timedelta(days=3650)
    assert browser.post(path).status_code == 200
    assert now(runtime, reader).consent is Consent.UNSUBSCRIBED


def test_who_left_can_confirm_again_with_a_fresh_link(
    browser: Browser, runtime: Runtime, reader: Subscriber, clock: Hand
) -> None:
    with transaction(runtime.database) as session:
        unsubscribe(session, reader.id, at=runtime.clock())
    assert Page(browser.get(link(runtime, "confirm", reader))).texts("//form[@method='post']//button") != []
    clock.instant += timedelta(days=1)
    browser.post(link(runtime, "confirm", reader))
    assert now(runtime, reader).consent is Consent.CONFIRMED
    assert now(runtime, reader).confirmed_at == reader.confirmed_at  # a reader since the first time


@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe", "manage", "digest"])
def test_every_bad_link_gets_the_same_page_which_says_how_to_get_a_fresh_one(
    browser: Browser, runtime: Runtime, reader: Subscriber, purpose: str
) -> None:
    day = "/2026-03-20" if purpose == "digest" else ""
    other = "manage" if purpose == "confirm" else "confirm"
    good = link(runtime, purpose, reader)  # type: ignore[arg-type]  # one of the purposes
    foreign = link(runtime, other, reader).removeprefix(f"/{other}/")  # type: ignore[arg-type]  # one of the purposes
    nobody = runtime.tokens.sign(purpose, 999, 0)  # type: ignore[arg-type]  # one of the purposes
    bad = [f"{good[:-1]}!", f"/{purpose}/x", f"/{purpose}/{foreign}", f"/{purpose}/{nobody}", f"/{purpose}/{'晨' * 50}"]
    answers = [browser.get(path + day) for path in bad]
    if purpose != "digest":
        answers += [browser.post(path, data={"keywords": "agents"}) for path in bad]
    assert {(answer.status_code, Page(answer).text) for answer in answers} == {(404, Page(answers[0]).text)}
    page = Page(answers[0])
    assert page.heading == "This link does not work"
    assert "sign up once more" in page.text
    assert "@" not in page.text


@pytest.mark.parametrize("purpose", ["confirm", "manage", "digest"])
def test_a_withdrawn_link_opens_nothing(browser: Browser, runtime: Runtime, reader: Subscriber, purpose: str) -> None:
    path = link(runtime, purpose, reader) + ("/2026-03-20" if purpose == "digest" else "")  # type: ignore[arg-type]  # as above
    withdraw_links(runtime, reader)
    assert browser.get(path).status_code == 404


def test_a_readers_pages_speak_the_readers_first_language_unless_the_browser_chose(
    browser: Browser, runtime: Runtime
) -> None:
    reader = add_reader(
        runtime.desk, "zhang@example.org", "agents", preferences=Preferences(languages=Languages("zh+en"))
    )
    path = link(runtime, "unsubscribe", reader)
    assert Page(browser.get(path)).heading == "停止接收晨报？"
    assert Page(browser.get(path, headers={"Cookie": "lang=en"})).heading == "Stop the morning paper?"
    assert Page(browser.post(path)).heading == "已退订"
