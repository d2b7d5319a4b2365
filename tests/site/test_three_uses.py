"""The three uses, whole: a stranger becomes a reader and leaves, an operator mends a morning, and so without scripts."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.embedded.mailbox import OpenedMessage, read_message
from newsletter.subscribers.store import get_by_email
from newsletter.subscribers.subscriber import Consent
from tests.factories import Hand, announce, make_paper, open_day
from tests.site.conftest import Window
from tests.site.house import Site
from tests.site.measures import find_faults

MONDAY = date(2026, 3, 23)
CY = "cy@example.org"


def heading(page: Page) -> str:
    assert find_faults(page) == []
    return page.get_by_role("heading", level=1).inner_text().replace("\u00a0", " ")


def newest_mail(site: Site) -> OpenedMessage:
    folder = site.runtime.settings.inbox_folder
    return read_message(folder, site.newest_key(CY))


def open_newest_mail(page: Page, site: Site) -> None:
    page.goto(f"{site.newest_mail(CY)}/html")


def follow(page: Page, part: str) -> None:
    """Go where a link of a mail leads; mail programs open it in the same way."""
    page.goto(str(page.locator(f'a[href*="{part}"]').first.get_attribute("href")))


def consent(site: Site) -> Consent:
    with reading(site.runtime.database) as session:
        return get_by_email(session, CY).consent


def live_through_the_next_morning(site: Site) -> None:
    clock = site.runtime.clock
    assert isinstance(clock, Hand)
    clock.instant += timedelta(days=3)
    papers = [make_paper(70, "Robots that Sweep"), make_paper(71, "Agents at Sea")]
    open_day(site.runtime.desk, announce(papers, listed_on=MONDAY))
    site.runtime.compose(MONDAY)
    site.runtime.dispatch()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_stranger_becomes_a_reader_and_leaves_by_one_click(window: Window, site: Site, has_scripts: bool) -> None:
    site.runtime.sweep_search()
    page = window(has_scripts=has_scripts)
    page.goto("/")
    page.get_by_label("Your address").fill("nobody")
    page.get_by_label("Keywords, one a line").fill("(agents AND")
    page.get_by_role("button", name="Get the papers in my inbox").click()
    expect(page.locator("main form .error")).to_have_count(2)
    assert find_faults(page) == []
    page.get_by_label("Your address").fill(CY)
    page.get_by_label("Keywords, one a line").fill("agents")
    if has_scripts:
        expect(page.locator("#keywords-panel .brought")).to_contain_text("papers a day")
    page.get_by_role("button", name="Get the papers in my inbox").click()
    assert heading(page) == "Look in your inbox"
    assert consent(site) is Consent.PENDING

    site.runtime.dispatch()
    open_newest_mail(page, site)
    follow(page, "/confirm/")
    assert heading(page) == "One press, and it is yours"
    assert consent(site) is Consent.PENDING  # a scanner that opens links has agreed to nothing
    page.get_by_role("button", name="Yes, send it to me").click()
    assert heading(page) == "You are subscribed"
    assert consent(site) is Consent.CONFIRMED
    site.runtime.dispatch()  # the welcome, which would otherwise arrive beside the digest, before or after it

    page.get_by_role("link", name="Keywords and preferences").click()
    page.get_by_label("Add keywords, one a line").press_sequentially("robots")
    if has_scripts:
        expect(page.locator(".panel .newest, .panel .warning").first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")

    live_through_the_next_morning(site)
    open_newest_mail(page, site)
    expect(page.locator("body")).to_contain_text("Robots that Sweep")
    follow(page, "/digest/")
    assert heading(page) == "Monday 23 March 2026"
    expect(page.locator("main")).to_contain_text(re.compile("Agents at Sea.*Robots that Sweep", re.DOTALL))

    mail = newest_mail(site)
    (unsubscribe,) = [value for name, value in mail.headers if name.lower() == "list-unsubscribe"]
    answer = page.request.post(re.findall("<(http[^>]+)>", unsubscribe)[0], form={"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert consent(site) is Consent.UNSUBSCRIBED


def test_a_reader_sees_what_the_next_mail_brings_and_what_came_before(window: Window, site: Site) -> None:
    page = window(locale="zh-CN", width=768)
    page.goto(site.paths["manage"])
    assert page.locator("html").get_attribute("lang") == "en"  # the reader's own, whatever the browser says
    page.locator('a[href$="/preview"]').first.click()
    assert find_faults(page) == []
    page.locator('a[href$="/history"]').first.click()
    expect(page.locator("main")).to_contain_text("20 Mar")
    assert find_faults(page) == []


@pytest.mark.parametrize("has_scripts", [True, False])
def test_an_operator_sees_the_morning_sends_it_to_who_missed_it_and_reads_one_readers_story(
    window: Window, site: Site, has_scripts: bool
) -> None:
    lose_a_mail(site)
    page = window(has_scripts=has_scripts, is_owner=True)
    page.goto("/admin")
    assert "failed" in heading(page)
    page.get_by_role("link", name="See who would get it again").click()
    expect(page.locator("main")).to_contain_text("1@example.org")
    page.get_by_role("button", name=re.compile("^Send it again to 1 reader")).click()
    site.runtime.follow_resend(2)
    site.runtime.dispatch()
    page.goto("/admin/resends/2")
    expect(page.get_by_role("status")).to_contain_text("of 1 reader 1 has it again")
    page.goto("/admin/readers")
    page.get_by_role("searchbox").fill("1@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="1@example.org").click()
    assert find_faults(page) == []
    expect(page.locator("main")).to_contain_text("Friday 20 March 2026")
    expect(page.locator("main")).to_contain_text("accepted")


def lose_a_mail(site: Site) -> None:
    """Let one reader's mail of the day have failed."""
    with transaction(site.runtime.database) as session:
        reader = get_by_email(session, "1@example.org")
        found = session.exec(select(DeliveryRow).where(DeliveryRow.subscriber_id == reader.id)).one()
        found.state, found.reason, found.accepted_at = "failed", "550 5.7.1 not today", None
        session.add(found)
