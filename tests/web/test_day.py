"""The public edition: every paper of a day, or those that match."""

from dataclasses import replace
from datetime import date

import pytest

from newsletter.db.engine import reading, transaction
from newsletter.editions.tables import EditionRow
from newsletter.papers.ledger import Judgement
from newsletter.papers.paper import AnnouncementKind, Paper
from newsletter.runtime import Runtime
from newsletter.translation.memory import recall, remember
from newsletter.web.pages.day import PAPERS_A_PAGE
from tests.editions.trends import trend
from tests.factories import FRIDAY, MORNING, announce, judge_list, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page

THURSDAY = date(2026, 3, 19)
MONDAY = date(2026, 3, 23)
CHINESE = {"Accept-Language": "zh-CN"}
PAPERS: list[Paper | tuple[Paper, AnnouncementKind]] = [
    make_paper(1, "Walking Agents", abstract="Agents walk."),
    (make_paper(2, "Diffusion Policies", categories=("cs.RO", "cs.LG")), AnnouncementKind.CROSS),
    (make_paper(3, "Old Robots"), AnnouncementKind.REPLACE),
]


@pytest.fixture(autouse=True)
def _friday(runtime: Runtime) -> None:
    open_day(runtime.desk, announce(PAPERS))
    with transaction(runtime.database) as session:
        pairs = {"Walking Agents": "行走的智能体", "Agents walk.": "智能体会走。"}
        remember(session, pairs, source="en", target="zh", engine="test", translated_at=MORNING)


def test_every_paper_is_there_with_all_that_is_known_of_it(browser: Browser) -> None:
    page = Page(browser.get("/day/2026-03-20"))
    assert page.heading == "Friday 20 March 2026"
    assert page.texts("//h2") == ["New 1 paper", "Cross-listed 1 paper", "Replaced 1 paper"]
    assert page.texts("//article//h3") == ["Walking Agents", "Diffusion Policies", "Old Robots"]
    first = page.one("//article[@id='2603.00001']").text_content()
    for known in ("行走的智能体", "Ann Lee, Bo Chen", "cs.LG", "Agents walk.", "智能体会走。"):
        assert known in first
    links = page.attributes("//article[@id='2603.00001']//p[@class='links']/a/@href")
    assert links == ["https://arxiv.org/abs/2603.00001", "https://arxiv.org/pdf/2603.00001", "/paper/2603.00001"]
    assert page.attributes("//article[@id='2603.00001']//h3/a/@href") == ["/paper/2603.00001"]


def test_both_languages_say_so_to_a_screen_reader(browser: Browser) -> None:
    page = Page(browser.get("/day/2026-03-20"))
    texts = "//article[@id='2603.00001']//*[contains(@class, 'title') or contains(@class, 'abstract')]/@lang"
    assert page.attributes(texts) == ["en", "zh-Hans", "en", "zh-Hans"]
    chinese = Page(browser.get("/day/2026-03-20", headers=CHINESE))
    assert (chinese.language, chinese.heading) == ("zh-Hans", "二〇二六年三月二十日 星期五")
    assert chinese.attributes(texts) == ["zh-Hans", "en", "zh-Hans", "en"]
    assert chinese.texts("//h2")[0] == "新论文 1 篇论文"


def test_a_query_filters_the_day_and_marks_the_words(browser: Browser) -> None:
    page = Page(browser.get("/day/2026-03-20", params={"q": "agents"}))
    assert page.texts("//article//h3") == ["Walking Agents"]
    assert page.texts("//article//h3//mark") == ["Agents"]
    assert page.texts("//*[@role='status']")[0].startswith("1 of 3 papers · agents.")
    assert page.one("//input[@name='q']").get("value") == "agents"


def test_a_chinese_query_finds_what_is_translated_and_starts_no_translation(browser: Browser, runtime: Runtime) -> None:
    page = Page(browser.get("/day/2026-03-20", params={"q": "智能体"}))
    assert page.texts("//article//h3") == ["Walking Agents"]
    assert "智能体" in page.texts("//article//mark")
    with reading(runtime.database) as session:
        assert recall(session, ["Old Robots"], source="en", target="zh") == {}


def test_a_query_without_a_result_says_so_and_leads_to_all_days(browser: Browser) -> None:
    response = browser.get("/day/2026-03-20", params={"q": "knitting"})
    page = Page(response)
    assert response.status_code == 200
    assert "There is no result today" in page.text
    assert "/search?q=knitting" in page.attributes("//main//a/@href")
    assert "今日无相关论文" in Page(browser.get("/day/2026-03-20?q=knitting", headers=CHINESE)).text


def test_a_category_narrows_the_day_also_together_with_a_query(browser: Browser) -> None:
    page = Page(browser.get("/day/2026-03-20?cat=cs.RO"))
    assert page.texts("//article//h3") == ["Diffusion Policies"]
    assert page.attributes("//select[@name='cat']/option[@selected]/@value") == ["cs.RO"]
    assert page.texts("//article//p[@class='number']") == ["1"]
    both = Page(browser.get("/day/2026-03-20?cat=cs.RO&q=agents"))
    assert both.texts("//article//h3") == []
    assert Page(browser.get("/day/2026-03-20?cat=cs")).texts("//h2")[0] == "New 1 paper"


def test_the_categories_say_how_many_papers_of_the_query_they_have(browser: Browser) -> None:
    options = Page(browser.get("/day/2026-03-20")).texts("//select[@name='cat']/option")
    assert options == ["All", "cs.LG (3) · Machine Learning", "cs.RO (1) · Robotics"]
    options = Page(browser.get("/day/2026-03-20?q=agents&cat=cs.RO")).texts("//select[@name='cat']/option")
    assert options == ["All", "cs.LG (1) · Machine Learning", "cs.RO"]


def test_what_trends_can_stand_first_with_the_most_votes_in_front(browser: Browser, runtime: Runtime) -> None:
    trend(runtime.desk, [make_paper(3, "Old Robots"), make_paper(1, "Walking Agents")])
    page = Page(browser.get("/day/2026-03-20?order=trending"))
    assert page.texts("//h2") == ["Trending on Hugging Face 2 papers", "Cross-listed 1 paper"]
    assert page.texts("//article//h3") == ["Old Robots", "Walking Agents", "Diffusion Policies"]
    assert Page(browser.get("/day/2026-03-20?order=sideways")).texts("//article//h3")[0] == "Walking Agents"


def test_a_day_whose_lists_are_not_whole_says_so_in_plain_words(browser: Browser, runtime: Runtime) -> None:
    assert Page(browser.get("/day/2026-03-20")).texts("//*[@class='note']") == []
    judge_list(runtime.desk, Judgement.LATE)
    assert Page(browser.get("/day/2026-03-20")).texts("//*[@class='note']") == [
        "This day is not whole. The list of cs is late."
    ]
    chinese = Page(browser.get("/day/2026-03-20", headers=CHINESE))
    assert chinese.texts("//*[@class='note']") == ["本期尚不完整。 cs 的列表迟到。"]


def test_a_list_that_was_put_together_afterwards_says_so(browser: Browser, runtime: Runtime) -> None:
    estimate = replace(announce(PAPERS, listed_on=MONDAY), source="api")
    open_day(runtime.desk, estimate)
    assert "put together afterwards" in Page(browser.get("/day/2026-03-23")).texts("//*[@class='note']")[0]


def test_the_head_names_the_address_and_the_feed_of_the_day(browser: Browser) -> None:
    page = Page(browser.get("/day/2026-03-20?q=agents"))
    assert page.attributes("//link[@rel='canonical']/@href") == ["/day/2026-03-20"]
    assert page.attributes("//link[@type='application/atom+xml']/@href") == ["/day/2026-03-20/feed.atom"]


def test_a_day_that_is_picked_is_opened(browser: Browser) -> None:
    response = browser.get("/day?date=2026-03-19")
    assert (response.status_code, response.headers["Location"]) == (303, "/day/2026-03-19")
    assert browser.get("/day?date=//evil.example").status_code == 404


def test_a_query_that_cannot_be_read_says_where_and_offers_the_mended_one(browser: Browser) -> None:
    response = browser.get("/day/2026-03-20", params={"q": "(agents AND"})
    page = Page(response)
    assert response.status_code == 422
    assert page.one("//input[@name='q']").get("aria-invalid") == "true"
    assert page.texts("//*[@id='q-errors']//p[@class='typed']") == ["(agents AND"]
    (mended,) = page.attributes("//a[starts-with(@href, '?q=')]/@href")
    assert Page(browser.get(f"/day/2026-03-20{mended}")).texts("//article//h3") == ["Walking Agents"]


def test_the_days_before_and_after_are_one_step_away(browser: Browser, runtime: Runtime) -> None:
    for number, day in enumerate((THURSDAY, MONDAY), start=10):
        open_day(runtime.desk, announce([make_paper(number, "Another")], listed_on=day))
    page = Page(browser.get("/day/2026-03-20"))
    assert page.attributes("//a[@rel='prev']/@href") == ["/day/2026-03-19"]
    assert page.attributes("//a[@rel='next']/@href") == ["/day/2026-03-23"]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-03-21", "arXiv dates no list on a weekend."),
        ("1999-01-01", "Nothing of Fri 1 Jan was collected, so it has no edition."),
        ("2999-12-31", "arXiv announces the list of Tue 31 Dec on Mon 30 Dec at 20:00 Eastern."),
    ],
)
def test_a_day_without_an_edition_says_why_and_shows_the_way_on(browser: Browser, day: str, reason: str) -> None:
    response = browser.get(f"/day/{day}")
    page = Page(response)
    assert response.status_code == 404
    assert "There is no edition of this day" in page.text
    assert reason in page.text
    assert page.attributes("//nav[@aria-label='Editions']/a/@href") == ["/day/2026-03-20"]


@pytest.mark.parametrize(
    "written",
    [
        "20260320",
        "2026-W12-5",
        "2026-3-20",
        "2026-02-30",
        "today",
        "2026-03-20T00:00",
        "0000-00-00",
        "晨报",
        "-",
        "0001-01-01",
        "9999-12-31",
    ],
)
def test_what_is_no_date_is_no_page(browser: Browser, written: str) -> None:
    response = browser.get(f"/day/{written}")
    assert response.status_code == 404
    assert Page(response).heading == "There is no such page"


def test_today_leads_to_the_newest_edition(browser: Browser) -> None:
    response = browser.get("/day")
    assert (response.status_code, response.headers["Location"]) == (302, f"/day/{FRIDAY}")


def test_a_full_day_comes_in_pages_that_miss_nothing_and_repeat_nothing(browser: Browser, runtime: Runtime) -> None:
    papers = [make_paper(number, f"Paper {number}") for number in range(100, 100 + 2 * PAPERS_A_PAGE + 1)]
    open_day(runtime.desk, announce(papers, listed_on=MONDAY))
    found: list[str] = []
    path = "/day/2026-03-23"
    query = ""
    for _ in range(3):
        page = Page(browser.get(path + query))
        found += page.texts("//article//h3")
        following = page.attributes("//nav[@aria-label='Pages of this day']/a[@rel='next']/@href")
        query = following[0] if following else ""
    assert found == [paper.title for paper in papers]
    assert query == ""
    assert page.texts("//article[1]/p[@class='number']") == ["101"]
    assert browser.get(f"{path}?page=4").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 5000])
def test_a_page_number_that_is_none_is_refused(browser: Browser, page: str) -> None:
    assert browser.get(f"/day/2026-03-20?page={page}").status_code == 400


def test_papers_and_queries_are_shown_as_text(browser: Browser, runtime: Runtime) -> None:
    evil = "Agents <script>alert(1)</script> & <b>bold</b>"
    open_day(runtime.desk, announce([make_paper(9, evil, abstract=evil)], listed_on=MONDAY))
    with transaction(runtime.database) as session:
        remember(
            session,
            {evil: "<img src=x onerror=alert(1)>智能体"},
            source="en",
            target="zh",
            engine="test",
            translated_at=MORNING,
        )
    for query in ("", "agents", '"<script>alert(1)</script>'):
        page = Page(browser.get("/day/2026-03-23", params={"q": query}))
        assert page.attributes("//script | //img | //article//b") == []
    assert Page(browser.get("/day/2026-03-23")).texts("//article//h3") == [evil]


def test_more_than_six_authors_are_folded_but_all_there(browser: Browser, runtime: Runtime) -> None:
    authors = tuple(f"Author {number}" for number in range(1, 10))
    open_day(runtime.desk, announce([replace(make_paper(9, "Together"), authors=authors)], listed_on=MONDAY))
    page = Page(browser.get("/day/2026-03-23"))
    assert page.texts("//article//summary") == ["Author 1, Author 2, Author 3, Author 4, Author 5, Author 6 + 3"]
    assert page.texts("//article//details")[0].endswith("Author 7, Author 8, Author 9")


def test_the_sample_edition_is_called_one_and_links_to_itself(browser: Browser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        session.delete(session.get_one(EditionRow, FRIDAY))
    day = runtime.open_sample()
    page = Page(browser.get(f"/day/{day}"))
    assert "A sample edition" in page.text
    identifiers = page.attributes("//article/@id")
    assert page.attributes("//article//a/@href") == [
        f"/paper/{arxiv_id}" for arxiv_id in identifiers for _ in ("title", "more")
    ]


def test_without_any_edition_today_says_when_the_first_one_comes(browser: Browser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        session.delete(session.get_one(EditionRow, FRIDAY))
    response = browser.get("/day")
    assert response.status_code == 404
    assert "The first edition is on its way" in Page(response).text
