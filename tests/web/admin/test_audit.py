"""Who did what can be found by person, object, action and day, page by page."""

from datetime import timedelta

from newsletter.db.engine import transaction
from newsletter.operators.audit import Actor, record
from newsletter.runtime import Runtime
from newsletter.web.admin.audit import ENTRIES_A_PAGE
from newsletter.web.admin.words import say_action
from tests.web.admin.conftest import OperatorBrowser
from tests.web.pages import Page, faults

ANN = Actor(who="ann@example.org", role="owner", network="192.0.2.7")


def write(runtime: Runtime, number: int, *, action: str = "suppress") -> None:
    with transaction(runtime.database) as session:
        for place in range(number):
            at = runtime.clock() + timedelta(minutes=place)
            record(session, ANN, action, f"reader{place}@example.org", {"reason": "<b>&"}, at=at)


def rows(page: Page) -> list[str]:
    return page.texts("//table/tbody/tr")


def test_an_entry_shows_when_who_and_what(owner: OperatorBrowser, runtime: Runtime) -> None:
    write(runtime, 1, action="resend")
    response = owner.get("/admin/audit")
    assert rows(Page(response)) == [
        "2026-03-20 01:00 UTC ann@example.org 192.0.2.7 sent again reader0@example.orgreason: <b>&"
    ]
    assert faults(response) == []


def test_entries_come_in_pages_and_keep_what_was_asked_for(owner: OperatorBrowser, runtime: Runtime) -> None:
    write(runtime, ENTRIES_A_PAGE + 3)
    first = Page(owner.get("/admin/audit", params={"words": "ann@"}))
    assert len(rows(first)) == ENTRIES_A_PAGE
    (earlier,) = first.attributes("//a[@rel='next']/@href")
    assert "words=ann%40" in earlier
    rest = Page(owner.get(earlier))
    assert len(rows(rest)) == 3
    assert not rest.root.xpath("//a[@rel='next']")


def test_entries_are_found_by_action_words_and_day(owner: OperatorBrowser, runtime: Runtime) -> None:
    write(runtime, 3)
    write(runtime, 1, action="erase")
    assert len(rows(Page(owner.get("/admin/audit?action=erase")))) == 1
    assert len(rows(Page(owner.get("/admin/audit?words=READER2")))) == 1
    assert len(rows(Page(owner.get("/admin/audit?since=2026-03-20")))) == 4
    assert "Nothing was done that fits this." in Page(owner.get("/admin/audit?since=2026-03-21")).text
    assert len(rows(Page(owner.get("/admin/audit?since=yesterday")))) == 4


def test_before_anything_was_done_it_says_so(owner: OperatorBrowser) -> None:
    response = owner.get("/admin/audit")
    assert "Nothing has been done yet." in Page(response).text
    assert faults(response) == []


def test_an_action_without_words_is_shown_as_it_is_written() -> None:
    assert say_action("try-mail-again").en == "try mail again"
