"""What trends, day by day: the votes, the words of both languages, and why a day has nothing."""

from dataclasses import replace
from datetime import date

import pytest

from newsletter.db.engine import transaction
from newsletter.papers.trending_store import claim_asking, mark_answered, mark_seen
from newsletter.runtime import Runtime
from newsletter.translation.memory import remember
from tests.editions.trends import THURSDAY, trend
from tests.factories import FRIDAY, MORNING, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults

CHINESE = {"Accept-Language": "zh-CN"}
WALKING = replace(
    make_paper(1, "Walking Agents", abstract="Agents walk. They rest. They rise."), authors=tuple("ABCDEFGH")
)
TRENDS = [WALKING, make_paper(2, "Graphs"), make_paper(3, "Not listed yet", categories=())]


@pytest.fixture
def thursday(runtime: Runtime) -> None:
    open_day(runtime.desk, announce([WALKING], listed_on=THURSDAY))
    trend(runtime.desk, TRENDS)
    with transaction(runtime.database) as session:
        pairs = {"Walking Agents": "行走的智能体", WALKING.abstract_source: "智能体会走。它们休息。它们起身。"}
        remember(session, pairs, source="en", target="zh", engine="test", translated_at=MORNING)


@pytest.mark.usefixtures("thursday")
def test_the_newest_list_is_shown_with_all_that_is_known(browser: Browser) -> None:
    response = browser.get("/trending")
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert page.heading == "Trending papers"
    assert page.texts("//p[@class='line']") == [
        "Thursday 19 March 2026 · 3 papers · voted for by the readers of Hugging Face"
    ]
    assert page.texts("//article//h2") == ["Walking Agents", "Graphs", "Not listed yet"]
    assert page.texts("//article/p[@class='votes']") == ["↑ 90 votes", "↑ 80 votes", "↑ 70 votes"]
    first = page.one("//article[1]").text_content()
    for known in (
        "行走的智能体",
        "Walkers' Union",
        "A, B, C, D, E, F + 2",
        "Thu 19 Mar",
        "Agents walk. They rest.",
        "智能体会走。",
    ):
        assert known in first
    assert "They rise" not in first
    links = page.attributes("//article[1]//a/@href")
    assert links == [
        "/paper/2603.00001",
        "/day/2026-03-19#2603.00001",
        "https://huggingface.co/papers/2603.00001",
        "https://github.com/walkers/gait",
        "https://arxiv.org/abs/2603.00001",
        "https://arxiv.org/pdf/2603.00001",
    ]
    assert "code ★ 1,200" in first


@pytest.mark.usefixtures("thursday")
def test_in_chinese_the_chinese_comes_first(browser: Browser) -> None:
    response = browser.get("/trending", headers=CHINESE)
    page = Page(response)
    assert faults(response) == []
    assert page.heading == "热门论文"
    assert page.texts("//article//h2")[0] == "行走的智能体"
    assert page.attributes("//article[1]//p[contains(@class, 'abstract')]/@lang") == ["zh-Hans", "en"]
    assert "3 条评论" in page.text


@pytest.mark.usefixtures("thursday")
def test_the_days_before_and_after_are_one_step_away(browser: Browser, runtime: Runtime) -> None:
    trend(runtime.desk, [make_paper(4, "Friday's")], on=FRIDAY)
    page = Page(browser.get("/trending?date=2026-03-19"))
    assert set(page.attributes("//a[@rel='next']/@href")) == {"/trending?date=2026-03-20"}
    assert page.attributes("//a[@rel='prev']/@href") == []
    assert page.attributes("//link[@rel='canonical']/@href") == ["/trending?date=2026-03-19"]
    assert Page(browser.get("/trending")).texts("//article//h2") == ["Friday's"]


@pytest.mark.usefixtures("thursday")
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-03-21", "no list on Saturdays and Sundays"),
        ("2026-03-18", "was not collected here"),
        ("2026-03-23", "is not out yet"),
    ],
)
def test_a_day_without_a_list_says_why_and_where_the_next_one_is(browser: Browser, day: str, reason: str) -> None:
    response = browser.get(f"/trending?date={day}")
    page = Page(response)
    assert (response.status_code, faults(response)) == (404, [])
    assert reason in page.text
    assert page.attributes("//main//a/@href")[0] == "/trending"
    assert "/trending?date=2026-03-19" in page.attributes("//nav[@aria-label='Days']/a/@href")


def test_a_list_that_was_empty_or_never_came_says_so(browser: Browser, runtime: Runtime) -> None:
    for day, is_seen in ((THURSDAY, True), (FRIDAY, False)):
        with transaction(runtime.database) as session:
            claim_asking(session, day, after=None, at=MORNING)
            mark_seen(session, day, [], at=MORNING) if is_seen else mark_answered(session, day, at=MORNING)
    assert "list of this day was empty" in Page(browser.get(f"/trending?date={THURSDAY}")).text
    assert "has not given it" in Page(browser.get(f"/trending?date={FRIDAY}")).text


def test_before_the_first_list_the_page_says_what_will_be_here(browser: Browser) -> None:
    response = browser.get("/trending")
    assert (response.status_code, faults(response)) == (200, [])
    assert "once the first list is collected" in Page(response).text


@pytest.mark.parametrize(
    "written", ["yesterday", "20260319", "2026-02-30", "0001-01-01", "9999-12-31", "<b>", "1" * 5000]
)
def test_what_is_no_date_is_said_to_be_none(browser: Browser, written: str) -> None:
    response = browser.get("/trending", params={"date": written})
    assert (response.status_code, faults(response)) == (400, [])
    assert "This is not a date" in Page(response).text


def test_a_date_field_leads_to_any_day(browser: Browser) -> None:
    page = Page(browser.get("/trending"))
    assert page.attributes("//form[@action='/trending']//input/@name") == ["date"]
    assert page.attributes("//form[@action='/trending']//input/@type") == ["date"]


def test_a_future_weekday_is_not_called_a_weekend(browser: Browser) -> None:
    assert date(2026, 3, 23).weekday() == 0
    assert "Saturdays" not in Page(browser.get("/trending?date=2026-03-23")).text
