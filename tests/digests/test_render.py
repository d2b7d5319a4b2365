"""The mail that people open: parsed, in every language and density, with hostile papers, within its budget."""

import json
from datetime import UTC, date, datetime

import pytest

from newsletter.digests.render import Renderer, to_json
from newsletter.papers.paper import AnnouncementKind
from newsletter.subscribers.subscriber import Density, Languages
from tests.digests.factories import LINKS, make_digest, make_digest_of, make_paper, make_section
from tests.digests.reading import check_wellformed, parse, shown_papers, words


@pytest.mark.parametrize("density", Density)
@pytest.mark.parametrize("languages", Languages.offered("zh"))
def test_every_language_and_density_is_a_sound_document(
    renderer: Renderer, languages: Languages, density: Density
) -> None:
    html = renderer.html(make_digest_of(8, languages=languages, density=density))
    root = check_wellformed(html)
    assert root.get("lang") == ("en" if languages.codes[0] == "en" else "zh-Hans")
    text = words(root)
    assert ("Paper 3: Reinforcement Learning" in text) == ("en" in languages.codes)
    assert ("论文 3：会读报的机器人" in text) == ("zh" in languages.codes)
    assert ("Ada Lovelace" in text) == (density is Density.FULL)
    assert ("10 pages, 3 figures" in text) == (density is not Density.TITLES)
    assert ("中文摘要" in text) == (density is Density.FULL and languages == Languages("en+zh"))
    assert len(shown_papers(root)) == 8


def test_the_first_language_of_the_reader_leads(renderer: Renderer) -> None:
    root = parse(renderer.html(make_digest_of(1, languages=Languages("zh+en"))))
    assert [heading.get("lang") for heading in root.iter("h3")] == ["zh-Hans"]
    assert [str(span.get("lang")) for span in root.xpath("//h1/span")] == ["zh-Hans", "en"]


def test_the_masthead_says_the_day_the_count_and_both_times(renderer: Renderer) -> None:
    text = words(parse(renderer.html(make_digest_of(2))))
    for part in (
        "Friday 20 March 2026",
        "三月二十日 星期五",
        "Chenbao 晨报",
        "2 papers for you · 1 keyword · announced Thu 20:00 Eastern, 08:00 your time · generated 09:05",
    ):
        assert part in text


def test_the_mail_begins_with_the_three_best_titles_as_visible_text(renderer: Renderer) -> None:
    root = parse(renderer.html(make_digest_of(9)))
    assert words(root).startswith("Paper 1:")
    assert "display:none" not in renderer.html(make_digest_of(9)).replace(" ", "")
    teaser = root.xpath("(//p)[1]")[0].text_content()
    assert " · Paper 2:" in teaser
    assert len(teaser) <= 100


@pytest.mark.parametrize(("count", "has_contents"), [(6, False), (7, True)])
def test_a_contents_list_leads_to_each_keyword_when_there_are_more_than_six(
    renderer: Renderer, count: int, has_contents: bool
) -> None:
    sections = [
        make_section([make_paper(number) for number in range(1, count)]),
        make_section([], keyword="nothing"),
        make_section([make_paper(99)], keyword="news"),
    ]
    root = parse(renderer.html(make_digest(sections)))
    anchors = [str(link) for link in root.xpath("//a/@href") if str(link).startswith("#")]
    assert anchors == (["#s1", "#s3"] if has_contents else [])
    assert all(root.xpath(f"//h2/a[@id='{anchor[1:]}']") for anchor in anchors)


def test_an_empty_keyword_says_so_in_both_languages(renderer: Renderer) -> None:
    text = words(parse(renderer.html(make_digest([make_section([], keyword="diffusion policy")]))))
    assert "diffusion policy There is no result today · 今日无相关论文" in text


def test_a_reader_without_any_keyword_gets_a_sound_mail(renderer: Renderer) -> None:
    root = check_wellformed(renderer.html(make_digest([])))
    assert "There is no result today" in words(root)


def test_a_paper_names_its_kind_its_comment_and_the_other_keywords(renderer: Renderer) -> None:
    paper = make_paper(kind=AnnouncementKind.REPLACE, authors=tuple(f"A{number}" for number in range(18)))
    text = words(parse(renderer.html(make_digest([make_section([paper], also=("VLA", "world model"))]))))
    assert (
        "A0, A1, A2, A3, A4, A5 + 12 cs.LG · cs.RO · replacement · 10 pages, 3 figures · also in: VLA, world model"
        in text
    )


def test_each_paper_links_to_arxiv_and_to_its_place_in_the_browser(renderer: Renderer) -> None:
    root = parse(renderer.html(make_digest_of(1)))
    links = {str(link.text_content()): str(link.get("href")) for link in root.iter("a")}
    assert links["abs"] == "https://arxiv.org/abs/2603.00001"
    assert links["pdf"] == "https://arxiv.org/pdf/2603.00001"
    assert links["read here"] == f"{LINKS.browser_url}#2603.00001"


def test_matched_words_are_marked_in_titles_and_abstracts(renderer: Renderer) -> None:
    paper = make_paper(
        title="On Diffusion Policies",
        abstract="A diffusion policy walks.",
        title_translated=None,
        abstract_translated=None,
    )
    root = parse(renderer.html(make_digest([make_section([paper], query='"diffusion policy"')])))
    assert [mark.text_content() for mark in root.iter("mark")][-1] == "diffusion policy"


def test_a_word_that_stands_everywhere_is_marked_a_few_times_only(renderer: Renderer) -> None:
    paper = make_paper(title="Short", title_translated=None, abstract="robots " * 40, abstract_translated=None)
    root = parse(renderer.html(make_digest([make_section([paper], query="robots")])))
    assert len(list(root.iter("mark"))) == 6


def test_a_query_that_can_no_longer_be_read_marks_nothing_and_stops_nothing(renderer: Renderer) -> None:
    root = parse(renderer.html(make_digest([make_section([make_paper()], query="((broken AND")])))
    assert list(root.iter("mark")) == []
    assert len(shown_papers(root)) == 1


def test_a_sample_edition_is_marked_as_one(renderer: Renderer) -> None:
    message = renderer.message(make_digest_of(1, is_sample=True))
    text = words(parse(message.html))
    assert "Sample edition: its papers were written to show the layout and are not on arXiv." in text
    assert "样刊" in text
    assert "Sample edition" in message.text
    assert message.subject.startswith("Sample: ")


def test_the_foot_has_the_readers_links_the_reason_and_the_thanks(renderer: Renderer) -> None:
    root = parse(renderer.html(make_digest_of(1)))
    links = {str(link) for link in root.xpath("//a/@href")}
    assert {LINKS.manage_url, LINKS.unsubscribe_url, LINKS.browser_url} <= links
    text = words(root)
    assert "because you asked for new arXiv papers on your keywords and confirmed this address" in text
    assert "Thank you to arXiv for use of its open access interoperability." in text
    assert "neither reviewed nor endorsed" in text


def test_a_keyword_cannot_write_a_header(renderer: Renderer) -> None:
    section = make_section([make_paper()], keyword="robots\r\nBcc: all@example.org", query="robots")
    assert renderer.subject(make_digest([section])) == "1 paper · robots Bcc: all@example.org · Fri 20 Mar"


def test_the_subject_reads_well_in_a_phones_list(renderer: Renderer) -> None:
    assert renderer.subject(make_digest_of(46)) == "46 papers · reinforcement learning · Fri 20 Mar"
    assert (
        renderer.subject(make_digest_of(1, languages=Languages("zh+en")))
        == "1 篇论文 · reinforcement learning · 3月20日 周五"
    )
    assert renderer.subject(make_digest([make_section([])])) == "No papers today · Fri 20 Mar"


def test_two_readers_of_the_same_paper_get_their_own_links_and_numbers(renderer: Renderer) -> None:
    paper = make_paper(5)
    first = make_digest([make_section([paper], also=("their own",))])
    other_links = type(LINKS)(
        browser_url="https://other.example/b", manage_url="https://other.example/m", unsubscribe_url="u", site_url="s"
    )
    second = make_digest([make_section([make_paper(1), paper])], links=other_links)
    renderer.html(first)
    html = renderer.html(second)
    assert "their own" not in html
    assert "https://other.example/b#2603.00005" in html
    assert LINKS.browser_url not in html


def test_the_preview_holds_everything_with_offsets() -> None:
    digest = make_digest([make_section([make_paper(3)], also=("VLA",)), make_section([], keyword="none")])
    found = to_json(digest)
    assert json.loads(json.dumps(found)) == found
    assert {name: found[name] for name in ("edition_on", "generated_at", "announced_at", "count")} == {
        "edition_on": "2026-03-20",
        "generated_at": "2026-03-20T09:05:00+08:00",
        "announced_at": "2026-03-19T20:00:00-04:00",
        "count": 1,
    }
    assert [section["keyword"] for section in found["sections"]] == ["reinforcement learning", "none"]
    (paper,) = found["sections"][0]["papers"]
    assert list(paper) == [
        "arxiv_id", "title", "title_zh", "authors", "subjects", "comment",
        "abs_url", "pdf_url", "abstract", "abstract_zh", "matched",
    ]  # fmt: skip
    assert paper["subjects"] == ["Machine Learning (cs.LG)", "Robotics (cs.RO)"]
    assert paper["matched"] == ["reinforcement learning", "VLA"]
    assert len(to_json(make_digest_of(500))["sections"][0]["papers"]) == 500


def test_in_winter_the_announcement_is_an_hour_later(renderer: Renderer) -> None:
    digest = make_digest_of(
        1,
        edition_on=date(2026, 2, 20),
        announced_at=datetime(2026, 2, 20, 1, 0, tzinfo=UTC),
        generated_at=datetime(2026, 2, 20, 1, 30, tzinfo=UTC),
    )
    assert to_json(digest)["announced_at"] == "2026-02-19T20:00:00-05:00"
    assert "announced Thu 20:00 Eastern, 09:00 your time · generated 09:30" in words(parse(renderer.html(digest)))
