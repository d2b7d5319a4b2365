"""The byte budget with synthetic, hostile and recorded papers: never over, never a paper gone without a word."""

import json
import lzma
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter.digests.digest import Digest, Section
from newsletter.digests.fit import BUDGET_BYTES
from newsletter.digests.markup import breakable
from newsletter.digests.render import Renderer, to_json
from newsletter.papers.paper import AnnouncementKind
from newsletter.papers.versions import VersionChange
from newsletter.subscribers.subscriber import Density, Languages
from tests.conftest import SHARED
from tests.digests.factories import make_digest, make_digest_of, make_paper, make_section
from tests.digests.reading import check_wellformed, more, more_in_any_language, parse, shown_papers, words

HOSTILE = make_paper(
    666,
    title='<script>alert("1")</script> ]]> & {{x}} {% y %} __abs_url__ "quo\'tes" ' + "very " * 600,
    title_translated="<b>标题</b> __title__ \u202e反\x00\x1b" + "长" * 900,
    authors=tuple(f'O"Brien <{number}> __number__' for number in range(500)),
    categories=("cs.LG", "<i>"),
    comment="<!--begin paper--> 🦉 עברית" + "x" * 5000,
    abstract="\u202eRTL <img src=http://evil.example/x.png> &amp; <!-- " + "unbroken" * 400 + "\ud800 🦉" * 50,
    abstract_translated="</td></tr></table> 恶意" * 200,
)


def test_a_paper_without_translation_is_shown_in_english_to_a_chinese_reader(renderer: Renderer) -> None:
    paper = make_paper(title_translated=None, abstract_translated=None)
    root = parse(renderer.html(make_digest([make_section([paper])], languages=Languages("zh"))))
    (heading,) = root.iter("h3")
    assert heading.get("lang") == "en"
    assert "We study" in words(root)


def test_notes_are_shown_in_the_readers_languages(renderer: Renderer) -> None:
    notes = ({"en": "Translations are missing <today>.", "zh": "今日译文暂缺。"},)
    text = words(parse(renderer.html(make_digest_of(1, notes=notes))))
    assert "Translations are missing <today>. 今日译文暂缺。" in text
    assert "译文" not in words(parse(renderer.html(make_digest_of(1, notes=notes, languages=Languages("en")))))


@pytest.mark.parametrize("density", Density)
def test_late_papers_say_so_at_every_density_and_replaced_ones_what_changed(
    renderer: Renderer, density: Density
) -> None:
    late = make_paper(1, late_from=date(2026, 3, 19))
    replaced = make_paper(2, kind=AnnouncementKind.REPLACE, change=VersionChange(version=3, before=1))
    for languages, words_of_late in (
        (Languages("en+zh"), "late: from the list of Thu 19 Mar"),
        (Languages("zh"), "迟到：3月19日列表"),
    ):
        digest = make_digest([make_section([late, replaced])], languages=languages, density=density)
        message = renderer.message(digest)
        for text in (words(check_wellformed(message.html)), message.text):
            assert text.count(words_of_late) == 1
            assert ("v1 → v3" in text) == (density is not Density.TITLES)


@pytest.mark.parametrize("density", Density)
@pytest.mark.parametrize("languages", Languages.offered("zh"))
def test_a_hostile_paper_changes_nothing_but_its_own_words(
    renderer: Renderer, languages: Languages, density: Density
) -> None:
    section = make_section([HOSTILE, make_paper(1)], keyword='<b onclick="x">"__count__</b>' + "k" * 2000, query="very")
    message = renderer.message(make_digest([section], languages=languages, density=density))
    root = check_wellformed(message.html)
    assert root.xpath("//script | //b | //i | //*[@onclick]") == []
    assert len(list(root.iter("h3"))) == 2
    text = words(root)
    assert '<b onclick="x">"__count__</b>kkk' in text
    if "en" in languages.codes:
        assert '<script>alert("1")</script> ]]> & {{x}} {% y %} __abs_url__' in text
    for character in ("\u202e", "\x00", "\x1b", "\ud800"):
        assert character not in message.html
        assert character not in message.text
    assert "\r" not in message.subject
    assert "\n" not in message.subject


@pytest.mark.parametrize("count", [1, 15, 46, 100, 500])
def test_the_budget_holds_for_any_number_of_papers_and_every_paper_is_accounted_for(
    renderer: Renderer, count: int
) -> None:
    html = renderer.html(make_digest_of(count))
    root = check_wellformed(html)
    shown = shown_papers(root)
    assert len(shown) + more(root) == count
    assert shown == sorted(shown)
    if count > 15:
        assert len(html.encode()) >= 0.7 * BUDGET_BYTES


def test_fifteen_papers_are_all_in_full(renderer: Renderer) -> None:
    assert words(parse(renderer.html(make_digest_of(15)))).count("中文摘要") == 15


def test_the_best_papers_stay_in_full_wherever_they_stand(renderer: Renderer) -> None:
    papers = [make_paper(number) for number in range(1, 101)]
    section = make_section(papers)
    turned = Section(keyword=section.keyword, query=section.query, entries=section.entries[::-1])
    root = parse(renderer.html(make_digest([turned])))
    assert shown_papers(root)[-1] == "https://arxiv.org/abs/2603.00001"
    assert words(root).count("中文摘要") >= 1
    assert "Ada Lovelace" in words(root).rpartition("Paper 1:")[2]


def test_a_section_that_is_cut_says_how_many_of_its_papers_are_here(renderer: Renderer) -> None:
    root = parse(renderer.html(make_digest_of(500)))
    assert f"500 papers, {len(shown_papers(root))} of them here" in words(root)


def test_hundreds_of_keywords_stay_within_the_budget_and_are_counted(renderer: Renderer) -> None:
    empty = [make_section([], keyword=f"keyword {number} " + "词" * 100) for number in range(400)]
    full = [
        make_section([make_paper(number)], keyword=f"found {number} " + "<" * 100, query="x") for number in range(300)
    ]
    root = check_wellformed(renderer.html(make_digest([*empty, *full])))
    told = sum("no result today" in str(row.text_content()) for row in root.xpath("//h2/following-sibling::p"))
    assert f"{400 - told} more of your keywords have no result today" in words(root)
    assert len(shown_papers(root)) + more(root) == 300


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lengths=st.lists(
        st.tuples(st.integers(0, 1900), st.integers(0, 700), st.integers(1, 250)), min_size=1, max_size=60
    ),
    languages=st.sampled_from(Languages.offered("zh")),
    per_section=st.integers(1, 30),
)
def test_papers_of_any_length_stay_within_the_budget(
    renderer: Renderer, lengths: list[tuple[int, int, int]], languages: Languages, per_section: int
) -> None:
    papers = [
        make_paper(number, abstract=("a & b " * 400)[:english], abstract_translated="字" * chinese, title="T" * title)
        for number, (english, chinese, title) in enumerate(lengths, 1)
    ]
    sections = [
        make_section(papers[start : start + per_section], keyword=f"k{start}")
        for start in range(0, len(papers), per_section)
    ]
    html = renderer.html(make_digest(sections, languages=languages))
    assert len(html.encode()) <= BUDGET_BYTES
    assert max(len(line.encode()) for line in html.split("\n")) <= 998
    root = lxml_html.document_fromstring(html)
    assert len(shown_papers(root)) + more_in_any_language(root) == len(papers)


@given(st.text(st.sampled_from("ab &;<>晨🦉"), max_size=3000))
def test_broken_lines_show_the_same_text(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    broken = breakable(escaped)
    assert max(len(line.encode()) for line in broken.split("\n")) <= 700
    assert broken.replace("<wbr\n>", "").replace("\n", " ") == escaped


def _recorded_digest(path: Path) -> Digest:
    data: dict[str, Any] = json.loads(path.read_text())
    sections = [
        make_section([_shown(paper) for paper in section["papers"]], keyword=section["keyword"])
        for section in data["sections"]
    ]
    return make_digest(sections)


def _shown(data: dict[str, Any]) -> Any:
    values = {name: data.get(name) for name in ("arxiv_id", "title", "abstract", "abs_url", "pdf_url", "comment")}
    values |= {f"{name}_translated": data.get(f"{name}_zh") for name in ("title", "abstract")}
    return make_paper(1, **values, authors=tuple(data["authors"]), categories=tuple(data["categories"]))


@pytest.mark.parametrize(("name", "count"), [("digest-2026-02-23", 22), ("digest-2026-03-20", 46)])
def test_recorded_digests_fit_with_their_chinese(renderer: Renderer, name: str, count: int) -> None:
    path = SHARED / "data" / "digests" / f"{name}.json"
    if not path.is_file():
        pytest.skip("the recorded digests (../shared/data/digests) are not beside this checkout")
    digest = _recorded_digest(path)
    root = check_wellformed(renderer.html(digest))
    assert len(shown_papers(root)) == count == digest.count
    text = words(root)
    assert all(" ".join(paper["title_zh"].split()) in text for paper in to_json(digest)["sections"][0]["papers"])


@pytest.mark.parametrize("day", ["2026-02-23", "2026-03-20", "2026-05-01"])
def test_every_paper_of_a_recorded_day_can_be_rendered(renderer: Renderer, day: str) -> None:
    path = SHARED / "data" / "arxiv-cs-daily" / f"{day}.jsonl.xz"
    if not path.is_file():
        pytest.skip("the recorded days (../shared/data/arxiv-cs-daily) are not beside this checkout")
    with lzma.open(path, "rt") as lines:
        papers = [
            _shown(
                data
                | {
                    "arxiv_id": data["id"],
                    "abs_url": f"https://arxiv.org/abs/{data['id']}",
                    "pdf_url": "https://arxiv.org/pdf/x",
                }
            )
            for data in map(json.loads, lines)
        ]
    whole = check_wellformed(renderer.html(make_digest([make_section(papers)])))
    assert len(shown_papers(whole)) + more(whole) == len(papers)
    for start in range(0, len(papers), 12):
        root = check_wellformed(renderer.html(make_digest([make_section(papers[start : start + 12])])))
        assert len(shown_papers(root)) == len(papers[start : start + 12])
