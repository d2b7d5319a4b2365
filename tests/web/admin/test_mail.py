"""Any reader's mail of any day in any form: looked at in a sandbox, or sent to the operator's own address."""

import pytest
from sqlmodel import select

from newsletter.db.engine import reading
from newsletter.deliveries.tables import DeliveryRow
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Density, Languages, Subscriber
from tests.factories import FRIDAY, add_reader
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited, live_through
from tests.web.pages import Page, faults

HERE = "/admin/mail"


@pytest.fixture
def people(runtime: Runtime) -> dict[str, Subscriber]:
    return live_through(runtime)


def test_the_page_offers_readers_to_choose_from(owner: OperatorBrowser, people: dict[str, Subscriber]) -> None:
    response = owner.get(HERE)
    assert "For example:" in Page(response).text
    assert faults(response) == []


def test_before_there_is_a_reader_the_page_stands(owner: OperatorBrowser) -> None:
    assert faults(owner.get(HERE)) == []


def test_a_composed_mail_is_shown_in_a_sandbox_that_leads_nowhere(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    response = owner.get(HERE, params={"reader": "ann@example.org", "day": str(FRIDAY)})
    page = Page(response)
    assert "The very digest that was composed for them." in page.text
    assert faults(response) == []
    (frame,) = page.attributes("//iframe/@src")
    assert page.attributes("//iframe/@sandbox") == ["allow-popups allow-popups-to-escape-sandbox"]
    mail = owner.get(frame)
    assert mail.headers["Content-Security-Policy"].startswith("sandbox")
    assert "A walking robot" in mail.text
    assert "/manage/" not in mail.text
    assert "/unsubscribe/" not in mail.text
    text = owner.get(HERE, params={"reader": "ann@example.org", "part": "text"})
    assert "A walking robot" in Page(text).one("//pre").text_content()
    assert faults(text) == []


@pytest.mark.parametrize("density", list(Density))
@pytest.mark.parametrize("languages", Languages.offered("zh"))
def test_it_is_shown_in_every_density_and_language(
    owner: OperatorBrowser, people: dict[str, Subscriber], density: Density, languages: Languages
) -> None:
    form = {"reader": "ann@example.org", "languages": str(languages), "density": density.value}
    assert "A walking robot" in owner.get(f"{HERE}/html", params=form).text
    assert faults(owner.get(HERE, params=form)) == []


def test_who_came_later_sees_what_they_would_get_and_nothing_is_stored(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    add_reader(runtime.desk, "el@example.org", "arms")
    page = Page(owner.get(HERE, params={"reader": "el@example.org"}))
    assert "As it would be now" in page.text
    assert runtime.load_digest(5, FRIDAY) is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"reader": "nobody@example.org"}, "reader"),
        ({"reader": "ann@example.org", "day": "2026-03-18"}, "day"),
        ({"reader": "ann@example.org", "day": "tomorrow"}, "day"),
    ],
)
def test_an_unknown_reader_or_day_is_an_error_of_the_field(
    owner: OperatorBrowser, people: dict[str, Subscriber], form: dict[str, str], field: str
) -> None:
    response = owner.get(HERE, params=form)
    assert response.status_code == 422
    assert Page(response).attributes(f"//*[@id='{field}']/@aria-invalid") == ["true"]
    assert faults(response) == []
    assert owner.get(f"{HERE}/html", params=form).status_code == 404


def test_a_test_goes_to_the_operators_own_address_through_the_ledger(
    owner: OperatorBrowser, runtime: Runtime, people: dict[str, Subscriber]
) -> None:
    before = runtime.count_states(FRIDAY)
    page = Page(owner.get(HERE, params={"reader": "ann@example.org", "density": "titles"}))
    answer = owner.post(f"{HERE}/test", data=page.form())
    assert answer.status_code == 303
    assert "A copy is on its way to owner@example.org" in Page(owner.get(answer.headers["Location"])).text
    with reading(runtime.database) as session:
        (row,) = session.exec(select(DeliveryRow).where(DeliveryRow.message == "test"))
    assert row.state == "queued"
    assert audited(runtime) == [("test-send", f"reader 1, {FRIDAY}")]
    assert runtime.count_states(FRIDAY) == before
    assert "owner@example.org" not in Page(owner.get("/admin/readers")).texts("//tbody//a")


def test_a_test_of_nothing_is_an_error(owner: OperatorBrowser, runtime: Runtime) -> None:
    assert owner.post(f"{HERE}/test", data={"reader": "nobody@example.org"}).status_code == 422
    assert audited(runtime) == []


def test_a_viewer_looks_and_sends_nothing(signed_in: SignIn, people: dict[str, Subscriber]) -> None:
    viewer = signed_in("viewer")
    page = Page(viewer.get(HERE, params={"reader": "ann@example.org"}))
    assert not page.root.xpath("//main//form[@method='post']")
    assert viewer.post(f"{HERE}/test", data={"reader": "ann@example.org"}).status_code == 403
