"""Enrolment on the website: one page from the link to the recovery codes."""

from urllib.parse import urlsplit

import pyotp
import pytest
from lxml import etree

from newsletter.clock import system_clock
from newsletter.operators.roles import Role
from newsletter.runtime import Runtime
from tests.operators.conftest import PASSWORD
from tests.web.admin.conftest import SignIn
from tests.web.browser import Browser
from tests.web.pages import Page, faults


@pytest.fixture
def link(runtime: Runtime) -> str:
    return urlsplit(runtime.add_operator("ann@example.org", Role.OWNER).link).path


def code_of(page: Page) -> str:
    """Return what a phone shows that read this page's key."""
    (key,) = page.texts("//*[@class='key']")
    return pyotp.TOTP(key.replace(" ", "")).at(system_clock())


def test_the_page_shows_one_key_as_a_picture_as_a_link_and_to_type(browser: Browser, link: str) -> None:
    response = browser.get(link)
    page = Page(response)
    (key,) = page.texts("//*[@class='key']")
    (uri,) = page.attributes("//a[starts-with(@href, 'otpauth:')]/@href")
    assert f"secret={key.replace(' ', '')}" in uri
    assert len(page.root.xpath("//*[@role='img']/*[local-name()='svg']")) == 1
    assert "style=" not in etree.tostring(page.root).decode()
    assert page.attributes("//input[@id='email']/@value") == ["ann@example.org"]
    assert faults(response) == []
    assert browser.get(link).text == response.text, "programs that look at links use nothing up"


def test_who_finishes_is_in_and_sees_the_recovery_codes_once(browser: Browser, runtime: Runtime, link: str) -> None:
    code = code_of(Page(browser.get(link)))
    response = browser.post(link, data={"password": PASSWORD, "again": PASSWORD, "code": code})
    page = Page(response)
    assert (response.status_code, page.heading) == (200, "Your recovery codes")
    assert len(page.texts("//ul[@class='codes']/li")) == 10
    assert faults(response) == []
    cookies = "; ".join(header.partition(";")[0] for header in response.headers.get_list("set-cookie"))
    assert browser.get("/admin/account", headers={"Cookie": cookies}).status_code == 200
    assert browser.get(link).status_code == 404
    assert browser.post(link, data={"password": PASSWORD, "again": PASSWORD, "code": code}).status_code == 404
    assert [one.state for one in runtime.list_operators()] == ["active"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"again": "another one"}, "again", "not alike"),
        ({"password": "short", "again": "short"}, "password", "At least 12 characters"),
        ({"password": "Password1234", "again": "Password1234"}, "password", "guessed quickly"),
        ({"code": "000000"}, "code", "not the code"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_link_stays_good(
    browser: Browser, link: str, changes: dict[str, str], field: str, said: str
) -> None:
    code = code_of(Page(browser.get(link)))
    response = browser.post(link, data={"password": PASSWORD, "again": PASSWORD, "code": code} | changes)
    assert response.status_code == 422
    assert said in Page(response).texts(f"//*[@id='{field}-errors']")[0]
    assert faults(response) == []
    assert browser.get(link).status_code == 200


def test_a_link_that_is_not_good_says_what_to_do(browser: Browser) -> None:
    response = browser.get("/admin/enrol/x")
    assert (response.status_code, Page(response).heading) == (404, "This link is not good any more")
    assert faults(response) == []
    assert browser.post("/admin/enrol/x", data={"password": PASSWORD}).status_code == 404


def test_a_reset_ends_the_sessions_and_enrols_anew(browser: Browser, runtime: Runtime, signed_in: SignIn) -> None:
    viewer = signed_in("viewer")
    link = urlsplit(runtime.reset_operator(viewer.email).link).path
    assert viewer.get("/admin/account").status_code == 303
    assert browser.get(link).status_code == 200
