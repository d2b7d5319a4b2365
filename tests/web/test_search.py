"""Search over all stored papers: found, counted, highlighted; mistakes said in place; hints where nothing is found."""

from dataclasses import replace
from datetime import date

import pytest

from newsletter.db.engine import transaction
from newsletter.papers.store import store_papers
from newsletter.runtime import Runtime
from newsletter.search import match
from newsletter.translation.memory import remember
from newsletter.web.pages.search import PAPERS_A_PAGE
from tests.factories import FRIDAY, MORNING, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults

CHINESE = {"Accept-Language": "zh-CN"}
THURSDAY = date(2026, 3, 19)
ABSTRACT = "We begin. " * 40 + "Then agents walk far. They rest."
PAPERS = [
    make_paper(1, "Walking Agents", abstract=ABSTRACT, categories=("cs.RO", "cs.LG")),
    make_paper(2, "Graphs of Agents"),
    make_paper(3, "Knitting"),
]


@pytest.fixture(autouse=True)
def _stored(runtime: Runtime) -> None:
    open_day(runtime.desk, announce(PAPERS[:1], listed_on=THURSDAY))
    open_day(runtime.desk, announce(PAPERS[1:]))
    with transaction(runtime.database) as session:
        remember(session, {"Knitting": "编织"}, source="en", target="zh", engine="test", translated_at=MORNING)
    runtime.sweep_search()


def test_papers_of_all_days_are_found_counted_and_marked(browser: Browser) -> None:
    response = browser.get("/search?q=agents")
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert page.texts("//*[@role='status']") == ["2 papers · Atom feed of this search"]
    assert sorted(page.texts("//article//h2")) == ["Graphs of Agents", "Walking Agents"]
    assert page.texts("//h2//mark") == ["Agents", "Agents"]
    walking = page.one("//article[@id='2603.00001']")
    assert "… Then agents walk far. They rest." in walking.text_content()
    assert [element.text for element in walking.xpath(".//p[@class='abstract']//mark")] == ["agents"]
    assert walking.xpath(".//a/@href") == ["/paper/2603.00001", "/day/2026-03-19#2603.00001"]


def test_the_newest_can_come_first(browser: Browser) -> None:
    page = Page(browser.get("/search?q=agents&order=date"))
    assert page.texts("//article//h2") == ["Graphs of Agents", "Walking Agents"]
    assert page.attributes("//select[@name='order']/option[@selected]/@value") == ["date"]


def test_chinese_words_find_what_is_translated(browser: Browser) -> None:
    page = Page(browser.get("/search", params={"q": "编织"}, headers=CHINESE))
    assert page.texts("//article//h2") == ["编织"]
    assert page.texts("//h2//mark") == ["编织"]
    assert page.texts("//article//p[@class='second-title']") == ["Knitting"]


def test_the_search_has_a_feed(browser: Browser) -> None:
    page = Page(browser.get("/search", params={"q": "agents AND graphs"}))
    address = "/feeds/query.atom?q=agents+AND+graphs"
    assert page.attributes("//link[@type='application/atom+xml']/@href") == [address]
    assert address in page.attributes("//main//a/@href")
    assert browser.get(address).status_code == 200


def test_a_query_that_cannot_be_read_says_where_and_offers_the_mended_one(browser: Browser) -> None:
    response = browser.get("/search", params={"q": "(agents AND"})
    page = Page(response)
    assert (response.status_code, faults(response)) == (422, [])
    field = page.one("//input[@name='q']")
    assert (field.get("aria-invalid"), field.get("aria-describedby"), field.get("value")) == (
        "true",
        "q-errors",
        "(agents AND",
    )
    (mended,) = page.attributes("//div[@id='results']/p[@class='more']/a/@href")
    assert len(Page(browser.get(mended)).texts("//article")) == 2


def test_nothing_found_says_so_with_hints(browser: Browser) -> None:
    response = browser.get("/search?q=quilting")
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert "No stored paper matches." in page.text
    assert 'au:"Yann LeCun"' in page.text


@pytest.mark.parametrize("query", ["", "   "])
def test_before_anything_is_asked_the_language_is_shown_by_examples_that_work(browser: Browser, query: str) -> None:
    response = browser.get("/search", params={"q": query})
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    examples = page.attributes("//ul[@class='hints']//a/@href")
    assert len(examples) == 8
    assert {browser.get(example).status_code for example in examples} == {200}


def test_results_come_in_pages(browser: Browser, runtime: Runtime) -> None:
    crowd = [make_paper(number, f"Robot {number}") for number in range(100, 100 + PAPERS_A_PAGE + 5)]
    open_day(runtime.desk, announce(crowd, listed_on=FRIDAY))
    runtime.sweep_search()
    first = Page(browser.get("/search?q=robot&order=date"))
    (following,) = first.attributes("//nav[@aria-label='Pages of results']/a[@rel='next']/@href")
    second = Page(browser.get(following))
    assert len(first.texts("//article")) == PAPERS_A_PAGE
    found = [*first.texts("//article//h2"), *second.texts("//article//h2")]
    assert sorted(found) == sorted(paper.title for paper in crowd)
    assert second.texts("//article[1]/p[@class='number']") == [str(PAPERS_A_PAGE + 1)]
    assert browser.get("/search?q=robot&page=3").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "501", "9" * 5000])
def test_a_page_number_that_is_none_is_refused(browser: Browser, page: str) -> None:
    assert browser.get(f"/search?q=agents&page={page}").status_code == 400


def test_the_part_that_follows_the_typing_is_the_results_alone(browser: Browser) -> None:
    response = browser.get("/search/results?q=agents")
    assert response.status_code == 200
    assert "<html" not in response.text
    assert response.text.count("<article") == 2
    assert browser.get("/search/results?q=(agents").status_code == 422
    form = Page(browser.get("/search")).one("//form[@role='search']")
    assert (form.get("data-live"), form.get("data-into")) == ("/search/results", "results")


def test_a_very_long_query_is_refused_in_place(browser: Browser) -> None:
    response = browser.get("/search", params={"q": "agents " * 200})
    assert (response.status_code, faults(response)) == (422, [])


def test_a_paper_of_no_list_is_found_without_a_date(browser: Browser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        store_papers(session, [replace(make_paper(50, "Unlisted"), categories=())], stored_at=MORNING)
    runtime.sweep_search()
    response = browser.get("/search?q=unlisted")
    assert faults(response) == []
    assert Page(response).attributes("//article//a/@href") == ["/paper/2603.00050"]


def test_papers_that_are_not_read_in_yet_are_spoken_of(browser: Browser, runtime: Runtime) -> None:
    said = "still being read in"
    assert said not in Page(browser.get("/search?q=agents")).text
    open_day(runtime.desk, announce([make_paper(4, "Late Agents")], listed_on=THURSDAY))
    for query in ("agents", "late", "quilting"):
        response = browser.get(f"/search?q={query}")
        assert said in Page(response).text
        assert faults(response) == []
    runtime.sweep_search()
    assert said not in Page(browser.get("/search?q=late")).text


def test_papers_that_nobody_looked_through_are_counted(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"q": '"then, agents"'}  # a phrase that only reading can tell from the same words without a comma
    assert "looked through" not in Page(browser.get("/search", params=query)).text
    monkeypatch.setattr(match, "MOST_READ", 0)
    response = browser.get("/search", params=query)
    assert "1 older paper was not looked through" in Page(response).text
    assert faults(response) == []
    assert "没有查看" in Page(browser.get("/search", params=query, headers=CHINESE)).text


def test_a_long_search_is_narrowed_down_by_category(browser: Browser, runtime: Runtime) -> None:
    assert Page(browser.get("/search?q=agents")).texts("//nav[@class='narrower']") == []
    papers = [
        make_paper(number, f"Quilting {number}", categories=("cs.LG", "cs.RO") if number % 2 else ("cs.LG",))
        for number in range(100, 100 + PAPERS_A_PAGE + 1)
    ]
    open_day(runtime.desk, announce(papers, listed_on=THURSDAY))
    runtime.sweep_search()
    response = browser.get("/search?q=quilting&order=date")
    page = Page(response)
    assert page.texts("//nav[@class='narrower']") == [
        "Of these: cs.RO 10"
    ]  # all are in cs.LG: nothing would be narrower
    assert faults(response) == []
    (link,) = page.attributes("//nav[@class='narrower']//a/@href")
    narrowed = Page(browser.get(link))
    assert narrowed.one("//input[@name='q']").get("value") == "quilting AND cat:cs.RO"
    assert narrowed.texts("//*[@role='status']")[0].startswith("10 papers")
    assert narrowed.attributes("//select[@name='order']/option[@selected]/@value") == ["date"]
