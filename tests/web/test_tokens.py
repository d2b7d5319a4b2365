"""Readers make, see and withdraw the tokens of their own programs."""

import json
from datetime import timedelta

import pytest

from newsletter.runtime import Runtime
from newsletter.runtime.api import MOST_TOKENS
from newsletter.subscribers.subscriber import Languages, Preferences, Subscriber
from tests.factories import Hand, add_reader
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

WISH = {"name": ["my <b>script</b>"], "scopes": ["papers:read", "me:read"], "days": ["90"]}


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    return add_reader(runtime.desk, "ann@example.org", "robot")


@pytest.fixture
def path(runtime: Runtime, reader: Subscriber) -> str:
    return link(runtime, "manage", reader) + "/tokens"


def make(browser: Browser, path: str) -> str:
    """Make a token on the page and return it as it is shown, this once."""
    page = Page(browser.post(path, data=WISH))
    return page.one("//*[@class='secret']").text_content().strip()


def get_me(browser: Browser, written: str) -> int:
    return browser.get("/api/v1/me", headers={"Authorization": f"Bearer {written}"}).status_code


def test_a_token_is_shown_once_and_opens_what_it_was_made_for(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    written = make(browser, path)
    assert get_me(browser, written) == 200
    [kept] = runtime.list_own_tokens(reader)
    assert (kept.name, sorted(kept.scopes)) == ("my <b>script</b>", ["me:read", "papers:read"])
    assert kept.expires_at == runtime.clock() + timedelta(days=90)
    page = Page(browser.get(path))
    assert written not in page.text
    (told,) = page.texts("//ul[@class='tokens']/li")
    assert f"my <b>script</b> · chenbao_{kept.prefix}" in told
    assert "last used 20 March 2026 · good until 18 June 2026" in told


def test_a_withdrawn_token_opens_nothing_and_stays_in_sight(browser: Browser, path: str) -> None:
    written = make(browser, path)
    button = Page(browser.get(path)).one("//button[@name='prefix']")
    answer = browser.post(f"{path}/withdraw", data={"prefix": button.get("value")})
    assert answer.status_code == 303
    page = Page(browser.get(answer.headers["Location"]))
    assert page.texts("//main//*[@role='status']") == ["Withdrawn. No program gets in with it any more."]
    assert "withdrawn" in page.one("//section[@aria-labelledby='past']//li").text_content()
    assert page.texts("//button[@name='prefix']") == []
    assert get_me(browser, written) == 401


def test_nobody_withdraws_what_is_not_theirs(browser: Browser, runtime: Runtime, path: str) -> None:
    written = make(browser, path)
    other = link(runtime, "manage", add_reader(runtime.desk, "bo@example.org", "robot"))
    assert browser.post(f"{other}/tokens/withdraw", data={"prefix": written.split("_")[1]}).status_code == 404
    assert browser.post(f"{other}/tokens/withdraw", data={"prefix": "no token"}).status_code == 400
    assert get_me(browser, written) == 200


@pytest.mark.parametrize("page", ["", "/withdraw"])
def test_a_link_that_is_not_good_makes_and_withdraws_nothing(browser: Browser, path: str, page: str) -> None:
    bad = path.replace("/tokens", "x/tokens")
    assert browser.post(bad + page, data=WISH).status_code == 404
    assert browser.get(bad).status_code == 404


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"name": [" "]}, "Give it a name"),
        ({"name": ["x" * 81]}, "Give it a name"),
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["readers:read", "<b>"]}, "Choose at least one"),
    ],
)
def test_what_is_wrong_is_said_under_its_field_and_nothing_is_made(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str, wish: dict[str, list[str]], said: str
) -> None:
    response = browser.post(path, data=WISH | wish)
    assert response.status_code == 422
    assert said in Page(response).one("//*[@class='errors']").text_content()
    assert faults(response) == []
    assert runtime.list_own_tokens(reader) == []


def test_a_reader_has_only_so_many_and_room_again_the_day_after(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str, clock: Hand
) -> None:
    for _ in range(MOST_TOKENS):
        _, made = runtime.create_own_token(reader, ["me:read"], days=30, name="one of many")
    runtime.revoke_own_token(reader, made.prefix)
    assert "tokens are enough" in Page(browser.post(path, data=WISH)).text
    clock.instant += timedelta(days=1)
    assert browser.post(path, data=WISH).status_code == 200


def test_the_tokens_end_with_the_readers_data_and_are_in_their_export(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    written = make(browser, path)
    export = browser.get(path.replace("/tokens", "/export"))
    assert written not in export.text
    [told] = json.loads(export.text)["tokens"]
    assert (told["prefix"], told["name"]) == (written.split("_")[1], "my <b>script</b>")
    assert told["scopes"] == ["me:read", "papers:read"]
    assert not {"token_hash", "id"} & set(told)
    browser.post(path.replace("/tokens", "/delete"))
    assert runtime.list_own_tokens(reader) == []
    assert get_me(browser, written) == 401


@pytest.mark.parametrize("languages", [Languages("en+zh"), Languages("zh+en")])
def test_the_page_is_whole_in_the_readers_language(browser: Browser, runtime: Runtime, languages: Languages) -> None:
    reader = add_reader(runtime.desk, "cy@example.org", "robot", preferences=Preferences(languages=languages))
    path = link(runtime, "manage", reader) + "/tokens"
    tag = "zh-Hans" if languages == Languages("zh+en") else "en"
    for response in (browser.get(path), browser.post(path, data=WISH), browser.get(path)):
        assert Page(response).language == tag
        assert [fault for fault in faults(response) if "lacks lang" not in fault] == []
