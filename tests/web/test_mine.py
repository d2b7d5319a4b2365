"""A reader's further pages: the next mail, the past ones, a pause, their data, and deletion."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.digests.tables import DigestRow
from newsletter.editions.compose import compose_edition
from newsletter.runtime import Runtime
from newsletter.subscribers.store import find_by_email, get_subscriber
from newsletter.subscribers.subscriber import Languages, Preferences, Subscriber
from newsletter.subscribers.suppression_store import is_suppressed, suppress
from newsletter.subscribers.tables import SubscriberRow
from newsletter.web.pages.mine import MAILS_A_PAGE
from tests.factories import FRIDAY, Hand, add_reader, announce, make_paper, message_id, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

PAGES = ["/preview", "/history", "/pause", "/data", "/delete"]


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    return add_reader(runtime.desk, "ann@example.org", "robot", preferences=Preferences(timezone="Asia/Shanghai"))


@pytest.fixture
def path(runtime: Runtime, reader: Subscriber) -> str:
    return link(runtime, "manage", reader)


def publish(runtime: Runtime, *titles: str) -> None:
    papers = [make_paper(number, title) for number, title in enumerate(titles, 1)]
    compose_edition(runtime.desk, open_day(runtime.desk, announce(papers)), message_id=message_id)


def now(runtime: Runtime, reader: Subscriber) -> Subscriber:
    with reading(runtime.database) as session:
        return get_subscriber(session, reader.id)


@pytest.mark.parametrize("page", [*PAGES, "/export", "/preview/mail"])
def test_a_link_that_is_not_good_opens_none_of_them(browser: Browser, runtime: Runtime, path: str, page: str) -> None:
    publish(runtime, "A robot")
    for bad in (f"{path[:-2]}{page}", f"/manage/x{page}"):
        assert browser.get(bad).status_code == 404
    assert browser.get(f"{path}{page}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("languages", [Languages("en+zh"), Languages("zh+en")])
def test_each_page_is_whole_in_the_readers_language(
    browser: Browser, runtime: Runtime, page: str, languages: Languages
) -> None:
    reader = add_reader(runtime.desk, "bo@example.org", "robot", preferences=Preferences(languages=languages))
    publish(runtime, "A robot")
    response = browser.get(link(runtime, "manage", reader) + page)
    tag = "zh-Hans" if languages == Languages("zh+en") else "en"
    assert Page(response).attributes("/html/@lang") == [tag]
    assert [fault for fault in faults(response) if "lacks lang" not in fault] == []


def test_the_preview_is_the_mail_of_the_newest_edition_with_the_choices_of_now(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    assert "There is no edition yet" in Page(browser.get(f"{path}/preview")).text
    publish(runtime, "A robot walks", "A walrus sings")
    form = Page(browser.get(path)).form() | {"keyword": ["walrus"]}
    browser.post(path, data=form)
    page = Page(browser.get(f"{path}/preview"))
    frame = page.one("//iframe")
    assert "allow-scripts" not in frame.get("sandbox", "allow-scripts")
    mail = browser.get(frame.get("src", ""))
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert "A walrus sings" in mail.text.replace("<mark>", "")
    assert "A robot walks" not in mail.text
    with reading(runtime.database) as session:
        assert len(session.exec(select(DeliveryRow)).all()) == 1  # the one that was composed; a preview queues nothing


def test_a_preview_asks_nobody_for_a_translation(browser: Browser, runtime: Runtime, path: str) -> None:
    publish(runtime, "A robot walks")
    assert browser.get(f"{path}/preview/mail").status_code == 200
    assert runtime.preview_choices(runtime.list_subscribers()[0]) is not None


def test_the_history_says_in_words_what_became_of_each_mail(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    assert "None yet" in Page(browser.get(f"{path}/history")).text
    publish(runtime, "A robot")
    page = Page(browser.get(f"{path}/history"))
    (told,) = page.texts("//ul[@class='past']/li")
    assert "1 paper" in told
    assert "waits for its hour" in told
    (digest,) = page.attributes("//ul[@class='past']//a/@href")
    assert browser.get(digest).status_code == 200


def test_the_history_says_when_in_the_pages_language(browser: Browser, runtime: Runtime) -> None:
    reader = add_reader(
        runtime.desk,
        "lin@example.org",
        "robot",
        preferences=Preferences(languages=Languages("zh"), timezone="America/Los_Angeles"),
    )
    publish(runtime, "A robot")
    page = Page(browser.get(f"{link(runtime, 'manage', reader)}/history"))
    (told,) = page.texts("//ul[@class='past']/li")
    assert "等待发送, 3月19日 周四" in told


def test_a_long_history_goes_on_behind_a_link(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    publish(runtime, "A robot")
    with transaction(runtime.database) as session:
        first = session.exec(select(DeliveryRow)).one().model_dump(exclude={"id"})
        for back in range(1, MAILS_A_PAGE + 5):
            day = FRIDAY - timedelta(days=back)
            other = {
                "edition_on": day,
                "occasion": str(day),
                "message_id": f"<{back}@example.org>",
                "state": "accepted",
            }
            session.add(DeliveryRow(**first | other))
    page = Page(browser.get(f"{path}/history"))
    shown = page.attributes("//ul[@class='past']//time/@datetime")
    (older,) = page.attributes("//a[@rel='next']/@href")
    rest = Page(browser.get(older))
    shown += rest.attributes("//ul[@class='past']//time/@datetime")
    assert shown == [str(FRIDAY - timedelta(days=back)) for back in range(MAILS_A_PAGE + 5)]
    assert rest.attributes("//a[@rel='next']") == []


def test_a_pause_is_kept_shown_and_ended(browser: Browser, runtime: Runtime, reader: Subscriber, path: str) -> None:
    publish(runtime, "A robot")
    response = browser.post(f"{path}/pause", data={"until": "2026-03-27"})
    assert response.status_code == 303
    assert str(now(runtime, reader).preferences.paused_until) == "2026-03-27"
    with reading(runtime.database) as session:
        waiting = session.exec(select(DeliveryRow)).one()
    assert (waiting.state, waiting.reason) == ("skipped", "paused")
    assert "No mail comes until Friday 27 March 2026" in Page(browser.get(response.headers["Location"])).text
    assert Page(browser.get(f"{path}/pause")).one("//input[@name='until']").get("value") == "2026-03-27"
    saved = browser.post(path, data=Page(browser.get(path)).form())  # saving other choices keeps the pause
    assert saved.status_code == 303
    assert now(runtime, reader).preferences.paused_until is not None
    assert browser.post(f"{path}/pause", data={"until": "2026-03-27", "resume": "yes"}).status_code == 303
    assert now(runtime, reader).preferences.paused_until is None


@pytest.mark.parametrize("until", ["", "soon", "2026-03-20", "2026-03-19", "2028-01-01", "9" * 500])
def test_a_pause_needs_a_day_after_today_within_a_year(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str, until: str
) -> None:
    response = browser.post(f"{path}/pause", data={"until": until})
    assert response.status_code == 422
    assert "Choose a day after today" in Page(response).text
    assert faults(response) == []
    assert now(runtime, reader).preferences.paused_until is None


def test_today_is_the_readers_own(browser: Browser, runtime: Runtime, path: str, clock: Hand) -> None:
    clock.instant = clock.instant.replace(hour=20)  # it is Saturday in Shanghai
    assert Page(browser.get(f"{path}/pause")).one("//input[@name='until']").get("min") == "2026-03-22"


def test_the_data_come_as_one_json_document_to_keep(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    publish(runtime, "A robot")
    response = browser.get(f"{path}/export")
    assert response.headers["Content-Disposition"] == 'attachment; filename="chenbao-2026-03-20.json"'
    assert response.headers["Content-Type"] == "application/json"
    found = json.loads(response.text)
    assert found["reader"]["email"] == "ann@example.org"
    assert len(found["digests"]) == len(found["deliveries"]) == 1


def test_asking_to_be_deleted_only_asks(browser: Browser, runtime: Runtime, reader: Subscriber, path: str) -> None:
    page = Page(browser.get(f"{path}/delete"))
    assert "ann@example.org" in page.text
    assert page.texts("//main//form[@method='post']//button") == ["Delete everything"]
    assert now(runtime, reader) == reader


def test_deleting_erases_who_it_was_ends_every_link_and_keeps_what_is_stopped_stopped(
    browser: Browser, runtime: Runtime, reader: Subscriber, path: str
) -> None:
    with transaction(runtime.database) as session:
        suppress(session, "ann@example.org", reason="complaint", at=runtime.clock())
    publish(runtime, "A robot")
    digest = link(runtime, "digest", reader)
    response = browser.post(f"{path}/delete")
    assert (response.status_code, Page(response).heading) == (200, "Your data is deleted")
    with reading(runtime.database) as session:
        assert find_by_email(session, "ann@example.org") is None
        row = session.get_one(SubscriberRow, reader.id)
        assert (row.email, row.timezone) == ("", "UTC")
        assert session.exec(select(DigestRow.sections, DigestRow.paper_count)).all() == [([], 1)]
        assert is_suppressed(session, "ann@example.org", runtime.tokens)
    assert browser.get(path).status_code == 404
    assert browser.post(f"{path}/delete").status_code == 404
    assert browser.get(f"{digest}/2026-03-20").status_code == 404


def test_a_reader_with_markup_for_a_name_sees_text(browser: Browser, runtime: Runtime) -> None:
    evil = "<script>alert(1)</script>"
    reader = add_reader(runtime.desk, "eve@example.org", "robot")
    with transaction(runtime.database) as session:
        row = session.get_one(SubscriberRow, reader.id)
        row.name = evil
        session.add(row)
    found = replace(reader, name=evil)
    assert evil not in browser.get(link(runtime, "manage", found) + "/data").text
