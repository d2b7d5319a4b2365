"""A paper's own page: both languages, its formulas, its past, and what to cite it by."""

from dataclasses import replace
from datetime import date

import pytest

from newsletter.db.engine import transaction
from newsletter.editions.tables import EditionRow
from newsletter.papers.paper import AnnouncementKind, ArxivId
from newsletter.papers.sources.record import make_paper
from newsletter.papers.store import store_papers
from newsletter.runtime import Runtime
from newsletter.translation.corrections import correct
from newsletter.translation.memory import remember
from tests.editions.trends import trend
from tests.factories import FRIDAY, MORNING, announce, open_day
from tests.web.browser import Browser
from tests.web.pages import Page, faults

CHINESE = {"Accept-Language": "zh-CN"}
MONDAY = date(2026, 3, 23)
PAPER = make_paper(
    ArxivId("2603.00001"),
    1,
    title=r"Walking in $O(\sqrt{n})$ Steps",
    authors=["Ann Lee", r"Fran{\c c}ois L\'eger", 'Bo "B" Chen'],
    abstract=r"We walk on $\mathbb{R}^d$ for \emph{any} $d$ & pay $5.",
    categories=("cs.RO", "cs.LG", "cs.XX"),
    comment="12 pages",
)
OLD = replace(PAPER, arxiv_id=ArxivId("hep-th/9901001"), categories=("hep-th",))
TITLE_ZH, ABSTRACT_ZH = r"以 $O(\sqrt{n})$ 步行走", r"我们在 $\mathbb{R}^d$ 上行走。"


@pytest.fixture(autouse=True)
def _friday(runtime: Runtime) -> None:
    open_day(runtime.desk, announce([PAPER]))
    with transaction(runtime.database) as session:
        store_papers(session, [OLD], stored_at=MORNING)


def translate(runtime: Runtime, *, engine: str = "deepl", title: bool = True) -> None:
    pairs = {PAPER.abstract_source: ABSTRACT_ZH} | ({PAPER.title_source: TITLE_ZH} if title else {})
    with transaction(runtime.database) as session:
        remember(session, pairs, source="en", target="zh", engine=engine, translated_at=MORNING)


def test_both_languages_are_there_with_their_formulas_set(browser: Browser, runtime: Runtime) -> None:
    translate(runtime)
    response = browser.get("/paper/2603.00001")
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert page.heading == "Walking in O(n) Steps"
    assert len(page.root.xpath("//h1/math//msqrt")) == 1
    assert page.texts("//p[@class='second-title']") == ["以 O(n) 步行走"]
    assert page.attributes("//p[contains(@class, 'abstract')]/@lang") == ["en", "zh-Hans"]
    assert page.texts("//p[contains(@class, 'abstract')]")[0] == "We walk on ℝd for any d & pay $5."
    assert page.one("//title").text == "Walking in O(√n) Steps · Chenbao 晨报"
    assert page.attributes("//link[@rel='canonical']/@href") == ["/paper/2603.00001"]


def test_in_chinese_the_chinese_comes_first(browser: Browser, runtime: Runtime) -> None:
    translate(runtime)
    response = browser.get("/paper/2603.00001", headers=CHINESE)
    page = Page(response)
    assert faults(response) == []
    assert page.heading == "以 O(n) 步行走"
    assert page.attributes("//h1/@lang") == ["zh-Hans"]
    assert "中文由 DeepL 于 2026年3月20日机器翻译，未经人工校对。" in page.text


def test_authors_and_categories_lead_to_searches(browser: Browser) -> None:
    page = Page(browser.get("/paper/2603.00001"))
    assert page.texts("//p[@class='authors']/a") == ["Ann Lee", "François Léger", 'Bo "B" Chen']
    links = page.attributes("//p[@class='authors' or @class='meta']/a/@href")
    assert links[0] == "/search?q=au%3A%22Ann+Lee%22"
    assert links[2] == "/search?q=au%3A%22Bo++B++Chen%22"
    assert "/search?q=cat%3Acs.RO" in links
    assert page.texts("//p[@class='meta']/a")[:2] == ["cs.RO Robotics", "cs.LG Machine Learning"]


def test_it_leads_to_arxiv(browser: Browser) -> None:
    links = Page(browser.get("/paper/2603.00001")).attributes("//p[@class='links']/a/@href")
    assert links == [f"https://arxiv.org/{kind}/2603.00001" for kind in ("abs", "pdf", "html")]


def test_old_identifiers_have_a_page_too(browser: Browser) -> None:
    response = browser.get("/paper/hep-th/9901001")
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert "https://arxiv.org/abs/hep-th/9901001" in page.attributes("//a/@href")
    assert browser.get("/paper/hep-th/9901001.bib").text.startswith("@misc{lee1999walking,")


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("2603.00001v1", "/paper/2603.00001"),
        ("2603.00001v7", "/paper/2603.00001"),
        ("arXiv:2603.00001", "/paper/2603.00001"),
        ("hep-th/9901001v2", "/paper/hep-th/9901001"),
    ],
)
def test_other_spellings_lead_to_the_page(browser: Browser, written: str, path: str) -> None:
    response = browser.get(f"/paper/{written}")
    assert (response.status_code, response.headers["Location"]) == (302, path)


def test_the_lists_versions_and_trends_are_told(browser: Browser, runtime: Runtime) -> None:
    second = replace(PAPER, version=2, comment="Accepted at ICRA", comment_source="Accepted at ICRA")
    open_day(runtime.desk, announce([(second, AnnouncementKind.REPLACE)], listed_on=MONDAY))
    trend(runtime.desk, [second])
    response = browser.get("/paper/2603.00001")
    page = Page(response)
    assert faults(response) == []
    assert page.texts("//section[@aria-labelledby='days']//li") == [
        "20 March 2026 new · cs",
        "23 March 2026 replaced · cs",
        "19 March 2026 trending on Hugging Face · place 1 · ↑ 90 · 3 comments · Walkers' Union",
    ]
    assert page.texts("//section[@aria-labelledby='versions']//li") == [
        "v2 23 March 2026 · comment changed: Accepted at ICRA",
        "v1 20 March 2026 · 12 pages",
    ]
    days = page.attributes("//section[@aria-labelledby='days']//a/@href")
    assert days[0] == "/day/2026-03-20#2603.00001"
    assert days[2] == "/trending?date=2026-03-19#2603.00001"
    assert page.texts("//p[@class='links']/a")[-2:] == ["code ★ 1,200", "Hugging Face"]


def test_the_bibtex_stands_there_as_text_and_as_a_file(browser: Browser) -> None:
    shown = Page(browser.get("/paper/2603.00001")).one("//pre").text_content()
    response = browser.get("/paper/2603.00001.bib")
    assert response.text.strip() == shown.strip()
    assert shown.startswith("@misc{lee2026walking,")
    assert r"{Walking in $O(\sqrt{n})$ Steps}" in shown
    assert response.headers["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="lee2026walking.bib"'


def test_the_origin_of_the_chinese_is_said_in_words(browser: Browser, runtime: Runtime) -> None:
    def origin() -> str:
        (found,) = Page(browser.get("/paper/2603.00001")).texts("//p[contains(@class, 'origin')]")
        return found

    assert origin() == "There is no Chinese of this paper yet."
    translate(runtime, engine="openai:gpt-6-luna", title=False)
    assert origin() == (
        "The Chinese abstract is a machine translation by gpt-6-luna of 20 March 2026; nobody has checked it. "
        "There is no Chinese title yet."
    )
    translate(runtime, engine="openai:gpt-6-luna")
    assert origin().startswith("Its Chinese is a machine translation by gpt-6-luna")
    with transaction(runtime.database) as session:
        correct(session, PAPER.title_source, "人说了算", source="en", target="zh", by="eve@example.org", at=MORNING)
    assert origin().startswith("The Chinese title was revised by a person on 20 March 2026. The Chinese abstract is a ")
    assert "eve@" not in origin()


@pytest.mark.parametrize("written", ["2699.00001", "math/0000001", "2699.00001v3", "2699.00001.bib"])
def test_a_paper_that_is_not_here_says_where_it_is(browser: Browser, written: str) -> None:
    response = browser.get(f"/paper/{written}")
    page = Page(response)
    assert (response.status_code, faults(response), page.heading) == (404, [], "No such paper here")
    known = written.removesuffix(".bib").removesuffix("v3")
    assert page.attributes("//p[@class='actions']/a/@href") == [f"https://arxiv.org/abs/{known}", "/search"]


@pytest.mark.parametrize(
    "written", ["x", "2603", "2603.00001/more", "%00", "..%2f..%2fetc", "<script>", "-", "1" * 5000]
)
def test_what_is_no_identifier_says_what_one_looks_like(browser: Browser, written: str) -> None:
    response = browser.get(f"/paper/{written}")
    page = Page(response)
    assert (response.status_code, faults(response), page.heading) == (404, [], "No such paper here")
    assert page.texts("//main//code") == ["2603.18074", "hep-th/9901001"]


def test_a_sample_paper_says_that_it_is_invented_and_cannot_be_cited(browser: Browser, runtime: Runtime) -> None:
    with transaction(runtime.database) as session:
        session.delete(session.get_one(EditionRow, FRIDAY))
    runtime.open_sample()
    response = browser.get("/paper/0000.00001")
    page = Page(response)
    assert (response.status_code, faults(response)) == (200, [])
    assert "it is invented" in page.text
    assert [link for link in page.attributes("//main//a/@href") if "arxiv.org" in link] == []
    assert browser.get("/paper/0000.00001.bib").status_code == 404


def test_a_paper_of_a_thousand_authors_names_them_all_but_folds_most(browser: Browser, runtime: Runtime) -> None:
    crowd = replace(PAPER, arxiv_id=ArxivId("2603.00009"), authors=tuple(f"Author {number}" for number in range(1000)))
    with transaction(runtime.database) as session:
        store_papers(session, [crowd], stored_at=MORNING)
    page = Page(browser.get("/paper/2603.00009"))
    assert len(page.root.xpath("//p[@class='authors']/a")) == 30
    assert page.texts("//details/summary") == ["and 970 more"]
    assert len(page.root.xpath("//details//a")) == 970


def test_similar_papers_are_offered(browser: Browser, runtime: Runtime) -> None:
    other = make_paper(
        ArxivId("2603.00002"),
        1,
        title="Knitting",
        authors=["C"],
        abstract="We knit.",
        categories=("cs.CL",),
        comment=None,
    )
    open_day(runtime.desk, announce([other], listed_on=MONDAY))
    part = "/paper/2603.00001/similar/part"
    assert browser.get(part).text.split() == ["<div></div>"]
    runtime.sweep_search()
    section = Page(browser.get("/paper/2603.00001")).one("//section[@aria-labelledby='similar']")
    assert section.get("data-poll") == part
    found = Page(browser.get(part))
    assert found.attributes("//section//a/@href") == ["/paper/hep-th/9901001"]
    assert found.attributes("//@data-poll") == []


def test_similar_papers_have_a_page_for_those_without_scripts(browser: Browser, runtime: Runtime) -> None:
    (address,) = Page(browser.get("/paper/hep-th/9901001")).attributes("//section[@aria-labelledby='similar']//a/@href")
    response = browser.get(address)
    assert (response.status_code, faults(response)) == (200, [])
    assert "look again in a minute" in Page(response).text
    other = make_paper(
        ArxivId("2603.00002"),
        1,
        title="Knitting",
        authors=["C"],
        abstract="We knit.",
        categories=("cs.CL",),
        comment=None,
    )
    open_day(runtime.desk, announce([other], listed_on=MONDAY))
    runtime.sweep_search()
    response = browser.get(address)
    assert (response.status_code, faults(response)) == (200, [])
    assert Page(response).texts("//article//h2") == ["Walking in O(√n) Steps"]
    assert browser.get("/paper/2699.00001/similar").status_code == 404
    assert browser.get("/paper/nonsense/similar").status_code == 404
