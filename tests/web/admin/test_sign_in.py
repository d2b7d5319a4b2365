"""Signing in on the website: password and code on one page, then on to where one wanted to go."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import Engine

from newsletter.clock import system_clock
from newsletter.operators.passwords import Passwords
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.tokens import Tokens
from newsletter.web.admin.session import path_within
from newsletter.web.app import create_app
from tests.factories import Hand
from tests.operators.conftest import CHEAP, PASSWORD
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.browser import Browser
from tests.web.pages import Page, faults


@pytest.fixture
def ann(signed_in: SignIn) -> OperatorBrowser:
    """An owner in front of a browser in which nobody is signed in."""
    found = signed_in("owner", "ann@example.org")
    found.cookies.clear()
    return found


def typed(ann: OperatorBrowser, **changes: str) -> dict[str, str]:
    code = pyotp.TOTP(ann.secret).at(system_clock())  # a phone knows the real time only
    return {"email": ann.email, "password": PASSWORD, "code": code} | changes


def test_the_form_asks_for_address_password_and_code(browser: Browser) -> None:
    response = browser.get("/admin/sign-in")
    page = Page(response)
    assert (response.status_code, page.heading) == (200, "Sign in")
    assert page.attributes("//main//input[not(@type='hidden')]/@autocomplete") == [
        "username",
        "current-password",
        "one-time-code",
    ]
    assert faults(response) == []
    assert response.headers["Cache-Control"] == "no-store"


def test_who_signs_in_goes_on_to_where_they_wanted_to_go(ann: OperatorBrowser) -> None:
    asked = ann.get("/admin/days?month=2026-02")
    assert asked.headers["Location"] == "/admin/sign-in?next=/admin/days%3Fmonth%3D2026-02"
    form = Page(ann.get(asked.headers["Location"])).form()
    assert form["next"] == ["/admin/days?month=2026-02"]
    answer = ann.post("/admin/sign-in", data=form | typed(ann))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/days?month=2026-02")
    assert ann.get("/admin/days").status_code == 200
    assert ann.get("/admin/sign-in?next=/admin/account").headers["Location"] == "/admin/account"


def test_after_a_session_ended_a_form_leads_back_to_its_page(ann: OperatorBrowser) -> None:
    answer = ann.post("/admin/account/end-others", headers={"Referer": "http://papers.example.org/admin/account"})
    assert answer.headers["Location"] == "/admin/sign-in?next=/admin/account"


def test_a_script_that_fetches_a_part_gets_no_sign_in_page_in_its_place(browser: Browser) -> None:
    answer = browser.get("/admin/resends/1/progress", headers={"Sec-Fetch-Dest": "empty"})
    assert (answer.status_code, answer.text) == (401, "")


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"code": "000000"}, {"email": "nobody@example.org"}])
def test_whatever_is_wrong_the_answer_is_the_same(ann: OperatorBrowser, changes: dict[str, str]) -> None:
    response = ann.post("/admin/sign-in", data=typed(ann, **changes))
    page = Page(response)
    assert response.status_code == 422
    assert page.texts("//*[@role='alert']") == [
        "Address, password and code do not fit together. A code counts once: wait for the next one, then try again."
    ]
    assert page.attributes("//input[@type='password']/@value") == []
    assert "Set-Cookie" not in response.headers
    assert faults(response) == []


def test_an_empty_form_is_answered_too(browser: Browser) -> None:
    assert browser.post("/admin/sign-in").status_code == 422
    assert browser.post("/admin/sign-in", data={"email": "\0", "code": "\U0001f511"}).status_code < 500


def test_too_many_tries_have_to_wait_and_are_told_how_long(ann: OperatorBrowser) -> None:
    for _ in range(5):
        ann.post("/admin/sign-in", data=typed(ann, password="wrong"))
    locked = ann.post("/admin/sign-in", data=typed(ann))
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "60")
    assert Page(locked).texts("//*[@role='alert']") == ["Too many tries. Try again in 1 minute."]


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(ann: OperatorBrowser) -> None:
    answer = ann.post("/admin/sign-in", data=typed(ann))
    session, kept = answer.headers.get_list("set-cookie")
    assert session.startswith("operator=")
    assert kept.startswith("operator-browser=")
    for cookie in (session, kept):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/;" in cookie + ";"
        assert "Domain" not in cookie
    assert f"Max-Age={7 * 24 * 3600}" in session


def test_over_tls_the_cookies_are_bound_to_it_and_to_this_host(
    engine: Engine, clock: Hand, ann: OperatorBrowser
) -> None:
    secret = "a secret of the tests"
    runtime = Runtime(
        settings=load_settings(secret_key=secret, base_url="https://papers.example.org"),
        clock=clock,
        database=engine,
        tokens=Tokens(secret, now=clock),
    )
    object.__setattr__(runtime.door, "passwords", Passwords(CHEAP))
    answer = Browser(create_app(runtime)).post("/admin/sign-in", data=typed(ann))
    for cookie in answer.headers.get_list("set-cookie"):
        assert cookie.startswith("__Host-operator")
        assert "Secure" in cookie
        assert "Path=/;" in cookie + ";"


def test_a_session_ends_unused_and_the_next_page_is_the_sign_in(ann: OperatorBrowser, clock: Hand) -> None:
    ann.post("/admin/sign-in", data=typed(ann))
    clock.instant += timedelta(hours=12)
    assert ann.get("/admin/account").headers["Location"] == "/admin/sign-in?next=/admin/account"


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/admin/days?month=2026-02", "/admin/days?month=2026-02"),
        ("/admin", "/admin"),
        ("", "/admin"),
        ("https://evil.example/admin", "/admin"),
        ("//evil.example/admin", "/admin"),
        ("/\\evil.example", "/admin"),
        ("\t//evil.example", "/admin"),
        ("/administrator", "/admin"),
        ("/manage/x", "/admin"),
        ("/admin/../manage", "/admin"),
        ("/admin/%2e%2e/manage", "/admin"),
        ("/admin/sign-in?next=/admin", "/admin"),
        ("javascript:alert(1)", "/admin"),
    ],
)
def test_the_sign_in_leads_to_pages_of_ours_only(wanted: str, path: str) -> None:
    assert path_within(wanted) == path
