"""Somebody joins, signs in with password and phone, and leaves, in a real browser, on a phone, with and without scripts."""

import pyotp
import pytest
from playwright.sync_api import Page, expect

from newsletter.clock import system_clock
from newsletter.operators.roles import Role
from tests.factories import FRIDAY
from tests.operators.conftest import PASSWORD
from tests.site.conftest import Window
from tests.site.house import Site
from tests.site.measures import find_faults, find_violations


def enrol(page: Page, site: Site, email: str) -> tuple[str, list[str]]:
    """Join by a link and return the phone's secret and the recovery codes."""
    page.goto(site.runtime.add_operator(email, Role.OPERATOR).link)
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_label("Code from your app").fill(pyotp.TOTP(secret).at(system_clock()))
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    assert find_faults(page) == []
    return secret, page.locator(".codes li").all_inner_texts()


def sign_in(page: Page, email: str, code: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code from your app").fill(code)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_somebody_joins_signs_out_and_comes_back(window: Window, site: Site, has_scripts: bool) -> None:
    page = window(has_scripts=has_scripts)
    secret, codes = enrol(page, site, "ann@example.org")
    page.goto("/admin/account")
    expect(page.locator("main")).to_contain_text("You have 10 codes left")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    page.goto(f"/admin/days/{FRIDAY}")
    sign_in(page, "ann@example.org", "000000")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    assert find_faults(page) == []
    if has_scripts:
        assert find_violations(page) == []
    sign_in(page, "ann@example.org", codes[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Friday 20 March 2026")

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "ann@example.org", codes[0])  # a recovery code counts once
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    sign_in(page, "ann@example.org", pyotp.TOTP(secret).at(system_clock(), counter_offset=1))
    expect(page.get_by_role("navigation", name="Main navigation")).to_be_visible()


def test_an_operator_sends_a_day_again_and_watches_it_go(window: Window, site: Site) -> None:
    page = window()
    enrol(page, site, "ann@example.org")
    page.goto(f"/admin/days/{FRIDAY}/resend")
    page.get_by_label("All readers of the day").check()
    page.get_by_role("button", name="Show who would get it").click()
    page.get_by_role("button", name="Send it again to 4 readers").click()
    expect(page.get_by_role("status")).to_contain_text("of 4 readers 0 have it again")
    site.runtime.follow_resend(2)
    site.runtime.dispatch()
    expect(page.get_by_role("status")).to_contain_text("Over: of 4 readers 4 have it again", timeout=15_000)
    expect(page.locator("[data-poll]")).to_have_count(0)
    assert find_faults(page) == []
    assert find_violations(page) == []
    assert site.runtime.list_audit(words="ann@example.org")[0].action == "resend"


def test_another_sites_page_cannot_send_a_form_of_ours(window: Window, site: Site) -> None:
    """The browser itself says where a form comes from."""
    page = window(is_owner=True)
    page.route(
        "http://evil.test/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{site.url}/admin/sign-out"><button>Win</button></form>',
        ),
    )
    page.goto("http://evil.test/")
    with page.expect_response(f"{site.url}/admin/sign-out") as answered:
        page.get_by_role("button", name="Win").click()
    assert answered.value.status == 403
    page.goto("/admin/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
