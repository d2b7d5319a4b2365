"""A stranger writes keywords and a reader edits them, in a real browser, with and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from newsletter.db.engine import reading
from newsletter.subscribers.store import get_by_email
from newsletter.subscribers.subscriber import Subscriber
from tests.site.conftest import Window
from tests.site.house import Site
from tests.site.measures import find_faults, find_violations
from tests.web.pages import link


def reader(site: Site) -> Subscriber:
    with reading(site.runtime.database) as session:
        return get_by_email(session, f"{'ann.' * 14}lee@example.org")


def test_while_a_stranger_types_the_page_says_what_the_keyword_would_bring(window: Window, site: Site) -> None:
    site.runtime.sweep_search()
    page = window()
    page.goto("/")
    page.get_by_label("Keywords, one a line").press_sequentially("knitting\nagent")
    panel = page.locator("#keywords-panel")
    expect(panel.locator(".brought")).to_contain_text("papers a day")
    expect(panel.locator(".newest mark").first).to_have_text(re.compile("agent", re.IGNORECASE))
    assert find_faults(page) == []
    assert find_violations(page) == []
    page.get_by_label("Keywords, one a line").fill("(agents AND")
    expect(panel.locator(".error")).to_contain_text("nothing after AND")
    panel.get_by_role("link", name="Use (agents)").click()
    expect(page.get_by_label("Keywords, one a line")).to_have_value("(agents)")
    expect(panel.locator(".brought")).to_be_visible()


def test_the_browsers_own_time_zone_is_chosen_where_it_can_be_told(window: Window) -> None:
    page = window(locale="zh-CN")
    page.goto("/")
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.locator("#timezone")).to_have_value(zone if zone != "Etc/UTC" else "Asia/Shanghai")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_reader_orders_pauses_and_adds_keywords(window: Window, site: Site, has_scripts: bool) -> None:
    page = window(has_scripts=has_scripts)
    page.goto(link(site.runtime, "manage", reader(site)))
    first = page.get_by_label("Keyword 1").input_value()
    page.get_by_role("button", name=f"Move down: {first}").click()
    expect(page.get_by_label("Keyword 2")).to_have_value(first)
    expect(page.locator("main")).to_contain_text("Not saved yet")
    page.get_by_label(f"Paused: {first}").check()
    page.get_by_label("Add keywords, one a line").fill("knitting\npurling")
    page.get_by_label("Add authors, one a line").fill("Geoffrey Hinton")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    found = reader(site).subscriptions
    assert found[1].keyword == first
    assert found[1].is_paused
    assert [item.keyword for item in found][-3:] == ["knitting", "purling", "au:Geoffrey Hinton"]
    assert find_faults(page) == []
