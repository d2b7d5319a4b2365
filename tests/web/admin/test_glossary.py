"""The glossary's page: terms are added, changed, removed, found, and counted in the newest edition."""

import pytest

from newsletter.runtime import Runtime
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, live_through
from tests.web.pages import Page, faults

HERE = "/admin/glossary"
TERM = {"term": "walking robot", "forms": "步行机器人、行走机器人", "forbidden": "散步机器人"}


def own_terms(page: Page) -> list[str]:
    return page.texts("//section[@aria-labelledby='own']//tbody/tr/th")


def test_a_term_is_added_changed_and_removed(owner: OperatorBrowser, runtime: Runtime) -> None:
    assert faults(owner.get(HERE)) == []
    assert owner.post(HERE, data=TERM).headers["Location"] == f"{HERE}?done=added"
    (term,) = runtime.list_terms()
    assert (term.forms, term.forbidden, term.added_by) == (
        ("步行机器人", "行走机器人"),
        ("散步机器人",),
        "owner@example.org",
    )
    page = owner.get(HERE, params={"change": "walking robot"})
    assert faults(page) == []
    assert faults(owner.get(HERE, headers={"Accept-Language": "zh"})) == []
    assert Page(page).attributes("//input[@name='forms']/@value") == ["步行机器人、行走机器人"]
    owner.post(HERE, data=TERM | {"term": "Walking Robot"})
    assert own_terms(Page(owner.get(HERE))) == ["Walking Robot"]
    assert owner.post(f"{HERE}/remove", data={"term": "walking robot"}).headers["Location"] == f"{HERE}?done=removed"
    assert owner.post(f"{HERE}/remove", data={"term": "walking robot"}).headers["Location"] == HERE
    assert runtime.list_terms() == []
    assert audited(runtime) == [
        ("add-term", "walking robot"),
        ("change-term", "Walking Robot"),
        ("remove-term", "walking robot"),
    ]


@pytest.mark.parametrize("wrong", [{"term": "++"}, {"forms": " 、"}, {"forbidden": "步行机器人"}, {"term": "<b>"}])
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    owner: OperatorBrowser, runtime: Runtime, wrong: dict[str, str]
) -> None:
    response = owner.post(HERE, data=TERM | wrong)
    (field,) = wrong
    assert response.status_code == 422
    assert faults(response) == []
    assert Page(response).attributes("//*[@aria-invalid='true']/@name") == [field]
    assert "步行" in response.text or field == "forms"
    assert runtime.list_terms() == []
    assert audited(runtime) == []


def test_the_shipped_glossary_is_searched_in_both_languages(owner: OperatorBrowser) -> None:
    for words in ("credit assignment", "学分分配"):
        response = owner.get(HERE, params={"q": words})
        assert "credit assignment" in Page(response).texts("//section[@aria-labelledby='shipped']//tbody/tr/th/a")
        assert faults(response) == []
    assert "No term has these words" in Page(owner.get(HERE, params={"q": "no such words"})).text
    assert faults(owner.get(HERE, params={"q": "a"}, headers={"Accept-Language": "zh"})) == []


def test_it_is_said_how_many_texts_a_term_applies_to(owner: OperatorBrowser, runtime: Runtime) -> None:
    owner.post(HERE, data=TERM)
    assert "no edition yet" in Page(owner.get(HERE, params={"about": "walking robot"})).text
    live_through(runtime)
    page = Page(owner.get(HERE, params={"about": "walking robot"}))
    assert "“walking robot” is meant in 1 of the 4 titles and abstracts" in page.text
    assert "There is no such term" in Page(owner.get(HERE, params={"about": "nothing"})).text


def test_a_viewer_changes_nothing(signed_in: SignIn, runtime: Runtime) -> None:
    viewer = signed_in("viewer")
    assert viewer.get(HERE).status_code == 200
    assert not Page(viewer.get(HERE)).root.xpath("//main//form[@method='post']")
    assert viewer.post(HERE, data=TERM).status_code == 403
    assert viewer.post(f"{HERE}/remove", data=TERM).status_code == 403
