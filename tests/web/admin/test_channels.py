"""The ways out: shown with their holds, which an operator may end after being told what that does."""

from datetime import timedelta

import pytest

from newsletter.db.engine import transaction
from newsletter.deliveries.channels.tables import ChannelRow
from newsletter.runtime import Runtime
from tests.factories import MORNING
from tests.web.admin.conftest import OperatorBrowser, SignIn
from tests.web.admin.mornings import audited
from tests.web.pages import Page, faults

HERE = "/admin/channels"


@pytest.fixture
def account(runtime: Runtime) -> str:
    name = runtime.accounts[0].name
    with transaction(runtime.database) as session:
        for place, hold in (("tencent", "refused"), ("google", None)):
            session.add(
                ChannelRow(
                    account=name,
                    destination=place,
                    connection_limit=5,
                    rate_per_second=10,
                    hold=hold,
                    held_until=MORNING + timedelta(hours=1) if hold else None,
                    reason="550 5.7.1 <b>blocked</b>" if hold else None,
                    changed_at=MORNING,
                )
            )
    return name


def test_an_account_without_history_is_shown(owner: OperatorBrowser) -> None:
    response = owner.get(HERE)
    assert "No destination has a pace of its own yet." in Page(response).text
    assert faults(response) == []


def test_what_is_held_stands_first_with_the_peers_words(owner: OperatorBrowser, account: str) -> None:
    response = owner.get(HERE)
    page = Page(response)
    assert page.texts("//tbody/tr/th") == ["tencent", "google"]
    assert "refuses us" in page.texts("//tbody/tr[1]/td[1]")[0]
    assert "<b>blocked</b>" in page.text
    assert faults(response) == []


def test_a_hold_is_ended_after_it_was_said_what_that_does(
    owner: OperatorBrowser, runtime: Runtime, account: str
) -> None:
    (path,) = Page(owner.get(HERE)).attributes("//tbody//a/@href")
    question = owner.get(path)
    assert faults(question) == []
    assert runtime.survey_channels()[0].channels[1].is_held
    form = Page(question).form()
    assert owner.post(f"{HERE}/resume", data=form).headers["Location"] == f"{HERE}?done=resumed"
    assert not any(channel.is_held for channel in runtime.survey_channels()[0].channels)
    assert audited(runtime) == [("resume-channel", f"{account} tencent")]
    owner.post(f"{HERE}/resume", data=form)
    assert len(audited(runtime)) == 1


def test_an_unknown_account_is_no_page(owner: OperatorBrowser) -> None:
    assert owner.post(f"{HERE}/resume", data={"account": "nobody"}).status_code == 404


def test_a_viewer_looks_and_ends_nothing(signed_in: SignIn, account: str) -> None:
    viewer = signed_in("viewer")
    assert not Page(viewer.get(HERE)).attributes("//tbody//a/@href")
    assert viewer.post(f"{HERE}/resume", data={"account": account}).status_code == 403
