"""Stopped addresses: searched, added and lifted, each with a reason that is written down."""

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.runtime import Runtime
from newsletter.subscribers.suppression_store import is_suppressed, suppress
from tests.factories import MORNING
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, last_entry
from tests.web.pages import Page, faults

HERE = "/admin/suppressions"


def stop(runtime: Runtime, email: str, reason: str = "complaint") -> None:
    with transaction(runtime.database) as session:
        suppress(session, email, reason=reason, at=MORNING, detail="<b>said so</b>")


def is_stopped(runtime: Runtime, email: str) -> bool:
    with reading(runtime.database) as session:
        return is_suppressed(session, email, runtime.tokens)


def test_an_empty_list_is_said_and_a_full_one_is_searched(owner: OperatorBrowser, runtime: Runtime) -> None:
    assert "No address is stopped." in Page(owner.get(HERE)).text
    stop(runtime, "ann@example.org")
    stop(runtime, "bo@example.org", "hard-bounce")
    response = owner.get(HERE, params={"q": "ann"})
    page = Page(response)
    assert page.texts("//tbody/tr/th") == ["ann@example.org"]
    assert "<b>said so</b>" in page.text
    assert faults(response) == []
    assert Page(owner.get(HERE, params={"reason": "hard-bounce"})).texts("//tbody/tr/th") == ["bo@example.org"]
    assert "No stopped address fits this." in Page(owner.get(HERE, params={"q": "zoe"})).text


def test_an_address_is_stopped_with_a_reason_after_it_was_said_what_happens(
    owner: OperatorBrowser, runtime: Runtime
) -> None:
    assert faults(owner.get(f"{HERE}/add")) == []
    question = owner.get(f"{HERE}/add", params={"email": "ann@example.org"})
    assert faults(question) == []
    form = Page(question).form()
    without = owner.post(f"{HERE}/add", data=form)
    assert without.status_code == 422
    assert faults(without) == []
    assert not is_stopped(runtime, "ann@example.org")
    answer = owner.post(f"{HERE}/add", data=form | {"reason": "asked by telephone"})
    assert answer.headers["Location"] == f"{HERE}?done=stopped"
    assert is_stopped(runtime, "ann@example.org")
    assert audited(runtime) == [("suppress", runtime.name_address("Ann@example.org"))]
    assert last_entry(runtime).detail == {"reason": "asked by telephone"}
    again = owner.post(f"{HERE}/add", data=form | {"reason": "once more"})
    assert again.headers["Location"] == f"{HERE}?done=known"
    assert len(audited(runtime)) == 1


@pytest.mark.parametrize("email", ["nobody", "<b>x</b>", "ann@"])
def test_what_is_no_address_is_an_error_of_the_field(owner: OperatorBrowser, email: str) -> None:
    response = owner.get(f"{HERE}/add", params={"email": email})
    assert response.status_code == 422
    assert faults(response) == []


def test_an_address_is_let_in_again_with_a_reason(owner: OperatorBrowser, runtime: Runtime) -> None:
    stop(runtime, "ann@example.org")
    (path,) = Page(owner.get(HERE)).attributes("//tbody//a[contains(@href, '/lift')]/@href")
    question = owner.get(path)
    assert faults(question) == []
    form = Page(question).form()
    assert owner.post(f"{HERE}/lift", data=form).status_code == 422
    answer = owner.post(f"{HERE}/lift", data=form | {"reason": "the mailbox is back"})
    assert answer.headers["Location"] == f"{HERE}?done=lifted"
    assert not is_stopped(runtime, "ann@example.org")
    assert audited(runtime) == [("unsuppress", runtime.name_address("ann@example.org"))]
    assert owner.post(f"{HERE}/lift", data=form | {"reason": "twice"}).status_code == 303
    assert len(audited(runtime)) == 1


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/admin/../x", "/admin?x=1", "javascript:1"]
)
def test_nobody_is_led_away_from_these_pages(owner: OperatorBrowser, back: str) -> None:
    data = {"email": "ann@example.org", "reason": "why", "back": back}
    assert owner.post(f"{HERE}/add", data=data).headers["Location"] == f"{HERE}?done=stopped"
    question = Page(owner.get(f"{HERE}/lift", params={"email": "ann@example.org", "back": back}))
    assert question.attributes("//div[@class='actions']/a/@href") == [HERE]


def test_a_viewer_sees_the_list_and_no_button(signed_in: SignIn, runtime: Runtime) -> None:
    stop(runtime, "ann@example.org")
    viewer = signed_in("viewer")
    page = Page(viewer.get(HERE))
    assert "ann@example.org" in page.text
    assert not page.root.xpath("//a[contains(@href, '/lift') or contains(@href, '/add')]")
    assert viewer.get(f"{HERE}/lift", params={"email": "ann@example.org"}).status_code == 403
