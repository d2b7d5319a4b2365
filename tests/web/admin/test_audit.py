"""Who did what can be found by person, object, action and day, page by page."""

from datetime import timedelta

from newsletter.db.engine import reading, transaction
from newsletter.operators.audit import Actor, record
from newsletter.runtime import Runtime
from newsletter.web.admin.audit import ENTRIES_A_PAGE
from newsletter.web.admin.words import say_action
from tests.factories import add_reader
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


def test_a_reader_is_shown_by_address_until_they_are_erased(owner: OperatorBrowser, runtime: Runtime) -> None:
    """Nothing in the log itself says who they were."""
    ann = add_reader(runtime.desk, "ann@example.org", "robot")
    ann_too = [add_reader(runtime.desk, f"{number}@example.org", "robot") for number in range(10)][-1]
    for reader in (ann, ann_too):
        owner.post(f"/admin/readers/{reader.id}/link")
    owner.post("/admin/suppressions/add", data={"email": "ann@example.org", "reason": "bounced", "back": ""})
    owner.post("/admin/suppressions/add", data={"email": "stranger@example.org", "reason": "asked", "back": ""})
    page = Page(owner.get("/admin/audit?words=ann@example.org"))
    assert [row.partition(" sent a fresh")[2] or row.partition(" stopped")[2] for row in rows(page)] == [
        " mail to ann@example.orgreason: bounced",
        " link to ann@example.org",
    ]
    assert page.attributes("//table//strong/a/@href") == ["/admin/readers/1"] * 2
    assert len(rows(Page(owner.get("/admin/audit?words=Stranger@example.org")))) == 1
    owner.post(f"/admin/readers/{ann.id}/erase")
    shown = Page(owner.get("/admin/audit?action=send-link"))
    assert ["9@example.org" in row for row in rows(shown)] == [True, False]
    assert "reader 1, erased" in rows(shown)[1]
    with reading(runtime.database) as session:
        stored = session.connection().exec_driver_sql("SELECT what || detail FROM audit").scalars().all()
    assert len(stored) == 5
    assert not [text for text in stored if "@" in text]


def test_before_anything_was_done_it_says_so(owner: OperatorBrowser) -> None:
    response = owner.get("/admin/audit")
    assert "Nothing has been done yet." in Page(response).text
    assert faults(response) == []


def test_an_action_without_words_is_shown_as_it_is_written() -> None:
    assert say_action("try-mail-again").en == "try mail again"
