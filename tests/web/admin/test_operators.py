"""An owner chooses who runs the service; links are shown once, and there is always an owner."""

from newsletter.operators.roles import Role
from newsletter.runtime import Runtime
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.browser import Browser
from tests.web.pages import Page, faults

PEOPLE = "/admin/operators"


def number(runtime: Runtime, email: str) -> int:
    return next(one.id for one in runtime.list_operators() if one.email == email)


def test_everybody_is_shown_with_role_and_state(owner: OperatorBrowser, runtime: Runtime) -> None:
    runtime.add_operator("bo@example.org", Role.VIEWER)
    response = owner.get(PEOPLE)
    page = Page(response)
    first, second = page.texts("//ul[@class='people']/li/div[1]")
    assert first == "bo@example.org viewer · has yet to enrol · has never signed in"
    assert second.startswith("owner@example.org owner · active")
    assert faults(response) == []


def test_who_is_added_gets_a_link_that_is_shown_once(
    owner: OperatorBrowser, browser: Browser, runtime: Runtime
) -> None:
    response = owner.post(PEOPLE, data={"email": " Bo@example.org ", "role": "operator"})
    page = Page(response)
    assert "Bo@example.org enrols as operator by this link" in page.text
    (link,) = page.texts("//*[@class='key']")
    assert browser.get(link.removeprefix(runtime.settings.public_url)).status_code == 200
    assert faults(response) == []
    assert link not in owner.get(PEOPLE).text
    entry = runtime.list_audit()[0]
    assert (entry.who, entry.action, entry.what, entry.detail) == (
        owner.email, "add-operator", "Bo@example.org", {"role": "operator"},
    )  # fmt: skip


def test_a_known_address_or_none_is_an_error_of_the_field(owner: OperatorBrowser) -> None:
    for email, said in ((owner.email, "among them already"), ("<b>", "Write the address"), ("", "Write the address")):
        response = owner.post(PEOPLE, data={"email": email, "role": "viewer"})
        page = Page(response)
        assert response.status_code == 422
        assert said in page.texts("//*[@id='email-errors']")[0]
        assert page.attributes("//input[@name='role'][@checked]/@value") == ["viewer"]
        assert faults(response) == []
    assert owner.post(PEOPLE, data={"email": "a@example.org", "role": "king"}).status_code == 400


def test_a_role_can_be_changed_and_counts_at_once(owner: OperatorBrowser, signed_in: SignIn, runtime: Runtime) -> None:
    bo = signed_in("viewer", "bo@example.org")
    assert bo.get("/admin/audit").status_code == 403
    assert owner.post(f"{PEOPLE}/{number(runtime, bo.email)}/role", data={"role": "operator"}).status_code == 303
    assert bo.get("/admin/audit").status_code == 200


def test_who_is_shut_out_is_out_at_once(owner: OperatorBrowser, signed_in: SignIn, runtime: Runtime) -> None:
    bo = signed_in("operator", "bo@example.org")
    path = f"{PEOPLE}/{number(runtime, bo.email)}"
    assert owner.post(f"{path}/disable").status_code == 303
    assert bo.get("/admin/account").status_code == 303
    assert "shut out" in Page(owner.get(PEOPLE)).text
    assert owner.post(f"{path}/enable").status_code == 303
    assert bo.get("/admin/account").status_code == 303, "the session does not come back"


def test_the_only_owner_stays(owner: OperatorBrowser, runtime: Runtime) -> None:
    path = f"{PEOPLE}/{number(runtime, owner.email)}"
    for answer in (owner.post(f"{path}/disable"), owner.post(f"{path}/role", data={"role": "viewer"})):
        assert answer.status_code == 422
        assert "This is the only owner" in Page(answer).text
        assert faults(answer) == []
    assert owner.post(f"{path}/reset").status_code == 403
    assert owner.get(PEOPLE).status_code == 200


def test_a_reset_shows_a_new_link_and_ends_the_sessions(
    owner: OperatorBrowser, signed_in: SignIn, runtime: Runtime
) -> None:
    bo = signed_in("operator", "bo@example.org")
    page = Page(owner.post(f"{PEOPLE}/{number(runtime, bo.email)}/reset"))
    assert page.heading == "Enrolment link"
    assert bo.get("/admin/account").status_code == 303


def test_nobody_is_nobody(owner: OperatorBrowser) -> None:
    for action in ("role", "disable", "enable", "reset"):
        assert owner.post(f"{PEOPLE}/99/{action}", data={"role": "viewer"}).status_code == 404
