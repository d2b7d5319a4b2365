"""Recorded days, from what arXiv sent to the message: no paper fails, none is shown in part without saying so."""

import json
import lzma
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from email import policy
from email.parser import BytesParser
from functools import cache
from itertools import cycle, islice
from typing import Any

import pytest
from lxml.html import HtmlElement
from sqlalchemy import Engine

from newsletter.db.engine import transaction
from newsletter.deliveries.letterhead import Letterhead
from newsletter.deliveries.letters import write_digest
from newsletter.digests.addresses import Addresses
from newsletter.digests.digest import Digest, ShownPaper
from newsletter.digests.render import Renderer
from newsletter.digests.shown_papers import ShownPapers
from newsletter.papers.paper import Announced, Announcement, AnnouncementKind, ArxivId, Paper
from newsletter.papers.sources.record import make_paper
from newsletter.runtime import Runtime
from newsletter.settings import load_settings
from newsletter.subscribers.subscriber import Density, Languages
from newsletter.subscribers.tokens import Tokens
from newsletter.translation.memory import remember
from newsletter.web.app import create_app
from tests.conftest import SHARED
from tests.digests.factories import make_digest, make_section
from tests.digests.reading import check_wellformed, more, shown_papers
from tests.factories import MORNING, SITE, Hand, add_reader, make_subscriber, open_day
from tests.kept import kept_renderer
from tests.web.browser import Browser
from tests.web.pages import Page, link

DATA = SHARED / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recorded days (../shared/data) are not beside this checkout"
)

DAYS = (
    "2026-02-16", "2026-02-19", "2026-02-25", "2026-03-02", "2026-03-05", "2026-03-09", "2026-03-13", "2026-03-18",
    "2026-03-25", "2026-03-27", "2026-04-01", "2026-04-06", "2026-04-10", "2026-04-15", "2026-04-21", "2026-04-24",
    "2026-04-30", "2026-05-06", "2026-05-11", "2026-05-28",
)  # fmt: skip
BUSIEST = "2026-05-12"
EVERYTHING = ("reinforcement learning", "cat:cs.CL", "cat:cs.CV ANDNOT survey", "cat:cs")
"""Keywords that between them choose every paper of computer science."""
SECOND = {"en": "Abstract", "zh-Hans": "中文摘要"}
"""What stands before the abstract in the second language."""
READER = make_subscriber()
LETTERHEAD = Letterhead(from_header="Chenbao 晨报 <chenbao@papers.example.org>", public_url=SITE)
_HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def renderer() -> Renderer:
    return kept_renderer()


@pytest.fixture
def runtime(engine: Engine) -> Runtime:
    clock = Hand(datetime(2026, 5, 12, 1, 0, tzinfo=UTC))
    return Runtime(
        settings=load_settings(secret_key="a secret of the tests", base_url=SITE),
        clock=clock,
        database=engine,
        tokens=Tokens("a secret of the tests", now=clock),
    )


def recorded_day(day: str) -> list[Announced]:
    """Read a day as the product reads what arXiv sends: TeX becomes Unicode here."""
    with lzma.open(DATA / "arxiv-cs-daily" / f"{day}.jsonl.xz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    kinds = [AnnouncementKind.CROSS if record["late_or_cross"] else AnnouncementKind.NEW for record in records]
    papers = map(_paper, records)
    return [
        Announced(paper=paper, kind=kind, position=at)
        for at, (paper, kind) in enumerate(zip(papers, kinds, strict=True))
    ]


def _paper(record: dict[str, Any]) -> Paper:
    return make_paper(
        ArxivId(record["id"]),
        1,
        title=record["title"],
        authors=record["authors"],
        abstract=record["abstract"],
        categories=(record["primary_category"], *record["categories"]),
        comment=record["comment"],
    )


@cache
def _recorded_chinese() -> tuple[tuple[str, str], ...]:
    with lzma.open(DATA / "bilingual" / "pairs-2024-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        records = map(json.loads, lines)
        return tuple(
            (record["title_zh"], record["abstract_zh"])
            for record in records
            if record["title_zh"] and record["abstract_zh"]
        )


def give_chinese(papers: Sequence[Paper], day: str) -> dict[str, str]:
    """Give each text of a day what an engine wrote for another paper's: as long, and as oddly written."""
    known = _recorded_chinese()
    pairs = islice(cycle(known), date.fromisoformat(day).toordinal() * 331 % len(known), None)
    found: dict[str, str] = {}
    for paper, (title, abstract) in zip(papers, pairs, strict=False):
        found |= {paper.title_source: title, paper.abstract_source: abstract}
    return found


def shown_day(day: str) -> list[ShownPaper]:
    """Return a day's papers as digests show them, in both languages."""
    announced = recorded_day(day)
    papers = {item.paper.arxiv_id: item.paper for item in announced}
    addresses = Addresses(public_url=SITE, tokens=Tokens("a secret of the tests", now=Hand()))
    shown = ShownPapers(papers, give_chinese(list(papers.values()), day), addresses, language="zh")
    return [shown.paper(item.paper.arxiv_id, item.kind, date.fromisoformat(day)) for item in announced]


def batches(papers: Sequence[ShownPaper], size: int) -> Iterator[Sequence[ShownPaper]]:
    for start in range(0, len(papers), size):
        yield papers[start : start + size]


def read_mail(content: bytes) -> tuple[str, str]:
    """Return a message's HTML and text as a mail program decodes them; checks what every relay and inbox asks for."""
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert not message.defects
    text, html = (part.get_payload(decode=True) for part in message.iter_parts())
    assert isinstance(text, bytes)
    assert isinstance(html, bytes)
    assert len(html) < 90_000
    return html.decode().replace("\r\n", "\n"), text.decode().replace("\r\n", "\n")


def squeeze(text: str) -> str:
    return " ".join(text.split())


def texts(languages: Languages, english: str, chinese: str | None) -> list[tuple[str, str]]:
    """Return (language tag, text) in the reader's order."""
    known = {"en": ("en", squeeze(english)), "zh": ("zh-Hans", squeeze(chinese or ""))}
    return [known[code] for code in languages.codes]


def shown_in_full(number: int, paper: ShownPaper, languages: Languages) -> list[tuple[str, str]]:
    """Return what a reader must find of a paper in full: (language tag, words) of its titles and abstracts."""
    (tag, title), *other_titles = texts(languages, paper.title, paper.title_translated)
    abstract, *other_abstracts = texts(languages, paper.abstract, paper.abstract_translated)
    labelled = [(tag, SECOND[tag] + words) for tag, words in other_abstracts]
    return [(tag, f"{number} {title}"), *other_titles, abstract, *labelled]


def rows_of_papers(root: HtmlElement) -> list[HtmlElement]:
    return list(root.xpath("//td[h3]"))


def blocks(row: HtmlElement) -> list[tuple[str, str]]:
    """Return (language tag, words) of every block of a paper that says its language."""
    return [(str(block.get("lang")), squeeze(block.text_content())) for block in row.xpath("./h3 | ./p[@lang]")]


@pytest.mark.parametrize("day", DAYS)
def test_every_paper_of_a_recorded_day_is_shown_word_for_word(renderer: Renderer, day: str) -> None:
    languages = Languages.offered("zh")[DAYS.index(day) % len(Languages.offered("zh"))]
    for papers in batches(shown_day(day), 8):
        digest = make_digest([make_section(papers, keyword="learning")], languages=languages)
        html, text = read_mail(
            write_digest(LETTERHEAD, renderer, READER, digest, message_id="<1@example.org>", date=MORNING)
        )
        rows = rows_of_papers(check_wellformed(html))
        for number, (row, paper) in enumerate(zip(rows, papers, strict=True), 1):
            assert blocks(row) == shown_in_full(number, paper, languages)
            check_facts(row, paper, digest)
        check_text(text, papers, languages)


def check_facts(row: HtmlElement, paper: ShownPaper, digest: Digest) -> None:
    words = squeeze(row.text_content())
    for fact in (paper.authors[0], paper.categories[0], squeeze(paper.comment or "")[:100]):
        assert fact in words
    assert re.search(r"\\[A-Za-z]", words) is None  # no TeX command is left
    to_abs, *links = [str(address) for address in row.xpath(".//a/@href")]
    assert to_abs == paper.abs_url
    assert links == [paper.abs_url, paper.pdf_url, f"{digest.links.browser_url}#{paper.arxiv_id}"]


def check_text(text: str, papers: Sequence[ShownPaper], languages: Languages) -> None:
    """Check that every paper stands in the text part, each field where it belongs; lines may be folded anywhere."""
    assert all(character.isprintable() for character in text if character not in "\n\u00ad")
    unfolded, place = "".join(text.split()), 0
    for paper in papers:
        titles, abstracts = (
            texts(languages, paper.title, paper.title_translated),
            texts(languages, paper.abstract, paper.abstract_translated),
        )
        fields = [*(words for _, words in titles), paper.abs_url, paper.pdf_url, *(words for _, words in abstracts)]
        for field in fields:
            place = unfolded.index("".join(field.split()), place)


@pytest.mark.parametrize("day", DAYS[::9])
@pytest.mark.parametrize(("density", "size"), [(Density.COMPACT, 20), (Density.TITLES, 50)])
def test_every_paper_of_a_recorded_day_can_be_shown_in_short(
    renderer: Renderer, day: str, density: Density, size: int
) -> None:
    for papers in batches(shown_day(day), size):
        message = renderer.message(make_digest([make_section(papers, keyword="model")], density=density))
        root = check_wellformed(message.html)
        assert shown_papers(root) == [paper.abs_url for paper in papers]
        tags = ["en", "zh-Hans"] * (1 if density is Density.TITLES else 2)
        assert all([tag for tag, _ in blocks(row)] == tags for row in rows_of_papers(root))


def open_recorded_day(runtime: Runtime, day: str, count: int | None = None) -> date:
    """Store a day's papers (the first `count`) with their Chinese, and open its edition."""
    announced = tuple(recorded_day(day)[:count])
    chinese = give_chinese([item.paper for item in announced], day)
    with transaction(runtime.database) as session:
        remember(session, chinese, source="en", target="zh", engine="recorded", translated_at=MORNING)
    listed_on = date.fromisoformat(day)
    return open_day(
        runtime.desk, Announcement(category="cs", listed_on=listed_on, source="listing", announced=announced)
    )


@pytest.mark.one_database
@pytest.mark.parametrize("count", [1, 15, 46, 100, 500])
def test_a_digest_of_recorded_papers_is_a_sound_mail_in_which_each_is_accounted_for(
    runtime: Runtime, count: int
) -> None:
    day = open_recorded_day(runtime, BUSIEST, count)
    reader = add_reader(runtime.desk, "ann@example.org", *EVERYTHING)
    digest = runtime.preview(reader, day)
    chosen = [entry.paper.abs_url for section in digest.sections for entry in section.entries]
    html, text = read_mail(runtime.preview_message(reader, digest))
    root = check_wellformed(html)
    assert fetched(root) == []
    assert chinese_in_an_english_voice(root) == []
    assert all(
        [tag for tag, _ in blocks(row)] in (["en", "zh-Hans"], ["en", "zh-Hans"] * 2) for row in rows_of_papers(root)
    )
    shown = shown_papers(root)
    assert len(set(chosen)) == count
    assert shown == [address for address in chosen if address in shown]
    assert len(shown) + more(root) == count
    assert [line for line in text.split("\n") if line in set(chosen)] == shown
    assert (f"and {more(root)} more in the browser" in text) == (more(root) > 0)


def fetched(root: HtmlElement) -> list[str]:
    """Return what a mail program would load from elsewhere: addresses that are not those of links."""
    attributes = root.xpath("//@*[not(name() = 'href' and parent::a) and not(starts-with(name(), 'xmlns'))]")
    hidden = [str(comment.text) for comment in root.xpath("//comment()")]  # Outlook reads some of them
    return [value for value in (*map(str, attributes), *hidden) if "//" in value or "url(" in value or "src=" in value]


def chinese_in_an_english_voice(root: HtmlElement) -> list[str]:
    """Return our own Chinese that does not say so; what readers typed and papers say is in the language of its block."""
    spoken = root.xpath(
        "//body//text()[not(ancestor::*[@lang][1]/@lang = 'zh-Hans')][not(ancestor::h2 | ancestor::td[h3])]"
    )
    return [str(words) for words in spoken if _HAN.search(words)]


@pytest.mark.one_database
def test_the_whole_busiest_day_is_in_the_browser_and_accounted_for_in_the_mail(runtime: Runtime) -> None:
    day = open_recorded_day(runtime, BUSIEST)
    reader = add_reader(runtime.desk, "ann@example.org", *EVERYTHING)
    runtime.compose(day)
    digest = runtime.preview(reader, day)
    papers = [entry.paper for section in digest.sections for entry in section.entries]
    assert {paper.arxiv_id for paper in papers} == {item.paper.arxiv_id for item in recorded_day(BUSIEST)}
    html, _ = read_mail(runtime.preview_message(reader, digest))
    root = check_wellformed(html)
    assert len(shown_papers(root)) + more(root) == len(papers)
    page = Page(Browser(create_app(runtime)).get(f"{link(runtime, 'digest', reader)}/{day}"))
    for article, paper in zip(page.root.iter("article"), papers, strict=True):
        for kind, english, chinese in (
            ("title", paper.title, paper.title_translated),
            ("abstract", paper.abstract, paper.abstract_translated),
        ):
            found = article.xpath(f".//*[contains(@class, '{kind}')]")
            spoken = [(str(block.get("lang")), squeeze(block.text_content())) for block in found]
            assert spoken == texts(Languages("en+zh"), english, chinese)
        assert article.xpath(".//h3/a/@href") == [f"/paper/{paper.arxiv_id}"]
