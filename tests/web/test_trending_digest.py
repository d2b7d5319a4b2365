"""Trending papers in a reader's digest in the browser: behind the keywords, or on a page of their own."""

import pytest

from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Languages, Preferences, Subscriber, Trending
from tests.editions.trends import trend
from tests.factories import FRIDAY, add_reader, announce, make_paper, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults, link

TRENDS = [make_paper(10 + place, title) for place, title in enumerate(("Walking Agents", "Graphs", "More Robots"))]
IN_DIGEST = Preferences(trending=Trending.TOP)
FACTS = "↑ 90 on Hugging Face · 3 comments · Walkers' Union · code ★ 1.2k"


@pytest.fixture(autouse=True)
def day(runtime: Runtime) -> None:
    """Two papers of Friday, and Thursday's trends."""
    open_day(runtime.desk, announce([TRENDS[0], make_paper(1, "Robots")]))
    trend(runtime.desk, TRENDS)


def subscribe(runtime: Runtime, preferences: Preferences, *keywords: str) -> Subscriber:
    reader = add_reader(runtime.desk, "ann@example.org", *keywords, preferences=preferences)
    runtime.compose(FRIDAY)
    return reader


def test_they_stand_behind_the_keywords_papers(browser: Browser, runtime: Runtime) -> None:
    reader = subscribe(runtime, IN_DIGEST, "agents", "robots")
    response = browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}")
    page = Page(response)
    assert faults(response) == []
    assert page.texts("//h2") == ["agents", "robots", "Trending on Hugging Face"]
    (line, *_, day) = page.texts("//p[@class='line']")
    assert line.startswith("2 papers for you · 2 keywords · 2 trending · announced")
    assert day == "Thu 19 Mar: 2 papers; 1 more above or in an earlier mail"
    assert page.texts("//article//h3") == ["Walking Agents", "Robots", "Graphs", "More Robots"]
    assert FACTS in page.text
    assert "matches: robots" in page.text
    links = page.attributes("//p[@class='meta']//a/@href")
    assert links.count("https://github.com/walkers/gait") == 3
    assert "https://huggingface.co/papers/2603.00010" in links


def test_facts_are_told_in_the_readers_language(browser: Browser, runtime: Runtime) -> None:
    reader = subscribe(runtime, Preferences(trending=Trending.TOP, languages=Languages("zh+en")), "agents")
    response = browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}")
    assert faults(response) == []
    assert "Hugging Face ↑ 90 · 3 条评论 · Walkers' Union · 代码 ★ 1.2k" in Page(response).text


def test_a_mail_of_its_own_has_a_page_of_its_own(browser: Browser, runtime: Runtime) -> None:
    reader = subscribe(runtime, Preferences(trending=Trending.TOP, is_trending_apart=True), "theorems")
    path = f"{link(runtime, 'digest', reader)}/{FRIDAY}/trending"
    response = browser.get(path)
    page = Page(response)
    assert faults(response) == []
    assert (page.heading, page.texts("//h2")) == ("Friday 20 March 2026", ["Trending on Hugging Face"])
    assert "3 papers that trended on Hugging Face" in page.text
    assert "keywords ·" not in page.text
    assert Page(browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}")).texts("//h2") == ["theorems"]


def test_a_reader_without_such_a_mail_finds_none(browser: Browser, runtime: Runtime) -> None:
    reader = subscribe(runtime, IN_DIGEST, "agents")
    assert browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}/trending").status_code == 404
    assert browser.get(f"/digest/forged/{FRIDAY}/trending").status_code == 404


def test_the_mail_leads_to_the_papers_place_in_the_browser(browser: Browser, runtime: Runtime) -> None:
    reader = subscribe(runtime, IN_DIGEST, "agents", "robots")
    digest = runtime.load_digest(reader.id, FRIDAY)
    assert digest is not None
    found = digest.links.browser_url.removeprefix(runtime.settings.public_url)
    anchors = Page(browser.get(found)).attributes("//article/@id")
    assert anchors == [entry.paper.arxiv_id for section in digest.sections for entry in section.entries]


def test_the_public_day_shows_what_is_known_of_its_papers(browser: Browser) -> None:
    response = browser.get(f"/day/{FRIDAY}")
    assert faults(response) == []
    assert Page(response).text.count(FACTS) == 1


def test_a_paper_that_only_hugging_face_described_is_shown_without_categories(
    browser: Browser, runtime: Runtime
) -> None:
    trend(runtime.desk, [make_paper(30, "Not listed yet", categories=())])
    reader = subscribe(runtime, IN_DIGEST, "agents")
    page = Page(browser.get(f"{link(runtime, 'digest', reader)}/{FRIDAY}"))
    assert page.texts("//p[@class='meta']")[-1] == FACTS
