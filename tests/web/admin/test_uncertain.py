"""Mail in doubt: all on one screen, settled several at once, after it was said what that does."""

import pytest

from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Subscriber
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, last_entry, live_through, settle, state_of
from tests.web.pages import Page, faults

HERE = "/admin/uncertain"


@pytest.fixture
def people(runtime: Runtime) -> dict[str, Subscriber]:
    return live_through(runtime)


def ids(page: Page) -> list[str]:
    return page.attributes("//input[@name='delivery']/@value")


def test_nothing_in_doubt_is_said(owner: OperatorBrowser) -> None:
    response = owner.get(HERE)
    assert "No mail is in doubt" in Page(response).text
    assert faults(response) == []


def test_each_is_shown_with_the_peers_last_words(owner: OperatorBrowser, people: dict[str, Subscriber]) -> None:
    response = owner.get(HERE)
    page = Page(response)
    assert page.texts("//tbody/tr/th") == ["cy@example.org"]
    assert "timed out mx.example.net:25" in page.text
    assert faults(response) == []


@pytest.mark.parametrize(("fate", "state"), [("arrived", "accepted"), ("lost", "queued")])
def test_several_are_settled_at_once_and_written_down(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber], fate: str, state: str
) -> None:
    second = settle(runtime, people["bo"], "uncertain", text="reset")
    first, other = sorted(int(found) for found in ids(Page(owner.get(HERE))))
    assert second in (first, other)
    question = owner.get(f"{HERE}/settle", params={"fate": fate, "delivery": [first, other]})
    page = Page(question)
    assert {text.split(" ")[0] for text in page.texts("//ul[@class='whom']/li")} == {"bo@example.org", "cy@example.org"}
    assert faults(question) == []
    assert audited(runtime) == []
    answer = owner.post(f"{HERE}/settle", data=page.form())
    assert answer.headers["Location"] == f"{HERE}?settled=2"
    assert {state_of(runtime, people[name]) for name in ("bo", "cy")} == {state}
    assert (last_entry(runtime).action, last_entry(runtime).what) == ("settle", "reader 2, reader 3")
    assert last_entry(runtime).detail == {"fate": fate, "mails": 2}
    assert owner.post(f"{HERE}/settle", data=page.form()).headers["Location"] == f"{HERE}?settled=0"
    assert len(audited(runtime)) == 1


def test_nothing_chosen_changes_nothing(owner: OperatorBrowser, people: dict[str, Subscriber]) -> None:
    assert owner.get(f"{HERE}/settle", params={"fate": "lost"}).headers["Location"] == HERE
    assert owner.get(f"{HERE}/settle", params={"fate": "lost", "delivery": 1}).headers["Location"] == HERE
    assert owner.get(f"{HERE}/settle", params={"fate": "eaten", "delivery": 1}).status_code == 404


def test_what_is_not_in_doubt_cannot_be_settled(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    owner.post(f"{HERE}/settle", data={"fate": "lost", "delivery": ["1", "2", "x", "99999999999999999999"]})
    assert state_of(runtime, people["ann"]) == "accepted"
    assert audited(runtime) == []


def test_a_viewer_sees_them_and_cannot_choose(signed_in: SignIn, people: dict[str, Subscriber]) -> None:
    viewer = signed_in("viewer")
    page = Page(viewer.get(HERE))
    assert "cy@example.org" in page.text
    assert ids(page) == []
    assert viewer.post(f"{HERE}/settle", data={"fate": "lost"}).status_code == 403
