"""Hostile text in papers and queries stays text on every page of the archive."""

from dataclasses import replace

import pytest

from newsletter.db.engine import transaction
from newsletter.papers.paper import ArxivId
from newsletter.papers.sources.huggingface import Trending
from newsletter.papers.sources.record import make_paper
from newsletter.papers.trending_store import claim_asking, mark_seen, store_trending
from newsletter.runtime import Runtime
from newsletter.subscribers.subscriber import Preferences, Subscriber
from newsletter.subscribers.subscriber import Trending as WantsTrending
from newsletter.translation.memory import remember
from tests.editions.trends import THURSDAY
from tests.factories import FRIDAY, MORNING, add_reader, announce, open_day
from tests.web.browser import Browser
from tests.web.hostile import TEMPLATE_RUN
from tests.web.pages import Page, faults, link

HOSTILE = (
    "agents <script>alert(1)</script>",
    'agents "><img src=x onerror=alert(1)>',
    "agents ' onmouseover='alert(1)",
    "agents </title></textarea></select><svg/onload=alert(1)>",
    "agents javascript:alert(1) {{ 977*953 }} {% raw %} ${977*953}",
    "agents <!--<a href=javascript:alert(1)>x</a>--> <base href=//evil.example>",
    "agents &lt;script&gt;alert(1)&lt;/script&gt; &#x3c;b&#x3e;",
    r"agents $\href{javascript:alert(1)}{x}$ $\text{</math><script>alert(1)</script>}$ \(<b>\)",
    "agents \u202egnp.exe <iframe srcdoc='<script>alert(1)</script>'>",
    "agents ]]><style>*{display:none}</style><meta http-equiv=refresh content=0>",
)


@pytest.fixture
def reader(runtime: Runtime) -> Subscriber:
    papers = [
        make_paper(
            ArxivId(f"2603.{number:05}"),
            1,
            title=text,
            authors=[f"A {text}", text],
            abstract=f"We show. {text}. And more.",
            categories=("cs.LG", "cs.<b>"),
            comment=text,
        )
        for number, text in enumerate(HOSTILE, start=1)
    ]
    open_day(runtime.desk, announce(papers))
    with transaction(runtime.database) as session:
        pairs = {text: f"智能体 {text}" for paper in papers for text in (paper.title_source, paper.abstract_source)}
        remember(session, pairs, source="en", target="zh", engine='<b onclick="x">', translated_at=MORNING)
        claim_asking(session, THURSDAY, after=None, at=MORNING)
        items = [
            Trending(
                paper=paper,
                rank=place,
                upvotes=9,
                comments=1,
                organisation=HOSTILE[place],
                code_url="https://github.com/a/b",
                stars=1,
            )
            for place, paper in enumerate(papers)
        ]
        store_trending(session, THURSDAY, items, collected_at=MORNING)
        mark_seen(session, THURSDAY, [paper.arxiv_id for paper in papers], at=MORNING)
    runtime.sweep_search()
    wanted = Preferences(trending=WantsTrending.TOP)
    found = add_reader(
        runtime.desk, "ann@example.org", "agents", "智能体", '"<script>alert(1)</script>"', preferences=wanted
    )
    runtime.compose(FRIDAY)
    return found


def dangers(page: Page) -> list[str]:
    """Return what of a page is markup or leads somewhere that no template of ours does."""
    found = [
        f"{element.tag} in {element.getparent().tag}"
        for element in page.root.xpath("//script | //img | //iframe | //svg | //base | //style | //object | //embed")
        if not str(element.get("src")).startswith("/static/") or element.text
    ]
    found += page.attributes("//@*[starts-with(name(), 'on')] | //@srcdoc | //@style")
    links = page.attributes("//@href | //@action | //@src | //@formaction")
    found += [link for link in links if link.strip().lower().startswith(("javascript:", "data:", "//", "vbscript:"))]
    found += ["a template was run"] * (TEMPLATE_RUN in page.text)
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_of_the_archive_shows_hostile_papers_as_text(
    browser: Browser, runtime: Runtime, reader: Subscriber, language: str
) -> None:
    digest = link(runtime, "digest", reader)
    paths = [
        "/",
        f"/day/{FRIDAY}",
        f"/day/{FRIDAY}?order=trending&cat=cs.<b>",
        f"/day/{FRIDAY}?q=agents",
        f"{digest}/{FRIDAY}",
        "/trending",
        "/search?q=agents",
        "/search?q=智能体",
        "/search/results?q=agents",
        *(f"/paper/2603.{number:05}" for number in range(1, len(HOSTILE) + 1)),
    ]
    for path in paths:
        response = browser.get(path, headers={"Accept-Language": language})
        assert response.status_code == 200, path
        page = Page(response)
        assert dangers(page) == [], path
        if not path.startswith("/search/results"):
            assert faults(response) == [], path
    assert "<script>alert(1)</script>" in Page(browser.get("/trending")).text


def test_hostile_queries_are_shown_as_text(browser: Browser, reader: Subscriber) -> None:
    for text in (*HOSTILE, *(f"({text}" for text in HOSTILE), *(f'"{text}' for text in HOSTILE)):
        for path, field in (
            (f"/day/{FRIDAY}", "q"),
            (f"/day/{FRIDAY}", "cat"),
            ("/search", "q"),
            ("/trending", "date"),
        ):
            response = browser.get(path, params={field: text})
            page = Page(response)
            assert response.status_code in (200, 400, 422), (path, text)
            assert dangers(page) == [], (path, text)
            if field == "q":
                assert page.one("//input[@name='q']").get("value") == text.strip()


def test_hostile_identifiers_are_shown_as_text(browser: Browser, reader: Subscriber) -> None:
    for text in HOSTILE:
        page = Page(browser.get(f"/paper/{text}"))
        assert dangers(page) == [], text


def test_a_bibtex_file_of_a_hostile_paper_is_no_page(browser: Browser, reader: Subscriber) -> None:
    for number in range(1, len(HOSTILE) + 1):
        response = browser.get(f"/paper/2603.{number:05}.bib")
        assert response.headers["Content-Type"].startswith("application/x-bibtex")
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_an_address_from_elsewhere_is_never_linked(browser: Browser, runtime: Runtime, reader: Subscriber) -> None:
    evil = replace(
        make_paper(
            ArxivId("2603.00099"), 1, title="T", authors=["A"], abstract="B", categories=("cs.LG",), comment=None
        ),
        comment="javascript:alert(1)",
    )
    open_day(runtime.desk, announce([evil], listed_on=THURSDAY))
    assert dangers(Page(browser.get("/paper/2603.00099"))) == []
