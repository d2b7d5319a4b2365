"""The front page says what this is and signs readers up, telling nobody who reads here already."""

import pytest
from sqlmodel import Session, select

from newsletter.db.engine import reading, transaction
from newsletter.deliveries.tables import DeliveryRow
from newsletter.runtime import Runtime
from newsletter.subscribers.store import find_by_email, list_subscribers, unsubscribe
from newsletter.subscribers.subscriber import Consent, Languages, Subscriber
from newsletter.subscribers.suppression_store import suppress
from newsletter.translation.memory import remember
from tests.factories import MORNING, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page

SIGN_UP = {"email": "ann@example.org", "keywords": "agents\nrobots", "languages": "zh+en", "timezone": "Asia/Tokyo"}
PAPERS = [make_paper(number, f"Paper {number}") for number in range(1, 9)]


def known(runtime: Runtime) -> list[Subscriber]:
    with reading(runtime.database) as session:
        return list_subscribers(session)


def mails(session: Session) -> list[tuple[str, str]]:
    return [(row.message, row.state) for row in session.exec(select(DeliveryRow))]


def test_the_front_page_says_what_it_is_and_asks_for_four_things(browser: Browser) -> None:
    page = Page(browser.get("/"))
    assert page.heading == "The new arXiv papers that are yours, every morning"
    names = page.attributes("//form[@action='/subscribe']//*[self::input or self::textarea or self::select]/@name")
    assert names == ["email", "keywords", "languages", "timezone"]


def test_the_newest_editions_first_papers_are_a_live_sample(browser: Browser, runtime: Runtime) -> None:
    open_day(runtime.desk, announce(PAPERS))
    with transaction(runtime.database) as session:
        remember(session, {"Paper 1": "第一篇"}, source="en", target="zh", engine="test", translated_at=MORNING)
    page = Page(browser.get("/"))
    assert page.texts("//h3") == [f"Paper {number}" for number in range(1, 6)]
    assert "第一篇" in page.text
    assert "8 papers · announced Thu 19 Mar 20:00 Eastern" in page.text
    assert page.one("//a[@href='/day/2026-03-20']").text_content().startswith("All 8 papers")


def test_the_sample_edition_is_called_one(browser: Browser, runtime: Runtime) -> None:
    runtime.open_sample()
    assert "A sample edition of invented papers" in Page(browser.get("/")).text


def test_before_the_first_edition_the_page_says_when_it_comes(browser: Browser) -> None:
    assert "The first edition is on its way" in Page(browser.get("/")).text


@pytest.mark.parametrize(
    ("languages", "zone"),
    [
        ("zh-CN,zh;q=0.9", "Asia/Shanghai"),
        ("zh-Hant-TW", "Asia/Taipei"),
        ("en-US,en;q=0.5", "America/New_York"),
        ("", "UTC"),
    ],
)
def test_the_time_zone_is_guessed_from_the_browsers_language(browser: Browser, languages: str, zone: str) -> None:
    response = browser.get("/", headers={"Accept-Language": languages})
    assert Page(response).attributes("//select[@name='timezone']//option[@selected]/@value") == [zone]
    assert "Accept-Language" in response.headers["Vary"]


def test_signing_up_stores_an_unconfirmed_reader_and_queues_one_confirmation(
    browser: Browser, runtime: Runtime
) -> None:
    response = browser.post("/subscribe", data=SIGN_UP)
    assert (response.status_code, Page(response).heading) == (200, "Look in your inbox")
    (reader,) = known(runtime)
    assert (reader.email, reader.consent) == ("ann@example.org", Consent.PENDING)
    assert [item.keyword for item in reader.subscriptions] == ["agents", "robots"]
    assert (reader.preferences.languages, reader.preferences.timezone) == (Languages("zh+en"), "Asia/Tokyo")
    with reading(runtime.database) as session:
        assert mails(session) == [("confirm", "queued")]


def test_the_answer_is_the_same_whoever_the_address_belongs_to(browser: Browser, runtime: Runtime) -> None:
    add_reader(runtime.desk, "known@example.org", "walking")
    left = add_reader(runtime.desk, "left@example.org", "walking")
    with transaction(runtime.database) as session:
        unsubscribe(session, left.id, at=MORNING)
        suppress(session, "stopped@example.org", reason="complaint", at=MORNING)
    addresses = ("new@example.org", "known@example.org", "left@example.org", "stopped@example.org", "new@example.org")
    answers = [browser.post("/subscribe", data={**SIGN_UP, "email": email}) for email in addresses]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1


def test_a_stranger_cannot_change_a_readers_keywords_or_send_them_mail(browser: Browser, runtime: Runtime) -> None:
    reader = add_reader(runtime.desk, "ann@example.org", "walking")
    browser.post("/subscribe", data={**SIGN_UP, "email": "ANN@example.org"})
    with reading(runtime.database) as session:
        assert find_by_email(session, "ann@example.org") == reader
        assert mails(session) == []


def test_however_often_somebody_asks_an_address_gets_one_confirmation_a_day(browser: Browser, runtime: Runtime) -> None:
    for _ in range(3):
        browser.post("/subscribe", data=SIGN_UP)
    with reading(runtime.database) as session:
        assert mails(session) == [("confirm", "queued")]


def test_a_mistake_is_shown_in_place_and_nothing_typed_is_lost(browser: Browser, runtime: Runtime) -> None:
    sent = {**SIGN_UP, "email": "ann at example.org", "keywords": "agents\n(robots AND\n强化学习"}
    response = browser.post("/subscribe", data=sent)
    page = Page(response)
    assert response.status_code == 422
    assert known(runtime) == []
    assert page.form() == {name: [value] for name, value in sent.items()}
    for field in ("email", "keywords"):
        control = page.one(f"//*[@id='{field}']")
        assert control.get("aria-invalid") == "true"
        assert f"{field}-errors" in control.get("aria-describedby", "")
    assert page.texts("//*[@id='keywords-errors']//p")[0].startswith("Line 2: ")
    assert page.texts("//*[@class='typed']") == ["(robots AND"]


def test_the_mended_query_is_offered_and_one_press_takes_it(browser: Browser, runtime: Runtime) -> None:
    sent = {**SIGN_UP, "email": "", "keywords": "agents\n(robots AND"}
    page = Page(browser.post("/subscribe", data=sent))
    button = page.one("//button[@name='mend']")
    assert button.text_content().endswith("(robots)")
    response = browser.post("/subscribe", data={**sent, "mend": button.get("value")})
    mended = Page(response)
    assert response.status_code == 200
    assert mended.form()["keywords"] == ["agents\n(robots)"]
    assert mended.attributes("//@aria-invalid") == []
    assert known(runtime) == []


def test_enter_in_a_field_sends_the_form_and_mends_nothing(browser: Browser) -> None:
    page = Page(browser.post("/subscribe", data={**SIGN_UP, "keywords": "(robots AND"}))
    first = page.one("(//form[@action='/subscribe']//button)[1]")  # the one that browsers press on Enter
    assert first.get("name") is None


def test_what_somebody_types_is_shown_as_text_and_never_as_markup(browser: Browser) -> None:
    evil = '</textarea><script>alert(1)</script><img src=x onerror=alert(1)> "'
    response = browser.post("/subscribe", data={**SIGN_UP, "email": f'"{evil}', "keywords": evil})
    page = Page(response)
    assert page.attributes("//script[not(@src)] | //img") == []
    assert page.form()["email"] == [f'"{evil}'.strip()]
    assert page.form()["keywords"] == [evil]


def test_more_keywords_than_anybody_reads_are_refused_by_the_form(browser: Browser, runtime: Runtime) -> None:
    response = browser.post("/subscribe", data={**SIGN_UP, "keywords": "\n".join(f"topic{n}" for n in range(101))})
    assert response.status_code == 422
    assert "At most 100 keywords" in Page(response).text
    assert known(runtime) == []


def test_both_encodings_of_a_form_are_read(browser: Browser, runtime: Runtime) -> None:
    browser.post("/subscribe", files={name: (None, value) for name, value in SIGN_UP.items()})
    assert [reader.email for reader in known(runtime)] == ["ann@example.org"]


def test_a_file_is_refused(browser: Browser, runtime: Runtime) -> None:
    response = browser.post("/subscribe", data=SIGN_UP, files={"keywords": ("a.txt", b"agents")})
    assert response.status_code == 400
    assert known(runtime) == []


def test_the_way_to_the_inbox_is_shown_where_there_is_one(browser: Browser) -> None:
    assert "/inbox" in Page(browser.post("/subscribe", data=SIGN_UP)).attributes("//main//a/@href")


def test_the_page_is_in_one_language_and_offers_its_own_first(browser: Browser) -> None:
    chinese = browser.get("/", headers={"Accept-Language": "zh-CN"})
    page = Page(chinese)
    assert page.heading == "每天早晨，只读与您有关的 arXiv 新论文"
    assert page.form()["languages"] == ["zh+en"]
    assert Page(browser.get("/")).form()["languages"] == ["en+zh"]


def test_a_keyword_that_was_tried_elsewhere_is_in_the_form(browser: Browser) -> None:
    assert Page(browser.get("/", params={"q": "agents AND memory"})).form()["keywords"] == ["agents AND memory"]


def test_the_script_may_guess_the_zone_until_somebody_has_sent_the_form(browser: Browser) -> None:
    assert Page(browser.get("/")).attributes("//select[@data-guess]/@name") == ["timezone"]
    assert Page(browser.post("/subscribe", data={**SIGN_UP, "email": ""})).attributes("//select[@data-guess]") == []
