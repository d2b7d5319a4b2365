"""The first page: one sentence, the way of the day, the month, and what needs a person, each with its button."""

from datetime import timedelta

import pytest

from newsletter.db.engine import transaction
from newsletter.deliveries.alarms import AlarmKind, raise_alarm
from newsletter.deliveries.channels.tables import ChannelRow
from newsletter.runtime import Runtime
from newsletter.web.admin.today import list_decisions
from newsletter.words import Words
from tests.factories import FRIDAY, MORNING, Hand
from tests.web.admin.conftest import OperatorBrowser
from tests.web.admin.mornings import live_through
from tests.web.pages import Page, faults


def buttons(page: Page) -> list[tuple[str, str]]:
    return [
        (str(link.get("href")), " ".join(link.text_content().split()))
        for link in page.root.xpath("//ul[@class='decisions']//a")
    ]


def test_before_any_edition_the_page_says_what_is_awaited(owner: OperatorBrowser, clock: Hand) -> None:
    response = owner.get("/admin")
    page = Page(response)
    assert page.heading.startswith("Not yet: the list of cs is late")
    assert page.texts("//*[@aria-current='step']//strong") == ["Collected"]
    assert "Nothing needs you" in page.texts("//h2")
    assert "No mail has gone out in this time." in page.text
    assert faults(response) == []


def test_a_morning_is_told_in_one_sentence_with_its_steps(owner: OperatorBrowser, runtime: Runtime) -> None:
    live_through(runtime)
    response = owner.get("/admin")
    page = Page(response)
    assert page.heading == (
        "This morning 1 of 3 readers have their paper; 1 failed, 1 is uncertain and 1 had nothing due."
    )
    assert page.texts("//ol[@class='timeline']//strong") == [
        "Announced by arXiv",
        "Collected",
        "Complete",
        "Translated",
        "Composed",
        "Dispatched",
    ]
    assert page.texts("//ol[@class='timeline']/li[2]//p[2]") == ["2 papers"]
    assert faults(response) == []


def test_the_same_in_chinese(owner: OperatorBrowser, runtime: Runtime) -> None:
    live_through(runtime)
    response = owner.get("/admin", headers={"Accept-Language": "zh"})
    page = Page(response)
    assert page.language == "zh-Hans"
    assert page.heading == "今晨 3 位读者中，1 位的晨报已被接收；1 位失败、1 位不确定、1 位当日无须发送。"
    assert faults(response) == []


def test_what_is_in_doubt_and_what_failed_lead_to_where_they_are_decided(
    owner: OperatorBrowser, runtime: Runtime
) -> None:
    live_through(runtime)
    page = Page(owner.get("/admin"))
    assert buttons(page) == [
        ("/admin/uncertain", "Decide"),
        (f"/admin/days/{FRIDAY}/resend?audience=failed", "See who would get it again"),
    ]
    dry_run = Page(owner.get(buttons(page)[1][0]))
    assert "bo@example.org" in dry_run.text
    assert "1 reader would get it again" in dry_run.text


@pytest.mark.parametrize("kind", list(AlarmKind))
def test_every_alarm_has_a_button_that_leads_to_a_page(
    owner: OperatorBrowser, runtime: Runtime, kind: AlarmKind
) -> None:
    live_through(runtime)
    subject = str(FRIDAY) if kind is AlarmKind.DELIVERY_PARKED else "<b>somewhere</b>"
    with transaction(runtime.database) as session:
        raise_alarm(session, kind, subject, at=MORNING, detail=Words("Something <i>happened</i>.", "出了<i>事</i>。"))
    page = Page(owner.get("/admin"))
    path, _ = buttons(page)[0]
    assert owner.get(path).status_code == 200
    assert "Something <i>happened</i>." in page.text
    assert "出了<i>事</i>。" in Page(owner.get("/admin", headers={"Accept-Language": "zh"})).text


def test_a_way_out_that_is_held_without_an_alarm_is_told(owner: OperatorBrowser, runtime: Runtime) -> None:
    account = runtime.accounts[0].name
    with transaction(runtime.database) as session:
        session.add(
            ChannelRow(
                account=account,
                destination="google",
                hold="throttled",
                held_until=MORNING + timedelta(hours=1),
                reason="421 4.7.0 slow down",
                changed_at=MORNING,
            )
        )
    page = Page(owner.get("/admin"))
    assert page.texts("//p[@class='what']") == [f"▲ Nothing is sent to google by {account} for now"]
    assert buttons(page) == [("/admin/channels", "Look at the ways out")]


def test_the_month_is_drawn_and_written_as_a_table(owner: OperatorBrowser, runtime: Runtime) -> None:
    live_through(runtime)
    page = Page(owner.get("/admin"))
    assert len(page.root.xpath("//svg[@role='img']//rect[@class='bar-accepted']")) == 1
    assert page.texts("//table[@class='figures']//tbody/tr/*") == ["Fri 20 Mar", "1", "0", "2", "1"]
    assert not page.attributes("//svg//@style")


def test_nothing_to_decide_is_an_empty_list(runtime: Runtime) -> None:
    today = runtime.today()
    assert list_decisions(today, runtime.concerns(today)) == []
