"""An operator edits a reader's choices in the reader's own form; what was changed is written down, not what it says."""

import pytest

from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Density, Subscriber
from tests.web.admin.conftest import OperatorBrowser
from tests.web.admin.mornings import audited, last_entry, live_through
from tests.web.pages import Page, faults


@pytest.fixture
def ann(runtime: Runtime) -> Subscriber:
    return live_through(runtime)["ann"]


def test_the_form_is_the_readers_own_with_their_name(owner: OperatorBrowser, ann: Subscriber) -> None:
    for language in ("en", "zh"):
        response = owner.get(f"/admin/readers/{ann.id}/edit", headers={"Accept-Language": language})
        assert response.status_code == 200
        assert faults(response) == []
    assert Page(response).form()["keyword"] == ["robot"]


def test_what_is_saved_is_the_readers_and_in_the_audit_log_by_name(
    owner: OperatorBrowser, runtime: Runtime, ann: Subscriber
) -> None:
    here = f"/admin/readers/{ann.id}"
    form = Page(owner.get(f"{here}/edit")).form() | {"name": "Ann Lee", "density": "titles", "keywords": "graph"}
    answer = owner.post(f"{here}/edit", data=form)
    assert answer.headers["Location"] == f"{here}?done=saved"
    reader = runtime.get_reader("ann@example.org")
    assert (reader.name, reader.preferences.density) == ("Ann Lee", Density.TITLES)
    assert [item.keyword for item in reader.subscriptions] == ["robot", "graph"]
    assert audited(runtime) == [("edit-reader", "reader 1")]
    changed = last_entry(runtime).detail["changed"]
    assert {"density", "keywords", "name"} <= set(changed)


def test_what_is_wrong_is_said_and_nothing_is_saved(owner: OperatorBrowser, runtime: Runtime, ann: Subscriber) -> None:
    here = f"/admin/readers/{ann.id}/edit"
    form = Page(owner.get(here)).form() | {"keywords": "(robot", "name": "Ann"}
    response = owner.post(here, data=form)
    assert response.status_code == 422
    assert faults(response) == []
    assert runtime.get_reader("ann@example.org").name == ""
    assert audited(runtime) == []


def test_a_button_of_a_keyword_saves_nothing(owner: OperatorBrowser, runtime: Runtime, ann: Subscriber) -> None:
    here = f"/admin/readers/{ann.id}/edit"
    form = Page(owner.get(here)).form() | {"do": "remove:keyword:0"}
    response = owner.post(here, data=form)
    assert response.status_code == 200
    assert "Not saved yet" in Page(response).text
    assert len(runtime.get_reader("ann@example.org").subscriptions) == 1


def test_an_erased_reader_has_nothing_to_edit(owner: OperatorBrowser, runtime: Runtime, ann: Subscriber) -> None:
    runtime.erase("ann@example.org")
    here = f"/admin/readers/{ann.id}"
    assert owner.get(f"{here}/edit").headers["Location"] == here
    assert owner.post(f"{here}/edit", data={"name": "x"}).headers["Location"] == here
