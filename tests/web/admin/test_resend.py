"""Sending a day again from the website: the dry run first, then the button, then progress, and a way back."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, update
from sqlmodel import col, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.states import DeliveryState
from newsletter.deliveries.tables import DeliveryRow
from newsletter.editions.resend.plan import ResendRequest
from newsletter.runtime import Runtime
from newsletter.web.admin.resend import LINES_A_PAGE
from tests.factories import FRIDAY, add_reader, announce, make_paper, open_day
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.browser import Browser
from tests.web.pages import Page, faults


@pytest.fixture
def browser(owner: OperatorBrowser) -> Browser:
    return owner


@pytest.fixture
def admin(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an operator's pages. Friday: ann's mail failed, bo's was accepted, cy had nothing to read."""
    open_day(runtime.desk, announce([make_paper(1, "A walking robot")]))
    for name, keyword in (("ann", "robot"), ("bo", "robot"), ("cy", "knitting")):
        add_reader(runtime.desk, f"{name}@example.org", keyword)
    runtime.compose(FRIDAY)
    settle(runtime.database, 1, DeliveryState.FAILED)
    settle(runtime.database, 2, DeliveryState.ACCEPTED)
    return "/admin"


@pytest.fixture
def page_of(admin: str) -> str:
    return f"{admin}/days/{FRIDAY}/resend"


def settle(engine: Engine, subscriber_id: int, state: DeliveryState) -> None:
    with transaction(engine) as session:
        statement = update(DeliveryRow).where(col(DeliveryRow.subscriber_id) == subscriber_id)
        session.connection().execute(statement.values(state=state.value))


def revisions(engine: Engine) -> list[tuple[int, int, str]]:
    with reading(engine) as session:
        found = select(DeliveryRow.subscriber_id, DeliveryRow.revision, DeliveryRow.state)
        return sorted((reader, revision, state) for reader, revision, state in session.exec(found) if revision)


def test_the_day_leads_to_the_form_which_sends_nothing_by_itself(browser: Browser, admin: str, page_of: str) -> None:
    day = Page(browser.get(f"{admin}/days/{FRIDAY}"))
    assert page_of in day.attributes("//a/@href")
    response = browser.get(page_of)
    page = Page(response)
    assert page.heading == "Send Fri 20 Mar again"
    assert page.attributes("//input[@name='audience'][@checked]/@value") == ["missing"]
    assert page.attributes("//main//form/@method") == ["get"]
    assert faults(response) == []


def test_the_dry_run_names_who_gets_it_and_who_does_not_and_why(browser: Browser, page_of: str) -> None:
    response = browser.get(page_of, params={"audience": "missing"})
    page = Page(response)
    assert page.texts("//section[@aria-labelledby='dry-run']/p[@class='prose']") == [
        "1 reader would get it again; 2 are left out.",
    ]
    assert [text.replace(" ", " ") for text in page.texts("//table[@class='readers']/tbody/tr")] == [
        "ann@example.org●sent: the last one is failed",
        "bo@example.org–left out: has it already",
        "cy@example.org–left out: was skipped: empty",
    ]
    assert faults(response) == []


def test_the_button_sends_what_the_dry_run_showed_and_leads_to_the_progress(
    browser: Browser, runtime: Runtime, admin: str, page_of: str
) -> None:
    dry_run = Page(browser.get(page_of, params={"audience": "all"}))
    answer = browser.post(page_of, data=dry_run.form())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{admin}/resends/1")
    runtime.follow_resend(1)
    assert revisions(runtime.database) == [(1, 1, "queued"), (2, 1, "queued")]
    response = browser.get(f"{admin}/resends/1")
    page = Page(response)
    assert page.texts("//*[@role='status']/p")[0] == "Under way: of 2 readers 0 have it again; 2 queued."
    assert page.attributes("//*[@data-poll]/@data-poll") == [f"{admin}/resends/1/progress"]
    assert page.attributes("//noscript/meta/@content") == ["5"]
    assert faults(response) == []


def test_pressed_twice_or_after_something_changed_nothing_is_sent(
    browser: Browser, runtime: Runtime, page_of: str
) -> None:
    dry_run = Page(browser.get(page_of, params={"audience": "all"})).form()
    settle(runtime.database, 1, DeliveryState.DEFERRED)
    changed = browser.post(page_of, data=dry_run)
    assert changed.status_code == 409
    assert "has changed since you looked" in Page(changed).text
    again = Page(changed).form()
    assert browser.post(page_of, data=again).status_code == 303
    runtime.follow_resend(1)
    assert browser.post(page_of, data=again).status_code == 409
    assert revisions(runtime.database) == [(2, 1, "queued")]


def test_a_resend_that_is_not_queued_yet_is_shown_instead_of_a_second_one(
    browser: Browser, admin: str, page_of: str
) -> None:
    dry_run = Page(browser.get(page_of, params={"audience": "all"})).form()
    answers = [browser.post(page_of, data=dry_run) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == [f"{admin}/resends/1"] * 2
    waiting = Page(browser.get(f"{admin}/resends/1"))
    assert "2 still to be queued" in waiting.text


def test_those_whose_mail_failed_are_an_audience_of_their_own(browser: Browser, page_of: str, admin: str) -> None:
    dry_run = Page(browser.get(page_of, params={"audience": "failed"}))
    assert "1 reader would get it again; 2 are left out." in dry_run.text
    answer = browser.post(page_of, data=dry_run.form())
    assert answer.status_code == 303
    assert "Those of them whose mail failed" in Page(browser.get(f"{admin}/resends/1")).text


def test_one_reader_is_chosen_by_address_and_an_unknown_one_is_an_error_of_the_field(
    browser: Browser, page_of: str
) -> None:
    one = Page(browser.get(page_of, params={"audience": "chosen", "reader": " Bo@example.org "}))
    assert "1 reader would get it again; 0 are left out." in one.text
    response = browser.get(page_of, params={"audience": "chosen", "reader": "<b>nobody"})
    assert response.status_code == 422
    assert Page(response).texts("//*[@id='reader-errors']//p") == ["No reader has this address."]
    assert Page(response).attributes("//input[@name='reader']/@value") == ["<b>nobody"]


def test_trending_mails_cannot_be_composed_anew(browser: Browser, page_of: str) -> None:
    response = browser.get(page_of, params={"audience": "all", "trending": "yes", "recompose": "yes"})
    assert response.status_code == 422
    assert "as they were" in Page(response).texts("//*[@id='recompose-errors']//p")[0]


def test_cancelling_takes_back_what_waits_and_says_so(
    browser: Browser, runtime: Runtime, admin: str, page_of: str
) -> None:
    browser.post(page_of, data=Page(browser.get(page_of, params={"audience": "all"})).form())
    runtime.follow_resend(1)
    running = Page(browser.get(f"{admin}/resends/1", params={"still": "true"}))
    assert running.texts("//main//form//button") == ["Take back the 2 that wait"]
    for _ in range(2):
        answer = browser.post(f"{admin}/resends/1/cancel")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{admin}/resends/1")
    assert [state for _, _, state in revisions(runtime.database)] == ["skipped", "skipped"]
    response = browser.get(f"{admin}/resends/1")
    page = Page(response)
    assert page.texts("//*[@role='status']/p")[0] == "Cancelled: of 2 readers 0 have it again; 2 skipped."
    assert not page.root.xpath("//main//form | //*[@data-poll] | //meta[@http-equiv]")
    listed = Page(browser.get(page_of)).texts("//section[@aria-labelledby='before']//li")
    assert "Cancelled: of 2 readers" in listed[0]


def test_a_long_list_is_shown_in_pages(browser: Browser, runtime: Runtime, page_of: str) -> None:
    for number in range(LINES_A_PAGE):
        add_reader(runtime.desk, f"late{number}@example.org", "robot")
    first = Page(browser.get(page_of, params={"audience": "all"}))
    assert len(first.root.xpath("//tbody/tr")) == LINES_A_PAGE
    (following,) = first.attributes("//nav[@aria-label='Pages']/a/@href")
    last = Page(browser.get(following))
    assert last.attributes("//nav[@aria-label='Pages']/a/@rel") == ["prev"]
    assert len(last.root.xpath("//tbody/tr")) == 3


@pytest.mark.parametrize(
    "ask",
    [
        lambda browser, admin: browser.get(f"{admin}/resends/99"),
        lambda browser, admin: browser.post(f"{admin}/resends/99/cancel"),
        lambda browser, admin: browser.get(f"{admin}/days/2026-03-19/resend?audience=all"),
        lambda browser, admin: browser.get(f"{admin}/days/yesterday/resend"),
    ],
)
def test_of_what_is_not_there_is_no_page(
    browser: Browser, runtime: Runtime, admin: str, ask: Callable[[Browser, str], object]
) -> None:
    runtime.resend(ResendRequest(edition_on=FRIDAY), by="a test")
    assert getattr(ask(browser, admin), "status_code", None) == 404
    assert [state for _, _, state in revisions(runtime.database)] == ["queued", "queued"]


def test_the_pages_are_nobodys_to_keep(browser: Browser, page_of: str) -> None:
    response = browser.get(page_of, params={"audience": "all"})
    assert response.headers["Cache-Control"] == "no-store"
    assert Page(response).attributes("//meta[@name='robots']/@content") == ["noindex"]


def test_the_part_that_changes_is_answered_alone_until_it_is_over(
    browser: Browser, runtime: Runtime, admin: str, page_of: str
) -> None:
    browser.post(page_of, data=Page(browser.get(page_of, params={"audience": "all"})).form())
    runtime.follow_resend(1)
    part = browser.get(f"{admin}/resends/1/progress")
    assert part.text.lstrip().startswith('<div id="progress" data-poll=')
    assert "<html" not in part.text
    runtime.cancel_resend(1, by="a test")
    assert "data-poll" not in browser.get(f"{admin}/resends/1/progress").text


def test_a_viewer_sees_the_dry_run_without_a_button(signed_in: SignIn, page_of: str) -> None:
    page = Page(signed_in("viewer").get(page_of, params={"audience": "all"}))
    assert "2 readers would get it again" in page.text
    assert not page.root.xpath("//main//form[@method='post']")


def test_who_sent_again_and_who_cancelled_is_written_down_with_it(
    owner: OperatorBrowser, runtime: Runtime, admin: str, page_of: str
) -> None:
    dry_run = Page(owner.get(page_of, params={"audience": "all"})).form()
    for _ in range(2):
        owner.post(page_of, data=dry_run)
    runtime.follow_resend(1)
    for _ in range(2):
        owner.post(f"{admin}/resends/1/cancel")
    entries = runtime.list_audit()
    assert [(entry.who, entry.action, entry.what) for entry in entries] == [
        (owner.email, "cancel-resend", "resend 1"),
        (owner.email, "resend", str(FRIDAY)),
    ]
    assert entries[1].detail == {"audience": "all"}
    assert f"asked for by {owner.email}" in Page(owner.get(f"{admin}/resends/1")).text
