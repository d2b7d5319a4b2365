"""One's own account: password, recovery codes, and the browsers in which one is signed in."""

from newsletter.db.engine import transaction
from newsletter.operators.account import OperatorId
from newsletter.runtime import Runtime
from tests.operators.conftest import PASSWORD
from tests.web.admin.conftest import OperatorBrowser
from tests.web.pages import Page, faults

NEW = "another morning, another paper"


def another_browser(owner: OperatorBrowser) -> OperatorBrowser:
    """Return a second browser of the same person."""
    runtime = owner.runtime
    (operator,) = runtime.list_operators()
    with transaction(runtime.database) as session:
        token = runtime.door.open_session(
            session, OperatorId(operator.id), network="198.51.100.9", browser="Safari <script>"
        )
    return OperatorBrowser(app=owner.app, runtime=runtime, email=owner.email, cookies={"operator": token})


def test_the_account_shows_role_codes_and_sessions(owner: OperatorBrowser) -> None:
    another_browser(owner)
    response = owner.get("/admin/account")
    page = Page(response)
    assert page.heading == "Your account"
    assert "owner@example.org · owner: may do everything" in page.text
    assert "You have 0 codes left" in page.text
    sessions = page.texts("//section[@aria-labelledby='sessions-head']//li")
    assert len(sessions) == 2
    assert "Safari <script>" in sessions[0]
    assert "this browser" in sessions[1]
    assert faults(response) == []


def test_a_new_password_counts_at_once_and_ends_every_other_session(owner: OperatorBrowser, runtime: Runtime) -> None:
    other = another_browser(owner)
    before = owner.cookies["operator"]
    answer = owner.post("/admin/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/account?done=password")
    assert owner.cookies["operator"] != before
    assert "Your password is changed" in owner.get("/admin/account?done=password").text
    assert other.get("/admin/account").status_code == 303
    assert [entry.action for entry in runtime.list_audit()] == ["change-password"]
    wrong = owner.post("/admin/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert wrong.status_code == 422


def test_what_is_wrong_with_a_password_is_said_at_its_field(owner: OperatorBrowser) -> None:
    for data, field in (
        ({"old": "wrong", "new": NEW, "again": NEW}, "old"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"old": PASSWORD, "new": NEW, "again": PASSWORD}, "again"),
        ({}, "old"),
    ):
        response = owner.post("/admin/account/password", data=data)
        assert response.status_code == 422
        assert len(Page(response).texts(f"//*[@id='{field}-errors']")) == 1
        assert faults(response) == []


def test_who_finds_an_open_browser_cannot_guess_the_password_in_it(owner: OperatorBrowser) -> None:
    for _ in range(5):
        owner.post("/admin/account/recovery-codes", data={"present": "wrong"})
    locked = owner.post("/admin/account/recovery-codes", data={"present": PASSWORD})
    assert "Too many tries" in Page(locked).texts("//*[@id='present-errors']")[0]


def test_new_recovery_codes_are_shown_once_for_the_password(owner: OperatorBrowser, runtime: Runtime) -> None:
    assert owner.post("/admin/account/recovery-codes", data={"present": "wrong"}).status_code == 422
    response = owner.post("/admin/account/recovery-codes", data={"present": PASSWORD})
    page = Page(response)
    assert len(set(page.texts("//ul[@class='codes']/li"))) == 10
    assert faults(response) == []
    assert page.attributes("//input[@name='next']/@value") == ["/admin/account"], "the language is changed on a page"
    assert "You have 10 codes left" in Page(owner.get("/admin/account")).text
    assert [entry.action for entry in runtime.list_audit()] == ["renew-recovery-codes"]


def test_the_others_are_ended_and_this_one_stays(owner: OperatorBrowser, runtime: Runtime) -> None:
    other = another_browser(owner)
    answer = owner.post("/admin/account/end-others")
    assert answer.headers["Location"] == "/admin/account?done=sessions"
    assert other.get("/admin/account").status_code == 303
    assert owner.get("/admin/account").status_code == 200
    assert [(entry.action, entry.detail) for entry in runtime.list_audit()] == [("end-sessions", {"ended": 1})]
