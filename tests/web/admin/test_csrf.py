"""Only our own page, in the very session, can change anything."""

import httpx
import pytest

from newsletter.runtime import Runtime
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.browser import Browser
from tests.web.pages import Page

END = "/admin/account/end-others"
HOST = "http://papers.example.org"


def test_a_form_of_ours_carries_the_sessions_token(owner: OperatorBrowser) -> None:
    page = Page(owner.get("/admin/account"))
    assert set(page.attributes("//form[@method='post' and @action!='/language']/input[@name='csrf']/@value")) == {
        owner.csrf
    }
    assert len(page.root.xpath("//form[@method='post' and not(input[@name='csrf'])]")) == 1, "the language switch"


@pytest.mark.parametrize("typed", ["", "x", "é", None])
def test_without_the_token_nothing_is_changed(owner: OperatorBrowser, runtime: Runtime, typed: str | None) -> None:
    data = {} if typed is None else {"csrf": typed}
    assert Browser.post(owner, END, data=data).status_code == 403
    assert runtime.list_audit() == []


def test_the_token_of_another_session_is_worth_nothing(owner: OperatorBrowser, signed_in: SignIn) -> None:
    other = signed_in("operator")
    assert Browser.post(owner, END, data={"csrf": other.csrf}).status_code == 403
    assert Browser.post(owner, END, data={"csrf": owner.csrf}).status_code == 303


def test_the_token_does_not_count_in_the_address(owner: OperatorBrowser) -> None:
    assert Browser.post(owner, f"{END}?csrf={owner.csrf}").status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOST}, 403),
        ({"Origin": HOST}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "https://papers.example.org.evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 303),
    ],
)
def test_what_another_site_sends_is_refused_even_with_the_token(
    owner: OperatorBrowser, headers: dict[str, str], status: int
) -> None:
    assert owner.post(END, headers=headers).status_code == status


def test_another_site_cannot_sign_anybody_in_either(browser: Browser) -> None:
    answer = browser.post("/admin/sign-in", headers={"Sec-Fetch-Site": "cross-site"}, data={"email": "a@example.org"})
    assert answer.status_code == 403


def test_a_form_in_parts_is_read_too_and_its_file_is_let_go(owner: OperatorBrowser) -> None:
    file = {"file": ("readers.csv", b"email\n", "text/csv")}
    assert Browser.post(owner, END, data={"csrf": owner.csrf}, files=file).status_code == 303
    assert Browser.post(owner, END, data={"csrf": "x"}, files=file).status_code == 403


def test_looking_needs_no_token(owner: OperatorBrowser) -> None:
    found: httpx.Response = owner.get("/admin/account", headers={"Sec-Fetch-Site": "cross-site"})
    assert found.status_code == 200, "a link in a mail leads here"
