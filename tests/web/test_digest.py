"""A reader's digest in the browser is the frozen one, whole."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from newsletter.db.engine import transaction
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Density, Languages, Preferences, Subscriber
from newsletter.translation.memory import remember
from tests.factories import FRIDAY, MORNING, Hand, accept_mail, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

AUTHORS = tuple(f"Author {number}" for number in range(1, 30))
ABSTRACT = "Agents walk. " * 200
PAPERS = [
    replace(make_paper(1, "Walking Agents", abstract=ABSTRACT), authors=AUTHORS),
    make_paper(2, "Robots <b>and</b> Agents"),
    make_paper(3, "Knitting"),
]
MONDAY = date(2026, 3, 23)
CHOICES = Preferences(timezone="Asia/Shanghai", density=Density.TITLES)


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    open_day(runtime.desk, announce(PAPERS))
    with transaction(runtime.database) as session:
        pairs = {"Walking Agents": "行走的智能体"}
        remember(session, pairs, source="en", target="zh", engine="test", translated_at=MORNING)
    reader = add_reader(runtime.desk, "ann@example.org", "agents", "robots", "sewing", preferences=CHOICES)
    runtime.compose(FRIDAY)
    return reader


@pytest.fixture
def page(browser: Browser, runtime: Runtime, reader: Subscriber) -> Page:
    return Page(browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}"))


def test_the_head_says_the_day_the_numbers_and_the_time_in_both_zones(page: Page) -> None:
    assert page.heading == "Friday 20 March 2026"
    line = page.texts("//p[@class='line']")[0]
    assert line == ("2 papers for you · 3 keywords · announced Thu 20:00 Eastern, 08:00 your time · generated 09:00")


def test_nothing_is_cut_whatever_the_mail_shows(page: Page) -> None:
    first = page.one("//article[1]").text_content()
    assert ABSTRACT.strip() in first
    assert ", ".join(AUTHORS) in first


def test_every_keyword_has_its_section_also_the_empty_one(page: Page) -> None:
    assert page.texts("//h2") == ["agents", "robots", "sewing"]
    assert "There is no result today" in page.texts("//section")[-1]


def test_a_paper_that_two_keywords_found_stands_once_and_says_so(page: Page) -> None:
    assert page.texts("//article//h3") == ["Walking Agents", "Robots <b>and</b> Agents"]
    assert "also in: robots" in page.text


def test_the_contents_lead_to_the_sections(page: Page) -> None:
    assert page.texts("//nav[@aria-label='Keywords']//a") == ["agents2", "robots0", "sewing0"]


def test_the_words_that_were_asked_for_are_marked(page: Page) -> None:
    assert page.texts("//h3//mark") == ["Agents", "Robots", "Agents"]


def test_what_is_not_translated_is_shown_in_the_original_and_said(page: Page) -> None:
    assert "行走的智能体" in page.text
    assert "no Chinese translation today" in page.text


def test_the_foot_leads_to_the_readers_own_pages(browser: Browser, page: Page, runtime: Runtime) -> None:
    links = [
        path.removeprefix(runtime.settings.public_url) for path in page.attributes("//p[@class='actions']/a/@href")
    ]
    assert [browser.get(path).status_code for path in links] == [200, 200, 200]


@pytest.mark.parametrize(
    ("languages", "titles"),
    [
        (Languages("en+zh"), ["Walking Agents", "行走的智能体"]),
        (Languages("zh+en"), ["行走的智能体", "Walking Agents"]),
        (Languages("en"), ["Walking Agents"]),
        (Languages("zh"), ["行走的智能体"]),
    ],
)
def test_the_languages_come_in_the_readers_order(
    browser: Browser, runtime: Runtime, reader: Subscriber, languages: Languages, titles: list[str]
) -> None:
    other = add_reader(runtime.desk, "bo@example.org", "agents", preferences=replace(CHOICES, languages=languages))
    runtime.compose(FRIDAY)
    page = Page(browser.get(f"{link(runtime, 'digest', other)}/{FRIDAY}"))
    assert page.language == ("zh-Hans" if languages.codes[0] == "zh" else "en")
    assert page.texts("(//article)[1]//*[contains(@class, 'title')]") == titles
    assert ABSTRACT.strip() in page.one("(//article)[1]").text_content()  # there is no Chinese one


def test_a_day_without_a_digest_says_so(browser: Browser, runtime: Runtime, reader: Subscriber) -> None:
    response = browser.get(f"{link(runtime, 'digest', reader)}/2026-03-19")
    assert response.status_code == 404
    assert "No digest was made for you this day" in Page(response).text


@pytest.mark.parametrize("written", ["20260320", "yesterday", "2026-02-30"])
def test_what_is_no_date_is_no_page(browser: Browser, runtime: Runtime, reader: Subscriber, written: str) -> None:
    assert browser.get(f"{link(runtime, 'digest', reader)}/{written}").status_code == 404


def test_a_late_paper_says_so(browser: Browser, runtime: Runtime, reader: Subscriber, clock: Hand) -> None:
    accept_mail(runtime.desk)
    clock.instant += timedelta(hours=1)
    open_day(runtime.desk, announce([*PAPERS, make_paper(4, "Late Agents")]))
    open_day(runtime.desk, announce([make_paper(5, "Agents of Monday")], listed_on=MONDAY))
    runtime.compose(MONDAY)
    page = Page(browser.get(f"{link(runtime, 'digest', reader)}/{MONDAY}"))
    first, second = page.texts("//article//p[@class='meta']")
    assert first == "cs.LG"
    assert second == "cs.LG · late: from the list of Fri 20 Mar"


def test_a_reader_of_chinese_is_spoken_to_in_chinese(browser: Browser, runtime: Runtime, reader: Subscriber) -> None:
    other = add_reader(
        runtime.desk, "bo@example.org", "agents", "sewing", preferences=replace(CHOICES, languages=Languages("zh+en"))
    )
    runtime.compose(FRIDAY)
    response = browser.get(f"{link(runtime, 'digest', other)}/{FRIDAY}")
    page = Page(response)
    assert faults(response) == []
    assert page.heading == "二〇二六年三月二十日 星期五"
    assert page.texts("//p[@class='line']")[0].startswith("2 篇论文 · 2 个关键词 · 美东时间周四 20:00 发布")
    assert "今日无相关论文" in page.text
    assert "管理关键词" in page.texts("//p[@class='actions']/a")
    missing = browser.get(f"{link(runtime, 'digest', other)}/2026-03-19")
    assert "这一天没有您的晨报" in Page(missing).text


def test_the_choice_of_this_browser_goes_before_the_readers_language(
    browser: Browser, runtime: Runtime, reader: Subscriber
) -> None:
    page = Page(browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}", headers={"Cookie": "lang=zh"}))
    assert page.language == "zh-Hans"


def test_papers_of_followed_authors_stand_together(browser: Browser, runtime: Runtime) -> None:
    open_day(runtime.desk, announce([make_paper(1, "Walking Agents"), make_paper(2, "Knitting")]))
    reader = add_reader(runtime.desk, "cy@example.org", "agents", "au:lee")
    runtime.compose(FRIDAY)
    page = Page(browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}"))
    assert page.texts("//h2") == ["agents", "Authors you follow"]
    assert page.texts("//article//h3") == ["Walking Agents", "Knitting"]


def test_a_weekly_digest_names_the_days_it_brings(browser: Browser, runtime: Runtime) -> None:
    week = [FRIDAY - timedelta(days=4), FRIDAY]
    reader = add_reader(runtime.desk, "di@example.org", "agents", "sewing", preferences=Preferences(weekly_on="fri"))
    for number, day in enumerate(week, start=1):
        open_day(runtime.desk, announce([make_paper(number, f"Agents {number}")], listed_on=day))
        runtime.compose(day)
    page = Page(browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}"))
    assert "the lists of Mon 16 Mar to Fri 20 Mar" in page.texts("//p[@class='line']")[0]
    assert page.texts("//article//h3") == ["Agents 1", "Agents 2"]
    assert "There is no result this week" in page.text
