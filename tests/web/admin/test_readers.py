"""Readers: found by words, told whole on one page, and changed only after it was said what happens."""

import pytest

from newsletter.db.engine import transaction
from newsletter.deliveries.feedback.by_hand import erase
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppression_store import suppress
from tests.factories import MORNING, add_reader
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, live_through
from tests.web.pages import Page, faults


@pytest.fixture
def people(runtime: Runtime) -> dict[str, Subscriber]:
    return live_through(runtime)


def emails(page: Page) -> list[str]:
    return page.texts("//table[contains(@class, 'ledger')]//tbody//a")


def test_readers_are_listed_the_newest_first_with_their_counts(
    owner: OperatorBrowser, people: dict[str, Subscriber]
) -> None:
    response = owner.get("/admin/readers")
    page = Page(response)
    assert emails(page) == ["di@example.org", "cy@example.org", "bo@example.org", "ann@example.org"]
    assert "4 confirmed" in page.text
    assert faults(response) == []


@pytest.mark.parametrize(("query", "found"), [("q=knit", ["di@example.org"]), ("q=BO%40", ["bo@example.org"])])
def test_they_are_found_by_keyword_and_address(
    owner: OperatorBrowser, people: dict[str, Subscriber], query: str, found: list[str]
) -> None:
    assert emails(Page(owner.get(f"/admin/readers?{query}"))) == found


def test_nothing_found_and_nobody_there_are_said(owner: OperatorBrowser, runtime: Runtime) -> None:
    assert "There is no reader yet." in Page(owner.get("/admin/readers")).text
    live_through(runtime)
    response = owner.get("/admin/readers", params={"q": "<script>alert(1)</script>"})
    assert "No reader fits this." in Page(response).text
    assert b"<script>alert" not in response.content


def test_fifty_are_on_a_page_and_the_next_ones_behind_a_link(owner: OperatorBrowser, runtime: Runtime) -> None:
    for number in range(52):
        add_reader(runtime.desk, f"reader{number}@example.org", "robot")
    page = Page(owner.get("/admin/readers"))
    assert len(emails(page)) == 50
    (following,) = page.attributes("//a[@rel='next']/@href")
    assert emails(Page(owner.get(following))) == ["reader1@example.org", "reader0@example.org"]


def test_stopped_addresses_are_marked_and_can_be_listed_alone(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    with transaction(runtime.database) as session:
        suppress(session, "bo@example.org", reason="hard-bounce", at=MORNING)
    page = Page(owner.get("/admin/readers?consent=stopped"))
    assert emails(page) == ["bo@example.org"]
    assert "stopped" in page.texts("//tbody/tr/td[1]")[0]


def test_a_reader_is_told_with_every_mail_and_every_try(owner: OperatorBrowser, people: dict[str, Subscriber]) -> None:
    response = owner.get(f"/admin/readers/{people['bo'].id}")
    page = Page(response)
    assert page.heading == "bo@example.org"
    (summary,) = page.texts("//details[contains(@class, 'course')]/summary")
    assert summary == "Fri 20 Mar Digest 2 papers▲ failed" or "failed" in summary
    assert any("mx.example.net:25" in step and "no such user" in step for step in page.texts("//ol[@class='steps']/li"))
    assert faults(response) == []
    chinese = owner.get(f"/admin/readers/{people['bo'].id}", headers={"Accept-Language": "zh"})
    assert faults(chinese) == []


def test_what_does_not_exist_is_no_page(owner: OperatorBrowser) -> None:
    for path in ("/admin/readers/999", "/admin/readers/0", "/admin/readers/99999999999999999999", "/admin/readers/x"):
        assert owner.get(path).status_code in (400, 404), path


def test_a_fresh_link_is_asked_about_sent_and_written_down(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    here = f"/admin/readers/{people['ann'].id}"
    question = owner.get(f"{here}/link")
    assert faults(question) == []
    assert audited(runtime) == []
    answer = owner.post(f"{here}/link", data=Page(question).form())
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{here}?done=link")
    assert audited(runtime) == [("send-link", f"reader {people['ann'].id}")]
    assert "Link to the reader's own page" in Page(owner.get(here)).text


def test_who_has_not_agreed_gets_no_link(owner: OperatorBrowser, runtime: Runtime) -> None:
    reader = add_reader(runtime.desk, "el@example.org", "robot", is_confirmed=False)
    owner.post(f"/admin/readers/{reader.id}/link")
    assert audited(runtime) == []


def test_erasing_says_what_goes_first_and_leaves_no_address_behind(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    here = f"/admin/readers/{people['ann'].id}"
    question = owner.get(f"{here}/erase")
    page = Page(question)
    assert page.texts("//ul[@class='whom']/li") == ["ann@example.org"]
    assert "cannot be undone" in page.text
    owner.post(f"{here}/erase", data=page.form())
    after = owner.get(f"{here}?done=erased")
    assert Page(after).heading == "An erased reader"
    assert b"ann@example.org" not in after.content
    assert faults(after) == []
    assert audited(runtime) == [("erase-reader", f"reader {people['ann'].id}")]
    owner.post(f"{here}/erase")
    assert len(audited(runtime)) == 1


def test_a_viewer_sees_everything_and_no_button(signed_in: SignIn, people: dict[str, Subscriber]) -> None:
    viewer = signed_in("viewer")
    page = Page(viewer.get(f"/admin/readers/{people['ann'].id}"))
    assert page.texts("//ul[@class='buttons']//a") == ["Preview a mail"]
    listing = Page(viewer.get("/admin/readers"))
    assert not listing.root.xpath("//main//form[@method='post']")
    assert viewer.post(f"/admin/readers/{people['ann'].id}/erase").status_code == 403


def test_what_a_reader_typed_stays_text(owner: OperatorBrowser, runtime: Runtime) -> None:
    reader = add_reader(runtime.desk, "xx@example.org", '"<img src=x onerror=alert(1)>"')
    with transaction(runtime.database) as session:
        session.connection().exec_driver_sql("UPDATE subscriber SET name = '<b>bold</b>'")
    for path in ("/admin/readers", f"/admin/readers/{reader.id}"):
        content = owner.get(path).content
        assert b"<img" not in content
        assert b"<b>bold" not in content


def test_an_erased_reader_keeps_their_place_in_the_list(owner: OperatorBrowser, runtime: Runtime) -> None:
    people = live_through(runtime)
    with transaction(runtime.database) as session:
        erase(session, runtime.tokens, "bo@example.org", at=MORNING)
    assert emails(Page(owner.get("/admin/readers")))[2] == "erased"
    assert owner.get(f"/admin/readers/{people['bo'].id}").status_code == 200
