"""What came back: shown with what followed from it."""

from newsletter.deliveries.feedback.judge import Effect
from newsletter.deliveries.feedback.store import FeedbackKind
from newsletter.runtime import Runtime
from newsletter.web.admin.bounces import EFFECTS, KINDS
from tests.factories import add_reader
from tests.web.admin.conftest import OperatorBrowser
from tests.web.pages import Page, faults

HERE = "/admin/bounces"


def test_every_kind_and_every_effect_has_words() -> None:
    assert set(KINDS) == set(FeedbackKind)
    assert set(EFFECTS) == set(Effect)


def test_nothing_is_said_and_something_is_listed(owner: OperatorBrowser, runtime: Runtime) -> None:
    response = owner.get(HERE)
    assert "Nothing has come back" in Page(response).text
    assert faults(response) == []
    add_reader(runtime.desk, "ann@example.org", "robot")
    runtime.suppress("ann@example.org", reason="<b>asked</b>")
    response = owner.get(HERE)
    page = Page(response)
    assert page.texts("//tbody/tr/th") == ["ann@example.org"]
    assert "mail to the address was stopped" in page.text
    assert "<b>asked</b>" in page.text
    assert faults(response) == []
    assert faults(owner.get(HERE, headers={"Accept-Language": "zh"})) == []
